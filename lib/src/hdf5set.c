/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5set.c - an HDF5 data set as a list of events
 *
 * Three ways to the bytes of an event.  By place: stored without a gap, in our byte order, a
 * reader may take them from the file.  By chunk: whole events, compressed or swapped; a chunk is
 * read and undone by any thread, without the HDF5 library.  By the library, in all other cases;
 * only one thread may enter it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nda/nda.h"
#include "src/hdf5.h"

/* HDF5 1.10 tells a chunk's address after a search from the front of its index, some 50 ns a
 * chunk.  That must stay below a tenth of the time it takes to undo a chunk of so many bytes;
 * else, and where events are only counted, it is not asked. */
#define BYTES_PER_CHUNK 360
enum { MIN_SOUGHT = 256, MAX_SOUGHT = 2048 };
#define MAX_CHUNK ((size_t)1 << 30)	/* bytes of a slab */
#define BLOCK ((size_t)1 << 25)		/* bytes of events that the library reads at once */
#define MAX_CACHE ((size_t)1 << 29)	/* bytes of chunks that the library keeps */

/* enum calib_dtype in files of either byte order, and in memory; BOOL is none of them. */
struct number { hid_t little, big, native; };

enum how { BY_PLACE, BY_CHUNK, BY_LIBRARY };

struct chunk {
	struct calib_slab slab;
	struct calib_h5set *set;
	uint64_t first;			/* event */
	struct calib_place stored;	/* BY_CHUNK, from prepare to make */
	uint8_t *owned;			/* its memory, if it is there */
	struct calib_h5codec codec;
};

struct calib_h5set {
	struct calib_h5run *run;
	int holders;			/* the source, and chunks that are held */
	hid_t id, mem;			/* mem: of an element in memory */
	struct calib_h5fd *fd;
	char *name;			/* path in the file, for messages */
	struct calib_array_type array;
	int rank;			/* of the data space */
	hsize_t dim[H5S_MAX_RANK];
	bool axis;			/* dimension 0 counts events */
	uint64_t n, per;		/* events; events a slab */
	size_t size, chunk;		/* bytes of an event; of a stored chunk */
	enum how how;
	bool many;			/* BY_CHUNK: too many chunks to look for each */
	struct calib_h5codec codec;
	unsigned shuffle_bit, deflate_bit;	/* in the mask of filters left out of a chunk */
	uint64_t offset;		/* BY_PLACE, contiguous */
	bool contiguous;
	struct chunk *current;		/* held: so that the next block of events finds it made */
	struct calib_place place;	/* BY_PLACE, in chunks: chunk place_at */
	uint64_t place_at;
	bool have_place;
};

static struct number number_of(int dtype)
{
	switch (dtype) {
	case CALIB_U8:  return (struct number){H5T_STD_U8LE, H5T_STD_U8BE, H5T_NATIVE_UINT8};
	case CALIB_I8:  return (struct number){H5T_STD_I8LE, H5T_STD_I8BE, H5T_NATIVE_INT8};
	case CALIB_U16: return (struct number){H5T_STD_U16LE, H5T_STD_U16BE, H5T_NATIVE_UINT16};
	case CALIB_I16: return (struct number){H5T_STD_I16LE, H5T_STD_I16BE, H5T_NATIVE_INT16};
	case CALIB_U32: return (struct number){H5T_STD_U32LE, H5T_STD_U32BE, H5T_NATIVE_UINT32};
	case CALIB_I32: return (struct number){H5T_STD_I32LE, H5T_STD_I32BE, H5T_NATIVE_INT32};
	case CALIB_U64: return (struct number){H5T_STD_U64LE, H5T_STD_U64BE, H5T_NATIVE_UINT64};
	case CALIB_I64: return (struct number){H5T_STD_I64LE, H5T_STD_I64BE, H5T_NATIVE_INT64};
	case CALIB_F32: return (struct number){H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_NATIVE_FLOAT};
	default:        return (struct number){H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE};
	}
}

/* ---- element types ---- */

/* The type that holds a number's bits without loss, -1 if it is no number. */
static int dtype_of(hid_t type)
{
	static const int ints[2][4] = {{CALIB_U8, CALIB_U16, CALIB_U32, CALIB_U64},
		{CALIB_I8, CALIB_I16, CALIB_I32, CALIB_I64}};
	size_t size = H5Tget_size(type);
	hid_t base;
	int i;

	switch (H5Tget_class(type)) {
	case H5T_INTEGER:
		for (i = 0; i < 4 && size > (size_t)1 << i; i++)
			;
		return i < 4 ? ints[H5Tget_sign(type) == H5T_SGN_2][i] : -1;
	case H5T_FLOAT:
		return size <= 4 ? CALIB_F32 : CALIB_F64;
	case H5T_ENUM:
		base = H5Tget_super(type);
		i = dtype_of(base);
		H5Tclose(base);
		return i;
	default:
		return -1;
	}
}

