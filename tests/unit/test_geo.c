/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_geo.c - geometry without golden data: segment types, reading and its errors, the
 * tree, transforms, images, differences, checks, defaults */
#include "test.h"

#include "form/crystfel.h"
#include "geo/check.h"
#include "geo/coords.h"
#include "geo/diff.h"
#include "geo/new.h"
#include "geo/sensors.h"
#include "sha256.h"

static struct calib_geo read_ok(const char *text)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	if (calib_geo_read(&geo, text, strlen(text), "g", 0, &err) < 0)
		fail_msg("%s", err.msg);
	return geo;
}

/* Values of the reference's segment classes; r or c -1: that axis does not matter. */
static void segments_have_their_pixels(void **state)
{
	static const struct { const char *name; int r, c; double x, y;
	} rows[] = {
		{"SENS2X1:V1", 0, 0, -21434.4, 10112.64},
		{"SENS2X1:V1", 92, 193, -219.84, 0},
		{"SENS2X1:V1", 184, 194, 219.84, -10112.64},
		{"SENS2X1:V1", 0, 387, 21434.4, 10112.64},
		{"EPIX100:V1", 0, 0, -19300, -17700},
		{"EPIX100:V1", 703, 383, -150, 17700},
		{"EPIX100:V1", 352, 384, 150, 150},
		{"EPIX10KA:V1", 0, 191, -200, 17700},
		{"EPIX10KA:V1", 351, 0, -19300, -17700},
		{"EPIX10KA:V2", 0, 0, -19275, 17675},
		{"EPIX10KA:V2", 176, 191, -175, -175},
		{"PNCCD:V1", 3, 500, 225, 37500},
		{"JUNGFRAU:V1", 0, 0, -38587.5, 19237.5},
		{"JUNGFRAU:V1", 255, 255, -19462.5, 112.5},
		{"JUNGFRAU:V1", 256, 256, -19237.5, -112.5},
		{"JUNGFRAU:V1", 511, 1023, 38587.5, -19237.5},
		{"JUNGFRAU:V2", 0, 511, -112.5, -19237.5},
		{"JUNGFRAU:V2", 256, 512, 112.5, 112.5},
		{"MTRX:10:20:3:5", 9, 19, 27, 95},
		{"MTRX:V2:10:20:3:5", 0, 0, -47.5, 13.5},
		{"MTRX:V2:10:20:3:5", 9, 19, 47.5, -13.5},
		{"MTRX:V2:7:7:133.5:44.5", 3, 6, 133.5, 0},
		{"EPIXHR2X2:V1", 143, 192, 175, 175},
		{"EPIXHR1X4:V1", 71, 383, -175, -50},
		{"EPIXUHR3X2:V1", 167, 191, -9975, 212.5},
		{"EPIXUHR3X2:V1", 168, 192, -9550, -212.5},
		{"EPIXUHR3X2:V1", 335, 575, 29075, -16912.5},
	};
	static double x[1024], y[1024];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct calib_seg seg;
		size_t r = (size_t)rows[i].r, c = (size_t)rows[i].c;

		assert_int_equal(calib_seg_parse(&seg, rows[i].name, 0, NULL), 1);
		calib_seg_axes(&seg, false, x, y);
		print_message("%s %zu %zu\n", rows[i].name, r, c);
		assert_true(fabs(x[seg.swapped ? r : c] - rows[i].x) < 1e-9);
		assert_true(fabs(y[seg.swapped ? c : r] - rows[i].y) < 1e-9);
	}
}

static void wide_pixels_can_be_centred(void **state)
{
	struct calib_seg seg;
	static double x[768], y[768];

	(void)state;
	assert_int_equal(calib_seg_parse(&seg, "SENS2X1:V1", 0, NULL), 1);
	calib_seg_axes(&seg, true, x, y);
	assert_true(x[193] == -137.4 && x[194] == 137.4 && x[195] != 137.4);
	assert_true(fabs(y[0] - 10112.64) < 1e-9);
	assert_int_equal(calib_seg_parse(&seg, "EPIX100:V1", 0, NULL), 1);
	calib_seg_axes(&seg, true, x, y);
	assert_true(x[383] == -87.5 && y[352] == 87.5);
}

