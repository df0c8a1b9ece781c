/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/path.c - names of files and directories */
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

void calib_path_join(struct calib_str *out, const char *dir, const char *name)
{
	size_t len = strlen(dir);

	calib_str_clear(out);
	calib_str_add(out, dir);
	if (len > 0 && dir[len - 1] != '/')
		calib_str_addc(out, '/');
	calib_str_add(out, name);
}

const char *calib_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void calib_path_dir(struct calib_str *out, const char *path)
{
	const char *slash = strrchr(path, '/');

	calib_str_clear(out);
	if (slash == NULL)
		calib_str_add(out, ".");
	else
		calib_str_addn(out, path, slash == path ? 1 : (size_t)(slash - path));
}

bool calib_path_has(const char *path, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = path; *p;) {
		size_t k = strcspn(p, "/");

		if (k == len && memcmp(p, name, len) == 0)
			return true;
		p += k + (p[k] == '/');
	}
	return false;
}

bool calib_path_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), k = strlen(suffix);

	return n >= k && strcmp(path + n - k, suffix) == 0;
}

bool calib_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool calib_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int calib_path_regular(const char *path, struct calib_err *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return calib_fail_sys(err, "%s: cannot open", path);
	if (!S_ISREG(st.st_mode))
		return calib_fail(err, CALIB_EINVAL, "%s: is not a regular file", path);
	return CALIB_OK;
}

static int make_one(const char *path, mode_t mode, gid_t group, struct calib_err *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0) {
		if (group != (gid_t)-1 && chown(path, (uid_t)-1, group) != 0)
			errno = 0;	/* not a member: the files are readable all the same */
		/* a default ACL of the directory above has decided who may do what */
		if (mode != 0 && getxattr(path, "system.posix_acl_access", NULL, 0) > 0
		    && stat(path, &st) == 0)
			mode = (st.st_mode & 0777) | (mode & 07000);
		if (mode != 0 && chmod(path, mode) != 0)
			return calib_fail_sys(err, "%s: cannot set mode %04o", path,
					      (unsigned)mode);
		return CALIB_OK;
	}
	if (errno == EEXIST && calib_is_dir(path))
		return CALIB_OK;
	return calib_fail_sys(err, "%s: cannot create the directory", path);
}

void calib_path_existing(struct calib_str *out, const char *path)
{
	struct calib_str up = CALIB_STR_INIT;
	struct stat st;

	calib_str_clear(out);
	calib_str_add(out, path);
	while (!out->failed && stat(out->s, &st) != 0 && errno == ENOENT
	       && strcmp(out->s, ".") != 0 && strcmp(out->s, "/") != 0) {
		calib_str_clear(&up);
		calib_path_dir(&up, out->s);
		calib_str_clear(out);
		calib_str_add(out, up.s);
	}
	calib_str_release(&up);
}

int calib_make_dirs(const char *path, mode_t mode, gid_t group, struct calib_err *err)
{
	char *copy = calib_strdup(path, err);
	int rc = copy ? CALIB_OK : CALIB_ENOMEM;

	for (char *p = copy; rc >= 0 && p != NULL;) {
		p = strchr(p + 1, '/');
		if (p != NULL)
			*p = '\0';
		if (*copy != '\0')
			rc = make_one(copy, mode, group, err);
		if (p != NULL)
			*p = '/';
		if (p != NULL && p[1 + strspn(p + 1, "/")] == '\0')
			break;
	}
	free(copy);
	return rc;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int calib_dir_names(char ***names, size_t *n, const char *path, struct calib_err *err)
{
	DIR *dir = opendir(path);
	size_t count = 0, room = 0;
	void *list = NULL;
	struct dirent *e;
	int rc = CALIB_OK;

	if (dir == NULL && (errno == ENOENT || errno == ENOTDIR))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: no such directory", path);
	if (dir == NULL)
		return calib_fail_sys(err, "%s: cannot read the directory", path);
	rc = calib_grow(&list, &room, 1, sizeof(char *), "directory", err);
	while (rc >= 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		rc = calib_grow(&list, &room, count + 2, sizeof(char *), "directory", err);
		if (rc < 0)
			break;
		((char **)list)[count] = calib_strdup(e->d_name, err);
		if (((char **)list)[count] == NULL)
			rc = CALIB_ENOMEM;
		else
			count++;
	}
	closedir(dir);
	if (rc < 0) {
		calib_names_free(list);
		return rc;
	}
	qsort(list, count, sizeof(char *), by_bytes);
	*names = list;
	*n = count;
	return CALIB_OK;
}

void calib_names_free(char **names)
{
	for (char **p = names; p != NULL && *p != NULL; p++)
		free(*p);
	free(names);
}
