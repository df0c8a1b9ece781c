/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5util.c - groups, columns of numbers, and files behind HDF5 objects */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "nda/h5.h"
#include "src/hdf5.h"

enum { MAX_PINNED = 64 };	/* files that stay open until the run is closed */

int calib_h5_error(struct calib_err *err, const char *file, const char *name, const char *what)
{
	char text[160];

	return calib_fail(err, CALIB_ELIB, "%s%s%s: HDF5 cannot %s (%s)", file, *name ? ":" : "",
	                  name, what, calib_h5_reason(text));
}

/* ---- groups ---- */

bool calib_h5_has(hid_t loc, const char *path)
{
	char part[1024];

	for (const char *p = path;;) {
		size_t n;

		p += strspn(p, "/");
		p += strcspn(p, "/");
		n = (size_t)(p - path);
		if (n >= sizeof part)
			return false;
		memcpy(part, path, n);
		part[n] = '\0';
		if (strspn(part, "/") != n
		    && (H5Lexists(loc, part, H5P_DEFAULT) <= 0
		        || H5Oexists_by_name(loc, part, H5P_DEFAULT) <= 0))
			return false;
		if (*p == '\0')
			return true;
	}
}

struct list { void *names; size_t n, room; };

static herr_t collect(hid_t group, const char *name, const H5L_info_t *info, void *ctx)
{
	struct list *l = ctx;

	(void)group;
	(void)info;
	if (calib_grow(&l->names, &l->room, l->n + 2, sizeof(char *), "names", NULL) < 0)
		return -1;
	((char **)l->names)[l->n] = calib_strdup(name, NULL);
	return ((char **)l->names)[l->n++] == NULL ? -1 : 0;
}

int calib_h5_children(hid_t loc, const char *group, char ***names, size_t *n,
                      struct calib_err *err)
{
	struct list l = {NULL, 0, 0};
	hid_t id;

	*names = calib_alloc(1, sizeof(char *), "names", err);
	*n = 0;
	if (*names == NULL)
		return CALIB_ENOMEM;
	l.names = *names;
	l.room = 1;
	id = H5Gopen2(loc, group, H5P_DEFAULT);
	if (id < 0 || H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &l) < 0) {
		calib_names_free(l.names);
		*names = NULL;
		if (id >= 0)
			H5Gclose(id);
		return calib_h5_error(err, "", group, "list the group");
	}
	H5Gclose(id);
	*names = l.names;
	*n = l.n;
	return CALIB_OK;
}

bool calib_h5_text(hid_t object, const char *attribute, char *buf, size_t n)
{
	hid_t id = H5Aexists(object, attribute) > 0 ? H5Aopen(object, attribute, H5P_DEFAULT) : -1;
	hid_t type, space;
	char *got = NULL;
	bool ok = false;

	buf[0] = '\0';
	if (id < 0)
		return false;
	type = H5Aget_type(id);
	space = H5Aget_space(id);
	if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) {
		ok = false;
	} else if (H5Tis_variable_str(type) > 0) {
		ok = H5Aread(id, type, &got) >= 0 && got != NULL;
		if (ok)
			snprintf(buf, n, "%s", got);
		H5free_memory(got);
	} else if (H5Tget_size(type) < 4096) {
		got = calib_alloc(H5Tget_size(type) + 1, 1, "text", NULL);
		ok = got != NULL && H5Aread(id, type, got) >= 0;
		if (ok)
			snprintf(buf, n, "%s", got);
		free(got);
	}
	H5Sclose(space);
	H5Tclose(type);
	H5Aclose(id);
	return ok;
}

bool calib_h5_same(hid_t loc, const char *a, const char *b)
{
	H5O_info_t x, y;

	return calib_h5_has(loc, a) && calib_h5_has(loc, b)
	       && H5Oget_info_by_name1(loc, a, &x, H5P_DEFAULT) >= 0
	       && H5Oget_info_by_name1(loc, b, &y, H5P_DEFAULT) >= 0 && x.fileno == y.fileno
	       && x.addr == y.addr;
}

/* ---- columns ---- */

static bool is_number(hid_t type)
{
	H5T_class_t c = H5Tget_class(type);

	return c == H5T_INTEGER || c == H5T_FLOAT || c == H5T_ENUM;
}

/* int64, in a compound when a member is wanted; -1 if the elements have no such number. */
static hid_t memory_type(hid_t type, const char *member)
{
	hid_t memory, one;
	int i;

	if (member == NULL)
		return is_number(type) ? H5Tcopy(H5T_NATIVE_INT64) : -1;
	i = H5Tget_class(type) == H5T_COMPOUND ? H5Tget_member_index(type, member) : -1;
	if (i < 0)
		return -1;
	one = H5Tget_member_type(type, (unsigned)i);
	memory = is_number(one) ? H5Tcreate(H5T_COMPOUND, sizeof(int64_t)) : -1;
	H5Tclose(one);
	if (memory >= 0)
		H5Tinsert(memory, member, 0, H5T_NATIVE_INT64);
	return memory;
}

