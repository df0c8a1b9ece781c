/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/raw.c - elements one after the other, little-endian, nothing else */
#include <stdlib.h>

#include "base/mem.h"
#include "nda/elem.h"
#include "nda/form.h"

#define HOST_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#define FIRST_ROOM ((size_t)1 << 20)

static int read_bytes(uint8_t **data, struct calib_in *in, size_t total, struct calib_err *err)
{
	size_t room = total < FIRST_ROOM ? total : FIRST_ROOM, done = 0;

	*data = malloc(room ? room : 1);
	while (*data != NULL && done < total) {
		long k = calib_in_read(in, *data + done, room - done, err);

		if (k < 0)
			return (int)k;
		done += (size_t)k;
		if (done < room)
			return calib_fail(err, CALIB_ETRUNC,
					  "%s: ends after %zu of %zu data bytes (the file "
					  "is incomplete)",
					  calib_in_name(in), done, total);
		if (done < total) {
			uint8_t *more;

			room = total / 2 < room ? total : 2 * room;
			more = realloc(*data, room);
			if (more == NULL)
				break;
			*data = more;
		}
	}
	if (*data == NULL || done < total)
		return calib_fail(err, CALIB_ENOMEM, "%s: out of memory (%zu bytes)",
		                  calib_in_name(in), total);
	return CALIB_OK;
}

int calib_raw_load(struct calib_nda *nda, struct calib_in *in, bool big_endian,
                   struct calib_err *err)
{
	size_t size = calib_dtype_size(nda->type), bytes = 0;
	uint8_t *data = NULL;
	int rc = calib_mul_size(&bytes, nda->size, size, calib_in_name(in), err);

	if (rc >= 0)
		rc = read_bytes(&data, in, bytes, err);
	if (rc < 0) {
		free(data);
		return rc;
	}
	if (big_endian != HOST_BIG)
		calib_elem_swap(data, nda->size, size);
	for (size_t i = 0; nda->type == CALIB_BOOL && i < nda->size; i++)
		data[i] = data[i] != 0;
	nda->data = data;
	nda->owned = true;
	return CALIB_OK;
}

int calib_raw_read(struct calib_nda *nda, struct calib_in *in,
                   const struct calib_nda_hints *hints, struct calib_err *err)
{
	struct calib_nda got = CALIB_NDA_INIT;
	size_t size = 1;
	int rc = CALIB_OK;

	for (int i = 0; i < hints->ndim && rc >= 0; i++)
		rc = calib_mul_size(&size, size, hints->dim[i], calib_in_name(in), err);
	if (rc < 0)
		return rc;
	calib_nda_view(&got, hints->type, hints->ndim, hints->dim, NULL);
	rc = calib_raw_load(&got, in, false, err);
	if (rc < 0)
		return rc;
	calib_nda_release(nda);
	*nda = got;
	return CALIB_OK;
}

int calib_raw_write(const struct calib_nda *nda, struct calib_out *out, struct calib_err *err)
{
	size_t size = calib_dtype_size(nda->type);
	const uint8_t *from = nda->data;

	if (!HOST_BIG || size == 1)
		return calib_out_write(out, from, nda->size * size, err);
	for (size_t i = 0; i < nda->size; i++) {
		uint8_t one[8] = {0};

		for (size_t k = 0; k < size; k++)
			one[k] = from[i * size + size - 1 - k];
		int rc = calib_out_write(out, one, size, err);

		if (rc < 0)
			return rc;
	}
	return CALIB_OK;
}