/* Counts of masked pixels: the reference's, by type and bits. */
static void masks_have_the_counts(void **state)
{
	static const struct { const char *name; int bits; size_t width, central, count;
	} rows[] = {
		{"SENS2X1:V1", 1, 1, 1, 1142},
		{"SENS2X1:V1", 2, 1, 1, 370},
		{"SENS2X1:V1", 3, 1, 1, 1508},
		{"SENS2X1:V1", 4, 1, 1, 38},
		{"SENS2X1:V1", 8, 1, 1, 184},
		{"SENS2X1:V1", 16, 1, 1, 332},
		{"SENS2X1:V1", 12, 1, 1, 184},
		{"SENS2X1:V1", 7, 1, 1, 1544},
		{"SENS2X1:V1", 15, 1, 1, 1688},
		{"SENS2X1:V1", 255, 1, 1, 1834},
		{"SENS2X1:V1", 3, 5, 3, 6680},
		{"EPIX100:V1", 1, 1, 1, 2940},
		{"EPIX100:V1", 2, 1, 1, 2940},
		{"EPIX100:V1", 3, 1, 1, 5872},
		{"EPIX100:V1", 28, 1, 1, 0},
		{"EPIX100:V1", 3, 5, 3, 23296},
		{"EPIX10KA:V1", 3, 1, 1, 2928},
		{"EPIX10KA:V2", 3, 5, 3, 11520},
		{"JUNGFRAU:V1", 1, 1, 1, 3068},
		{"JUNGFRAU:V1", 2, 1, 1, 5108},
		{"JUNGFRAU:V2", 3, 5, 3, 30272},
		{"PNCCD:V1", 3, 1, 1, 2044},
		{"PNCCD:V1", 3, 5, 3, 10140},
		{"JUNGFRAU:V1", 3, 0, 0, 0},
		{"MTRX:V2:3:4:1:1", 1, 1, 1, 10},
		{"MTRX:V2:3:4:1:1", 1, 9, 1, 12},
		{"JUNGFRAU:V1", 2, 1, 1000, 512 * 1024},
	};
	static uint8_t mask[704 * 768];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct calib_seg seg;
		size_t count = 0;

		assert_int_equal(calib_seg_parse(&seg, rows[i].name, 0, NULL), 1);
		calib_seg_mask(&seg, rows[i].bits, rows[i].width, rows[i].central, mask);
		for (size_t k = 0; k < seg.rows * seg.cols; k++)
			count += mask[k] == 0;
		print_message("%s %d\n", rows[i].name, rows[i].bits);
		assert_int_equal(count, rows[i].count);
	}
}

#define IP_LINE "IP 0 CAM 0 0 0 0 0 0 0 0 0 0\n"
#define OK_LINE "CAM 0 MTRX:V2:2:3:50:50 0 0 0 0 0 0 0 0 0 0\n"