/* What an element is made of: numbers in up to 5 dimensions.  A compound of one member that fills
 * it, as the samples of Imp, is that member. */
struct element {
	int dtype, ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	size_t swap;			/* 0: native byte order */
	bool odd;			/* no plain number: the library must convert it */
};

/* Numbers at the innermost; returns the type in memory, -1 for other things. */
static hid_t number_type(struct element *e, hid_t type)
{
	struct number n;

	e->dtype = dtype_of(type);
	if (e->dtype < 0)
		return -1;
	n = number_of(e->dtype);
	e->swap = H5Tequal(type, n.big) > 0 ? H5Tget_size(type) : 0;
	e->odd = e->swap == 0 && H5Tequal(type, n.little) <= 0;
	e->swap = e->swap > 1 ? e->swap : 0;
	return H5Tcopy(n.native);
}

static hid_t memory_type(struct element *e, hid_t type, int depth);

static hid_t array_type(struct element *e, hid_t type, int depth)
{
	hsize_t dim[H5S_MAX_RANK];
	int rank = H5Tget_array_dims2(type, dim);
	hid_t base = H5Tget_super(type), memory = -1, array = -1;

	if (rank > 0 && e->ndim + rank <= CALIB_NDA_MAXDIM) {
		for (int i = 0; i < rank; i++)
			e->dim[e->ndim++] = (size_t)dim[i];
		memory = memory_type(e, base, depth + 1);
	}
	if (memory >= 0) {
		array = H5Tarray_create2(memory, (unsigned)rank, dim);
		H5Tclose(memory);
	}
	H5Tclose(base);
	return array;
}

static hid_t wrapped_type(struct element *e, hid_t type, int depth)
{
	hid_t member, memory = -1, compound = -1;
	char *name;

	if (H5Tget_nmembers(type) != 1)
		return -1;
	member = H5Tget_member_type(type, 0);
	name = H5Tget_member_name(type, 0);
	e->odd |= H5Tget_size(member) != H5Tget_size(type);
	if (name != NULL)
		memory = memory_type(e, member, depth + 1);
	if (memory >= 0) {
		compound = H5Tcreate(H5T_COMPOUND, H5Tget_size(memory));
		H5Tinsert(compound, name, 0, memory);
		H5Tclose(memory);
	}
	H5free_memory(name);
	H5Tclose(member);
	return compound;
}

static hid_t memory_type(struct element *e, hid_t type, int depth)
{
	H5T_class_t c = H5Tget_class(type);
	bool gap = e->odd;
	hid_t memory;

	if (depth > 8)
		return -1;
	memory = c == H5T_ARRAY ? array_type(e, type, depth)
		: c == H5T_COMPOUND ? wrapped_type(e, type, depth) : number_type(e, type);
	e->odd |= gap;
	return memory;
}

/* ---- shape ---- */

static int no_events(const struct calib_h5set *s, const char *what, struct calib_err *err)
{
	return calib_fail(err, CALIB_EFORMAT, "%s:%s: %s", s->fd->name, s->name, what);
}

/* Events and their shape from the data space and the element (hdf5.md A.3, B.6). */
static int set_shape(struct calib_h5set *s, const struct element *e, struct calib_err *err)
{
	struct calib_array_type *a = &s->array;
	int skip;

	s->axis = e->ndim > 0 ? s->rank >= 1 : s->rank >= 3;
	skip = s->axis;
	if (e->ndim == 0 && s->rank < 2)
		return no_events(s, "a list of numbers is no list of events: 2 or more dimensions "
		                 "are needed", err);
	if (s->rank - skip + e->ndim > CALIB_NDA_MAXDIM)
		return no_events(s, "more than 5 dimensions an event", err);
	for (int i = skip; i < s->rank; i++)
		a->dim[a->ndim++] = (size_t)s->dim[i];
	for (int i = 0; i < e->ndim; i++)
		a->dim[a->ndim++] = e->dim[i];
	a->dtype = e->dtype;
	s->n = s->axis ? s->dim[0] : 1;
	s->size = calib_dtype_size((enum calib_dtype)e->dtype);
	for (int i = 0; i < a->ndim; i++)
		if (calib_mul_size(&s->size, s->size, a->dim[i], s->name, err) < 0)
			return CALIB_ENOMEM;
	if (s->size == 0)
		return no_events(s, "its events have no pixels", err);
	return CALIB_OK;
}

