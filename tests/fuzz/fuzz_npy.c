/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_npy.c - npy arrays one after the other, raw data, and gzip of either */
#include "array.h"

#include "nda/form.h"

/* Written and read again it is the same. */
static void round_trip(const struct calib_nda *nda)
{
	const struct calib_nda_form form = {.form = CALIB_FORM_NPY};
	struct calib_nda back = CALIB_NDA_INIT;
	static char buf[65536];

	if (nda->size > SMALL_ARRAY)
		return;
	CHECK(array_read(&back, buf, array_write(nda, &form, buf, sizeof buf), NULL) == 1);
	CHECK(array_same(nda, &back));
	calib_nda_release(&back);
}

static void convert(const struct calib_nda *nda)
{
	for (int type = 0; type < CALIB_NDTYPES; type++) {
		struct calib_err err = CALIB_ERR_INIT;
		struct calib_nda other = CALIB_NDA_INIT;
		int rc = calib_nda_convert(&other, nda, (enum calib_dtype)type, &err);

		fuzz_check_err(rc, &err);
		if (rc >= 0) {
			array_check(&other);
			CHECK(calib_nda_same_shape(nda, &other));
		}
		calib_nda_release(&other);
	}
}

/* Every array of the stream, as npy whatever the first bytes are. */
static void read_all(const uint8_t *data, size_t size)
{
	struct calib_nda nda = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	const uint8_t *bytes;
	uint64_t before;
	int rc = CALIB_OK;

	CHECK(calib_in_mem(&in, data, size, "memory", &err) >= 0);
	while (rc >= 0 && calib_in_peek(in, &bytes, 1, &err) > 0) {
		before = calib_in_tell(in);
		rc = calib_npy_read(&nda, in, &err);
		fuzz_check_err(rc, &err);
		CHECK(calib_in_tell(in) > before && calib_in_tell(in) <= size);
		if (rc < 0)
			break;
		array_check(&nda);
		CHECK(calib_in_tell(in) - before > nda.size * calib_dtype_size(nda.type) / 2);
		round_trip(&nda);
		if (nda.size <= SMALL_ARRAY)
			convert(&nda);
	}
	calib_nda_release(&nda);
	calib_in_close(in);
}

/* A header that is accepted for streaming is accepted for loading, and means the same. */
static void begin(const uint8_t *data, size_t size)
{
	struct calib_nda shape = CALIB_NDA_INIT, whole = CALIB_NDA_INIT;
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_in *in = NULL;
	size_t product = 1;
	int rc;

	CHECK(calib_in_mem(&in, data, size, "memory", &err) >= 0);
	rc = calib_npy_begin(&shape, in, &err);
	fuzz_check_err(rc, &err);
	for (int i = 0; rc >= 0 && i < shape.ndim; i++)
		product *= shape.dim[i];
	if (rc >= 0) {
		CHECK(product == shape.size && shape.data == NULL);
		if (array_read(&whole, data, size, NULL) == 1)
			CHECK(whole.type == shape.type && calib_nda_same_shape(&whole, &shape));
	}
	calib_nda_release(&whole);
	calib_nda_release(&shape);
	calib_in_close(in);
}

static void raw(const uint8_t *data, size_t size)
{
	for (int type = 0; type < CALIB_NDTYPES; type++) {
		const struct calib_nda_hints hints = {.raw = true, .type = (enum calib_dtype)type,
			.ndim = 3, .dim = {2, size > 0 ? data[0] : 1, 1}};
		struct calib_nda nda = CALIB_NDA_INIT;

		if (array_read(&nda, data, size, &hints) == 1)
			CHECK(nda.type == hints.type && nda.dim[1] == hints.dim[1]);
		calib_nda_release(&nda);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calib_nda mem = CALIB_NDA_INIT, file = CALIB_NDA_INIT;
	int rc, packed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;

	fuzz_begin();
	rc = array_read_file(&file, data, size);
	if (!packed) {
		CHECK(array_read(&mem, data, size, NULL) == rc);
		CHECK(rc != 1 || array_same(&mem, &file));
		read_all(data, size);
		begin(data, size);
	}
	raw(data, size);
	calib_nda_release(&file);
	calib_nda_release(&mem);
	return 0;
}
