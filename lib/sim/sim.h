/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/sim.h - synthetic runs of any detector with exactly known content */
#ifndef CALIB_SIM_SIM_H
#define CALIB_SIM_SIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALIB_SIM_MAXDETS 64
#define CALIB_SIM_MAXSTREAMS 80		/* 80 and up are control streams */
#define CALIB_SIM_MAXCHUNKS 99

/* The run as one HDF5 file in the form of the LCLS Translator. */
enum calib_sim_hdf5 { CALIB_SIM_XTC, CALIB_SIM_BOTH, CALIB_SIM_HDF5 };

/* What to write.  Fractions are 0..1; texts stay the caller's. */
struct calib_sim_plan {
	const char *exp;		/* experiment, at least 3 characters; the first 3 name the
					 * instrument directory */
	unsigned run;
	long expnum;			/* number in file names (e271-...), -1: experiment name */
	const char *detectors;		/* "CSPAD,OPAL1000@XppGon.0:Opal1000.1,DetLab.0:Uxi.0" */
	uint64_t events;
	unsigned streams, chunks, steps;
	uint64_t seed;
	double noise;			/* standard deviation of the typical pixel [ADU] */
	double hot, dead, noisy, stuck, flicker;	/* fractions of the pixels */
	double bright, drop, damage;	/* fractions of the frames */
	/* light in events whose codes say that there is beam: mean [ADU], and in which segment, -1:
	 * all; it differs by a half up and down from event to event */
	double light;
	long light_segment;
	double drift;			/* of all pixels over the run, evenly [ADU] */
	double settling;		/* of all pixels at the first event [ADU], gone after... */
	uint64_t settling_events;	/* so many */
	const char *codes;		/* "40,140,162:0.1": event codes, with fraction of events */
	const char *gains;		/* "0,1,2": gain range of each step, NULL: in turn */
	double rate;			/* events per second, 360 at most */
	double live;			/* write as the DAQ does, that many times as fast; 0: at
					 * once, files appear when they are complete */
	uint64_t truncate;		/* bytes missing at the end of the last file */
	size_t rows, cols;		/* of cameras of variable size; 0: natural size */
	unsigned modules;		/* of a Jungfrau, 1..32 */
	bool control;			/* stream 80 with a ControlsCamera */
	bool compress;			/* payloads of Frame, CSPAD, CSPAD2x2 as the DAQ does it */
	enum calib_sim_hdf5 hdf5;	/* <root>/<ins>/<exp>/hdf5/<exp>-rNNNN.h5 */
	int deflate;			/* of its data sets, 0..9; 0: none */
	bool smd;			/* smalldata/<name>.smd.xtc beside every file */
	const char *root;		/* files go to <root>/<ins>/<exp>/xtc */
	const char *truth;		/* directory of the exact results, NULL: none */
	int flags;			/* enum calib_out_flags */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);	/* may be NULL */
	void *ctx;
};
#define CALIB_SIM_PLAN_INIT { \
	.expnum = 0, .events = 100, .streams = 1, .chunks = 1, .steps = 1, .seed = 1, \
	.noise = 4.0, .light_segment = -1, .deflate = 1, \
	.codes = "40,140", .rate = 120, .modules = 1, .root = "." }

/* calib_sim_write - write the run, and its truth
 * CALIB_EINVAL for an impossible plan, found before anything is written. */
CALIB_MUST_CHECK
int calib_sim_write(const struct calib_sim_plan *plan, struct calib_err *err);

/* calib_sim_check - the checks of calib_sim_write() alone */
CALIB_MUST_CHECK
int calib_sim_check(const struct calib_sim_plan *plan, struct calib_err *err);

/* calib_sim_name - the i-th detector name that can be written, NULL past the end */
const char *calib_sim_name(size_t i);
#endif
