/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/hdf5.h - HDF5 files as runs: what its parts tell each other (private to lib/src)
 *
 * A run is a list of files, a file a list of steps, a step a set of sources that are merged by
 * time (hdf5.c).  What is a step and a source depends on the form of the file (hdf5form.c,
 * hdf5lcls.c).  The pixels of a source are a data set, a list of events (hdf5set.c). */
#ifndef CALIB_SRC_HDF5_H
#define CALIB_SRC_HDF5_H
#include <hdf5.h>

#include "src/hdf5raw.h"
#include "src/run.h"
#include "src/slab.h"

/* ---- hdf5util.c ---- */

/* calib_h5_error - an error of the HDF5 library about "file: name", in our words */
int calib_h5_error(struct calib_err *err, const char *file, const char *name, const char *what);
/* calib_h5_has - is there something of this path, every component and link target of it? */
bool calib_h5_has(hid_t loc, const char *path);
/* calib_h5_children - names of what a group holds, sorted; calib_names_free() */
CALIB_MUST_CHECK
int calib_h5_children(hid_t loc, const char *group, char ***names, size_t *n,
                      struct calib_err *err);
/* calib_h5_text - a string attribute into buf; false if there is none */
bool calib_h5_text(hid_t object, const char *attribute, char *buf, size_t n);
/* calib_h5_same - are both paths the same object? */
bool calib_h5_same(hid_t loc, const char *a, const char *b);

/* A number of every event: a data set of numbers, or a member of one of compounds. */
struct calib_h5col { hid_t set, mem; size_t width; uint64_t n; };
/* calib_h5col_open - member NULL: the elements themselves; an element may be an array of up to
 * width numbers or compounds.  false if there is no such column. */
bool calib_h5col_open(struct calib_h5col *col, hid_t loc, const char *path, const char *member,
                      size_t width);
void calib_h5col_close(struct calib_h5col *col);
/* calib_h5col_read - numbers of events [first, first+n), width a piece */
bool calib_h5col_read(const struct calib_h5col *col, uint64_t first, uint64_t n, int64_t *out);

/* A file that data lie in, also through external links.  The descriptor is closed with the run,
 * but where there are many files (not pinned) with the last data set of it. */
struct calib_h5fd {
	struct calib_h5fd *next;
	uint64_t dev, ino, size;
	int fd, holders;
	bool pinned;
	char *name;
};

struct calib_h5run;
CALIB_MUST_CHECK
int calib_h5fd_of(struct calib_h5run *run, hid_t object, struct calib_h5fd **fd,
                  struct calib_err *err);
void calib_h5fd_drop(struct calib_h5run *run, struct calib_h5fd *fd);

/* ---- hdf5set.c ---- */

struct calib_h5set;
/* calib_h5set_open - a data set of numbers as events (hdf5.md A.3, B.6)
 * CALIB_EFORMAT: it is none.  Missing filters are named. */
CALIB_MUST_CHECK
int calib_h5set_open(struct calib_h5set **set, struct calib_h5run *run, hid_t loc,
                     const char *path, struct calib_err *err);
void calib_h5set_close(struct calib_h5set *set);	/* lives on while events of it are held */
uint64_t calib_h5set_events(const struct calib_h5set *set);
const char *calib_h5set_name(const struct calib_h5set *set);	/* its path */
/* calib_h5set_array - one event, as it is stored */
const struct calib_array_type *calib_h5set_array(const struct calib_h5set *set);
/* calib_h5set_event - where the bytes of event i are, into object->place and object->slab, which
 * is valid until the next call */
CALIB_MUST_CHECK
int calib_h5set_event(struct calib_h5set *set, uint64_t i, struct calib_object *object,
                      struct calib_err *err);
/* calib_h5set_blank - are all numbers of the event delivered last the mark of a missing
 * detector: NaN, or with integers -99999?  Reads it. */
CALIB_MUST_CHECK
int calib_h5set_blank(const struct calib_h5set *set, const struct calib_object *object,
                      struct calib_err *err);

/* ---- forms ---- */

/* What a source knows of an event before its data are touched. */
struct calib_h5entry {
	uint32_t sec, nsec, fiducial, ticks, vector, damage;
	bool valid, taken;
	uint8_t quad[4], sections[4];	/* CSPAD elements: their quad and section mask */
};
enum { CALIB_H5_WINDOW = 512, CALIB_H5_AHEAD = 20, CALIB_H5_QUADS = 4 };

/* Columns of a source. */
enum { COL_SEC, COL_NSEC, COL_FIDUCIAL, COL_TICKS, COL_VECTOR, COL_DAMAGE, COL_MASK, COL_QUAD,
	COL_SECTIONS, NCOLS };

