/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/lsq.h - small dense linear least squares by normal equations */
#ifndef CALIB_KERN_LSQ_H
#define CALIB_KERN_LSQ_H
#include <stddef.h>

/* calib_kern_lsq_add - one equation sum a[i] x[i] = y of weight w into the matrix (n * n, row
 * major, lower triangle) and the right side */
void calib_kern_lsq_add(double *matrix, double *right, size_t n, const double *a, double y,
                        double w);
/* calib_kern_lsq_solve - right becomes the solution, matrix its inverse (the covariance for weights
 * 1/sigma^2); work: n * n.  Returns 0, or -1: singular. */
int calib_kern_lsq_solve(double *matrix, double *right, size_t n, double *work);
#endif