/* ---- storage ---- */

/* Source: HDFGroup/hdf5_plugins (registered filter numbers) */
static int missing_filter(const struct calib_h5set *s, H5Z_filter_t id, const char *stored,
                          struct calib_err *err)
{
	static const struct { H5Z_filter_t id; const char *name; } known[] = {
		{1, "deflate"}, {4, "szip"}, {307, "bzip2"}, {32000, "lzf"}, {32001, "blosc"},
		{32004, "lz4"}, {32008, "bitshuffle"}, {32013, "zfp"}, {32015, "zstd"},
		{32017, "sz"}, {32026, "blosc2"},
	};
	const char *name = *stored ? stored : "without a name";

	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
		if (known[k].id == id)
			name = known[k].name;
	return calib_fail(err, CALIB_ELIB, "%s:%s: compressed with filter %d (%s), which this HDF5 "
	                  "library lacks: repack the file (h5repack -f GZIP=1)", s->fd->name,
	                  s->name, id, name);
}

/* Are the filters [shuffle,] [deflate], or something only the library knows?  < 0: missing. */
static int set_filters(struct calib_h5set *s, hid_t create, bool *known, struct calib_err *err)
{
	int n = H5Pget_nfilters(create), last = 0;

	*known = n >= 0;
	for (int i = 0; i < n; i++) {
		unsigned flags, value[8] = {0};
		size_t nvalues = 8;
		char stored[64] = "";
		H5Z_filter_t id = H5Pget_filter2(create, (unsigned)i, &flags, &nvalues, value,
		                                 sizeof stored, stored, NULL);

		if (id < 0 || H5Zfilter_avail(id) <= 0)
			return missing_filter(s, id, stored, err);
		if (id == H5Z_FILTER_SHUFFLE && last == 0 && nvalues > 0) {
			s->codec.shuffle = value[0];
			s->shuffle_bit = 1u << i;
		} else if (id == H5Z_FILTER_DEFLATE && !s->codec.deflate) {
			s->codec.deflate = true;
			s->deflate_bit = 1u << i;
		} else {
			*known = false;
		}
		last = id;
	}
	return CALIB_OK;
}

/* Does a chunk hold whole events, stored as it should be?  Then the size of one is set. */
static bool whole_events(struct calib_h5set *s, hid_t create)
{
	hsize_t dim[H5S_MAX_RANK];
	unsigned options = 0;

	if (H5Pget_chunk(create, s->rank, dim) != s->rank
	    || H5Pget_chunk_opts(create, &options) < 0 || options != 0)
		return false;
	for (int i = s->axis; i < s->rank; i++)
		if (dim[i] != s->dim[i])
			return false;
	s->per = s->axis ? dim[0] : 1;
	return s->per > 0 && s->per <= MAX_CHUNK / s->size;
}

/* Addresses count from a user block, which the library's offsets of chunks leave out. */
static bool has_userblock(hid_t object)
{
	hid_t file = H5Iget_file_id(object), create = H5Fget_create_plist(file);
	hsize_t size = 0;
	bool has = H5Pget_userblock(create, &size) < 0 || size != 0;

	H5Pclose(create);
	H5Fclose(file);
	return has;
}

/* How the library shall read: blocks of events that lie in the same chunks, or one by one with
 * room for the chunks of an event, so that none is undone twice. */
static void set_library(struct calib_h5set *s, hid_t create, bool chunked)
{
	hsize_t dim[H5S_MAX_RANK];
	size_t bytes = H5Tget_size(s->mem);

	s->how = BY_LIBRARY;
	s->per = 1;
	if (!chunked || !s->axis || H5Pget_chunk(create, s->rank, dim) != s->rank)
		return;
	if (dim[0] <= BLOCK / s->size) {
		s->per = dim[0] > 0 ? dim[0] : 1;
		return;
	}
	for (int i = 0; i < s->rank; i++) {
		hsize_t whole = i == 0 ? dim[0] : (s->dim[i] + dim[i] - 1) / dim[i] * dim[i];

		if (bytes > MAX_CACHE / (whole ? whole : 1))
			return;
		bytes *= whole;
	}
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS), id;

	H5Pset_chunk_cache(access, 12421, bytes, 1.0);
	id = H5Dopen2(s->id, ".", access);
	H5Pclose(access);
	if (id >= 0) {
		H5Dclose(s->id);
		s->id = id;
	}
}

