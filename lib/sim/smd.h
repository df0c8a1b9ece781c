/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/smd.h - small-data form of XTC datagrams: large leaves replaced by their place */
#ifndef CALIB_SIM_SMD_H
#define CALIB_SIM_SMD_H
#include <stddef.h>
#include <stdint.h>

#define CALIB_SMD_THRESHOLD 1024	/* leaves of that many bytes and more are replaced */
#define CALIB_SMD_ADDED 32		/* a datagram grows by this at most */

/* calib_smd_dgram - what the small-data file holds in place of one datagram
 * @small:  room for n + CALIB_SMD_ADDED bytes
 * @dgram:  n bytes, header included; n is 20 + the extent of the top Xtc, at least 40
 * @offset: of the datagram in the large file
 * Returns the bytes of the small form; 0: the datagram is left out.  Reads nothing beyond n
 * whatever the extents say.  Thread-safe.
 * Leaves added have src.phy 0, where the writer of the reference leaves it undefined.
 * Source: lcls-daq/pdsdata index/src/SmlDataIterL1Accept.cc, index/src/smldata.cc */
size_t calib_smd_dgram(uint8_t *small, const uint8_t *dgram, size_t n, uint64_t offset);
#endif
