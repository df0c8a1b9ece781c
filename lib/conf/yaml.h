/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/yaml.h - the part of YAML that a configuration needs: mappings, lists, scalars
 *
 * Anchors, aliases, tags and several documents are refused: no value of ours needs them, and what
 * an alias stands for cannot be seen in its line. */
#ifndef CALIB_CONF_YAML_H
#define CALIB_CONF_YAML_H
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A configuration is written by people: what exceeds these is something else. */
#define CALIB_YAML_MAX_BYTES ((size_t)1 << 20)
#define CALIB_YAML_MAX_NODES 4096
#define CALIB_YAML_MAX_DEPTH 4

enum calib_yaml_kind { CALIB_YAML_SCALAR, CALIB_YAML_MAP, CALIB_YAML_LIST };
const char *calib_yaml_kind_name(enum calib_yaml_kind kind);	/* "a mapping", for messages */

struct calib_yaml_node {
	char *key;			/* NULL: an item of a list */
	char *text;			/* UTF-8; scalars only, else NULL */
	enum calib_yaml_kind kind;
	bool plain;			/* a scalar without quotes */
	unsigned line;			/* of the key or item, from 1 */
	unsigned depth;			/* 0: of the top mapping */
};
/* Nodes in the order of the file: the members of one follow it, one deeper. */
struct calib_yaml { struct calib_yaml_node *node; size_t n, room; };
#define CALIB_YAML_INIT {NULL, 0, 0}

/* calib_yaml_parse - n bytes; name: of the file, for messages
 * CALIB_EINVAL "name:line: ..." when they are not YAML, or something of it that is refused, or a
 * key is there twice in one mapping; CALIB_ENOMEM.  Nothing but comments is no node. */
CALIB_MUST_CHECK
int calib_yaml_parse(struct calib_yaml *doc, const char *bytes, size_t n, const char *name,
                     struct calib_err *err);
void calib_yaml_release(struct calib_yaml *doc);
#endif