static void bad_files_are_refused_with_the_line(void **state)
{
	static const struct { const char *text, *message;
	} rows[] = {
		{"", "g: no object in it"},
		{"# only comments\n\n", "g: no object in it"},
		{"CAM 0 EPIX100:V1 0 0 0 0 0 0 0 0 0\n", "g:1: 12 fields, expected 13"},
		{IP_LINE "\n"
			 "CAM 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0 # wide\n",
		 "g:3: more than 13 fields"},
		{" # indented\n", "g:1: a comment begins with '#' in the first column"},
		{"CAM x EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n", "g:1: PARENT_IND: 'x' is not"},
		{"CAM 0 EPIX100:V1 -1 0 0 0 0 0 0 0 0 0\n", "g:1: OBJECT_IND: -1 is outside 0.."},
		{"CAM 0 EPIX100:V1 0 0 1.2.3 0 0 0 0 0 0 0\n", "g:1: Y0: '1.2.3' is not"},
		{"CAM 0 EPIX100:V1 0 0 nan 0 0 0 0 0 0 0\n",
		 "g:1: Y0: 'nan' is not a finite number"},
		{"CAM 0 EPIX100:V1 0 0 0 0 inf 0 0 0 0 0\n", "g:1: ROT_Z: 'inf' is not a finite"},
		{"CAM 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 1e300\n",
		 "g:1: TILT_X: '1e300' is not a finite"},
		{IP_LINE OK_LINE "CAM 0 CAM 0 0 0 0 0 0 0 0 0 0\n", "g:3: CAM:0 is its own parent"},
		{"A 0 B 0 0 0 0 0 0 0 0 0 0\nB 0 A 0 0 0 0 0 0 0 0 0 0\n", "g:1: B:0 is in a loop"},
		{IP_LINE OK_LINE "IQ 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n",
		 "g:3: no line defines the parent IQ:0, and the tree already has the root IP:0 "
		 "(line 1)"},
		{IP_LINE, "g:1: object CAM:0 has no sensors"},
		{"IP 0 EPIX10KA:V3 0 0 0 0 0 0 0 0 0 0\n",
		 "g:1: object EPIX10KA:V3:0 has no sensors, and is no sensor itself: did you mean "
		 "EPIX10KA:V1?"},
		{"IP 0 MTRX:V2:0:3:50:50 0 0 0 0 0 0 0 0 0 0\n",
		 "g:1: 'MTRX:V2:0:3:50:50' is not a matrix"},
		{"IP 0 MTRX:V2:2:3:50 0 0 0 0 0 0 0 0 0 0\n",
		 "g:1: 'MTRX:V2:2:3:50' is not a matrix"},
		{"IP 0 MTRX:2:3:50:-1 0 0 0 0 0 0 0 0 0 0\n",
		 "g:1: 'MTRX:2:3:50:-1' is not a matrix"},
		{"IP 0 MTRX:V2:99999999:3:5:5 0 0 0 0 0 0 0 0 0 0\n", "is not a matrix"},
		{"IP 0 ARCHON:V1 0 0 0 0 0 0 0 0 0 0\n", "g:1: 'ARCHON:V1' does not say its size"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_err err = CALIB_ERR_INIT;

		assert_true(calib_geo_read(&geo, rows[i].text, strlen(rows[i].text), "g", 0, &err)
			    < 0);
		if (strstr(err.msg, rows[i].message) == NULL)
			fail_msg("'%s' lacks '%s'", err.msg, rows[i].message);
		assert_true(geo.n == 0 && geo.object == NULL);
	}
}

static void a_million_lines_end_early(void **state)
{
	struct calib_str text = CALIB_STR_INIT;
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	for (int i = 0; i < 1000000; i++)
		calib_str_addf(&text, "IP 0 EPIX100:V1 %d 0 0 0 0 0 0 0 0 0\n", i);
	assert_true(calib_geo_read(&geo, text.s, text.len, "g", 0, &err) < 0);
	assert_string_equal(err.msg, "g:4097: more than 4096 objects");
	calib_str_release(&text);
}

static void order_tabs_and_line_ends_do_not_matter(void **state)
{
	static const char *const texts[] = {
		"CAM 0 EPIX100:V1 1 5 0 0 0 0 0 0 0 0\nCAM 0 EPIX100:V1 0 6 0 0 0 0 0 0 0 "
		"0\n" IP_LINE,
		IP_LINE
		"CAM 0 EPIX100:V1 1 5 0 0 0 0 0 0 0 0\nCAM 0 EPIX100:V1 0 6 0 0 0 0 0 0 0 0\n",
		"\xef\xbb\xbf" "CAM\t0\tEPIX100:V1  1\t5 0 0 0 0 0 0 0 0 \r\n\r\n \t\r\n"
		"CAM 0 EPIX100:V1 0 6 0 0 0 0 0 0 0 0\r\nIP 0 CAM 0 0 0 0 0 0 0 0 0 0",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct calib_geo geo = read_ok(texts[i]);
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;

		assert_int_equal(geo.n, 4);
		assert_string_equal(geo.object[geo.top].name, "IP");
		assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
		assert_true(l.n == 2 && l.ndim == 3 && l.dim[1] == 704 && l.size == 2 * 704 * 768);
		/* by the order of the lines, not by the index */
		assert_int_equal(geo.object[l.leaf[0].object].index, 1);
		calib_geo_layout_release(&l);
		calib_geo_release(&geo);
	}
}

static void z_is_turned_below_ip_only(void **state)
{
	struct calib_geo geo = read_ok("IP:V1 0 CAM 0 0 0 100 0 0 0 0 0 0\n"
	                               "CAM 0 EPIX100:V1 0 0 0 7 0 0 0 0 0 0\n");

	(void)state;
	assert_true(geo.object[0].par[CALIB_GEO_Z0] == -100);
	assert_true(geo.object[1].par[CALIB_GEO_Z0] == 7);
	calib_geo_release(&geo);
}

static void files_are_written_as_the_reference_does(void **state)
{
	struct calib_geo geo = read_ok("## A  comment \n#\n#x\n#   \n# TITLE      t\n# # two\n"
				       "IP 0 MTRX:V2:2:3:50:50 7 -56807.1 44005.5 1000000.5 270 "
				       "90.25 -0.1234 -0.019494 -0 1\n");
	struct calib_str text = CALIB_STR_INIT;

	(void)state;
	assert_int_equal(calib_geo_text(&text, &geo, false, NULL), CALIB_OK);
	assert_string_equal(text.s, "# A  comment\n# \n# TITLE      t\n# # two\n\n"
				    "IP            0 MTRX:V2:2:3:50:50   7    -56807    44006 "
				    "-1000000       270      90.25"
				    "     -0.123    -0.01949 -0.00000  1.00000\n");
	calib_str_clear(&text);
	assert_int_equal(calib_geo_text(&text, &geo, true, NULL), CALIB_OK);
	assert_non_null(strstr(text.s, " -56807.1  44005.5 -1000000.5 "));
	assert_non_null(strstr(text.s, " -0.1234  -0.019494         -0          1\n"));
	calib_str_release(&text);
	calib_geo_release(&geo);
}

/* v' = Rx Ry Rz v + origin, angles of rotation and tilt added, through two objects. */
static void rotate(double *a, double *b, double deg)
{
	double t = deg * (M_PI / 180), x = *a, y = *b;

	*a = x * cos(t) - y * sin(t);
	*b = y * cos(t) + x * sin(t);
}

static void points_go_through_the_tree(void **state)
{
	struct calib_geo geo = read_ok("CAM 0 MTRX:V2:4:6:50:50 0 1000 200 -30 90 10 20 3 -4 5\n"
	                               "IP 0 CAM 0 -5 6 -7000 15 0 180 0 0.5 0\n");
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	double p[1][3];

	(void)state;
	assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
	assert_true(l.ndim == 2 && l.dim[0] == 4 && l.dim[1] == 6);
	for (int tilt = 0; tilt < 2; tilt++)
		for (int lab = 0; lab < 2; lab++) {
			struct calib_geo_view view = {(enum calib_geo_frame)lab, !tilt, false};
			double v[3] = {(5 - 2.5) * 50, -(1 - 1.5) * 50, 0}, want[3];

			rotate(&v[0], &v[1], 90 + tilt * 3);
			rotate(&v[2], &v[0], 10 - tilt * 4);
			rotate(&v[1], &v[2], 20 + tilt * 5);
			v[0] += 1000, v[1] += 200, v[2] -= 30;
			rotate(&v[0], &v[1], 15);
			rotate(&v[2], &v[0], tilt * 0.5);
			rotate(&v[1], &v[2], 180);
			v[0] -= 5, v[1] += 6, v[2] -= 7000;
			memcpy(want, lab ? (double[]){-v[1], -v[0], -v[2]} : v, sizeof want);
			assert_int_equal(calib_geo_coords(xyz, &geo, &l, &view, NULL), CALIB_OK);
			assert_int_equal(calib_geo_pixels(p, (const size_t[][2]){{1, 5}}, 1, &geo,
							  geo.top, l.leaf[0].object, &view, NULL),
					 CALIB_OK);
			for (int k = 0; k < 3; k++) {
				assert_true(fabs(((double *)xyz[k].data)[11] - want[k]) < 1e-9);
				assert_true(((double *)xyz[k].data)[11] == p[0][k]);
			}
		}
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_geo_layout_release(&l);
	calib_geo_release(&geo);
}

/* Two matrices one over the other by a row: cells, offsets, who is drawn last. */
static void images_take_the_last_value(void **state)
{
	struct calib_geo geo = read_ok("CAM 0 MTRX:V2:2:3:50:50 0 0 0 0 0 0 0 0 0 0\n"
	                               "CAM 0 MTRX:V2:2:3:50:50 1 0 50 0 0 0 0 0 0 0\n" IP_LINE);
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	struct calib_nda rows = CALIB_NDA_INIT, cols = CALIB_NDA_INIT, image = CALIB_NDA_INIT, v;
	struct calib_nda back = CALIB_NDA_INIT;
	uint16_t values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	struct calib_geo_grid grid = {50, {-5, 1}, CALIB_GEO_PSANA};
	/* rows of the image are x: columns of the data; columns are y, which falls with the row */
	static const float want[3][4] = {{-1, 4, 10, 7}, {-1, 5, 11, 8}, {-1, 6, 12, 9}};
	static const uint16_t want_back[12] = {10, 11, 12, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	double at[2];

	(void)state;
	assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
	assert_int_equal(calib_geo_coords(xyz, &geo, &l, &(struct calib_geo_view){0}, NULL),
			 CALIB_OK);
	assert_int_equal(calib_geo_index(&rows, &cols, xyz, &grid, NULL), CALIB_OK);
	calib_nda_view(&v, CALIB_U16, 1, (const size_t[]){12}, values);
	assert_int_equal(calib_geo_image(&image, &rows, &cols, &v, -1, NULL), CALIB_OK);
	assert_true(image.dim[0] == 3 && image.dim[1] == 4);
	assert_memory_equal(image.data, want, sizeof want);
	calib_geo_point(at, xyz, &grid, 0, 0, true);
	assert_true(at[0] == 1.5 && at[1] == 2);
	calib_geo_point(at, xyz, &grid, -500, 25, false);
	assert_true(at[0] == -9 && at[1] == 2);
	assert_int_equal(calib_geo_from_image(&back, &rows, &cols, &image, NULL), CALIB_OK);
	for (int i = 0; i < 12; i++)
		assert_true(((float *)back.data)[i] == want_back[i]);
	v.size = v.dim[0] = 11;
	assert_int_equal(calib_geo_image(&image, &rows, &cols, &v, 0, NULL), CALIB_ESHAPE);
	grid.pix = 1e-5;
	assert_int_equal(calib_geo_index(&rows, &cols, xyz, &grid, NULL), CALIB_ESHAPE);
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_nda_release(&rows);
	calib_nda_release(&cols);
	calib_nda_release(&image);
	calib_nda_release(&back);
	calib_geo_layout_release(&l);
	calib_geo_release(&geo);
}

static void a_cspad2x2_has_the_order_of_its_data(void **state)
{
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
	struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
	double p[1][3];
	const double *x;

	(void)state;
	assert_int_equal(calib_geo_new(&geo, calib_geo_default_find("cspad2X2", 0), NULL),
			 CALIB_OK);
	assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
	assert_true(l.ndim == 3 && l.dim[0] == 185 && l.dim[1] == 388 && l.dim[2] == 2);
	assert_int_equal(calib_geo_coords(xyz, &geo, &l, &(struct calib_geo_view){0}, NULL),
			 CALIB_OK);
	assert_int_equal(calib_geo_pixels(p, (const size_t[][2]){{100, 7}}, 1, &geo, geo.top,
					  l.leaf[1].object, &(struct calib_geo_view){0}, NULL),
			 CALIB_OK);
	x = xyz[0].data;
	assert_true(x[(100 * 388 + 7) * 2 + 1] == p[0][0]);
	for (int k = 0; k < 3; k++)
		calib_nda_release(&xyz[k]);
	calib_geo_layout_release(&l);
	calib_geo_release(&geo);
}

static void sizes_that_do_not_stack_are_refused(void **state)
{
	static const struct { const char *text, *message;
	} rows[] = {
		{IP_LINE OK_LINE "CAM 0 MTRX:V2:2:4:50:50 1 0 0 0 0 0 0 0 0 0\n",
		 "g:3: MTRX:V2:2:4:50:50:1 has 2x4 pixels, the sensors before it have 2x3"},
		{"IP 0 A 0 0 0 0 0 0 0 0 0 0\nIP 0 A 1 0 0 0 0 0 0 0 0 0\n"
		 "A 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\nA 1 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n"
		 "A 1 EPIX100:V1 1 0 0 0 0 0 0 0 0 0\n",
		 "g:2: A:1 holds 2 sensors, A:0 beside it 1"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct calib_geo geo = read_ok(rows[i].text);
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
		struct calib_err err = CALIB_ERR_INIT;

		assert_int_equal(calib_geo_layout(&l, &geo, geo.top, &err), CALIB_ESHAPE);
		if (strstr(err.msg, rows[i].message) == NULL)
			fail_msg("'%s' lacks '%s'", err.msg, rows[i].message);
		calib_geo_release(&geo);
	}
}

static void objects_are_found_by_name_and_path(void **state)
{
	struct calib_geo geo =
		read_ok("IP 0 Q:V1 0 0 0 0 0 0 0 0 0 0\nIP 0 Q:V1 1 0 0 0 0 0 0 0 0 0\n"
			"Q:V1 0 MTRX:V2:2:3:50:50 0 0 0 0 0 0 0 0 0 0\nQ:V1 1 MTRX:V2:2:3:50:50 0 "
			"0 0 0 0 0 0 0 0 0\n");
	static const struct { const char *text; size_t at; } rows[] = {{"Q:V1:1", 1}, {"Q:V1", 0},
		{"Q:V1:0", 0}, {"MTRX:V2:2:3:50:50", 2}, {"MTRX:V2:2:3:50:50:0", 2},
		{"Q:V1:1/MTRX:V2:2:3:50:50:0", 3}, {"IP:0/Q:V1:1/MTRX:V2:2:3:50:50", 3}, {"IP", 4}};
	struct calib_str name = CALIB_STR_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(calib_geo_get(&at, &geo, rows[i].text, &err), CALIB_OK);
		assert_int_equal(at, rows[i].at);
	}
	assert_int_equal(calib_geo_get(&at, &geo, "Q:V1:2", &err), CALIB_ENOTFOUND);
	assert_non_null(
		strstr(err.msg, "no object 'Q:V1:2', expected NAME:INDEX, one of: Q:V1:0 Q:V1:1"));
	calib_geo_name(&name, &geo, 3, true);
	assert_string_equal(name.s, "Q:V1:1/MTRX:V2:2:3:50:50:0");
	calib_str_release(&name);
	calib_geo_release(&geo);
}

static void differences_are_measured(void **state)
{
	struct calib_geo a = CALIB_GEO_INIT, b = CALIB_GEO_INIT;
	struct calib_geo_diff d = CALIB_GEO_DIFF_INIT;
	const struct calib_geo_default *def = calib_geo_default_find("Epix10kaQuad", 0);
	size_t quad;

	(void)state;
	assert_int_equal(calib_geo_new(&a, def, NULL), CALIB_OK);
	assert_int_equal(calib_geo_new(&b, def, NULL), CALIB_OK);
	assert_int_equal(calib_geo_diff(&d, &a, &b, NULL), 0);
	b.object[2].par[CALIB_GEO_X0] += 100;	/* the camera is turned by 90 deg about z */
	b.object[2].par[CALIB_GEO_TILT_Z] += 0.25;
	assert_int_equal(calib_geo_diff(&d, &a, &b, NULL), 1);
	assert_int_equal(d.n, 6);
	assert_true(d.move[0].change == CALIB_GEO_SAME && d.move[2].change == CALIB_GEO_MOVED);
	assert_true(d.move[2].par[0] == 100 && d.move[2].par[3] == 0.25);
	assert_true(fabs(d.move[2].shift[1] - 100) < 1e-6 && fabs(d.move[2].shift[0]) < 1e-6);
	assert_true(fabs(d.move[2].turn - 0.25) < 1e-9);
	quad = calib_geo_find(&a, "QUAD", 0);
	assert_true(d.move[quad].change == CALIB_GEO_MOVED && d.move[quad].par[0] == 0);
	assert_true(fabs(d.move[quad].shift[1] - 25) < 1e-6);
	assert_true(d.overall.sensors == 4 && fabs(d.overall.shift[1] - 25) < 1e-6);
	/* the whole detector turned: nothing is left but the turn */
	calib_geo_release(&b);
	assert_int_equal(calib_geo_new(&b, def, NULL), CALIB_OK);
	b.object[quad].par[CALIB_GEO_TILT_Z] += 0.1;
	assert_int_equal(calib_geo_diff(&d, &a, &b, NULL), 1);
	assert_true(fabs(d.overall.turn - 0.1) < 1e-6 && d.overall.rms[0] < 1e-3);
	calib_geo_diff_release(&d);
	calib_geo_release(&a);
	calib_geo_release(&b);
}

static int collect(void *ctx, const struct calib_geo_finding *f, struct calib_err *err)
{
	(void)err;
	calib_str_addf(ctx, "%d %s|", f->level == CALIB_GEO_WARNING, f->text);
	return CALIB_OK;
}

static void checks_find_what_is_wrong(void **state)
{
	static const struct { const char *text, *det, *message; long warnings;
	} rows[] = {
		{"IP 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n", "Epix100a", "", 0},
		{"IP 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n", NULL, "0 fits: Epix100a|", 0},
		{"IP 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n", "CSPAD",
		 "1 540672 pixels in 704x768, a CSPAD has 32x185x388|1 is a EPIX100:V1, a CSPAD "
		 "has",
		 2},
		{"BEAM 0 EPIX100:V1 0 0 0 0 0 0 0 0 0 0\n", NULL, "1 the root is usually IP", 1},
		{"IP 0 EPIX10KA:V1 1 0 0 0 0 0 0 0 0 0\nIP 0 EPIX10KA:V1 0 90000 0 0 0 0 0 0 0 0\n",
		 NULL,
		 "1 has place 0 in the arrays, by the order of the lines, not 1|"
		 "1 has place 1 in the arrays, by the order of the lines, not 0|",
		 2},
		{"IP 0 EPIX10KA:V1 0 0 0 0 0 0 0 0 0 0\nIP 0 EPIX10KA:V2 1 0 200 0 0 0 0 0 0 0\n",
		 NULL,
		 "1 is a EPIX10KA:V2, the first sensor a EPIX10KA:V1|1 lies over EPIX10KA:V1:0: ",
		 2},
		{"IP 0 EPIX10KA:V1 0 0 0 0 0 0 0 0 0 0\nIP 0 EPIX10KA:V1 0 90000 0 0 0 0 0 0 0 0\n",
		 NULL, "1 the same object stands in line 1|1 has place 1", 2},
		{"IP 0 MTRX:V2:100:200:5:5 0 0 0 0 0 0 0 0 0 0\n", "Opal1000", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct calib_geo geo = read_ok(rows[i].text);
		struct calib_str got = CALIB_STR_INIT;
		const struct calib_det *det = rows[i].det ? calib_det_by_name(rows[i].det) : NULL;
		long n = calib_geo_check(&geo, det, collect, &got, NULL);

		if (n != rows[i].warnings || strstr(got.s, rows[i].message) == NULL)
			fail_msg("row %zu: %ld warnings: %s", i, n, got.s);
		calib_str_release(&got);
		calib_geo_release(&geo);
	}
}

/* Every default is sound, fits its detector, and is as the reference writes it. */
static void defaults_are_sound(void **state)
{
	const struct calib_geo_default *d;
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++) {
		struct calib_geo geo = CALIB_GEO_INIT, ref = CALIB_GEO_INIT;
		struct calib_str got = CALIB_STR_INIT, text[2] = {CALIB_STR_INIT, CALIB_STR_INIT};
		char path[4096], file[128];

		print_message("%s\n", d->name);
		assert_ptr_equal(calib_geo_default_find(d->name, 0), d);
		assert_int_equal(calib_geo_new(&geo, d, NULL), CALIB_OK);
		assert_int_equal(calib_geo_check(&geo, d->det ? calib_det_by_name(d->det) : NULL,
						 collect, &got, NULL),
				 0);
		snprintf(file, sizeof file, "geometry/saved/%s.data", d->name);
		for (char *p = file; *p; p++)
			*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
		if (test_golden(file, path) != NULL) {
			assert_int_equal(calib_geo_load(&ref, path, 0, NULL), CALIB_OK);
			assert_int_equal(calib_geo_text(&text[0], &geo, false, NULL), CALIB_OK);
			assert_int_equal(calib_geo_text(&text[1], &ref, false, NULL), CALIB_OK);
			assert_string_equal(strstr(text[0].s, "\n\n"), strstr(text[1].s, "\n\n"));
			compared++;
		}
		calib_str_release(&text[0]);
		calib_str_release(&text[1]);
		calib_str_release(&got);
		calib_geo_release(&ref);
		calib_geo_release(&geo);
	}
	assert_true(compared == 0 || compared == 10);
}

/* Size of the image, and SHA-256 of the rows and columns of all pixels and of the mask of all bits,
 * as the reference computes them from the same numbers. */
static void default_indexes_are_those_of_the_reference(void **state)
{
	static const struct { const char *name; size_t rows, cols; const char *sha[3]; } all[] = {
		{"CSPAD", 1942, 1940,
		 {"0fa3efdc4c12278508ec511251f6eaff96824cee79eb80c1467031616faa1813",
		  "bf30b2d3acd320d432a62788f9c468294ddf3aac5c12d27f5651015f21ebb870",
		  "7e1f43377c33557623889bf91b0898a484df149ffb5f84dbd0f582224be04c0f"}},
		{"CSPAD2x2", 454, 459,
		 {"0b8fbdc75d2dc6797a392931a3bd11618cf51625a3516f24edae52ab38dfb9ef",
		  "6034aa453e92e6c875ae352e66ec381005b68f2fc9a7a46a52dfbbaa6b676436",
		  "6854eb9e36bea601b79d96014ce7b110124d1e5433410de81e4a3167216bfefa"}},
		{"Epix100a", 709, 773,
		 {"44fdea538c7b751ae688c5f5fddd584cd60653fca928233c89166216445a211f",
		  "cb932894b19a05324483bbce0d874e05e994eccc41022090b2351e0d8c299b17",
		  "296c28e6bc67ba471a848a60734a3abeb9a88b115967d8cc842d5b6f1e11cf9b"}},
		{"Epix10ka", 355, 387,
		 {"781cc8212c406b06738b080bb484d7e1768586d705196599385c25c6f1d5f347",
		  "95fe49bb4fd3096861856b3977e0f13763fcc3dfdcb5fff31ea006634f893fe4",
		  "2f9c05ea748003080413acaf443a121fde0776ba4605fd642a5477007d9dd787"}},
		{"Epix10kaQuad", 774, 790,
		 {"31dded593f71f26a8fa14079df077c86bda3bf2f36a6ca0cdb87ccdaa7432e0b",
		  "75e9900fc76b72d60bd8db5571ad197f79cf731f0be0b45bd6c6aac5b0d53b06",
		  "1d7f84407292878260a3498c7e4c00b8437af659f22e83a25fde7ec168589b09"}},
		{"Epix10ka2M", 1674, 1672,
		 {"c815f671c0034acb6f174cd4911b792ca9e67b0fc86b84889b09124049642f8d",
		  "c72a39a4d7520915ca0c0b1d453540cea0089439476c5139aa5787e25769fcdc",
		  "4ca49c02e8ad4ccf592956b7197efca17b9161e1350e1bfda8b3bea8f23f6991"}},
		{"Jungfrau05M", 514, 1030,
		 {"785c09f2731da2dc96540bf4f15b1ef9b1d18d7d40fc17ebb50e70aac46a9dc7",
		  "8b06aff0dcde945675509510f733891b47075307c3ab601c2f39634551c2e75f",
		  "38d96ce1deed5b7c17b237677d3d357f21523e10e16522eff4a132f39aa4f8c8"}},
		{"Jungfrau1M", 1064, 1030,
		 {"c2d26422315e39649c096a72a02502840729add7c655cb8523d72ebe047f7704",
		  "e7c067acde6b5568f9918ff9e9e1e67e8141e99060bc91eb0599591437c0763e",
		  "ac16fde9cb5fbaa1ee099b0f66e6a4fefe9bd90b1d5a563c7da5947f07c407c0"}},
		{"Jungfrau4M", 2203, 2299,
		 {"4df98c414bdaf4fe17aeccd6289f055b17e86cb4e9e7cf588c88b9026153ef92",
		  "7645306890aa2a8a9bf8b8d64f71c5a55a45b809fe56025376450e091c8359bd",
		  "798fbae5413e1c73bbfc1b3b2656019ee3bec1b12b7b8c3248d99218184fe2f4"}},
		{"pnCCD", 1400, 1312,
		 {"2cd7774bd2a5569151ed754b86780b3955c28fed6dc40d3fbbd7b78374733663",
		  "4ee8c2ee71f75214f2d8e61ede52e2f8967a5db6aa398aae328a462291b410aa",
		  "b99acccd6f721cd0ebe03626209424b0c81eb2b0280dab7628eadd3fe77dbb3f"}},
	};
	static const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct calib_geo geo = CALIB_GEO_INIT;
		struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT;
		struct calib_nda xyz[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
		struct calib_nda got[3] = {CALIB_NDA_INIT, CALIB_NDA_INIT, CALIB_NDA_INIT};
		struct calib_geo_grid grid = {0, {0, 0}, CALIB_GEO_PSANA};
		struct calib_nda image = CALIB_NDA_INIT;
		char hex[65];

		print_message("%s\n", all[i].name);
		assert_int_equal(calib_geo_new(&geo, calib_geo_default_find(all[i].name, 0), NULL),
		                 CALIB_OK);
		assert_int_equal(calib_geo_layout(&l, &geo, geo.top, NULL), CALIB_OK);
		grid.pix = l.scale;
		assert_int_equal(calib_geo_coords(xyz, &geo, &l, &view, NULL), CALIB_OK);
		assert_int_equal(calib_geo_index(&got[0], &got[1], xyz, &grid, NULL), CALIB_OK);
		assert_int_equal(calib_geo_mask(&got[2], &geo, &l, 255, 1, 1, NULL), CALIB_OK);
		assert_int_equal(calib_geo_image(&image, &got[0], &got[1], &got[2], 0, NULL),
				 CALIB_OK);
		assert_int_equal(image.dim[0], all[i].rows);
		assert_int_equal(image.dim[1], all[i].cols);
		for (int k = 0; k < 3; k++) {
			sha256_hex(got[k].data, got[k].size * calib_dtype_size(got[k].type), hex);
			assert_string_equal(hex, all[i].sha[k]);
			calib_nda_release(&got[k]);
			calib_nda_release(&xyz[k]);
		}
		calib_nda_release(&image);
		calib_geo_layout_release(&l);
		calib_geo_release(&geo);
	}
}

/* To .geom in the LAB frame and back: the pixels stay where they are, to the digits of the file. */
static void crystfel_files_bring_the_pixels_back(void **state)
{
	const struct calib_geo_default *d;
	static const struct calib_geo_view view = {CALIB_GEO_PSANA, false, false};

	(void)state;
	for (size_t i = 0; (d = calib_geo_default_at(i)) != NULL; i++)
		for (int all = 0; all < 2; all++) {
			struct calib_geo a = CALIB_GEO_INIT, b = CALIB_GEO_INIT;
			struct calib_geo_layout l = CALIB_GEO_LAYOUT_INIT,
						m = CALIB_GEO_LAYOUT_INIT;
			struct calib_str text = CALIB_STR_INIT;
			struct calib_crystfel how = CALIB_CRYSTFEL_INIT;
			struct calib_err err = CALIB_ERR_INIT;
			double worst, p[2][3], q[2][3];
			bool mirrored;

			assert_int_equal(calib_geo_new(&a, d, NULL), CALIB_OK);
			assert_int_equal(calib_geo_layout(&l, &a, a.top, NULL), CALIB_OK);
			how.segment = strcmp(d->segment, "PNCCD:V1") ? d->segment : NULL;
			how.fit = all ? CALIB_CRYSTFEL_ALL : CALIB_CRYSTFEL_FIRST;
			how.frame = CALIB_GEO_LAB;
			assert_int_equal(calib_crystfel_text(&text, &a, CALIB_GEO_LAB, NULL),
					 CALIB_OK);
			if (calib_crystfel_read(&b, &worst, &mirrored, text.s, text.len, d->name,
						&how, &err)
			    < 0)
				fail_msg("%s", err.msg);
			assert_int_equal(calib_geo_layout(&m, &b, b.top, NULL), CALIB_OK);
			assert_true(m.n == l.n && !mirrored && worst < 2);
			for (size_t s = 0; s < l.n; s++) {
				const size_t rc[2][2] = {{0, 0}, {l.rows - 1, l.cols - 1}};

				assert_int_equal(calib_geo_pixels(p, rc, 2, &a, a.top,
								  l.leaf[s].object, &view, &err),
						 CALIB_OK);
				assert_int_equal(calib_geo_pixels(q, rc, 2, &b, b.top,
								  m.leaf[s].object, &view, &err),
						 CALIB_OK);
				for (int k = 0; k < 6; k++)
					if (fabs(p[k / 3][k % 3] - q[k / 3][k % 3]) > 1.2)
						fail_msg("%s %zu: %g %g", d->name, s,
							 p[k / 3][k % 3], q[k / 3][k % 3]);
			}
			calib_geo_layout_release(&l);
			calib_geo_layout_release(&m);
			calib_str_release(&text);
			calib_geo_release(&a);
			calib_geo_release(&b);
		}
}

static void tables_have_their_gaps(void **state)
{
	struct calib_nda in = CALIB_NDA_INIT, out = CALIB_NDA_INIT;
	struct calib_sensors how = CALIB_SENSORS_INIT;
	const double *v;

	(void)state;
	assert_int_equal(calib_nda_alloc(&in, CALIB_F64, 2, (const size_t[]){5920, 388}, NULL),
			 CALIB_OK);
	for (size_t i = 0; i < in.size; i++)
		((double *)in.data)[i] = (double)i;
	assert_int_equal(calib_sensors_table(&out, &in, &how, NULL), CALIB_OK);
	assert_true(out.dim[0] == 1522 && out.dim[1] == 1582 && out.type == CALIB_F64);
	v = out.data;
	assert_true(v[193] == 193 && v[194] == 0 && v[197] == 194 && v[200 * 1582 + 500] == 649615
	            && v[1000 * 1582 + 1200] == 2099089 && v[1521 * 1582 + 1581] == 2296959);
	how = (struct calib_sensors){0, 0, 0, 0};
	assert_int_equal(calib_sensors_table(&out, &in, &how, NULL), CALIB_OK);
	v = out.data;
	assert_true(out.dim[0] == 1480 && out.dim[1] == 1552 && v[1000 * 1552 + 1200] == 2110756);
	assert_int_equal(calib_nda_alloc(&in, CALIB_U8, 3, (const size_t[]){185, 388, 2}, NULL),
			 CALIB_OK);
	((uint8_t *)in.data)[(7 * 388 + 200) * 2 + 1] = 9;
	how = (struct calib_sensors)CALIB_SENSORS_INIT;
	assert_int_equal(calib_sensors_table(&out, &in, &how, NULL), CALIB_OK);
	assert_true(out.dim[0] == 390 && out.dim[1] == 391
	            && ((uint8_t *)out.data)[(185 + 20 + 7) * 391 + 203] == 9);
	in.ndim = 1;
	assert_int_equal(calib_sensors_table(&out, &in, &how, NULL), CALIB_ESHAPE);
	calib_nda_release(&in);
	calib_nda_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_have_their_pixels),
		cmocka_unit_test(wide_pixels_can_be_centred),
		cmocka_unit_test(masks_have_the_counts),
		cmocka_unit_test(bad_files_are_refused_with_the_line),
		cmocka_unit_test(a_million_lines_end_early),
		cmocka_unit_test(order_tabs_and_line_ends_do_not_matter),
		cmocka_unit_test(z_is_turned_below_ip_only),
		cmocka_unit_test(files_are_written_as_the_reference_does),
		cmocka_unit_test(points_go_through_the_tree),
		cmocka_unit_test(images_take_the_last_value),
		cmocka_unit_test(a_cspad2x2_has_the_order_of_its_data),
		cmocka_unit_test(sizes_that_do_not_stack_are_refused),
		cmocka_unit_test(objects_are_found_by_name_and_path),
		cmocka_unit_test(differences_are_measured),
		cmocka_unit_test(checks_find_what_is_wrong),
		cmocka_unit_test(defaults_are_sound),
		cmocka_unit_test(default_indexes_are_those_of_the_reference),
		cmocka_unit_test(crystfel_files_bring_the_pixels_back),
		cmocka_unit_test(tables_have_their_gaps),
	};

	return cmocka_run_group_tests_name("geo", tests, NULL, NULL);
}