static int set_storage(struct calib_h5set *s, const struct element *e, struct calib_err *err)
{
	hid_t create = H5Dget_create_plist(s->id);
	H5D_layout_t layout = H5Pget_layout(create);
	haddr_t offset = HADDR_UNDEF;
	bool known, plain;
	int rc = set_filters(s, create, &known, err);

	if (rc < 0) {
		H5Pclose(create);
		return rc;
	}
	s->codec.swap = e->swap;
	plain = known && !e->odd;
	plain = plain && !has_userblock(s->id);
	if (plain && layout == H5D_CONTIGUOUS && H5Pget_external_count(create) == 0)
		offset = H5Dget_offset(s->id);
	if (offset != HADDR_UNDEF) {
		s->how = s->codec.swap == 0 && s->fd->pinned ? BY_PLACE : BY_CHUNK;
		s->contiguous = true;
		s->offset = offset;
		s->per = 1;
	} else if (plain && layout == H5D_CHUNKED && whole_events(s, create)) {
		s->how = s->codec.swap == 0 && !s->codec.deflate && s->codec.shuffle == 0
			&& s->fd->pinned && s->n / s->per <= MAX_SOUGHT ? BY_PLACE : BY_CHUNK;
		s->many = s->n / s->per > MIN_SOUGHT
			&& s->n / s->per > s->per * s->size / BYTES_PER_CHUNK;
	} else {
		set_library(s, create, layout == H5D_CHUNKED);
	}
	s->chunk = (size_t)s->per * s->size;
	H5Pclose(create);
	return CALIB_OK;
}

/* ---- making bytes ---- */

static void let_go(struct calib_h5set *s)
{
	if (--s->holders > 0)
		return;
	if (s->mem >= 0)
		H5Tclose(s->mem);
	if (s->id >= 0)
		H5Dclose(s->id);
	if (s->fd != NULL)
		calib_h5fd_drop(s->run, s->fd);
	free(s->name);
	free(s);
}

static void chunk_gone(struct calib_slab *slab)
{
	struct chunk *c = (struct chunk *)slab;
	struct calib_h5set *s = c->set;

	calib_h5pool_give(s->run->pool, slab->bytes, s->chunk);
	free(c->owned);
	free(c);
	let_go(s);
}

/* A chunk may have been stored without some of the filters. */
static struct calib_h5codec codec_of(const struct calib_h5set *s, unsigned left_out)
{
	struct calib_h5codec codec = s->codec;

	if (left_out & s->shuffle_bit)
		codec.shuffle = 0;
	if (left_out & s->deflate_bit)
		codec.deflate = false;
	return codec;
}

/* Where a chunk is stored, and how; 0: not at all, and the library knows what it is then. */
static int seek_chunk(const struct calib_h5set *s, uint64_t first, struct calib_place *place,
                      struct calib_h5codec *codec, struct calib_err *err)
{
	hsize_t at[H5S_MAX_RANK] = {0}, size = 0;
	haddr_t address = HADDR_UNDEF;
	unsigned left_out = 0;

	*place = (struct calib_place){s->fd->fd, 0, s->chunk, NULL, s->fd->name};
	*codec = s->codec;
	if (s->contiguous) {
		place->offset = s->offset + first * s->size;
		return 1;
	}
	at[0] = first;
	if (H5Dget_chunk_info_by_coord(s->id, at, &left_out, &address, &size) < 0)
		return calib_h5_error(err, s->fd->name, s->name, "find a chunk");
	if (address == HADDR_UNDEF || size == 0)
		return 0;
	*codec = codec_of(s, left_out);
	if (size > s->fd->size || address > s->fd->size - size)
		return calib_fail(err, CALIB_EFORMAT, "%s:%s: a chunk of %llu bytes at byte %llu, "
		                  "the file ends at %llu", s->fd->name, s->name,
		                  (unsigned long long)size, (unsigned long long)address,
		                  (unsigned long long)s->fd->size);
	if (s->how == BY_PLACE && size != s->chunk)
		return calib_fail(err, CALIB_EFORMAT, "%s:%s: a chunk of %llu bytes, %zu expected",
		                  s->fd->name, s->name, (unsigned long long)size, s->chunk);
	place->offset = address;
	place->size = (size_t)size;
	return 1;
}

