/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_shapes.c - files of shapes in every form: read, drawn, written, read again */
#include "fuzz.h"

#include "form/shapes.h"

enum { ROWS = 12, COLS = 17 };

static void draw(uint8_t *mask, const struct calib_shapes *s)
{
	struct calib_roi_grid grid = {ROWS, COLS, 1, COLS};
	bool keep = false;

	memset(mask, 0, ROWS * COLS);
	for (size_t i = 0; i < s->n; i++) {
		const struct calib_roi *r = &s->list[i];

		CHECK(calib_roi_check(r, NULL) >= 0);
		/* a line or wedge of a thousand million points takes its time */
		if (r->space == CALIB_ROI_IMG && r->n < 200
		    && (r->n == 0 || (r->v[0] < 1e5 && r->v[0] > -1e5 && r->v[r->n - 1] < 1e5
		                      && r->v[r->n - 1] > -1e5))
		    && r->kind != CALIB_ROI_OLD_LINE && r->kind != CALIB_ROI_OLD_WEDGE)
			CHECK(calib_roi_draw(mask, &grid, r, NULL) >= 0);
		keep = keep || r->role == CALIB_ROI_KEEP;
	}
	calib_roi_mask(mask, ROWS * COLS, keep);
	for (size_t i = 0; i < ROWS * COLS; i++)
		CHECK(mask[i] <= 1);
}

/* What the text holds is the same list when it is read again. */
static void check_text(const struct calib_shapes *s, const struct calib_shapes_hints *hints)
{
	struct calib_str once = CALIB_STR_INIT, twice = CALIB_STR_INIT;
	struct calib_shapes again = CALIB_SHAPES_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_shapes_format(&once, s, CALIB_SHAPES_TEXT, hints, &err) >= 0
	    && calib_shapes_read(&again, once.s, once.len, "again", hints, &err) >= 0) {
		CHECK(again.n == s->n);
		CHECK(calib_shapes_format(&twice, &again, CALIB_SHAPES_TEXT, hints, &err) >= 0);
	}
	calib_shapes_release(&again);
	calib_str_release(&twice);
	calib_str_release(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct calib_shapes_hints hints = {5, 7, 3, 50};
	struct calib_shapes s = CALIB_SHAPES_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char *bytes = fuzz_copy(data, size);
	uint8_t mask[ROWS * COLS];
	int rc;

	fuzz_begin();
	rc = calib_shapes_read(&s, bytes, size, "fuzz", &hints, &err);
	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		draw(mask, &s);
		check_text(&s, &hints);
	}
	calib_shapes_release(&s);
	free(bytes);
	return 0;
}
