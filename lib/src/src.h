/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/src.h - a run as a sequence of events, from XTC or HDF5 files
 *
 * Only headers are read here: an event says where the bytes of each object are, and whoever
 * wants pixels reads that place.  HDF5 data sets that belong to no LCLS source have the source
 * NoDetector.0:NoDevice.<n>, and their path as its alias.  Source of the container's facts:
 * pdsdata and psana-1 (slac-lcls/lcls1 extpkgs/pdsdata xtc/, XtcInput, PSXtcInput). */
#ifndef CALIB_SRC_SRC_H
#define CALIB_SRC_SRC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/parse.h"

/* Where bytes are: in a file (pread, any thread at any time while the source is open), or in
 * memory when mem is not NULL. */
struct calib_place {
	int fd;
	uint64_t offset;
	size_t size;
	const uint8_t *mem;
	const char *file;		/* name for messages */
};
/* calib_place_read - bytes [at, at+n) of a place; CALIB_ETRUNC when they are not all there */
CALIB_MUST_CHECK
int calib_place_read(const struct calib_place *place, uint64_t at, void *buf, size_t n,
                     struct calib_err *err);

/* Who sent an object.  Equal when level and phy are equal: the process id in the low 24 bits
 * of log differs between streams and never takes part in a comparison. */
struct calib_srcid { uint32_t log, phy; };
enum calib_level { CALIB_LEVEL_CONTROL, CALIB_LEVEL_SOURCE, CALIB_LEVEL_SEGMENT,
	CALIB_LEVEL_EVENT, CALIB_LEVEL_RECORDER, CALIB_LEVEL_OBSERVER, CALIB_LEVEL_REPORTER };
static inline unsigned calib_srcid_level(struct calib_srcid id)
{
	return id.log >> 24;
}
static inline bool calib_srcid_equal(struct calib_srcid a, struct calib_srcid b)
{
	return a.phy == b.phy && a.log >> 24 == b.log >> 24;
}

/* An array in the place itself (HDF5): its elements in C order and native byte order. */
struct calib_array_type {
	int dtype;			/* enum calib_dtype of nda/nda.h */
	int ndim;
	size_t dim[5];
	int bits;			/* significant bits of a number, 0: unknown */
	/* nsections > 0: of dim[0] slices only these are stored, one after the other; the others
	 * are 0 (a CSPAD with missing sections) */
	int nsections;
	uint8_t section[32];
};

/* Bytes that must be made before they can be read: a chunk of an HDF5 set that is compressed, or
 * of an unusual layout.  Shared by the events whose data lie in it.  Of one thread, but for
 * calib_slabs_load(), which makes several at once. */
struct calib_slab;
struct calib_slab *calib_slab_hold(struct calib_slab *slab);	/* returns slab; NULL allowed */
void calib_slab_drop(struct calib_slab *slab);	/* the last holder's frees the bytes */
/* calib_slabs_load - make the bytes of n slabs (NULL and doubles allowed) that are held */
CALIB_MUST_CHECK
int calib_slabs_load(struct calib_slab *const *slab, size_t n, int threads,
                     struct calib_err *err);
/* calib_slab_bytes - NULL until they are made */
const uint8_t *calib_slab_bytes(const struct calib_slab *slab);

/* The type of arrays of files that do not say what sent them. */
#define CALIB_TYPE_ARRAY 0xfff0u

/* One leaf of the XTC tree: a configuration or the data of one detector. */
struct calib_object {
	struct calib_srcid src;
	uint16_t type;			/* TypeId, bits 0-15 */
	uint16_t version;		/* bits 16-30 */
	bool compressed;		/* bit 31: payload as xtc.md 8 */
	uint32_t damage;		/* the leaf's own damage word; 0 = use it */
	struct calib_place place;	/* the payload, without the 20-byte header */
	const struct calib_array_type *array;	/* NULL for XTC */
	struct calib_slab *slab;	/* not NULL: place.offset counts in its bytes */
};

