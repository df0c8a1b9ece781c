/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/small.c - small-data files: where things are in a large one */
#include "src/small.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

enum { TYPE_CONFIG = 89, TYPE_ORIGIN = 90, TYPE_PROXY = 91 };
enum { ORIGIN_SIZE = 12, PROXY_SIZE = 16 };

char *calib_small_find(const char *large)
{
	static const char *const ends[] = {".xtc", ".xtc.inprogress"};
	const char *base = calib_path_base(large);
	struct calib_str name = CALIB_STR_INIT;
	char *found = NULL;

	for (size_t i = 0; i < 2 && found == NULL; i++) {
		size_t end = strlen(ends[i]), n = strlen(base);

		if (n <= end || strcmp(base + n - end, ends[i]) != 0)
			continue;
		calib_str_clear(&name);
		calib_str_addf(&name, "%.*ssmalldata/%.*s.smd%s", (int)(base - large), large,
		               (int)(n - end), base, ends[i]);
		if (calib_str_check(&name, NULL) >= 0 && calib_is_file(name.s))
			found = calib_strdup(name.s, NULL);
	}
	calib_str_release(&name);
	return found;
}

char *calib_small_large(const char *small)
{
	const char *base = calib_path_base(small), *end = strstr(base, ".smd.xtc");
	struct calib_str dir = CALIB_STR_INIT, up = CALIB_STR_INIT, name = CALIB_STR_INIT;
	char *large = NULL;

	if (end == NULL)
		return NULL;
	calib_path_dir(&dir, small);
	if (strcmp(calib_path_base(dir.s), "smalldata") == 0)
		calib_path_dir(&up, dir.s);
	else			/* "." in that directory */
		calib_path_join(&up, dir.s, "..");
	calib_str_addf(&name, "%s/%.*s%s", up.s, (int)(end - base), base, end + 4);
	if (calib_str_check(&up, NULL) >= 0 && calib_str_check(&name, NULL) >= 0)
		large = calib_strdup(name.s, NULL);
	calib_str_release(&dir);
	calib_str_release(&up);
	calib_str_release(&name);
	return large;
}

/* ---- datagrams ---- */

void calib_small_open(struct calib_small *s, const char *name)
{
	s->at = 0;
	s->hit = s->useless = false;
	if (s->file.fd < 0 && calib_xtcfile_open(&s->file, name, NULL) < 0)
		s->file.fd = -1;
	s->file.len = 0;
}

/* Its descriptor stays open: objects of earlier events are read there. */
static bool usable(const struct calib_small *s)
{
	return s->file.fd >= 0 && !s->useless;
}

/* Where the event of a small datagram is in the large file: its first child says so. */
struct origin { bool found; uint64_t offset; uint32_t extent; };

static int first_leaf(void *ctx, const struct calib_object *leaf, int depth)
{
	struct origin *o = ctx;
	uint8_t b[ORIGIN_SIZE];

	if (depth == 1 && leaf->type == TYPE_ORIGIN
	    && calib_place_read(&leaf->place, 0, b, sizeof b, NULL) >= 0) {
		o->found = true;
		o->offset = calib_le64(b);
		o->extent = calib_le32(b + 8);
	}
	return CALIB_ETRUNC;	/* no further */
}

static void ignore(void *ctx, const char *sentence)
{
	(void)ctx, (void)sentence;
}

static struct origin origin_of(struct calib_small *s, const struct calib_dgram *small)
{
	struct origin o = {false, 0, 0};
	struct calib_walk walk = {first_leaf, ignore, NULL, &o};

	if (calib_xtc_leaves(&s->file, small, &walk, NULL) >= 0)
		o.found = false;
	return o;
}

static bool same_header(const struct calib_dgram *a, const struct calib_dgram *b)
{
	return a->sec == b->sec && a->nsec == b->nsec && a->service == b->service
	       && a->fiducial == b->fiducial;
}

int calib_small_dgram(struct calib_small *s, struct calib_xtcfile *large, uint64_t offset,
                      struct calib_dgram *d, struct calib_err *err)
{
	struct calib_dgram here;
	int rc;

