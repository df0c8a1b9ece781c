/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/nda/h5.c - arrays and texts in HDF5 files */
#include "nda/h5.h"

#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "nda/elem.h"
#include "nda/form.h"

struct calib_h5 {
	hid_t id;
	char *name;
	struct calib_out *out;		/* NULL: opened for reading */
};

/* A name without a slash is an attribute of the root group, for texts and numbers. */
static bool is_attribute(const char *name)
{
	return strchr(name, '/') == NULL;
}

/* What the system said, where HDF5 quotes it among much else. */
static herr_t innermost(unsigned n, const H5E_error2_t *record, void *ctx)
{
	static const char quote[] = "error message = '";
	const char *text = record->desc != NULL ? record->desc : "";
	const char *inner = strstr(text, quote), *end;

	(void)n;
	if (inner != NULL) {
		text = inner + sizeof quote - 1;
		end = strchr(text, '\'');
		snprintf(ctx, 160, "%.*s", end != NULL ? (int)(end - text) : 159, text);
	} else {
		snprintf(ctx, 160, "%s", text);
	}
	return 1;	/* the walk begins at the innermost: stop there */
}

const char *calib_h5_reason(char text[160])
{
	text[0] = '\0';
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, text);
	return text[0] != '\0' ? text : "no reason given";
}

void calib_h5_start(void)
{
	H5dont_atexit();
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static int fail_h5(const struct calib_h5 *file, const char *name, const char *what,
                   struct calib_err *err)
{
	char text[160];

	return calib_fail(err, CALIB_ELIB, "%s%s%s: HDF5 cannot %s (%s)", file->name,
			  *name ? ":" : "", name, what, calib_h5_reason(text));
}

static int new_file(struct calib_h5 **file, const char *path, struct calib_err *err)
{
	calib_h5_start();
	*file = calib_alloc(1, sizeof **file, path, err);
	if (*file == NULL)
		return CALIB_ENOMEM;
	(*file)->id = -1;
	(*file)->name = calib_strdup(path, err);
	if ((*file)->name == NULL) {
		free(*file);
		*file = NULL;
		return CALIB_ENOMEM;
	}
	return CALIB_OK;
}

int calib_h5_create(struct calib_h5 **result, const char *path, int flags, struct calib_err *err)
{
	struct calib_h5 *file = NULL;
	int rc = new_file(&file, path, err);

	if (rc >= 0)
		rc = calib_out_open(&file->out, path, flags | CALIB_OUT_PRIVATE, err);
	if (rc >= 0) {
		file->id = H5Fcreate(calib_out_temp(file->out), H5F_ACC_TRUNC, H5P_DEFAULT,
		                     H5P_DEFAULT);
		if (file->id < 0)
			rc = fail_h5(file, "", "create the file", err);
	}
	if (rc < 0) {
		calib_h5_close(file);
		return rc;
	}
	*result = file;
	return CALIB_OK;
}

void calib_h5_access(struct calib_h5 *file, mode_t mode, gid_t group)
{
	calib_out_access(file->out, mode, group);
}

/* The bytes of the old file into the temporary one, block by block. */
static int copy_bytes(const char *from, const char *to, struct calib_err *err)
{
	enum { BLOCK = 1 << 16 };
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char *block = calib_alloc(BLOCK, 1, from, err);
	int rc = block != NULL ? CALIB_OK : CALIB_ENOMEM;
	size_t n;

	if (rc >= 0 && in == NULL)
		rc = calib_fail_sys(err, "%s: cannot open", from);
	else if (rc >= 0 && out == NULL)
		rc = calib_fail_sys(err, "%s: cannot write", to);
	while (rc >= 0 && (n = fread(block, 1, BLOCK, in)) > 0)
		if (fwrite(block, 1, n, out) != n)
			rc = calib_fail_sys(err, "%s: cannot write", to);
	if (rc >= 0 && ferror(in))
		rc = calib_fail_sys(err, "%s: cannot read", from);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0 && rc >= 0)
		rc = calib_fail_sys(err, "%s: cannot write", to);
	free(block);
	return rc;
}

