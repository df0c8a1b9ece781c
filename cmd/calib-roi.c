/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-roi.c - regions of interest: shapes and masks of detectors */
#include <string.h>

#include "cli.h"
#include "roi/roi.h"

/* "-p 1 -g ..." are the letters of roicon; every verb comes first. */
static bool is_old(int argc, char **argv)
{
	return argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0' && argv[1][1] != '-'
	       && strchr("hV?", argv[1][1]) == NULL;
}

int main(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"image", "an array as an image to draw on", roi_image},
		{"edit", "a page, or an SVG file, to draw shapes on", roi_edit},
		{"draw", "shapes as the mask of an image", roi_draw},
		{"mask", "shapes and sensor bits as the mask of a detector", roi_mask},
		{"nda", "the mask of an image as that of a detector", roi_nda},
		{"merge", "status, masks, sensor bits and shapes as one mask", roi_merge},
		{"convert", "shapes from one form to another", roi_convert},
		{0},
	};

	cli_start();
	if (is_old(argc, argv))
		return roi_old(argc, argv);
	return cli_verbs(argc, argv, "Masks of detectors: from shapes, sensors, status and other "
	                 "masks.", verbs);
}