/* The configuration objects in force at an event.  Objects live until the source is closed,
 * so their address identifies them. */
struct calib_cfgset;
/* calib_cfgset_find - of that source, type and version; NULL if none is in force */
const struct calib_object *calib_cfgset_find(const struct calib_cfgset *set,
                                             struct calib_srcid src, uint16_t type,
                                             uint16_t version);
/* calib_cfgset_at - the i-th object in order of appearance, NULL past the end */
const struct calib_object *calib_cfgset_at(const struct calib_cfgset *set, size_t i);

struct calib_evt {
	uint32_t sec, nsec;		/* since 1970-01-01 UTC */
	uint32_t fiducial;		/* 0..131039, 360 Hz pulse number */
	uint32_t ticks, vector, env;
	unsigned run;
	int step;			/* calib cycle, from 0; -1 before the first (XTC) */
	uint64_t index;			/* number of events delivered before this one */
	const struct calib_object *objects; /* every leaf of every joined datagram, the first of */
	size_t nobjects;		/* equal (type, source) only; damaged ones included */
	const struct calib_cfgset *cfg;
	unsigned stream, chunk;		/* of the first datagram */
	uint64_t offset;		/* of the first datagram in its file */
};

/* What to open: a run, or files. */
struct calib_src_opts {
	const char *exp;		/* experiment name, NULL with files */
	const struct calib_range *runs;	/* closed ranges, processed in increasing order */
	size_t nruns;
	const char *xtcdir; /* directory, dataset text, or NULL: <root>/<ins>/<exp>/xtc or hdf5 */
	const char *root;		/* NULL: SIT_PSDM_DATA, /sdf/data/lcls/ds, /reg/d/psdm */
	const char *const *files;	/* XTC files, or HDF5 files or "file.h5:/path", or NULL */
	size_t nfiles;
	bool control;			/* also the control streams (80 and up) */
	bool smd;			/* use small-data files where there are some; the result is
					 * the same */
	/* Follow XTC files while they are written (lib/src/follow.c): open waits for the files and
	 * the first event, next for every further one.  What opts points to must then outlive the
	 * source.  A run given by its own number is waited for, of a range what is there counts.
	 * smd is ignored. */
	bool live;
	double timeout;			/* s without new bytes that end it; 0: 120 */
	double poll;			/* s between looks where the kernel reports nothing; 0: 1 */
	/* called while waiting; missing: why there are no files yet, NULL afterwards */
	void (*waiting)(void *ctx, const char *missing);
	void *waiting_ctx;
	volatile int *stop;		/* checked while waiting; may be NULL */
};

/* calib_src_newest - the run with the highest number that has files, none of which is being
 * written; opts->runs does not matter
 * CALIB_ENOTFOUND: no directory, or no finished run; CALIB_EINVAL: xtcdir is no directory. */
struct calib_newest {
	long run;
	long growing;			/* the highest that is being written, -1: none is */
};
CALIB_MUST_CHECK
int calib_src_newest(struct calib_newest *newest, const struct calib_src_opts *opts,
                     struct calib_err *err);

/* calib_src_asks_live - does a dataset text (-x) have the item live? */
bool calib_src_asks_live(const char *xtcdir);
/* calib_src_dir - the directory in which the files of opts are looked for; free() *dir */
CALIB_MUST_CHECK
int calib_src_dir(char **dir, const struct calib_src_opts *opts, struct calib_err *err);

struct calib_file {
	const char *path;
	unsigned run, stream, chunk;
	uint64_t size;
	int64_t mtime;
	bool in_progress;
	bool hdf5;
	const char *small;		/* its small-data file, when one is used */
	const char *inside;		/* the only data set to read of an HDF5 file, or NULL */
};

/* Numbers of the pass so far, for reports. */
struct calib_src_stats {
	uint64_t events;		/* delivered */
	uint64_t trimmed;		/* not delivered: removed by the level-3 trigger */
	uint64_t bad_fiducial;		/* not delivered: fiducial out of range */
	uint64_t empty;			/* not delivered: nothing but EPICS */
	uint64_t datagrams;
};

