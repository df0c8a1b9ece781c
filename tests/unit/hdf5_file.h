/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/unit/hdf5_file.h - HDF5 files in a directory of the test's own */
#ifndef CALIB_TEST_HDF5_FILE_H
#define CALIB_TEST_HDF5_FILE_H
#include "test.h"

#include <hdf5.h>
#include <sys/stat.h>
#include <unistd.h>

/* What new_file() makes of a file. */
enum { USERBLOCK = 16, LATEST = 512 };

static char dir[64];

/* HDF5 forgets an object header when the file it opens is damaged. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libhdf5";
}

static inline const char *in_dir(const char *name, char path[160])
{
	snprintf(path, 160, "%s/%s", dir, name);
	return path;
}

static inline hid_t new_file(const char *path, int how)
{
	hid_t create = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS), file;

	if (how & USERBLOCK)
		H5Pset_userblock(create, 512);
	if (how & LATEST)
		H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	file = H5Fcreate(path, H5F_ACC_TRUNC, create, access);
	assert_true(file >= 0);
	H5Pclose(create);
	H5Pclose(access);
	return file;
}

static inline int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/calib-hdf5-XXXXXX");
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return mkdtemp(dir) == NULL;
}

static inline int remove_dir(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}
#endif