int calib_h5_edit(struct calib_h5 **result, const char *path, struct calib_err *err)
{
	struct calib_h5 *file = NULL, *old = NULL;
	int rc;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return calib_h5_create(result, path, 0, err);
	rc = calib_h5_open(&old, path, err);	/* says what is wrong with it */
	calib_h5_close(old);
	if (rc >= 0)
		rc = new_file(&file, path, err);
	if (rc >= 0)
		rc = calib_out_open(&file->out, path, CALIB_OUT_PRIVATE, err);
	if (rc >= 0)
		rc = copy_bytes(path, calib_out_temp(file->out), err);
	if (rc >= 0) {
		file->id = H5Fopen(calib_out_temp(file->out), H5F_ACC_RDWR, H5P_DEFAULT);
		if (file->id < 0)
			rc = fail_h5(file, "", "change the file", err);
	}
	if (rc < 0) {
		calib_h5_close(file);
		return rc;
	}
	*result = file;
	return CALIB_OK;
}

int calib_h5_open(struct calib_h5 **result, const char *path, struct calib_err *err)
{
	struct calib_h5 *file = NULL;
	FILE *probe = fopen(path, "rb");	/* for the system's own words */
	int rc;

	if (probe == NULL)
		return calib_fail_sys(err, "%s: cannot open", path);
	fclose(probe);
	rc = new_file(&file, path, err);
	if (rc < 0)
		return rc;
	file->id = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (file->id < 0) {
		rc = H5Fis_hdf5(path) > 0 ? fail_h5(file, "", "open the file", err)
			: calib_fail(err, CALIB_EFORMAT, "%s: not an HDF5 file", path);
		calib_h5_close(file);
		return rc;
	}
	*result = file;
	return CALIB_OK;
}

void calib_h5_close(struct calib_h5 *file)
{
	if (file == NULL)
		return;
	if (file->id >= 0)
		H5Fclose(file->id);
	calib_out_abort(file->out);
	free(file->name);
	free(file);
}

int calib_h5_commit(struct calib_h5 *file, struct calib_err *err)
{
	int rc = CALIB_OK;

	if (H5Fclose(file->id) < 0)
		rc = fail_h5(file, "", "write the file", err);
	file->id = -1;
	if (rc >= 0) {
		rc = calib_out_commit(file->out, err);
		file->out = NULL;	/* freed in any case */
	}
	calib_h5_close(file);
	return rc;
}

/* ---- types ---- */

static hid_t native_type(enum calib_dtype type)
{
	switch (type) {
	case CALIB_U8:  return H5T_NATIVE_UINT8;
	case CALIB_I8:  return H5T_NATIVE_INT8;
	case CALIB_U16: return H5T_NATIVE_UINT16;
	case CALIB_I16: return H5T_NATIVE_INT16;
	case CALIB_U32: return H5T_NATIVE_UINT32;
	case CALIB_I32: return H5T_NATIVE_INT32;
	case CALIB_U64: return H5T_NATIVE_UINT64;
	case CALIB_I64: return H5T_NATIVE_INT64;
	case CALIB_F32: return H5T_NATIVE_FLOAT;
	default:        return H5T_NATIVE_DOUBLE;
	}
}

/* In files: little-endian whatever the machine; -1 for BOOL, see bool_type(). */
static hid_t file_type(enum calib_dtype type)
{
	switch (type) {
	case CALIB_U8:  return H5T_STD_U8LE;
	case CALIB_I8:  return H5T_STD_I8LE;
	case CALIB_U16: return H5T_STD_U16LE;
	case CALIB_I16: return H5T_STD_I16LE;
	case CALIB_U32: return H5T_STD_U32LE;
	case CALIB_I32: return H5T_STD_I32LE;
	case CALIB_U64: return H5T_STD_U64LE;
	case CALIB_I64: return H5T_STD_I64LE;
	case CALIB_F32: return H5T_IEEE_F32LE;
	default:        return H5T_IEEE_F64LE;
	}
}

/* h5py's form of a bool: an enumeration of int8 with FALSE and TRUE. */
static hid_t bool_type(void)
{
	hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
	int8_t value = 0;

	H5Tenum_insert(type, "FALSE", &value);
	value = 1;
	H5Tenum_insert(type, "TRUE", &value);
	return type;
}

