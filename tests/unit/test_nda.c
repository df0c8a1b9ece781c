/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/test_nda.c - arrays, their file forms, and what must be refused */
#include "test.h"

#include <unistd.h>

#include "base/log.h"
#include "nda/h5.h"
#include "nda/number.h"

static char last_warning[512];

static void keep_warning(void *ctx, enum calib_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	snprintf(last_warning, sizeof last_warning, "%s", text);
}

static int from_bytes(struct calib_nda *nda, const void *bytes, size_t n, bool strict,
                      struct calib_err *err)
{
	struct calib_nda_hints hints = {.strict = strict};
	struct calib_in *in;
	int rc;

	calib_err_clear(err);
	last_warning[0] = '\0';
	assert_int_equal(calib_in_mem(&in, bytes, n, "x", err), CALIB_OK);
	rc = calib_nda_read(nda, in, &hints, err);
	calib_in_close(in);
	return rc;
}

static int from_text(struct calib_nda *nda, const char *text, bool strict, struct calib_err *err)
{
	return from_bytes(nda, text, strlen(text), strict, err);
}

static const char *real_text(const char *format, double v, bool single)
{
	static char buf[CALIB_NUMBER_ROOM + 1];
	struct calib_number number;

	assert_int_equal(calib_number_parse(&number, format, NULL), CALIB_OK);
	*calib_number_real(buf, &number, v, single) = '\0';
	return buf;
}

static void fixed_point_is_printf_for_ties_and_random_bits(void **state)
{
	static const double cases[] = {0.125, 0.375, -0.125, 2.5, 0.5, 1.5, -0.0, 1e15, 1e22, 0.005,
		1.005, 1e-320, 123456789.125, 9007199254740993.0, 0.045, 99999.995, 1e300};
	static const char *const formats[] = {"%8.2f", "%.3f", "%.0f", "%f", "%.9f", "%12.1f",
		"%-9.2f", "%+.1f", "%08.2f", "%.9g", "%e", "%G"};
	uint64_t seed = 1;

	(void)state;
	for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++)
		for (size_t i = 0; i < 4000; i++) {
			char want[512];
			double v;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (i < sizeof cases / sizeof cases[0])
				v = cases[i];
			else if (i % 3 == 0)
				memcpy(&v, &seed, sizeof v);
			else
				v = (double)(int64_t)(seed >> 40) / (i % 3 == 1 ? 8 : 1000) - 3000;
			if (!isfinite(v))
				continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(want, sizeof want, formats[k], v);
#pragma GCC diagnostic pop
			assert_string_equal(real_text(formats[k], v, false), want);
		}
}

static void shortest_text_reads_back_and_is_shortest(void **state)
{
	uint64_t seed = 7;

	(void)state;
	assert_string_equal(real_text(NULL, 0.1, false), "0.1");
	assert_string_equal(real_text(NULL, 0.1f, true), "0.1");
	assert_string_equal(real_text(NULL, 100000, true), "100000");
	assert_string_equal(real_text(NULL, 1e9, true), "1e+09");
	assert_string_equal(real_text(NULL, -2.5e-7, false), "-2.5e-07");
	assert_string_equal(real_text(NULL, 0.00012, false), "0.00012");
	assert_string_equal(real_text(NULL, 16777216, true), "16777216");
	assert_string_equal(real_text(NULL, 33554436, true), "33554436");
	assert_string_equal(real_text(NULL, -0.0, true), "-0");
	assert_string_equal(real_text(NULL, NAN, true), "nan");
	assert_string_equal(real_text("%8.2f", -NAN, true), "     nan");
	for (int i = 0; i < 20000; i++) {
		char text[CALIB_NUMBER_ROOM + 1], best[64];
		float f;
		double d;
		int k = 1;
		uint32_t u;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		u = (uint32_t)(seed >> 32);
		memcpy(&f, &u, sizeof f);
		if (i % 2)
			f = (float)(int32_t)u / 4096;
		memcpy(&d, &seed, sizeof d);
		if (isfinite(f)) {
			snprintf(text, sizeof text, "%s", real_text(NULL, f, true));
			assert_true(strtof(text, NULL) == f);
			do
				snprintf(best, sizeof best, "%.*e", k - 1, f);
			while (strtof(best, NULL) != f && k++ < 9);
			snprintf(best, sizeof best, "%.*e", k - 1, f);
			assert_true(strtod(best, NULL) == strtod(text, NULL));
		}
		if (isfinite(d)) {
			snprintf(text, sizeof text, "%s", real_text(NULL, d, false));
			assert_true(strtod(text, NULL) == d);
		}
	}
}