/* The stored bytes through the library, which finds a chunk among many at once; as above. */
static int fetch_chunk(struct chunk *c, struct calib_err *err)
{
	const struct calib_h5set *s = c->set;
	hsize_t at[H5S_MAX_RANK] = {0}, size = 0;
	uint32_t left_out = 0;

	at[0] = c->first;
	if (H5Dget_chunk_storage_size(s->id, at, &size) < 0 || size == 0)
		return 0;
	if (size > s->fd->size)
		return calib_fail(err, CALIB_EFORMAT, "%s:%s: a chunk of %llu bytes, the file has "
		                  "%llu", s->fd->name, s->name, (unsigned long long)size,
		                  (unsigned long long)s->fd->size);
	free(c->owned);
	c->owned = calib_alloc((size_t)size, 1, "stored data", err);
	if (c->owned == NULL)
		return CALIB_ENOMEM;
	if (H5Dread_chunk(s->id, H5P_DEFAULT, at, &left_out, c->owned) < 0)
		return calib_h5_error(err, s->fd->name, s->name, "read a chunk");
	c->stored = (struct calib_place){-1, 0, (size_t)size, c->owned, s->fd->name};
	c->codec = codec_of(s, left_out);
	return 1;
}

static int read_by_library(const struct chunk *c, uint8_t *bytes, struct calib_err *err)
{
	const struct calib_h5set *s = c->set;
	hsize_t start[H5S_MAX_RANK] = {0}, count[H5S_MAX_RANK];
	hid_t space = H5S_ALL, memory = H5S_ALL;
	int rc = CALIB_OK;

	if (s->axis) {
		memcpy(count, s->dim, sizeof count);
		start[0] = c->first;
		count[0] = s->n - c->first < s->per ? s->n - c->first : s->per;
		space = H5Dget_space(s->id);
		H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
		memory = H5Screate_simple(s->rank, count, NULL);
	}
	if (H5Dread(s->id, s->mem, memory, space, H5P_DEFAULT, bytes) < 0)
		rc = calib_h5_error(err, s->fd->name, s->name, "read the data");
	if (s->axis) {
		H5Sclose(memory);
		H5Sclose(space);
	}
	return rc;
}

/* Find the stored bytes; what only the library can read is read at once. */
static int prepare_chunk(struct calib_slab *slab, struct calib_err *err)
{
	struct chunk *c = (struct chunk *)slab;
	struct calib_h5set *s = c->set;
	int found = s->how == BY_LIBRARY ? 0 : s->many ? fetch_chunk(c, err)
		: seek_chunk(s, c->first, &c->stored, &c->codec, err);
	uint8_t *bytes;
	int rc;

	if (found != 0)
		return found;
	bytes = calib_h5pool_take(s->run->pool, s->chunk, err);
	rc = bytes ? read_by_library(c, bytes, err) : CALIB_ENOMEM;
	if (rc < 0)
		calib_h5pool_give(s->run->pool, bytes, s->chunk);
	else
		slab->bytes = bytes;
	return rc;
}

static int make_chunk(struct calib_slab *slab, struct calib_err *err)
{
	struct chunk *c = (struct chunk *)slab;
	struct calib_h5set *s = c->set;
	struct calib_h5pool *pool = s->run->pool;
	uint8_t *bytes = calib_h5pool_take(pool, s->chunk, err);
	int rc = bytes ? calib_h5raw_read(pool, &c->stored, &c->codec, bytes, s->chunk, err)
	               : CALIB_ENOMEM;

	free(c->owned);
	c->owned = NULL;
	if (rc < 0)
		calib_h5pool_give(pool, bytes, s->chunk);
	else
		slab->bytes = bytes;
	return rc;
}

static int new_chunk(struct calib_h5set *s, uint64_t index, struct calib_err *err)
{
	struct chunk *c = calib_alloc(1, sizeof *c, "chunk", err);

	if (c == NULL)
		return CALIB_ENOMEM;
	c->set = s;
	c->first = index * s->per;
	c->slab.prepare = prepare_chunk;
	c->slab.make = make_chunk;
	c->slab.gone = chunk_gone;
	s->holders++;
	if (s->current != NULL)
		calib_slab_drop(&s->current->slab);
	calib_slab_hold(&c->slab);
	s->current = c;
	return CALIB_OK;
}

/* ---- the set ---- */

uint64_t calib_h5set_events(const struct calib_h5set *set)
{
	return set->n;
}

const char *calib_h5set_name(const struct calib_h5set *set)
{
	return set->name;
}