/* Is this enumeration h5py's bool? */
static bool is_bool(hid_t type)
{
	char *first, *second;
	bool yes;

	if (H5Tget_nmembers(type) != 2 || H5Tget_size(type) != 1)
		return false;
	first = H5Tget_member_name(type, 0);
	second = H5Tget_member_name(type, 1);
	yes = first && second && !strcmp(first, "FALSE") && !strcmp(second, "TRUE");
	H5free_memory(first);
	H5free_memory(second);
	return yes;
}

/* Our type for a dataset's, -1 when it is no plain number. */
static int our_type(hid_t type)
{
	static const int ints[2][9] = {
		{-1, CALIB_U8, CALIB_U16, -1, CALIB_U32, -1, -1, -1, CALIB_U64},
		{-1, CALIB_I8, CALIB_I16, -1, CALIB_I32, -1, -1, -1, CALIB_I64},
	};
	size_t size = H5Tget_size(type);

	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		return size <= 8 ? ints[H5Tget_sign(type) == H5T_SGN_2][size] : -1;
	case H5T_FLOAT:
		return size <= 4 ? CALIB_F32 : size == 8 ? CALIB_F64 : -1;
	case H5T_ENUM:
		return is_bool(type) ? CALIB_BOOL : -1;
	default:
		return -1;
	}
}

/* ---- writing ---- */

static int create_dataset(struct calib_h5 *file, const char *name, hid_t type, hid_t space,
                          hid_t *dataset, struct calib_err *err)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE), create = H5Pcreate(H5P_DATASET_CREATE);

	H5Pset_create_intermediate_group(links, 1);
	H5Pset_obj_track_times(create, false);	/* the same content, the same bytes */
	*dataset = H5Dcreate2(file->id, name, type, space, links, create, H5P_DEFAULT);
	H5Pclose(links);
	H5Pclose(create);
	return *dataset < 0 ? fail_h5(file, name, "create the dataset", err) : CALIB_OK;
}

int calib_h5_put(struct calib_h5 *file, const char *name, const struct calib_nda *nda,
                 struct calib_err *err)
{
	bool is_truth = nda->type == CALIB_BOOL;
	hid_t type = is_truth ? bool_type() : H5Tcopy(file_type(nda->type));
	hid_t memory = is_truth ? H5Tcopy(type) : H5Tcopy(native_type(nda->type));
	hsize_t dim[CALIB_NDA_MAXDIM] = {0};
	hid_t space, dataset = -1;
	int rc;

	for (int i = 0; i < nda->ndim; i++)
		dim[i] = nda->dim[i];
	space = nda->ndim > 0 ? H5Screate_simple(nda->ndim, dim, NULL) : H5Screate(H5S_SCALAR);
	rc = create_dataset(file, name, type, space, &dataset, err);
	if (rc >= 0 && nda->size > 0
	    && H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, nda->data) < 0)
		rc = fail_h5(file, name, "write the dataset", err);
	if (dataset >= 0)
		H5Dclose(dataset);
	H5Sclose(space);
	H5Tclose(memory);
	H5Tclose(type);
	return rc;
}

/* One value: an attribute of the root group, or a scalar dataset. */
static int put_scalar(struct calib_h5 *file, const char *name, hid_t type, hid_t memory,
                      const void *value, struct calib_err *err)
{
	hid_t space = H5Screate(H5S_SCALAR), id = -1;
	int rc = CALIB_OK;

	if (is_attribute(name)) {
		id = H5Acreate2(file->id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
		if (id < 0 || H5Awrite(id, memory, value) < 0)
			rc = fail_h5(file, name, "write the attribute", err);
		if (id >= 0)
			H5Aclose(id);
	} else {
		rc = create_dataset(file, name, type, space, &id, err);
		if (rc >= 0 && H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0)
			rc = fail_h5(file, name, "write the dataset", err);
		if (id >= 0)
			H5Dclose(id);
	}
	H5Sclose(space);
	return rc;
}

/* Variable length: an attribute of fixed length ends at 64 KiB. */
static hid_t text_type(void)
{
	hid_t type = H5Tcopy(H5T_C_S1);

	H5Tset_size(type, H5T_VARIABLE);
	H5Tset_cset(type, H5T_CSET_UTF8);
	return type;
}

int calib_h5_put_text(struct calib_h5 *file, const char *name, const char *text,
                      struct calib_err *err)
{
	hid_t type = text_type();
	int rc = put_scalar(file, name, type, type, &text, err);

	H5Tclose(type);
	return rc;
}

int calib_h5_put_int(struct calib_h5 *file, const char *name, int64_t value,
                     struct calib_err *err)
{
	return put_scalar(file, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, err);
}

int calib_h5_put_fixed(struct calib_h5 *file, const char *name, const char *text,
                       struct calib_err *err)
{
	size_t length = strlen(text);
	hsize_t one = 1;
	hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &one, NULL), id = -1;
	int rc;

	H5Tset_size(type, length > 0 ? length : 1);
	H5Tset_strpad(type, H5T_STR_NULLPAD);
	rc = create_dataset(file, name, type, space, &id, err);
	if (rc >= 0 && H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)
		rc = fail_h5(file, name, "write the dataset", err);
	if (id >= 0)
		H5Dclose(id);
	H5Sclose(space);
	H5Tclose(type);
	return rc;
}

