/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/nda.h - n-dimensional arrays in memory and in every file form we know
 *
 * Axis order is row major (C order, last index fastest) everywhere. */
#ifndef CALIB_NDA_NDA_H
#define CALIB_NDA_NDA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/in.h"
#include "base/out.h"

enum calib_dtype {
	CALIB_U8, CALIB_I8, CALIB_U16, CALIB_I16, CALIB_U32, CALIB_I32, CALIB_U64, CALIB_I64,
	CALIB_F32, CALIB_F64, CALIB_BOOL,	/* BOOL: one byte, 0 or 1 */
	CALIB_NDTYPES
};

#define CALIB_NDA_MAXDIM 5

struct calib_nda {
	enum calib_dtype type;
	int ndim;			/* 0 (one value) .. CALIB_NDA_MAXDIM */
	size_t dim[CALIB_NDA_MAXDIM];
	size_t size;			/* product of dim, 1 for ndim 0 */
	void *data;			/* native byte order, C order */
	bool owned;			/* data is freed by calib_nda_release() */
};
#define CALIB_NDA_INIT {CALIB_F64, 0, {0}, 0, NULL, false}

size_t calib_dtype_size(enum calib_dtype type);			/* bytes of one element */
bool calib_dtype_is_float(enum calib_dtype type);
const char *calib_dtype_name(enum calib_dtype type);		/* numpy's: "uint16" */
/* calib_dtype_parse - numpy and C++ words of ndarray.md 2.1 and 4.1 ("uint16_t", "float",
 * "<u2"); "float" and "int" mean the widest reading, float64 and int64.
 * Returns the type, or -1: the caller knows file and line. */
int calib_dtype_parse(const char *word);

/* calib_nda_alloc - zeroed array; the old content is released first
 * Sizes are overflow-checked: CALIB_ENOMEM, CALIB_EINVAL for ndim. */
CALIB_MUST_CHECK
int calib_nda_alloc(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                    struct calib_err *err);
/* calib_nda_like - zeroed array of the shape of another, of the type given */
CALIB_MUST_CHECK
int calib_nda_like(struct calib_nda *nda, const struct calib_nda *other, enum calib_dtype type,
                   struct calib_err *err);
/* calib_nda_view - an array over memory of the caller, which must outlive it */
void calib_nda_view(struct calib_nda *nda, enum calib_dtype type, int ndim, const size_t *dim,
                    void *data);
void calib_nda_release(struct calib_nda *nda);			/* twice is harmless */

/* calib_nda_reshape - new dimensions with the same product; CALIB_ESHAPE otherwise */
CALIB_MUST_CHECK
int calib_nda_reshape(struct calib_nda *nda, int ndim, const size_t *dim, struct calib_err *err);
bool calib_nda_same_shape(const struct calib_nda *a, const struct calib_nda *b);
/* calib_nda_shape_text - "32x185x388" (ndim 0: "scalar") into buf; returns buf */
char *calib_nda_shape_text(int ndim, const size_t *dim, char buf[128]);
/* calib_nda_get - element i (C order) as a double; 64-bit integers are rounded */
double calib_nda_get(const struct calib_nda *nda, size_t i);

/* calib_nda_convert - dst = src in another type
 * Float to integer truncates toward zero; a value that does not fit is CALIB_EINVAL naming
 * the element and the value; NaN to integer as well. */
CALIB_MUST_CHECK
int calib_nda_convert(struct calib_nda *dst, const struct calib_nda *src, enum calib_dtype type,
                      struct calib_err *err);

/* ---- files ---- */

enum calib_form { CALIB_FORM_AUTO, CALIB_FORM_NPY, CALIB_FORM_TEXT, CALIB_FORM_BARE,
	CALIB_FORM_RAW, CALIB_FORM_H5, CALIB_NFORMS };

/* How to read what does not describe itself. */
struct calib_nda_hints {
	bool raw;			/* raw little-endian data of this type and shape */
	bool typed;			/* text without a DTYPE line is of this type, not float32 */
	enum calib_dtype type;
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	bool strict;			/* fractions and overflow in integer text are errors */
};

/* calib_nda_load - one array from a file: content decides the form (T1 T2 T3 text, npy, HDF5
 * as file.h5:/path/to/dataset, any of these but HDF5 compressed with gzip); "-" is standard
 * input.  hints may be NULL.  Warnings go through calib_log(). */
CALIB_MUST_CHECK
int calib_nda_load(struct calib_nda *nda, const char *path, const struct calib_nda_hints *hints,
                   struct calib_err *err);
/* calib_nda_read - the next array of a stream; npy arrays may follow one another
 * Returns 1 an array, 0 end of the stream between arrays, < 0 error. */
CALIB_MUST_CHECK
int calib_nda_read(struct calib_nda *nda, struct calib_in *in,
                   const struct calib_nda_hints *hints, struct calib_err *err);
/* calib_npy_begin - type and shape of the npy array that comes next, without its elements: they
 * follow in the stream, little-endian and in C order (anything else is CALIB_EFORMAT) */
CALIB_MUST_CHECK
int calib_npy_begin(struct calib_nda *shape, struct calib_in *in, struct calib_err *err);

/* How to write. */
struct calib_nda_form {
	enum calib_form form;	/* AUTO: by the suffix of the name; standard output: npy */
	const char *format;	/* text: printf format of one value with %d %f %g %e (flags, width,
				 * precision allowed); NULL: integers plain, floats the shortest
				 * that reads back to the same bits */
	const char *const *comments;	/* text: NULL-terminated comment lines, or NULL */
	bool no_meta;		/* text: no # DTYPE/NDIM/DIM lines (2-d and CSPAD files) */
	bool no_origin;         /* text: no host, user and time: equal arrays, equal bytes */
};

/* calib_nda_save - whole file or nothing; flags: enum calib_out_flags; form may be NULL */
CALIB_MUST_CHECK
int calib_nda_save(const struct calib_nda *nda, const char *path,
                   const struct calib_nda_form *form, int flags, struct calib_err *err);
CALIB_MUST_CHECK
int calib_nda_write(const struct calib_nda *nda, struct calib_out *out,
                    const struct calib_nda_form *form, struct calib_err *err);
/* calib_form_of_name - the form the suffix of a file's name asks for (npy without a known
 * suffix); CALIB_EINVAL for a suffix of something else (".png") */
CALIB_MUST_CHECK
int calib_form_of_name(const char *path, struct calib_err *err);
/* calib_nda_is_h5 - is "file.h5:/path" the name of an HDF5 file and a dataset in it? */
bool calib_nda_is_h5(const char *path);
/* calib_h5_split - "file.h5:/path" where file.h5 is a regular file: the length of the file's
 * name; else 0 */
size_t calib_h5_split(const char *path);
/* calib_form_name - "npy", "text", "text-bare", "raw", "hdf5" */
const char *calib_form_name(enum calib_form form);
/* calib_nda_probe - the form of what comes next in a stream, by its first bytes: NPY, TEXT,
 * H5, or AUTO when unknown */
CALIB_MUST_CHECK
int calib_nda_probe(struct calib_in *in, struct calib_err *err);
/* calib_form_parse - "npy", "text", "text-bare", "raw"; -1 for another word */
int calib_form_parse(const char *word);
#endif
