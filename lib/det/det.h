/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/det.h - the detectors: names, groups, shapes, and where their pixels are
 *
 * Three steps from an object to numbers: calib_det_layout() knows the array from type and
 * configuration, calib_frame_open() finds the pieces of one event, calib_frame_read() delivers
 * any range of pixels in calibration order.  Only the last reads pixels. */
#ifndef CALIB_DET_DET_H
#define CALIB_DET_DET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "nda/nda.h"
#include "src/src.h"

/* A row of the registry.  Source of names, patterns and groups: lcls-psana/CalibManager
 * src/ConfigParametersForApp.py, lcls-psana/PSCalib src/GlobalUtils.py. */
struct calib_det {
	const char *name;		/* -d name: "CSPAD", "Opal1000" */
	const char *device;		/* DetInfo device: "Cspad" */
	const char *type;		/* its data types begin with: "CsPad::DataV" */
	const char *group;		/* where the analysis finds constants: "CsPad::CalibV1" */
	int ndim; /* shape of a deployed pixel file; dim 0: known from the data */
	size_t dim[4];
	bool segmented;			/* the first dimension is a list of segments */
	size_t asic[4];			/* extent of one ASIC along each dimension; 0: all of it */
	int bits;			/* significant bits of a value; 0: from the frame header */
	int gains;			/* gain ranges in deployed constants: 1, 3 or 7 */
	int settable;			/* the first of them, which a dark run can set; 0: none */
	const char *const *ranges;	/* their names, gains of them; NULL: one range */
	const double *factor;		/* their nominal gains [ADU/keV]; NULL: 1 */
	bool image;			/* false: Acqiris, Imp: waveforms */
	bool calibrun;			/* in calibrun's own list, in its order */
	bool no_meta;			/* deployed text has no metadata lines (CSPAD, CSPAD2x2) */
	/* its hardware subtracts the dark image, and a geometry can be made from the configuration:
	 * pitch [um] of its pixels without binning, and how many it has in a row; else 0 */
	double pitch;
	unsigned full;
	bool common_mode;		/* constants for its correction come from the dark noise */
	const char *const *sources;	/* usual sources, NULL-terminated, may be NULL */
};

/* calib_det_at - i-th row in calibrun's order, its extensions after it; NULL past the end */
const struct calib_det *calib_det_at(size_t i);
/* calib_det_by_name - any case; NULL if unknown */
const struct calib_det *calib_det_by_name(const char *name);
/* calib_det_of - the detector that delivers data of this type, whichever version; NULL: none */
const struct calib_det *calib_det_of(struct calib_srcid id, uint16_t type);
/* calib_det_array - of arrays in files that do not say what sent them: CALIB_TYPE_ARRAY, any shape;
 * in no list */
extern const struct calib_det calib_det_array;
/* calib_det_of_source - by the device in "XppGon.0:Cspad.0" (or DetInfo(...)); NULL unknown */
const struct calib_det *calib_det_of_source(const char *source);
/* calib_det_names - all names, separated by blanks, for messages; static text */
const char *calib_det_names(void);
/* calib_data_type - psana's name of a data type, "CsPad::DataV2"; NULL: not image data */
const char *calib_data_type(uint16_t type, uint16_t version);
/* calib_config_type - "CsPad::ConfigV5"; NULL if it is not a configuration we know */
const char *calib_config_type(uint16_t type, uint16_t version);

/* What -d selects: names, sources, address patterns, aliases. */
struct calib_selection;
CALIB_MUST_CHECK
int calib_selection_parse(struct calib_selection **sel, const char *text, struct calib_err *err);
void calib_selection_free(struct calib_selection *sel);
/* calib_selection_has - does it select this object?  src resolves aliases, may be NULL
 * Remembers which items have selected something. */
bool calib_selection_has(struct calib_selection *sel, const struct calib_src *src,
                         struct calib_srcid id, uint16_t type);
/* calib_selection_exact - does an item name just this source, by address or alias?  Remembers
 * that, too: the caller says why its data are of no use. */
bool calib_selection_exact(struct calib_selection *sel, const struct calib_src *src,
                           struct calib_srcid id);
/* calib_selection_missed - the i-th item that has selected nothing so far, NULL past the end */
const char *calib_selection_missed(const struct calib_selection *sel, size_t i);
/* calib_selection_known - a detector name or an address?  Else it can only be an alias, which
 * the data decide. */
bool calib_selection_known(const char *text);

/* The array of a source under one configuration. */
struct calib_layout {
	const struct calib_det *det;
	enum calib_dtype dtype;		/* CALIB_U16, CALIB_I16, CALIB_U8; HDF5: any */
	int ndim;
	size_t dim[CALIB_NDA_MAXDIM];
	size_t size;			/* pixels */
	size_t nsegments, segment;	/* segments, and pixels of one; else 1 and size */
	size_t asic[CALIB_NDA_MAXDIM];	/* extent of one ASIC along each dimension */
	int bits;			/* significant bits: 8..16, 14 for Jungfrau and Epix10ka */
	uint16_t data_mask;		/* bits of a word that are the value; 0xffff: all */
	const struct calib_object *config;	/* NULL: needs none */
	const struct calib_array_type *array;	/* HDF5: as stored */
	/* private to lib/det */
	uint16_t type, version;
	size_t header;			/* bytes before the pixels */
	uint32_t param[4];
};

