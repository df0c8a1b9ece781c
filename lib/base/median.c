/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/base/median.c - order statistics of a list of numbers */
#include "base/median.h"

static void swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

/* C. A. R. Hoare, "Find", 1961 */
double calib_kth(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		size_t i = lo, j = hi;
		double pivot = v[lo + (hi - lo) / 2];

		do {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				swap(&v[i], &v[j]);
				i++;
				if (j-- == 0)
					break;
			}
		} while (i <= j);
		if (j != (size_t)-1 && k <= j)
			hi = j;
		else if (k >= i)
			lo = i;
		else
			break;
	}
	return v[k];
}

double calib_median(double *v, size_t n)
{
	double upper, lower;

	if (n == 0)
		return 0;
	upper = calib_kth(v, n, n / 2);

	if (n % 2 == 1)
		return upper;
	lower = v[0];
	for (size_t i = 1; i < n / 2; i++)
		lower = v[i] > lower ? v[i] : lower;
	return 0.5 * (lower + upper);
}
