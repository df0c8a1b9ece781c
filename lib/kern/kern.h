/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/kern/kern.h - what the hot loops share: plain C that gcc vectorises at -O3 */
#ifndef CALIB_KERN_KERN_H
#define CALIB_KERN_KERN_H

/* A second copy of the loop for AVX2, chosen when the program starts.  The arithmetic is the
 * same, so the bits of the result are.  Sanitizers and ifuncs do not go together. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
	&& !defined(__SANITIZE_ADDRESS__)
#define CALIB_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CALIB_CLONES
#endif

#define CALIB_STRIP 512		/* pixels whose running sums stay in the first-level cache */
#endif