static void formats_that_are_not_one_number_are_refused(void **state)
{
	static const char *const bad[] = {"",      "%",   "8.2f",  "%s",    "%n",  "%d%d", "%ld",
					  "%.2f ", "%*d", "%999f", "%.99f", "x%d", "%5.2", "%%"};
	struct calib_number number;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(calib_number_parse(&number, bad[i], NULL), CALIB_EINVAL);
}

static void conversion_names_the_value_that_does_not_fit(void **state)
{
	double values[] = {1.9, -1.9, 255.9, 256, 0, 0};
	size_t dim[] = {2, 3};
	struct calib_nda a, b = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	calib_nda_view(&a, CALIB_F64, 2, dim, values);
	assert_int_equal(calib_nda_convert(&b, &a, CALIB_U8, &err), CALIB_EINVAL);
	assert_string_equal(err.msg, "element [0,1]: -1.8999999999999999 does not fit into uint8");
	calib_err_clear(&err);
	assert_int_equal(calib_nda_convert(&b, &a, CALIB_I16, &err), CALIB_OK);
	assert_int_equal(((int16_t *)b.data)[1], -1);
	assert_int_equal(((int16_t *)b.data)[3], 256);
	values[4] = NAN;
	assert_int_equal(calib_nda_convert(&b, &a, CALIB_I64, &err), CALIB_EINVAL);
	calib_nda_release(&b);
}

static void integer_text_is_exact_and_never_wraps(void **state)
{
	struct calib_nda a = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	assert_int_equal(from_text(&a, "# DTYPE uint64\n18446744073709551615 9007199254740993.0\n",
	                           true, &err), 1);
	assert_true(((uint64_t *)a.data)[0] == UINT64_MAX);
	assert_true(((uint64_t *)a.data)[1] == 9007199254740993u);
	assert_int_equal(from_text(&a, "# DTYPE uint16\n-1 2.7 70000 6e1 3.000e+00 1e400\n", false,
	                           &err), 1);
	assert_int_equal(((uint16_t *)a.data)[0], 0);
	assert_int_equal(((uint16_t *)a.data)[1], 2);
	assert_int_equal(((uint16_t *)a.data)[2], 65535);
	assert_int_equal(((uint16_t *)a.data)[3], 60);
	assert_int_equal(((uint16_t *)a.data)[4], 3);
	assert_int_equal(((uint16_t *)a.data)[5], 65535);
	assert_string_equal(last_warning,
	                    "x: 3 values outside uint16 set to its limits (first in line 2)");
	assert_int_equal(from_text(&a, "# DTYPE uint16\n1\n-1\n", true, &err), CALIB_EINVAL);
	assert_string_equal(err.msg, "x:3: '-1' is outside uint16");
	assert_int_equal(from_text(&a, "# DTYPE int16\n1 nan\n", false, &err), CALIB_EINVAL);
	assert_string_equal(err.msg, "x:2: 'nan' cannot be a value of int16");
	calib_nda_release(&a);
}

static void bad_text_names_line_and_word(void **state)
{
	static const struct { const char *text, *msg; } cases[] = {
		{"1 2\n3 0x10\n", "x:2: '0x10' is not a number"},
		{"1,2\n", "x:1: '1,2' is not a number"},
		{"1 2\n3\n", "x:2: another number of fields than in the lines before (2)"},
		{"# DTYPE banana\n1\n", "x:1: 'banana' is not a known DTYPE"},
		{"# NDIM 2\n# DIM:0 1\n1\n", "x: NDIM is 2, but there are 1 DIM lines"},
		{"# NDIM 6\n1\n", "x:1: NDIM 6, at most 5 dimensions are possible"},
		{"# NDIM 3\n# DIM:0 9\n# DIM:1 1\n# DIM:2 1\n1 2\n",
		 "x: 2 values, the shape 9x1x1 of the header wants 9"},
		{"# DIM:0 99999999999999999999\n1\n",
		 "x:1: DIM:0 '99999999999999999999' is not a whole number from 0"},
		{"- 1\n", "x:1: '-' is not a number"}, {". 1\n", "x:1: '.' is not a number"},
		{"1 1.e 1\n", "x:1: '1.e' is not a number"},
	};
	struct calib_nda a = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(from_text(&a, cases[i].text, false, &err) < 0);
		assert_string_equal(err.msg, cases[i].msg);
	}
	assert_null(a.data);
}

