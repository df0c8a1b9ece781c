/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/det/family.h - what an unpacker provides and may use (private to lib/det) */
#ifndef CALIB_DET_FAMILY_H
#define CALIB_DET_FAMILY_H
#include "det/det.h"

/* One data type.  layout() fills shape, header and params and returns as calib_det_layout();
 * frame() finds the pieces of one event; NULL: all pixels in order behind the header. */
struct calib_family {
	uint16_t type, version;
	int (*layout)(struct calib_layout *layout, const struct calib_object *data,
	              const struct calib_cfgset *cfg, struct calib_err *err);
	int (*frame)(struct calib_frame *frame, const struct calib_layout *layout,
	             struct calib_err *err);
};

/* Configuration types that may describe a data type, best first; ends with type 0. */
struct calib_cfgtype { uint16_t type, version; };
/* calib_family_config - the first of the list that is in force for the source, or NULL */
const struct calib_object *calib_family_config(const struct calib_cfgset *cfg,
                                               struct calib_srcid src,
                                               const struct calib_cfgtype *list);
/* calib_family_u32 - n 32-bit words at a byte of an object, data headers of compressed
 * objects included */
CALIB_MUST_CHECK
int calib_family_u32(const struct calib_object *object, uint64_t at, uint32_t *words, size_t n,
                     struct calib_err *err);
/* calib_family_shape - set type and dimensions, checked against overflow and zero */
CALIB_MUST_CHECK
int calib_family_shape(struct calib_layout *layout, enum calib_dtype type, int ndim,
                       const size_t *dim, const struct calib_object *of, struct calib_err *err);
/* calib_family_piece - add a run of pixels to a frame, joined to the last one if it follows */
CALIB_MUST_CHECK
int calib_family_piece(struct calib_frame *frame, const struct calib_layout *layout,
                       size_t first, size_t n, uint64_t at, struct calib_err *err);

enum { CALIB_JUNGFRAU_MODE = 0 };	/* layout->param: gainMode of the configuration */

int calib_cspad_layout(struct calib_layout *, const struct calib_object *,
                       const struct calib_cfgset *, struct calib_err *);
int calib_cspad_frame(struct calib_frame *, const struct calib_layout *, struct calib_err *);
int calib_cspad2x2_layout(struct calib_layout *, const struct calib_object *,
                          const struct calib_cfgset *, struct calib_err *);
int calib_camera_layout(struct calib_layout *, const struct calib_object *,
                        const struct calib_cfgset *, struct calib_err *);
int calib_ccd_layout(struct calib_layout *, const struct calib_object *,
                     const struct calib_cfgset *, struct calib_err *);
int calib_pnccd_layout(struct calib_layout *, const struct calib_object *,
                       const struct calib_cfgset *, struct calib_err *);
int calib_pnccd_frame(struct calib_frame *, const struct calib_layout *, struct calib_err *);
int calib_epix_layout(struct calib_layout *, const struct calib_object *,
                      const struct calib_cfgset *, struct calib_err *);
int calib_epix10ka_layout(struct calib_layout *, const struct calib_object *,
                          const struct calib_cfgset *, struct calib_err *);
int calib_jungfrau_layout(struct calib_layout *, const struct calib_object *,
                          const struct calib_cfgset *, struct calib_err *);
int calib_timepix_layout(struct calib_layout *, const struct calib_object *,
                         const struct calib_cfgset *, struct calib_err *);
int calib_timepix_frame(struct calib_frame *, const struct calib_layout *, struct calib_err *);
int calib_imp_layout(struct calib_layout *, const struct calib_object *,
                     const struct calib_cfgset *, struct calib_err *);
#endif