/* The same of every member of an array element. */
static hid_t column_type(hid_t type, const char *member, size_t *width)
{
	hsize_t dim[H5S_MAX_RANK], n = 1;
	hid_t base, memory, array = -1;
	int rank;

	if (H5Tget_class(type) != H5T_ARRAY) {
		*width = 1;
		return memory_type(type, member);
	}
	rank = H5Tget_array_dims2(type, dim);
	for (int i = 0; i < rank; i++)
		n = dim[i] > 64 || n > 64 ? 65 : n * dim[i];
	if (rank < 0 || n == 0 || n > *width)
		return -1;
	*width = n;
	base = H5Tget_super(type);
	memory = memory_type(base, member);
	if (memory >= 0) {
		array = H5Tarray_create2(memory, (unsigned)rank, dim);
		H5Tclose(memory);
	}
	H5Tclose(base);
	return array;
}

bool calib_h5col_open(struct calib_h5col *col, hid_t loc, const char *path, const char *member,
                      size_t width)
{
	hsize_t n = 1;
	hid_t type, space;
	int rank;

	*col = (struct calib_h5col){-1, -1, width, 0};
	if (!calib_h5_has(loc, path))
		return false;
	col->set = H5Dopen2(loc, path, H5P_DEFAULT);
	if (col->set < 0)
		return false;
	type = H5Dget_type(col->set);
	space = H5Dget_space(col->set);
	rank = H5Sget_simple_extent_ndims(space);
	if (rank == 1)
		H5Sget_simple_extent_dims(space, &n, NULL);
	col->mem = rank == 0 || rank == 1 ? column_type(type, member, &col->width) : -1;
	col->n = n;
	H5Sclose(space);
	H5Tclose(type);
	if (col->mem >= 0)
		return true;
	calib_h5col_close(col);
	return false;
}

void calib_h5col_close(struct calib_h5col *col)
{
	if (col->mem >= 0)
		H5Tclose(col->mem);
	if (col->set >= 0)
		H5Dclose(col->set);
	col->mem = col->set = -1;
}

bool calib_h5col_read(const struct calib_h5col *col, uint64_t first, uint64_t n, int64_t *out)
{
	hsize_t start = first, count = n;
	hid_t space = H5Dget_space(col->set), memory = H5S_ALL;
	bool ok = first <= col->n && n <= col->n - first;

	if (ok && H5Sget_simple_extent_ndims(space) == 1) {
		memory = H5Screate_simple(1, &count, NULL);
		ok = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) >= 0;
	}
	ok = ok && H5Dread(col->set, col->mem, memory, space, H5P_DEFAULT, out) >= 0;
	if (memory != H5S_ALL)
		H5Sclose(memory);
	H5Sclose(space);
	return ok;
}

/* ---- files ---- */

/* The descriptor HDF5 has open for an object's file, and the file's name. */
static int descriptor_of(hid_t object, char name[4096])
{
	hid_t file = H5Iget_file_id(object), access = file >= 0 ? H5Fget_access_plist(file) : -1;
	void *handle = NULL;
	int fd = -1;

	if (H5Fget_name(object, name, 4096) <= 0)
		snprintf(name, 4096, "HDF5 file");
	if (access >= 0 && H5Pget_driver(access) == H5FD_SEC2
	    && H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0 && handle != NULL)
		fd = *(int *)handle;
	if (access >= 0)
		H5Pclose(access);
	if (file >= 0)
		H5Fclose(file);
	return fd;
}

int calib_h5fd_of(struct calib_h5run *run, hid_t object, struct calib_h5fd **fd,
                  struct calib_err *err)
{
	char name[4096];
	int theirs = descriptor_of(object, name);
	struct stat st = {0};
	struct calib_h5fd *f;

	if (theirs < 0 || fstat(theirs, &st) != 0)
		return calib_fail(err, CALIB_ELIB, "%s: HDF5 has no descriptor of it", name);
	for (f = run->fds; f != NULL; f = f->next)
		if (f->dev == st.st_dev && f->ino == st.st_ino) {
			f->holders++;
			*fd = f;
			return CALIB_OK;
		}
	f = calib_alloc(1, sizeof *f, "HDF5 file", err);
	if (f == NULL)
		return CALIB_ENOMEM;
	f->name = calib_strdup(name, err);
	f->fd = f->name ? fcntl(theirs, F_DUPFD_CLOEXEC, 3) : -1;
	if (f->fd < 0) {
		if (f->name != NULL)
			calib_fail_sys(err, "%s: cannot open", name);
		free(f->name);
		free(f);
		return err ? err->code : CALIB_ESYS;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->size = (uint64_t)st.st_size;
	f->pinned = run->npinned < MAX_PINNED;
	run->npinned += f->pinned;
	f->holders = 1 + f->pinned;
	f->next = run->fds;
	run->fds = f;
	*fd = f;
	return CALIB_OK;
}

void calib_h5fd_drop(struct calib_h5run *run, struct calib_h5fd *fd)
{
	struct calib_h5fd **at = &run->fds;

	if (--fd->holders > 0)
		return;
	while (*at != fd)
		at = &(*at)->next;
	*at = fd->next;
	close(fd->fd);
	free(fd->name);
	free(fd);
}