const struct calib_array_type *calib_h5set_array(const struct calib_h5set *set)
{
	return &set->array;
}

int calib_h5set_event(struct calib_h5set *s, uint64_t i, struct calib_object *object,
                      struct calib_err *err)
{
	uint64_t index = i / s->per;
	struct calib_h5codec codec;
	int rc = CALIB_OK;

	object->slab = NULL;
	if (s->how == BY_PLACE && (!s->have_place || s->place_at != index)) {
		rc = seek_chunk(s, index * s->per, &s->place, &codec, err);
		s->have_place = rc > 0;
		s->place_at = index;
	}
	if (rc >= 0 && s->how == BY_PLACE && s->have_place) {
		object->place = s->place;
		object->place.offset += i % s->per * s->size;
		object->place.size = s->size;
		return CALIB_OK;
	}
	if (rc >= 0 && (s->current == NULL || s->current->first / s->per != index))
		rc = new_chunk(s, index, err);
	if (rc < 0)
		return rc;
	object->place = (struct calib_place){-1, i % s->per * s->size, s->size, NULL, s->fd->name};
	object->slab = &s->current->slab;
	return CALIB_OK;
}

static bool is_mark(const struct calib_nda *v, size_t i)
{
	double x = calib_nda_get(v, i);

	return calib_dtype_is_float(v->type) ? x != x : x == -99999;
}

int calib_h5set_blank(const struct calib_h5set *s, const struct calib_object *object,
                      struct calib_err *err)
{
	size_t width = calib_dtype_size((enum calib_dtype)s->array.dtype), n = s->size / width;
	struct calib_place place = object->place;
	uint8_t part[8192];
	int rc = CALIB_OK;

	if (object->slab != NULL) {
		rc = calib_slabs_load(&object->slab, 1, 1, err);
		if (rc < 0)
			return rc;
		place.mem = calib_slab_bytes(object->slab) + place.offset;
	}
	/* the first number decides nearly always */
	for (size_t at = 0, k = 1; at < n && rc >= 0; at += k, k = sizeof part / width) {
		struct calib_nda view = CALIB_NDA_INIT;

		k = k < n - at ? k : n - at;
		rc = calib_place_read(&place, at * width, part, k * width, err);
		calib_nda_view(&view, (enum calib_dtype)s->array.dtype, 1, &k, part);
		for (size_t i = 0; i < k && rc >= 0; i++)
			if (!is_mark(&view, i))
				return 0;
	}
	return rc < 0 ? rc : 1;
}

static int open_set(struct calib_h5set *s, hid_t loc, const char *path, struct calib_err *err)
{
	struct element e = {-1, 0, {0}, 0, false};
	hid_t space, type;
	int rc;

	s->id = H5Dopen2(loc, path, H5P_DEFAULT);
	if (s->id < 0)
		return calib_h5_error(err, s->run->name, path, "open the data set");
	rc = calib_h5fd_of(s->run, s->id, &s->fd, err);
	if (rc < 0)
		return rc;
	space = H5Dget_space(s->id);
	type = H5Dget_type(s->id);
	s->rank = H5Sget_simple_extent_dims(space, s->dim, NULL);
	s->mem = memory_type(&e, type, 0);
	if (s->mem < 0)
		rc = no_events(s, "its elements are not numbers or arrays of numbers", err);
	else if (s->rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL)
		rc = no_events(s, "has no values", err);
	H5Tclose(type);
	H5Sclose(space);
	if (rc >= 0)
		rc = set_shape(s, &e, err);
	return rc < 0 ? rc : set_storage(s, &e, err);
}

int calib_h5set_open(struct calib_h5set **set, struct calib_h5run *run, hid_t loc,
                     const char *path, struct calib_err *err)
{
	struct calib_h5set *s = calib_alloc(1, sizeof *s, "data set", err);
	int rc;

	if (s == NULL)
		return CALIB_ENOMEM;
	s->run = run;
	s->holders = 1;
	s->id = s->mem = -1;
	s->name = calib_strdup(path, err);
	rc = s->name ? open_set(s, loc, path, err) : CALIB_ENOMEM;
	if (rc < 0) {
		calib_h5set_close(s);
		return rc;
	}
	*set = s;
	return CALIB_OK;
}

/* A chunk that is held elsewhere keeps the set; its own hold on the last chunk does not. */
void calib_h5set_close(struct calib_h5set *s)
{
	if (s == NULL)
		return;
	if (s->current != NULL)
		calib_slab_drop(&s->current->slab);
	s->current = NULL;
	let_go(s);
}
