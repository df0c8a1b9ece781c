/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/stat.h - order statistics of each pixel over a few frames; sums for the frame test */
#ifndef CALIB_KERN_STAT_H
#define CALIB_KERN_STAT_H
#include <stddef.h>
#include <stdint.h>

/* calib_kern_kth - the k-th smallest (k from 0) of nframes values of each of n pixels
 * frames[f]: n unsigned words (int16 is flipped before).  nframes <= 65535. */
void calib_kern_kth(const uint16_t *const *frames, size_t nframes, size_t n, size_t k,
                    uint16_t *kth);
/* calib_kern_median - twice the median: the sum of the two middle values */
void calib_kern_median(const uint16_t *const *frames, size_t nframes, size_t n, uint32_t *twice);
/* calib_kern_mad - four times the median of |x - median|, with twice the median given */
void calib_kern_mad(const uint16_t *const *frames, size_t nframes, size_t n,
                    const uint32_t *twice, uint32_t *mad4);
/* calib_kern_clipped - sum of x - med, each clipped to +-max(k * mad, least); a pixel with
 * mad = 0 adds nothing
 * is_signed: words are int16.  The order of the additions is fixed. */
double calib_kern_clipped(const uint16_t *words, size_t n, int is_signed, const float *med,
                          const float *mad, float k, float least);
/* calib_kern_offset - sum of 2 x - twice, each clipped to +-clip, exactly
 * n <= 8192; twice and clip below 2^17: a pixel with clip = 0 adds nothing. */
int32_t calib_kern_offset(const uint16_t *words, size_t n, int is_signed, const int32_t *twice,
                          const int32_t *clip);
#endif
