/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/site.h - calibtools.yaml, the configuration of a site or an experiment
 *
 * A key is the long option of that meaning with _ for -, CALIB_<KEY> in capitals the environment
 * variable.  Keys of a section hold for one queue or one detector, keys outside of them for all:
 *
 *	root: [/sdf/data/lcls/ds, /reg/d/psdm]
 *	thr_rms_min: 0.1
 *	queues:
 *	  milano: {account: "lcls:{exp}", tasks: 4}
 *	detectors:
 *	  CSPAD: {thr_rms: 8, max_shift: 30}
 *
 * Nothing is passed over: what is not understood is an error that names file and line. */
#ifndef CALIB_CONF_SITE_H
#define CALIB_CONF_SITE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define CALIB_SITE_NAME "calibtools.yaml"

enum calib_site_kind {
	CALIB_SITE_TEXT,	/* one word or name */
	CALIB_SITE_PATH,	/* of a file or directory; ~ is not expanded */
	CALIB_SITE_WORD,	/* one of 'words' */
	CALIB_SITE_INT,		/* lo..hi */
	CALIB_SITE_REAL,	/* lo..hi */
	CALIB_SITE_LIMIT,	/* the same, or the word of 'words' */
	CALIB_SITE_MODE,	/* octal permission bits, 0001..07777 */
	CALIB_SITE_CODES	/* event codes: 40 or 40,-43 */
};
enum calib_site_scope { CALIB_SITE_ALL, CALIB_SITE_QUEUE, CALIB_SITE_DETECTOR };

/* A row of the table of keys; static. */
struct calib_site_key {
	const char *name;
	enum calib_site_kind kind;
	double lo, hi;
	const char *words;		/* allowed words, separated by blanks */
	const char *fields;		/* {names} a text may have, as words; NULL: none */
	bool list;			/* several may be given */
	enum calib_site_scope scope;	/* the section in which it may stand as well */
	const char *programs;		/* that use it, separated by blanks */
};
/* calib_site_key_at - i-th row, in the order of the manual; NULL past the end */
const struct calib_site_key *calib_site_key_at(size_t i);
const struct calib_site_key *calib_site_key_find(const char *name);	/* NULL: no such key */
/* calib_site_expects - "a number from 0 to 1", for messages */
void calib_site_expects(struct calib_str *out, const struct calib_site_key *key);

/* calib_site_check - is text a value of that key?  CALIB_EINVAL "<where>: '...' is not ..." */
CALIB_MUST_CHECK
int calib_site_check(const struct calib_site_key *key, const char *text, const char *where,
                     struct calib_err *err);

/* Limits of keys that may be in the section of a detector are also written in one text, as
 * options and environment variables have them: 8, or 8,CSPAD=10,Opal1000=5. */
/* calib_limits_check - is every value in it one of the key, and every name there once? */
CALIB_MUST_CHECK
int calib_limits_check(const struct calib_site_key *key, const char *text, const char *where,
                       struct calib_err *err);
/* calib_limits_name - the i-th name in it into buf, and its value into value (may be NULL), each
 * as long as it fits; false past the end */
bool calib_limits_name(const char *text, size_t i, char buf[128], char value[64]);
/* calib_limits_for - the value for a detector: that of source, else that of its name, else that
 * for all; NULL: there is none.  source, name may be NULL.  Any case. */
const char *calib_limits_for(const char *text, const char *source, const char *name, char buf[64]);
/* calib_limits_over - what is in force when 'over' counts more than 'under' (either may be NULL or
 * ""): a value for all in 'over' leaves nothing of 'under'.  Adds to *out. */
void calib_limits_over(struct calib_str *out, const char *under, const char *over);

struct calib_site;
/* calib_site_is - do the bytes look like this file, and not like confpars-calibman.txt? */
bool calib_site_is(const char *bytes, size_t n);
/* calib_site_parse - n bytes; name: of the file, kept as a copy.  CALIB_EINVAL "name:line: ..." */
CALIB_MUST_CHECK
int calib_site_parse(struct calib_site **site, const char *bytes, size_t n, const char *name,
                     struct calib_err *err);
/* calib_site_read - CALIB_ENOTFOUND: there is no such file; CALIB_ESYS: it cannot be read */
CALIB_MUST_CHECK
int calib_site_read(struct calib_site **site, const char *path, struct calib_err *err);
void calib_site_free(struct calib_site *site);

/* One value; texts live as long as the site. */
struct calib_site_value {
	const struct calib_site_key *key;
	enum calib_site_scope scope;	/* the section it stands in */
	char *name;			/* of the queue or detector; NULL in CALIB_SITE_ALL */
	char *text;
	unsigned line;
};
/* calib_site_at - i-th value in the order of the file; NULL past the end, or when site is NULL
 * calib_site_find - of a section and a name in it (any case; NULL in CALIB_SITE_ALL); the i-th
 * one of a list; NULL: the file does not set it */
const struct calib_site_value *calib_site_at(const struct calib_site *site, size_t i);
const struct calib_site_value *calib_site_find(const struct calib_site *site,
                                               enum calib_site_scope scope, const char *name,
                                               const char *key, size_t i);
const char *calib_site_file(const struct calib_site *site);
/* calib_site_number - a number for a detector, e.g. "max_shift": that of the section of its source
 * ("XppGon.0:Cspad.0"), else of its name ("CSPAD"), else that for all, else 'otherwise'
 * site, source and detector may be NULL. */
double calib_site_number(const struct calib_site *site, const char *source, const char *detector,
                         const char *key, double otherwise);
/* calib_site_limits - what the file says of a key for all detectors and for some, as one text;
 * adds to *out */
void calib_site_limits(struct calib_str *out, const struct calib_site *site, const char *key);

/* What stands for {root}, {ins}, {exp}, {user}. */
struct calib_site_fields { const char *root, *exp, *user; };
/* calib_site_expand - put them in; what is NULL is left as it is.  Adds to *out. */
void calib_site_expand(struct calib_str *out, const char *text,
                       const struct calib_site_fields *fields);
#endif