/* calib_det_layout - how an object's payload becomes an array
 * Returns 1; 0 when the needed configuration is not in force (psana does not deliver such
 * data either) or the object is empty; CALIB_EFORMAT for impossible sizes;
 * CALIB_ENOTFOUND for a type or version we do not know (the sentence names both). */
CALIB_MUST_CHECK
int calib_det_layout(struct calib_layout *layout, const struct calib_object *object,
                     const struct calib_cfgset *cfg, struct calib_err *err);
/* Gain ranges of the Epix10ka family, in the order of the deployed constants: fixed high, medium,
 * low; auto high to low and medium to low, before the pixel switches and after. */
enum calib_epix10ka_range { CALIB_FH, CALIB_FM, CALIB_FL, CALIB_AHL_H, CALIB_AML_M, CALIB_AHL_L,
	CALIB_AML_L };
/* What a configuration says of the gain. */
struct calib_gain {
	int range;			/* of more than half of the pixels; -1: there is none */
	size_t pixels[7], none, total;	/* pixels set to each range, to none that is known */
	uint16_t mask, bits;		/* gain bits of a word, and how they read in the dark */
};
/* calib_det_gain - 1 a detector of several gain ranges; 0 of one, *gain says nothing
 * Reads the pixel configuration of the Epix10ka family (0.27 MB a panel): call it once for each
 * configuration object, whose address identifies it. */
CALIB_MUST_CHECK
int calib_det_gain(struct calib_gain *gain, const struct calib_layout *layout,
                   struct calib_err *err);
/* calib_det_pitch - the pitch of the pixels along rows and columns [um]: binned as the
 * configuration in force for the object says, or, without one, as the shape of the array tells
 * 1 known; 0 the detector has no default geometry (det->pitch is 0) */
CALIB_MUST_CHECK
int calib_det_pitch(double pitch[2], const struct calib_layout *layout,
                    const struct calib_object *object, const struct calib_cfgset *cfg,
                    struct calib_err *err);
/* calib_det_identity - what the configurations in force for a source say of the device: a line
 * "<prefix><key> TAB <value>" each for its type and a check sum, serial numbers, firmware, gain and
 * speed settings, as far as they are known of the type; nothing when there is no configuration */
CALIB_MUST_CHECK
int calib_det_identity(struct calib_str *text, const struct calib_cfgset *cfg,
                       struct calib_srcid src, const char *prefix, struct calib_err *err);
/* calib_layout_equal - same array, so that events of both may be added up (the configuration
 * objects may differ) */
bool calib_layout_equal(const struct calib_layout *a, const struct calib_layout *b);

/* Where the pixels of one event are. */
#define CALIB_FRAME_PIECES 32
struct calib_frame {
	struct calib_place place;	/* payload, decompressed if need be */
	uint8_t *owned;			/* memory to free, or NULL */
	struct calib_slab *slab;	/* held; its bytes are made by calib_frames_load() */
	int npieces;			/* runs of pixels stored one after the other; */
	struct {			/* pixels of no piece are 0 (missing CSPAD sections) */
		size_t first, n;	/* array order */
		uint64_t at;		/* byte in the payload */
	} piece[CALIB_FRAME_PIECES];
};
/* calib_frame_open - find the pieces; reads only their headers (CSPAD quads), or all of a
 * compressed or re-ordered (Timepix DataV1) payload, into owned memory
 * CALIB_EFORMAT: sizes do not fit, the frame must not be used. */
CALIB_MUST_CHECK
int calib_frame_open(struct calib_frame *frame, const struct calib_layout *layout,
                     const struct calib_object *object, struct calib_err *err);
void calib_frame_release(struct calib_frame *frame);
/* calib_frames_load - make the bytes of frames that are compressed in slabs, before any of them
 * is read; several slabs at once */
CALIB_MUST_CHECK
int calib_frames_load(struct calib_frame *const *frames, size_t n, int threads,
                      struct calib_err *err);
/* calib_frame_read - pixels [first, first+n) in calibration order as 16-bit words
 * uint8 is widened; int16 is the bit pattern; gain bits are left in (data_mask tells which).
 * Thread-safe. */
CALIB_MUST_CHECK
int calib_frame_read(const struct calib_frame *frame, const struct calib_layout *layout,
                     size_t first, size_t n, uint16_t *words, struct calib_err *err);
/* calib_frame_reals - the same as doubles, from an array of any element type */
CALIB_MUST_CHECK
int calib_frame_reals(const struct calib_frame *frame, const struct calib_layout *layout,
                      size_t first, size_t n, double *values, struct calib_err *err);
/* calib_layout_words - are its values 8- or 16-bit integers, for calib_frame_read()? */
bool calib_layout_words(const struct calib_layout *layout);
#endif