int calib_h5_remove(struct calib_h5 *file, const char *name, struct calib_err *err)
{
	if (H5Ldelete(file->id, name, H5P_DEFAULT) < 0)
		return fail_h5(file, name, "remove it", err);
	return CALIB_OK;
}

/* ---- reading ---- */

/* Does every component of the path exist?  (H5Lexists wants that of all but the last.) */
static bool link_exists(hid_t file, const char *name)
{
	char part[1024];

	for (const char *p = name + (*name == '/'); ; p++) {
		size_t n;

		p += strcspn(p, "/");
		n = (size_t)(p - name);
		if (n >= sizeof part || n == 0)
			return false;
		memcpy(part, name, n);
		part[n] = '\0';
		if (p[-1] != '/' && H5Lexists(file, part, H5P_DEFAULT) <= 0)
			return false;
		if (*p == '\0')
			return true;
	}
}

bool calib_h5_contains(struct calib_h5 *file, const char *name)
{
	return link_exists(file->id, name);
}

struct names { void *list; size_t n, room; bool groups; int rc; struct calib_err *err; };

/* Only what is in the group itself: a link may lead anywhere. */
static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *ctx)
{
	struct names *l = ctx;
	hid_t object;
	bool is_group;

	if (info->type != H5L_TYPE_HARD || (object = H5Oopen(group, name, H5P_DEFAULT)) < 0)
		return 0;
	is_group = H5Iget_type(object) == H5I_GROUP;
	H5Oclose(object);
	if (is_group != l->groups)
		return 0;
	l->rc = calib_grow(&l->list, &l->room, l->n + 2, sizeof(char *), "names", l->err);
	if (l->rc >= 0 && (((char **)l->list)[l->n] = calib_strdup(name, l->err)) == NULL)
		l->rc = CALIB_ENOMEM;
	l->n += l->rc >= 0;
	return l->rc < 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int calib_h5_names(struct calib_h5 *file, const char *name, bool groups, char ***names, size_t *n,
                   struct calib_err *err)
{
	struct names l = {NULL, 0, 0, groups, CALIB_OK, err};
	bool root = strcmp(name, "/") == 0;
	hid_t group = -1;

	if (root || link_exists(file->id, name))
		group = H5Oopen(file->id, name, H5P_DEFAULT);
	if (group < 0 || H5Iget_type(group) != H5I_GROUP) {
		if (group >= 0)
			H5Oclose(group);
		return calib_fail(err, CALIB_ENOTFOUND, "%s: has no group '%s'", file->name, name);
	}
	l.rc = calib_grow(&l.list, &l.room, 1, sizeof(char *), "names", err);
	if (l.rc >= 0 && H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &l) < 0)
		l.rc = fail_h5(file, name, "list the group", err);
	H5Oclose(group);
	if (l.rc < 0) {
		calib_names_free(l.list);
		return l.rc;
	}
	if (l.n > 1)
		qsort(l.list, l.n, sizeof(char *), by_bytes);
	*names = l.list;
	*n = l.n;
	return CALIB_OK;
}

static int open_dataset(struct calib_h5 *file, const char *name, hid_t *dataset,
                        struct calib_err *err)
{
	if (!link_exists(file->id, name))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: has no dataset '%s'", file->name,
				  name);
	*dataset = H5Oopen(file->id, name, H5P_DEFAULT);
	if (*dataset < 0)
		return fail_h5(file, name, "open the dataset", err);
	if (H5Iget_type(*dataset) == H5I_DATASET)
		return CALIB_OK;
	H5Oclose(*dataset);
	*dataset = -1;
	return calib_fail(err, CALIB_ENOTFOUND, "%s: '%s' is no dataset but a group or a type",
	                  file->name, name);
}