static void fields_across_pieces_of_a_long_line_are_whole(void **state)
{
	enum { N = 200000 };
	char *text = malloc(N * 8 + 1), *p = text;
	struct calib_nda a = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	char name[] = "/tmp/calibtest.XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	for (int i = 0; i < N; i++)
		p += sprintf(p, "%d.%d ", i % 9973, i % 7);
	assert_true(fd >= 0 && write(fd, text, (size_t)(p - text)) == p - text);
	close(fd);
	assert_int_equal(calib_nda_load(&a, name, NULL, &err), CALIB_OK);
	unlink(name);
	assert_int_equal(a.ndim, 1);
	assert_true(a.size == N);
	for (int i = 0; i < N; i++) {
		char want[32];

		snprintf(want, sizeof want, "%d.%d", i % 9973, i % 7);
		assert_true(((float *)a.data)[i] == (float)strtod(want, NULL));
	}
	calib_nda_release(&a);
	free(text);
}

static void npy_headers_that_lie_are_refused(void **state)
{
	static const struct { const char *head; int code;
	} cases[] = {
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3)}", CALIB_ETRUNC},
		{"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", CALIB_EFORMAT},
		{"{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (1,)}", CALIB_EFORMAT},
		{"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': 0, 'shape': (1,)}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (-1,)}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (1)}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (1 1)}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False}", CALIB_EFORMAT},
		{"{'descr': '<u2', 'descr': '<u2', 'fortran_order': False, 'shape': ()}",
		 CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': ()} x", CALIB_EFORMAT},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (), 'x': 1}", CALIB_EFORMAT},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
		 CALIB_EFORMAT},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000, 1000)}",
		 CALIB_ENOMEM},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1)}", CALIB_ESHAPE},
		{"{'descr': '<f8", CALIB_EFORMAT},
		{"", CALIB_EFORMAT},
	};
	struct calib_nda a = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t bytes[256] = "\223NUMPY\001";
		size_t n = strlen(cases[i].head);

		bytes[8] = (uint8_t)n;
		memcpy(bytes + 10, cases[i].head, n);
		assert_int_equal(from_bytes(&a, bytes, 10 + n, false, &err), cases[i].code);
		assert_true(strncmp(err.msg, "x: ", 3) == 0);
	}
}

static void half_precision_is_exact_and_fortran_order_is_turned(void **state)
{
	uint8_t bytes[128] = "\223NUMPY\001\000\100\000"
		"{'descr':'>f2','fortran_order':True,'shape':(2,3),}             \n";
	static const uint8_t halves[] = {0x3c, 0, 0x00, 0x01, 0xc0, 0,
					 0x7c, 0, 0x7b, 0xff, 0x04, 0};
	static const float want[] = {1, -2, 65504, 0x1p-24f, INFINITY, 0x1p-14f};
	struct calib_nda a = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;

	(void)state;
	bytes[8] = 65;
	memcpy(bytes + 75, halves, sizeof halves);
	assert_int_equal(from_bytes(&a, bytes, 75 + sizeof halves, false, &err), 1);
	assert_int_equal(a.ndim, 2);
	assert_true(a.dim[0] == 2 && a.dim[1] == 3);
	assert_memory_equal(a.data, want, sizeof want);
	calib_nda_release(&a);
}

