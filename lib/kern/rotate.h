/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/rotate.h - points of a detector: rotate, shift, find their cells in an image */
#ifndef CALIB_KERN_ROTATE_H
#define CALIB_KERN_ROTATE_H
#include <stddef.h>
#include <stdint.h>

/* kern_rotate - (a, b) = (a c - b s, b c + a s) for n points */
void kern_rotate(double *restrict a, double *restrict b, size_t n, double c, double s);
/* kern_shift - v += by */
void kern_shift(double *restrict v, size_t n, double by);
/* kern_negate - out = -v */
void kern_negate(double *restrict out, const double *restrict v, size_t n);
/* kern_range - smallest and largest of n >= 1 values, none of them NaN */
void kern_range(const double *restrict v, size_t n, double range[2]);
/* kern_cells - (v - v0) / p, truncated; down: (v0 - v) / p.  All results are 0..2^31-1. */
void kern_cells(uint32_t *restrict cell, const double *restrict v, size_t n, double v0, double p,
                int down);
/* kern_project - out = z0 (v / z), 0 where z is 0 */
void kern_project(double *restrict v, const double *restrict z, size_t n, double z0);
/* kern_largest - of n values; 0 when there is none */
uint32_t kern_largest(const uint32_t *restrict v, size_t n);
/* kern_scatter - image[row * width + col] = value, in order: the last one stays */
void kern_scatter(float *restrict image, const uint32_t *restrict row,
                  const uint32_t *restrict col, const float *restrict value, size_t n,
                  size_t width);
#endif