/* Name a compression that this HDF5 cannot undo, before it says so in its own words.
 * Source: HDFGroup/hdf5_plugins (registered filter numbers) */
static int check_filters(const struct calib_h5 *file, const char *name, hid_t dataset,
                         struct calib_err *err)
{
	static const struct { H5Z_filter_t id; const char *name; } known[] = {
		{4, "szip"}, {307, "bzip2"}, {32000, "lzf"}, {32001, "blosc"}, {32004, "lz4"},
		{32008, "bitshuffle"}, {32013, "zfp"}, {32015, "zstd"}, {32017, "sz"},
		{32026, "blosc2"},
	};
	hid_t create = H5Dget_create_plist(dataset);
	int n = create >= 0 ? H5Pget_nfilters(create) : 0, rc = CALIB_OK;

	for (int i = 0; i < n && rc >= 0; i++) {
		unsigned flags;
		size_t nvalues = 0;
		char stored[64] = "";
		const char *what = stored;
		H5Z_filter_t id = H5Pget_filter2(create, (unsigned)i, &flags, &nvalues, NULL,
		                                 sizeof stored, stored, NULL);

		for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
			if (known[k].id == id)
				what = known[k].name;
		if (id >= 0 && H5Zfilter_avail(id) <= 0)
			rc = calib_fail(err, CALIB_ELIB,
					"%s:%s: compressed with filter %d (%s), which this "
					"HDF5 library lacks: install its plugin",
					file->name, name, id, *what ? what : "without a name");
	}
	if (create >= 0)
		H5Pclose(create);
	return rc;
}

/* Shape and type of the dataset into nda, allocated. */
static int prepare(const struct calib_h5 *file, const char *name, hid_t dataset,
                   struct calib_nda *nda, struct calib_err *err)
{
	hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
	hsize_t dim[H5S_MAX_RANK] = {0};
	size_t own[CALIB_NDA_MAXDIM] = {0};
	int rank = H5Sget_simple_extent_dims(space, dim, NULL), ours = our_type(type);
	bool null = H5Sget_simple_extent_type(space) == H5S_NULL;
	int rc;

	H5Sclose(space);
	H5Tclose(type);
	if (ours < 0)
		return calib_fail(err, CALIB_EFORMAT,
				  "%s:%s: its elements are not plain numbers of 1 to 8 "
				  "bytes",
				  file->name, name);
	if (rank < 0 || null)
		return calib_fail(err, CALIB_EFORMAT, "%s:%s: has no values", file->name, name);
	if (rank > CALIB_NDA_MAXDIM)
		return calib_fail(err, CALIB_ESHAPE,
				  "%s:%s: %d dimensions, at most %d are possible", file->name, name,
				  rank, CALIB_NDA_MAXDIM);
	for (int i = 0; i < rank; i++)
		own[i] = (size_t)dim[i];
	rc = calib_nda_alloc(nda, (enum calib_dtype)ours, rank, own, err);
	if (rc < 0)
		calib_err_wrap(err, "%s:%s", file->name, name);
	return rc;
}

static int read_dataset(const struct calib_h5 *file, const char *name, hid_t dataset,
                        struct calib_nda *nda, struct calib_err *err)
{
	hid_t memory = nda->type == CALIB_BOOL ? bool_type() : H5Tcopy(native_type(nda->type));
	int rc = CALIB_OK;

	if (nda->size > 0 && H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, nda->data) < 0)
		rc = fail_h5(file, name, "read the dataset", err);
	H5Tclose(memory);
	return rc;
}

int calib_h5_get(struct calib_h5 *file, const char *name, struct calib_nda *nda,
                 struct calib_err *err)
{
	struct calib_nda got = CALIB_NDA_INIT;
	hid_t dataset = -1;
	int rc = open_dataset(file, name, &dataset, err);

