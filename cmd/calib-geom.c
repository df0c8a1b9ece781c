/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-geom.c - geometry of detectors: where every pixel is */
#include "cli.h"
#include "geom/verbs.h"

int main(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"info", "objects of a geometry file, its comments, a summary", geom_info},
		{"coords", "x, y, z of every pixel", geom_coords},
		{"index", "row and column of every pixel in an image", geom_index},
		{"image", "an array as an image", geom_image},
		{"mask", "sensor mask: edges, wide and unbonded pixels", geom_mask},
		{"table", "an array as a table of all sensors, without geometry", geom_table},
		{"set", "give an object another place", geom_set},
		{"move", "move an object by so many um", geom_move},
		{"tilt", "tilt an object by so many degrees", geom_tilt},
		{"diff", "what moved between two geometries", geom_diff},
		{"check", "is a geometry what it should be?", geom_check},
		{"new", "default geometry of a detector, a matrix for a camera", geom_new},
		{"convert", "from and to CrystFEL, psf, JSON, pixel maps, old constants",
		 geom_convert},
		{"metrology", "an optical metrology: tables, center, tilt, geometry",
		 geom_metrology},
		{"xlsx2txt", "the points of a metrology workbook as text", geom_xlsx2txt},
		{"rings", "circles through the powder rings of an image", geom_rings},
		{"radial", "radial profile of an image", geom_radial},
		{"align", "move objects so that all see the same rings", geom_align},
		{0},
	};

	cli_start();
	return cli_verbs(argc, argv, "Where the pixels of a detector are: read, change, convert "
	                 "and use geometry files.", verbs);
}
