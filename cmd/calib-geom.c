/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-geom.c - geometries: look at them, use them, change, compare and convert them */
#include "geom/geom.h"

int main(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"info", "objects, parameters, shapes and comments of a geometry", geom_info},
		{"coords", "coordinates or areas of all pixels", geom_coords},
		{"index", "row and column of all pixels in an image", geom_index},
		{"image", "an array of the detector as an image", geom_image},
		{"mask", "mask of edges, wide and non-bonded pixels", geom_mask},
		{"set", "set parameters of an object", geom_set},
		{"move", "move an object by um", geom_move},
		{"tilt", "tilt an object by degrees", geom_tilt},
		{"diff", "what moved between two geometries", geom_diff},
		{"convert", "a geometry for other programs", geom_convert},
		{"new", "the design geometry of a detector", geom_new},
		{"check", "is a geometry as it should be?", geom_check},
		{"table", "the sensors of a CSPAD side by side", geom_table},
		{"metrology", "an optical metrology: tables, center, tilt, geometry",
		 geom_metrology},
		{"xlsx2txt", "the points of a metrology workbook as text", geom_xlsx2txt},
		{0},
	};

	cli_start();
	return cli_verbs(argc, argv, "Detector geometries: pixels, images, masks, edits.", verbs);
}