struct calib_h5source {
	struct calib_srcid id;
	uint16_t type, version;
	struct calib_h5set *set;	/* NULL: event codes */
	hid_t codes;			/* data set of event codes, or -1 */
	uint8_t *payload;		/* of the event's codes, as in XTC */
	size_t payload_room;
	struct calib_array_type array;	/* as delivered, but for the sections of a CSPAD */
	const struct calib_array_type *shared;	/* the same, kept until the run is closed */
	struct calib_h5col col[NCOLS];	/* set < 0: has none */
	bool packed;			/* COL_SEC is seconds << 32 | nanoseconds */
	bool marks;			/* missing data are marked in the numbers themselves */
	uint32_t roi;			/* CSPAD: section masks of the quads, if in no column */
	uint64_t n, at;			/* events; the next one that is not delivered */
	uint64_t found;			/* takes part in this event; NONE */
	struct calib_h5entry *window;	/* of events [first, first + have) */
	uint64_t first;
	size_t have;
};

struct calib_h5form {
	const char *name;
	bool (*probe)(hid_t file);
	/* steps(): names of the steps of the open file into run->steps; NULL: it is one */
	int (*steps)(struct calib_h5run *run, struct calib_err *err);
	/* sources(): opens those of a step with calib_h5run_add(); 0 when there are none */
	int (*sources)(struct calib_h5run *run, const char *step, struct calib_err *err);
	const char *corrected;		/* why data of this form are no raw data, or NULL */
	bool marks;			/* all-NaN events are none */
};
extern const struct calib_h5form calib_h5_lcls;
/* calib_h5form_of - the form of an open file */
const struct calib_h5form *calib_h5form_of(hid_t file);
/* calib_h5form_sources - open the sources of a step, or the one data set that was asked for */
CALIB_MUST_CHECK
int calib_h5form_sources(struct calib_h5run *run, const char *step, struct calib_err *err);

struct calib_h5run {
	struct calib_src *src;
	struct calib_h5pool *pool;
	struct calib_h5fd *fds;
	struct calib_h5array { struct calib_h5array *next; struct calib_array_type type; } *arrays;
	struct calib_h5why { struct calib_srcid id; const char *why; } *why;
	size_t nwhy, why_room;
	size_t file_at;			/* of src->files: the next one to open */
	hid_t file;			/* open, or -1 */
	const char *name;		/* its path */
	const char *path;		/* data set asked for in it, or NULL */
	const struct calib_h5form *form;
	char **steps;			/* of the open file */
	size_t nsteps, step_at;
	struct calib_h5source *source;	/* of the open step */
	size_t nsources, source_room;
	unsigned nameless;		/* sources that had no name so far */
	int64_t *numbers;		/* room for a window of a column */
	size_t npinned;			/* files */
};

/* calib_h5run_add - a new source of the step, to be set up by the form */
struct calib_h5source *calib_h5run_add(struct calib_h5run *run, struct calib_err *err);
/* calib_h5run_undo - forget the source that was added last */
void calib_h5run_undo(struct calib_h5run *run);
/* calib_h5run_set - add a data set that belongs to no LCLS source, under its path */
CALIB_MUST_CHECK
int calib_h5run_set(struct calib_h5run *run, const char *path, struct calib_h5source **source,
                    struct calib_err *err);
/* calib_h5run_name - the source of a name that is no LCLS source: its alias */
CALIB_MUST_CHECK
int calib_h5run_name(struct calib_h5run *run, const char *name, struct calib_srcid *id,
                     struct calib_err *err);
/* calib_h5run_array - an array type that lives as long as the run */
const struct calib_array_type *calib_h5run_array(struct calib_h5run *run,
                                                 const struct calib_array_type *type,
                                                 struct calib_err *err);
/* calib_h5run_why - note that the data of a source are corrected already; why is static */
CALIB_MUST_CHECK
int calib_h5run_why(struct calib_h5run *run, struct calib_srcid id, const char *why,
                    struct calib_err *err);

/* ---- hdf5control.c ---- */

/* calib_h5control - the scan record of a calib cycle becomes a configuration in force */
CALIB_MUST_CHECK
int calib_h5control(struct calib_h5run *run, const char *step, struct calib_err *err);

/* ---- hdf5lcls.c ---- */

/* calib_h5lcls_group - add the source of a group <type>/<source> with event data; 0: none */
CALIB_MUST_CHECK
int calib_h5lcls_group(struct calib_h5run *run, const char *group, struct calib_err *err);
/* calib_h5lcls_codes - event codes of event i into source->payload; returns its size */
CALIB_MUST_CHECK
long calib_h5lcls_codes(struct calib_h5source *source, uint64_t i, uint32_t fiducial,
                        struct calib_err *err);
/* calib_h5lcls_sections - which sections of a CSPAD an event has; 0: they do not fit its data */
int calib_h5lcls_sections(const struct calib_h5source *source, const struct calib_h5entry *entry,
                          struct calib_array_type *array);
#endif