	if (rc >= 0)
		rc = check_filters(file, name, dataset, err);
	if (rc >= 0)
		rc = prepare(file, name, dataset, &got, err);
	if (rc >= 0)
		rc = read_dataset(file, name, dataset, &got, err);
	if (dataset >= 0)
		H5Dclose(dataset);
	if (rc < 0) {
		calib_nda_release(&got);
		return rc;
	}
	calib_nda_release(nda);
	*nda = got;
	return CALIB_OK;
}

/* A scalar attribute or dataset, whichever of the two the name means. */
struct scalar { hid_t id, type; bool attribute; };

static int open_scalar(struct calib_h5 *file, const char *name, struct scalar *s,
                       struct calib_err *err)
{
	hid_t space;
	hssize_t n;
	int rc = CALIB_OK;

	s->id = s->type = -1;
	s->attribute = is_attribute(name) && H5Aexists(file->id, name) > 0;
	if (!s->attribute)
		rc = open_dataset(file, name, &s->id, err);
	else if ((s->id = H5Aopen(file->id, name, H5P_DEFAULT)) < 0)
		rc = fail_h5(file, name, "open the attribute", err);
	if (rc < 0)
		return rc;
	space = s->attribute ? H5Aget_space(s->id) : H5Dget_space(s->id);
	n = H5Sget_simple_extent_npoints(space);
	H5Sclose(space);
	s->type = s->attribute ? H5Aget_type(s->id) : H5Dget_type(s->id);
	if (n != 1)
		return calib_fail(err, CALIB_ESHAPE, "%s:%s: %lld values, one was expected",
				  file->name, name, (long long)n);
	return CALIB_OK;
}

static void close_scalar(struct scalar *s)
{
	if (s->type >= 0)
		H5Tclose(s->type);
	if (s->id >= 0 && s->attribute)
		H5Aclose(s->id);
	else if (s->id >= 0)
		H5Dclose(s->id);
}

static herr_t read_scalar(const struct scalar *s, hid_t memory, void *value)
{
	return s->attribute ? H5Aread(s->id, memory, value)
		: H5Dread(s->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
}

static int read_text(struct calib_h5 *file, const char *name, const struct scalar *s, char **text,
                     struct calib_err *err)
{
	bool variable = H5Tis_variable_str(s->type) > 0;
	size_t size = H5Tget_size(s->type);
	hid_t memory;
	char *got = NULL;
	int rc = CALIB_OK;

	if (H5Tget_class(s->type) != H5T_STRING)
		return calib_fail(err, CALIB_EFORMAT, "%s:%s: not a text", file->name, name);
	memory = H5Tcopy(s->type);
	if (variable) {
		if (read_scalar(s, memory, &got) < 0)
			rc = fail_h5(file, name, "read the text", err);
		else if ((*text = calib_strdup(got != NULL ? got : "", err)) == NULL)
			rc = CALIB_ENOMEM;
		H5free_memory(got);
	} else if ((got = calib_alloc(size + 1, 1, name, err)) == NULL) {
		rc = CALIB_ENOMEM;
	} else if (read_scalar(s, memory, got) < 0) {
		rc = fail_h5(file, name, "read the text", err);
		free(got);
	} else {
		*text = got;
	}
	H5Tclose(memory);
	return rc;
}

int calib_h5_get_text(struct calib_h5 *file, const char *name, char **text,
                      struct calib_err *err)
{
	struct scalar s;
	int rc = open_scalar(file, name, &s, err);

	if (rc >= 0)
		rc = read_text(file, name, &s, text, err);
	close_scalar(&s);
	return rc;
}

int calib_h5_get_int(struct calib_h5 *file, const char *name, int64_t *value,
                     struct calib_err *err)
{
	struct scalar s;
	int rc = open_scalar(file, name, &s, err);

	if (rc >= 0 && H5Tget_class(s.type) != H5T_INTEGER)
		rc = calib_fail(err, CALIB_EFORMAT, "%s:%s: not a whole number", file->name, name);
	else if (rc >= 0 && read_scalar(&s, H5T_NATIVE_INT64, value) < 0)
		rc = fail_h5(file, name, "read the number", err);
	close_scalar(&s);
	return rc;
}

bool calib_h5_is_text(struct calib_h5 *file, const char *name)
{
	struct scalar s = {-1, -1, false};
	bool text = calib_h5_contains(file, name) && open_scalar(file, name, &s, NULL) >= 0
	            && H5Tget_class(s.type) == H5T_STRING;

	close_scalar(&s);
	return text;
}