struct calib_src;

/* calib_src_open - find and open the files of a run, read its first transitions
 * CALIB_ENOTFOUND: no directory, no experiment, no file of the run (the sentence says where
 * it looked and which runs are there).  Nothing of a payload is read. */
CALIB_MUST_CHECK
int calib_src_open(struct calib_src **src, const struct calib_src_opts *opts,
                   struct calib_err *err);
void calib_src_close(struct calib_src *src);

/* calib_src_next - 1 an event, 0 end, < 0 error
 * *evt is valid until the next call; its objects' places until the source is closed.
 * A damaged file does not end the iteration: see calib_src_problem(). */
CALIB_MUST_CHECK
int calib_src_next(struct calib_src *src, const struct calib_evt **evt, struct calib_err *err);
/* calib_src_rewind - start over; configurations and problems are as after open */
CALIB_MUST_CHECK
int calib_src_rewind(struct calib_src *src, struct calib_err *err);

/* calib_src_late - live: has a stream or a chunk turned up after later events were delivered?
 * Those delivered are complete, but not in the order of the run: rewind to have that. */
bool calib_src_late(const struct calib_src *src);
/* calib_src_over - live: the end of the run was seen, or given up (then there is a problem) */
bool calib_src_over(const struct calib_src *src);
/* calib_src_remark - live: what is worth a word but no problem, or NULL */
const char *calib_src_remark(const struct calib_src *src);

/* calib_src_problem - the i-th problem met so far (truncated file, bad extent: file, byte
 * offset, what was expected), NULL past the last.  Any problem means exit status 1. */
const char *calib_src_problem(const struct calib_src *src, size_t i);
/* calib_src_file - the i-th file of the run, NULL past the last; live: until the next event */
const struct calib_file *calib_src_file(const struct calib_src *src, size_t i);

/* calib_filename_parse - "<prefix>-r0012-s00-c00.xtc[.inprogress]"
 * prefix_len: of the experiment part.  false when the name is not of that form. */
bool calib_filename_parse(const char *name, struct calib_file *file, size_t *prefix_len);
/* calib_filename_prefix - the length of the experiment part of that, or of "<prefix>-r0012.h5"; 0
 * when the name is of neither form */
size_t calib_filename_prefix(const char *name);

void calib_src_stats(const struct calib_src *src, struct calib_src_stats *stats);
/* calib_src_configs - what Configure announced, known directly after open */
const struct calib_cfgset *calib_src_configs(const struct calib_src *src);
/* calib_src_alias - the alias of a source, NULL if it has none */
const char *calib_src_alias(const struct calib_src *src, struct calib_srcid id);
/* calib_src_by_alias - the source an alias names; false if none */
bool calib_src_by_alias(const struct calib_src *src, const char *alias, struct calib_srcid *id);

/* calib_src_calibrated - why the data of a source are corrected already and no raw data, a
 * sentence without its subject; NULL: raw, or unknown.  Known of sources delivered so far. */
const char *calib_src_calibrated(const struct calib_src *src, struct calib_srcid id);

/* ---- names and addresses (lib/src/name.c) ---- */

/* calib_source_name - "XppGon.0:Cspad.0", "EBeam", "172.21.20.1"; no DetInfo() around it */
char *calib_source_name(struct calib_srcid id, char *buf, size_t n);
/* calib_source_text - "DetInfo(XppGon.0:Cspad.0)", "ProcInfo(172.21.20.1, pid=4321)" */
char *calib_source_text(struct calib_srcid id, char *buf, size_t n);
/* calib_type_name - "CspadElement" as pdsdata prints it; "Type<N>" outside the table */
const char *calib_type_name(uint16_t type, char buf[16]);

/* A pattern such as ":Cspad", "XppGon.0:Cspad.0", "DetInfo(*-*|Opal1000-*)", "EBeam"
 * (xtc.md 3.4).  Aliases are looked up before, by the caller. */
