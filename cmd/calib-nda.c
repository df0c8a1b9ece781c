/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-nda.c - arrays: look at them, convert, compare, calculate */
#include "cli.h"
#include "nda/verbs.h"

int main(int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{"info", "form, type, shape and range of arrays", nda_info},
		{"convert", "write arrays in another form or type", nda_convert},
		{"compare", "do two arrays agree?  exit status 1 when not", nda_compare},
		{"stat", "mean, spread and special values of arrays", nda_stat},
		{"hist", "histogram of the values", nda_hist},
		{"math", "A add B, A sub B, A not ...", nda_math},
		{"slice", "a part of an array, as 3,:,0:10", nda_slice},
		{"stack", "arrays of one shape into one with a new first axis", nda_stack},
		{"gains", "gain constants of a detector", nda_gains},
		{"cat", "arrays one after the other along the first axis", nda_cat},
		{0},
	};

	cli_start();
	return cli_verbs(argc, argv, "Look at arrays, convert, compare, and calculate with them.",
	                 verbs);
}
