/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/run.h - what the kinds of runs share: XTC streams, HDF5 files (private to lib/src) */
#ifndef CALIB_SRC_RUN_H
#define CALIB_SRC_RUN_H
#include "src/files.h"

/* A kind of run.  advance() fills src->evt with the next event: 1, 0 at the end, < 0 error. */
struct calib_src_kind {
	int (*open)(struct calib_src *src, const struct calib_src_opts *opts,
	            struct calib_err *err);
	int (*advance)(struct calib_src *src, struct calib_err *err);
	void (*rewind)(struct calib_src *src);
	void (*close)(struct calib_src *src);	/* also after a failed open */
	const char *(*calibrated)(const struct calib_src *src, struct calib_srcid id);
};
extern const struct calib_src_kind calib_src_xtc, calib_src_hdf5;

struct calib_cfgset {
	struct calib_cfgset *older;	/* list of all, for the clean-up */
	size_t n, old;			/* old: of these, from before the transition */
	const struct calib_object *object[];
};

struct calib_src {
	const struct calib_src_kind *kind;
	void *run;			/* the kind's own */
	struct calib_files files;
	struct calib_stored *stored;	/* configuration objects, newest first */
	struct calib_cfgset *sets;	/* all that ever were in force, newest first */
	const struct calib_cfgset *cfg, *configured;
	struct calib_alias { struct calib_srcid id; char *name; } *alias;
	size_t naliases, alias_room;
	char **problem;
	size_t nproblems, problem_room;
	uint64_t more_problems;
	struct calib_src_stats stats;
	struct calib_evt evt;
	struct calib_object *objects;
	size_t objects_room;
	bool pending;			/* evt was found by open, not yet delivered */
	struct calib_follow *follow;	/* NULL: not live */
};

/* calib_src_note - remember a problem; ctx is the struct calib_src */
void calib_src_note(void *ctx, const char *sentence);
/* calib_src_add_alias - the first name of a source and the first source of a name count */
CALIB_MUST_CHECK
int calib_src_add_alias(struct calib_src *src, struct calib_srcid id, const char *name,
                        struct calib_err *err);
/* calib_src_cfg_begin - a new set in force, with what is in force and room for some more */
CALIB_MUST_CHECK
int calib_src_cfg_begin(struct calib_src *src, size_t more, struct calib_err *err);
/* calib_src_cfg_add - put an object into that set; mem: memory of the payload, freed on close */
CALIB_MUST_CHECK
int calib_src_cfg_add(struct calib_src *src, const struct calib_object *object, uint8_t *mem,
                      struct calib_err *err);
/* calib_src_room - src->objects can hold n */
CALIB_MUST_CHECK
int calib_src_room(struct calib_src *src, size_t n, struct calib_err *err);
#endif