	s->hit = false;
	/* at its end, or where it makes no sense, the rest is read from the large file */
	if (usable(s) && calib_xtc_dgram(&s->file, s->at, &here, NULL) != 1)
		s->useless = true;
	if (usable(s) && here.service == CALIB_SVC_L1ACCEPT) {
		struct origin o = origin_of(s, &here);

		if (!o.found || o.offset < offset || o.extent < CALIB_XTC_HEADER
		    || o.offset > large->size || o.extent > large->size - o.offset - 20) {
			s->useless = true;
		} else if (o.offset == offset) {
			*d = here;
			d->offset = offset;
			d->size = o.extent + 20;
			s->at += here.size;
			s->here = here;
			s->hit = true;
			return 1;
		}
	}
	/* a transition, or an event that the small file lacks */
	rc = calib_xtc_dgram(large, offset, d, err);
	if (rc == 1 && usable(s) && same_header(&here, d))
		s->at += here.size;
	return rc;
}

/* ---- leaves ---- */

/* The walk over a small datagram, and where it is in the large one. */
struct shadow {
	const struct calib_xtcfile *large;
	uint64_t at, end;
	struct calib_object *leaf;
	size_t n, room;
	bool complete;
};

static int shadow_leaf(void *ctx, const struct calib_object *leaf, int depth)
{
	struct shadow *w = ctx;
	struct calib_object o = *leaf;
	uint64_t extent = leaf->place.size + CALIB_XTC_HEADER;
	void *list = w->leaf;
	uint8_t b[PROXY_SIZE];

	if (depth == 1 && leaf->type == TYPE_ORIGIN)
		return CALIB_OK;
	if (leaf->type == TYPE_PROXY) {
		uint32_t id;

		if (calib_place_read(&leaf->place, 0, b, sizeof b, NULL) < 0
		    || calib_le64(b) != w->at || calib_le32(b + 12) < CALIB_XTC_HEADER)
			return CALIB_EFORMAT;
		id = calib_le32(b + 8);
		extent = calib_le32(b + 12);
		o.type = (uint16_t)id;
		o.version = (uint16_t)(id >> 16 & 0x7fff);
		o.compressed = id >> 31;
		o.place = (struct calib_place){w->large->fd, w->at + CALIB_XTC_HEADER,
			extent - CALIB_XTC_HEADER, NULL, w->large->name};
	}
	if (extent > w->end - w->at)
		return CALIB_EFORMAT;
	w->at += extent;
	if (calib_grow(&list, &w->room, w->n + 1, sizeof o, "event", NULL) < 0)
		return CALIB_ENOMEM;
	w->leaf = list;
	w->leaf[w->n++] = o;
	return CALIB_OK;
}

static void shadow_container(void *ctx, const struct calib_object *xtc, int depth)
{
	struct shadow *w = ctx;

	(void)xtc, (void)depth;
	if (w->end - w->at >= CALIB_XTC_HEADER)
		w->at += CALIB_XTC_HEADER;
	else
		w->complete = false;
}

static void shadow_bad(void *ctx, const char *sentence)
{
	(void)sentence;
	((struct shadow *)ctx)->complete = false;
}

int calib_small_leaves(struct calib_small *s, const struct calib_xtcfile *large,
                       const struct calib_dgram *d, const struct calib_walk *walk,
                       struct calib_err *err)
{
	struct shadow w = {large, d->offset + CALIB_DGRAM_HEADER, d->offset + d->size, NULL,
		0, 0, true};
	struct calib_walk over = {shadow_leaf, shadow_bad, shadow_container, &w};
	int rc = s->hit ? calib_xtc_leaves(&s->file, &s->here, &over, NULL) : CALIB_EFORMAT;

	if (rc >= 0 && (!w.complete || w.at != w.end))
		rc = CALIB_EFORMAT;
	for (size_t i = 0; i < w.n && rc >= 0; i++)
		rc = walk->leaf(walk->ctx, &w.leaf[i], 0) < 0 ? CALIB_ENOMEM : 1;
	free(w.leaf);
	if (rc == CALIB_ENOMEM)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for the objects of an event");
	return rc < 0 ? 0 : 1;
}
