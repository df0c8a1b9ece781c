/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/form/metro.h - the texts of optical metrology: measured points in, tables and constants out
 *
 * A text of points has lines "number x y z" [um], separated by blanks or tabs, below headings
 * "Quad n" (in any case, also after '#'); headings of columns, empty lines and comments are
 * skipped.
 * Source: lcls-psana/CalibManager src/OpticAlignment*.py, formats of their files and printouts. */
#ifndef CALIB_FORM_METRO_H
#define CALIB_FORM_METRO_H
#include "algo/metro.h"
#include "base/str.h"

struct calib_metro_points {
	struct calib_metro_point *list;
	size_t n, room;
	size_t rounded;			/* coordinates that were no whole um */
};
void calib_metro_points_release(struct calib_metro_points *points);
/* calib_metro_points_parse - name: for messages
 * Coordinates that are no whole um are rounded, halves away from zero; cut: as the reference cuts
 * them.  CALIB_EFORMAT with file:line. */
CALIB_MUST_CHECK
int calib_metro_points_parse(struct calib_metro_points *points, const char *text,
                             const char *name, bool cut, struct calib_err *err);

/* Who and what, for the headings; NULL: "-" */
struct calib_metro_title { const char *date, *author, *exp, *det, *metrology; };

/* ---- what is printed ---- */

/* CSPAD: flatness, XY and Z tables; ePix: the two tables with lines around */
void calib_metro_flatness(struct calib_str *s, const struct calib_metro *metro);
void calib_metro_tables(struct calib_str *s, const struct calib_metro *metro, bool epix);

/* Tolerances: of diagonals and opposite sides, of the fourth corner [um]; dimensions that a sensor
 * should have, 0: not looked at. */
struct calib_metro_limits { double side, plane; };
/* calib_metro_check - tables of the sensors in the order of the points, and a line for each
 * quantity out of tolerance; returns how many there are, or < 0 */
CALIB_MUST_CHECK
int calib_metro_check(struct calib_str *s, const struct calib_metro_point *points, size_t n,
                      double within, const struct calib_metro_limits *limits,
                      struct calib_err *err);
/* calib_metro_doubts - a line for what the numbers themselves make doubtful: equal quads, mm
 * instead of um, sides that are none of such a sensor; returns how many */
int calib_metro_doubts(struct calib_str *s, const struct calib_metro_point *points, size_t n,
                       const struct calib_metro *metro, enum calib_metro_layout layout);

/* ---- constants: the text of the file ---- */

/* centre in um or in pixels of 109.92 um */
void calib_metro_center(struct calib_str *s, const struct calib_metro *metro, bool pixels);
void calib_metro_tilt(struct calib_str *s, const struct calib_metro *metro);
/* geometry; camera: x, y, z [um] and azimuth [deg] of an ePix camera in the frame of the beam */
void calib_metro_geometry(struct calib_str *s, const struct calib_metro *metro,
                          enum calib_metro_layout layout, const struct calib_metro_title *title,
                          bool quads, const double camera[4]);

/* ---- workbooks ---- */

/* The texts that a workbook's sheets make: one for the quads of a CSPAD together, or one a sheet
 * for CSPAD2x2. */
struct calib_xlsx;
struct calib_metro_text { unsigned sheet; struct calib_str text; };	/* sheet 0: of the quads */
struct calib_metro_texts { struct calib_metro_text list[32]; size_t n; };
void calib_metro_texts_release(struct calib_metro_texts *texts);
/* calib_metro_texts_make - path: for messages
 * A first row that is not three numbers is a title, and skipped.  *said: what was left out, a line
 * each.  CALIB_EFORMAT: a sheet with another number of points than 8 or 32, a cell that is no
 * number, quads that are not four; the sentence names sheet and cell. */
CALIB_MUST_CHECK
int calib_metro_texts_make(struct calib_metro_texts *texts, const struct calib_xlsx *book,
                           const char *path, struct calib_str *said, struct calib_err *err);
#endif