static void hdf5_gives_back_every_type_text_and_number(void **state)
{
	static const uint64_t bits[8] = {0, 1, 0x3ff0000000000000, 0x7f80000000000000, 5, 6, 7, 8};
	char dir[] = "/tmp/calibtest.XXXXXX", path[64], name[96], *text = NULL;
	size_t dim[] = {2, 2};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_nda got = CALIB_NDA_INIT;
	struct calib_h5 *file;
	int64_t value = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/a.h5", dir);
	assert_int_equal(calib_h5_create(&file, path, 0, &err), CALIB_OK);
	for (int t = 0; t < CALIB_NDTYPES; t++) {
		struct calib_nda a;
		uint8_t truth[4] = {0, 1, 1, 0};

		calib_nda_view(&a, (enum calib_dtype)t, 2, dim,
		               t == CALIB_BOOL ? (void *)truth : (void *)(uintptr_t)bits);
		snprintf(name, sizeof name, "/stat/%s", calib_dtype_name((enum calib_dtype)t));
		assert_int_equal(calib_h5_put(file, name, &a, &err), CALIB_OK);
	}
	assert_int_equal(calib_h5_put_text(file, "origin", "r\303\266ntgen", &err), CALIB_OK);
	assert_int_equal(calib_h5_put_text(file, "/log/text", "", &err), CALIB_OK);
	assert_int_equal(calib_h5_put_int(file, "events", INT64_MIN, &err), CALIB_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(calib_h5_commit(file, &err), CALIB_OK);
	assert_int_equal(calib_h5_open(&file, path, &err), CALIB_OK);
	for (int t = 0; t < CALIB_NDTYPES; t++) {
		uint8_t truth[4] = {0, 1, 1, 0};

		snprintf(name, sizeof name, "stat/%s", calib_dtype_name((enum calib_dtype)t));
		assert_int_equal(calib_h5_get(file, name, &got, &err), CALIB_OK);
		assert_int_equal(got.type, t);
		assert_memory_equal(got.data, t == CALIB_BOOL ? (const void *)truth : bits,
		                    4 * calib_dtype_size(got.type));
	}
	assert_int_equal(calib_h5_get_text(file, "origin", &text, &err), CALIB_OK);
	assert_string_equal(text, "r\303\266ntgen");
	free(text);
	assert_int_equal(calib_h5_get_text(file, "/log/text", &text, &err), CALIB_OK);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(calib_h5_get_int(file, "events", &value, &err), CALIB_OK);
	assert_true(value == INT64_MIN);
	assert_int_equal(calib_h5_get(file, "/stat/none", &got, &err), CALIB_ENOTFOUND);
	calib_err_clear(&err);
	assert_int_equal(calib_h5_get(file, "/stat", &got, &err), CALIB_ENOTFOUND);
	calib_err_clear(&err);
	calib_h5_close(file);
	snprintf(name, sizeof name, "%s:/stat/uint16", path);
	assert_int_equal(calib_nda_load(&got, name, NULL, &err), CALIB_OK);
	assert_int_equal(got.type, CALIB_U16);
	assert_int_equal(calib_nda_load(&got, path, NULL, &err), CALIB_EFORMAT);
	assert_non_null(strstr(err.msg, "file.h5:/path/to/dataset"));
	calib_nda_release(&got);
	unlink(path);
	rmdir(dir);
}

static void short_forms_are_those_of_printf(void **state)
{
	struct calib_err err = CALIB_ERR_INIT;
	unsigned long seed = 1;

	(void)state;
	for (int digits = 1; digits <= 17; digits++) {
		char format[8], have[CALIB_NUMBER_ROOM], want[CALIB_NUMBER_ROOM];
		struct calib_number n;

		snprintf(format, sizeof format, "%%.%dg", digits);
		assert_int_equal(calib_number_parse(&n, format, &err), CALIB_OK);
		for (int i = 0; i < 20000; i++) {
			seed = seed * 6364136223846793005ul + 1442695040888963407ul;
			double u = (double)(seed >> 11) / 9007199254740992.0;
			double near = pow(10, (double)(i % 18) - 6) * (1 + (i % 9 - 4) * 2e-16);
			double v = i % 4 == 0 ? u * pow(10, (double)(i % 22) - 6)
			         : i % 4 == 1 ? floor(u * 1e5) / 64
			         : i % 4 == 2 ? -floor(u * 2e5) / 1000 : near;

			*calib_number_real(have, &n, v, false) = '\0';
			snprintf(want, sizeof want, format, v);
			assert_string_equal(have, want);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_point_is_printf_for_ties_and_random_bits),
		cmocka_unit_test(shortest_text_reads_back_and_is_shortest),
		cmocka_unit_test(formats_that_are_not_one_number_are_refused),
		cmocka_unit_test(conversion_names_the_value_that_does_not_fit),
		cmocka_unit_test(integer_text_is_exact_and_never_wraps),
		cmocka_unit_test(bad_text_names_line_and_word),
		cmocka_unit_test(fields_across_pieces_of_a_long_line_are_whole),
		cmocka_unit_test(npy_headers_that_lie_are_refused),
		cmocka_unit_test(half_precision_is_exact_and_fortran_order_is_turned),
		cmocka_unit_test(short_forms_are_those_of_printf),
		cmocka_unit_test(hdf5_gives_back_every_type_text_and_number),
	};

	calib_log_set_sink(keep_warning, NULL);
	return cmocka_run_group_tests_name("nda", tests, NULL, NULL);
}