struct calib_address {
	int level;			/* calib_level, -1 any */
	bool exact;
	int part[4];			/* detector, detId, device, devId; -1 any */
	uint32_t phy;			/* BLD number or IP address when part is not used */
};
CALIB_MUST_CHECK
int calib_address_parse(struct calib_address *address, const char *text, struct calib_err *err);
bool calib_address_match(const struct calib_address *address, struct calib_srcid id);
/* calib_device_number, calib_detector_number - of a DetInfo name, -1 if unknown */
int calib_device_number(const char *name);
int calib_detector_number(const char *name);

/* ---- event codes and bookkeeping (lib/src/evr.c, filter.c) ---- */

/* calib_evr_codes - event codes of an event, each once, ascending
 * Only FIFO entries of the event's own fiducial count, of every EVR object.
 * Returns how many, at most room; *has_evr tells whether there was EVR data at all. */
CALIB_MUST_CHECK
long calib_evr_codes(const struct calib_evt *evt, uint8_t *codes, size_t room, bool *has_evr,
                     struct calib_err *err);

/* calib_evr_beam - do the codes say that beam was delivered in this event?
 * Codes 140 to 146 say that the accelerator delivers beam (40 to 46 are the same rates whether it
 * does or not), 150 is a single shot, 162 takes the beam of this event away.  That a shutter was
 * closed they do not say.  Source: pdsdata EvrData::ConfigV2, where 40 is 120 Hz and 100 more is
 * with beam. */
bool calib_codes_beam(const uint8_t *codes, size_t n);
enum calib_beam { CALIB_BEAM_UNKNOWN, CALIB_BEAM_OFF, CALIB_BEAM_ON };
CALIB_MUST_CHECK
int calib_evr_beam(const struct calib_evt *evt, enum calib_beam *beam, struct calib_err *err);

/* Selection "40,-43": any listed code; a negative one inverts the whole decision.  Without
 * EVR data an event is rejected by a positive list and kept by an inverted one. */
struct calib_codes { size_t n; uint8_t code[64]; bool invert; };	/* n = 0: every event */
CALIB_MUST_CHECK
int calib_codes_parse(struct calib_codes *codes, const char *text, struct calib_err *err);

/* Events after -s and -f; counts what it left out. */
struct calib_filter {
	uint64_t skip;			/* events to skip at the start */
	struct calib_codes codes;
	uint64_t read, skipped, rejected;
};
/* calib_filter_next - the next event that passes: 1, 0, < 0 */
CALIB_MUST_CHECK
int calib_filter_next(struct calib_filter *filter, struct calib_src *src,
                      const struct calib_evt **evt, struct calib_err *err);

/* calib_filter_check - after a pass: CALIB_OK when events were left, else why there are none */
CALIB_MUST_CHECK
int calib_filter_check(const struct calib_filter *filter, const struct calib_src *src,
                       struct calib_err *err);

/* ---- calibration cycles (lib/src/control.c, xtc.md 6.4) ---- */

/* What a scan has set for a cycle: a control with its value, or a label with its text. */
#define CALIB_CONTROL_TEXT 272
struct calib_control {
	bool label;
	char name[CALIB_CONTROL_TEXT];	/* "lxt", "motor[3]"; of a label, its name */
	char text[CALIB_CONTROL_TEXT];	/* label only: "dark Fixed High Gain" */
	double value;			/* control only */
};
/* calib_control_read - of the scan record in force; *n = 0 when there is none; free(*rows) */
CALIB_MUST_CHECK
int calib_control_read(struct calib_control **rows, size_t *n, const struct calib_cfgset *cfg,
                       struct calib_err *err);

/* ---- compressed payloads (lib/src/unpack.c, xtc.md 8) ---- */

/* calib_unpack - the decompressed payload of an object; free() *bytes
 * A wrong checksum, unknown engine or inconsistent size is CALIB_EFORMAT. */
CALIB_MUST_CHECK
int calib_unpack(const struct calib_object *object, uint8_t **bytes, size_t *n,
                 struct calib_err *err);
#endif
