/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/render/term.c - a picture on a terminal
 *
 * Source: ECMA-48 (SGR), DEC STD 070 (sixel). */
#include "render/term.h"

#include <math.h>
#include <string.h>

static unsigned step_of(uint8_t c)
{
	return (unsigned)floor(c / 255. * 5 + 0.5);
}

static void put_colour(struct calib_str *s, const uint8_t c[3], int ground, enum calib_term kind)
{
	if (kind == CALIB_TERM_TRUE)
		calib_str_addf(s, "%d;2;%u;%u;%u", ground, c[0], c[1], c[2]);
	else
		calib_str_addf(s, "%d;5;%u", ground,
		               16 + 36 * step_of(c[0]) + 6 * step_of(c[1]) + step_of(c[2]));
}

/* What a pair of cells needs: colours of the upper and lower one, -1 nothing there. */
struct pair { int up, low; };

static void put_pair(struct calib_str *s, struct pair now, struct pair *before,
                     const uint8_t rgb[256][3], enum calib_term kind)
{
	/* with nothing above the lower half is what is drawn */
	struct pair want = now.up < 0 ? (struct pair){now.low, -1} : now;

	if (want.up != before->up || want.low != before->low) {
		calib_str_add(s, "\033[");
		if ((want.low < 0 && before->low >= 0) || want.up < 0) {
			calib_str_add(s, "0");
			*before = (struct pair){-1, -1};
			if (want.up >= 0)
				calib_str_add(s, ";");
		}
		if (want.up >= 0 && (want.up != before->up || want.low != before->low))
			put_colour(s, rgb[want.up], 38, kind);
		if (want.low >= 0) {
			calib_str_add(s, ";");
			put_colour(s, rgb[want.low], 48, kind);
		}
		calib_str_add(s, "m");
		*before = want;
	}
	calib_str_add(s, now.up < 0 && now.low < 0 ? " " : now.up < 0 ? "\xe2\x96\x84"
	              : "\xe2\x96\x80");
}

static int cell(const uint8_t *index, size_t rows, size_t cols, size_t r, size_t c)
{
	return r < rows && index[r * cols + c] != CALIB_INDEX_NONE ? index[r * cols + c] : -1;
}

static void half_blocks(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols,
                        const uint8_t rgb[256][3], enum calib_term kind)
{
	for (size_t r = 0; r < rows; r += 2) {
		struct pair before = {-1, -1};

		for (size_t c = 0; c < cols; c++)
			put_pair(s, (struct pair){cell(index, rows, cols, r, c),
			         cell(index, rows, cols, r + 1, c)}, &before, rgb, kind);
		calib_str_add(s, "\033[0m\n");
	}
}

static void letters(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols)
{
	static const char ramp[] = " .:-=+*#%@";

	for (size_t r = 0; r < rows; r += 2) {
		for (size_t c = 0; c < cols; c++) {
			int i = cell(index, rows, cols, r, c);

			if (i < 0)
				i = cell(index, rows, cols, r + 1, c);
			calib_str_addc(
				s,
				i < 0                    ? ' '
				: i == CALIB_INDEX_BAD   ? 'x'
				: i == CALIB_INDEX_NAN   ? '?'
				: i == CALIB_INDEX_BELOW ? ramp[0]
				: i == CALIB_INDEX_ABOVE
					? ramp[9]
					: ramp[(i - CALIB_INDEX_FIRST) * 10 / CALIB_INDEX_STEPS]);
		}
		calib_str_addc(s, '\n');
	}
}

static void put_run(struct calib_str *s, char c, size_t n)
{
	if (n > 3)
		calib_str_addf(s, "!%zu%c", n, c);
	else
		for (; n > 0; n--)
			calib_str_addc(s, c);
}

/* One colour of a band of six rows. */
static void put_band(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols,
                     size_t first, unsigned colour)
{
	char before = '\0';
	size_t n = 0;

	calib_str_addf(s, "#%u", colour);
	for (size_t c = 0; c <= cols; c++) {
		unsigned bits = 0;

		for (size_t k = 0; k < 6 && c < cols && first + k < rows; k++)
			bits |= index[(first + k) * cols + c] == colour ? 1u << k : 0;
		if (c == cols || (char)(63 + bits) != before) {
			put_run(s, before, n);
			before = (char)(63 + bits);
			n = 0;
		}
		n++;
	}
}

static void sixel(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols,
                  const uint8_t rgb[256][3])
{
	bool used[256] = {false};

	for (size_t i = 0; i < rows * cols; i++)
		used[index[i]] = true;
	calib_str_addf(s, "\033P0;1;0q\"1;1;%zu;%zu", cols, rows);
	for (unsigned i = CALIB_INDEX_BAD; i < 256; i++)
		if (used[i])
			calib_str_addf(s, "#%u;2;%.0f;%.0f;%.0f", i, rgb[i][0] / 2.55,
			               rgb[i][1] / 2.55, rgb[i][2] / 2.55);
	for (size_t r = 0; r < rows; r += 6) {
		bool there[256] = {false};

		for (size_t i = r * cols; i < (r + 6) * cols && i < rows * cols; i++)
			there[index[i]] = true;
		for (unsigned i = CALIB_INDEX_BAD; i < 256; i++)
			if (there[i]) {
				put_band(s, index, rows, cols, r, i);
				calib_str_addc(s, '$');
			}
		calib_str_addc(s, '-');
	}
	calib_str_add(s, "\033\\");
}

void calib_term_text(struct calib_str *s, const uint8_t *index, size_t rows, size_t cols,
                     const uint8_t rgb[256][3], enum calib_term kind)
{
	if (kind == CALIB_TERM_SIXEL)
		sixel(s, index, rows, cols, rgb);
	else if (kind == CALIB_TERM_ASCII)
		letters(s, index, rows, cols);
	else
		half_blocks(s, index, rows, cols, rgb, kind);
}
