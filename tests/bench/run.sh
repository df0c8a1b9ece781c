#!/bin/sh
# tests/bench/run.sh - whole programs on a synthetic run, as ratios to `cat` in the same minute
# BENCH_DIR (default /tmp/calibtools-bench) needs room for the run; BENCH_EVENTS 1000 (4.6 GB).
# Called by make bench with B and PATH set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
T=$top/${B:-build}/tests/bench
dir=${BENCH_DIR:-/tmp/calibtools-bench}
n=${BENCH_EVENTS:-1000}
runs=${BENCH_RUNS:-5}
mkdir -p "$dir"
cd "$dir"
# use RUN PIXELS EVENTS CALIB-SIM-OPTIONS: the run the rows below are of, and its pixels
use() {
	f=xpp/xppi0613/xtc/e000-r0$1-s00-c00.xtc
	pixels=$2 run="--root . -e xppi0613 -r $1"
	[ -f "$f" ] && [ -f "events-$1-$3" ] || {
		rm -f "$f" events-"$1"-*
		at=$1 events=$3; shift 3
		calib-sim -e xppi0613 -r "$at" -n "$events" -o . "$@"
		: >"events-$at-$events"
	}
	cat "$f" >/dev/null
}

row() { # row NAME LIMIT COMMAND...
	name=$1 limit=$2; shift 2
	base=$("$T/timeit" "$runs" cat "$f" | cut -d' ' -f1)
	set -- $("$T/timeit" "$runs" "$@" 2>/dev/null)
	echo "$name $1 $2 $3 $base $limit" | awk -v px=$pixels '{
		printf "%-34s %7.3f s  cpu %7.3f s  %6.1f MiB  %5.1f bytes a pixel over 64 MiB  %5.2f x cat (limit %s)\n",
			$1, $2, $3, $4 / 1024, ($4 * 1024 - 64 * 1048576) / px, $2 / $5, $6 }'
}
use 173 2296960 "$n" -d CSPAD
# shellcheck disable=SC2086	# $run is several words here and below
echo "run of $n CSPAD events, $(du -L -m "$f" | cut -f1) MiB, $(nproc) processors"
row calib-dark_plain_j2 2.5 calib-dark $run -d CSPAD --algo plain -j 2 -w work
row calib-dark_plain_no_check_j2 - calib-dark $run -d CSPAD --algo plain --no-dark-check -j 2 -w work
row calib-dark_plain_j1 - calib-dark $run -d CSPAD --algo plain -j 1 -w work
row calib-dark_robust_j2 4 calib-dark $run -d CSPAD -j 2 -w work
row calib-dark_calibrun2024_j2 - calib-dark $run -d CSPAD --algo calibrun2024 -j 2 -w work
row calib-scan_whole_run - calib-scan $run -m 0
set -- $("$T/timeit" "$runs" calib-scan $run -m 0)
echo "calib-scan of the whole run: $1 s (limit 0.05 s)"
# a directory of its own: 1000 runs of one file each, none of which is opened
if [ ! -d runs/xpp/xppi0614/xtc ]; then
	calib-sim -e xppi0614 -r 1 -n 5 -d Opal1000 --size 20,30 -o runs
	for r in $(seq -f %04g 2 1000); do
		ln runs/xpp/xppi0614/xtc/e000-r0001-s00-c00.xtc "runs/xpp/xppi0614/xtc/e000-r$r-s00-c00.xtc"
	done
fi
set -- $("$T/timeit" "$runs" calib-scan --runs -e xppi0614 --root runs)
echo "calib-scan --runs of 1000 runs: $1 s (limit 1 s)"
# many small events, and many files: time grows with the events, memory does not
many() { # many RUN EVENTS OPTIONS: one run; prints seconds and KiB
	at=$1 events=$2; shift 2
	rm -rf many
	calib-sim -e xppi0613 -r "$at" -n "$events" -d Opal1000 --size 8,8 -o many "$@"
	"$T/timeit" 3 calib-dark -e xppi0613 -r "$at" -d Opal1000 --root many -o /dev/null 2>/dev/null
}
few=$(many 1 100000)
all=$(many 2 1000000)
files=$(many 3 100000 --streams 50 --chunks 4)
rm -rf many
echo "$few $all $files" | awk '{
	printf "1000000 events of 8x8 pixels: %.2f s, %.1f times 100000 events (limit 12), %.1f and %.1f MiB\n",
		$4, $4 / $1, $6 / 1024, $3 / 1024
	printf "100000 events in 200 files (50 streams of 4 chunks): %.2f s, %.2f times one file, %.1f MiB\n",
		$7, $7 / $1, $9 / 1024 }'
# a calibration directory of 100,000 files, in a hundred type directories and in one
if [ ! -d calib-many ]; then
	rm -rf calib-new
	for s in $(seq 0 19); do
		for t in pedestals pixel_rms pixel_status pixel_gain pixel_mask; do
			d=calib-new/many/CsPad::CalibV1/XppGon.$s:Cspad.0/$t
			mkdir -p "$d"
			(cd "$d" && seq 0 7 6993 | awk '{ print $1 "-" (NR % 3 ? "end" : $1 + 50) ".data" }' | xargs touch)
		done
	done
	d=calib-new/one/CsPad::CalibV1/XppGon.0:Cspad.0/pedestals
	mkdir -p "$d"
	(cd "$d" && seq 0 99999 | awk '{ b = $1 % 9000; print b "-" b + 1 + int($1 / 9000) * 3 ".data" }' | xargs touch)
	mv calib-new calib-many
fi
for c in many one; do
	for form in '' --long '--html /dev/null' --paths; do
		set -- $form
		set -- $("$T/timeit" "$runs" calib-deploy status -c calib-many/$c "$@")
		echo "calib-deploy status $form of 100,000 files ($c): $1 s (limit 2 s), $3 KiB"
	done
done
# writing: the same bytes by calib-sim, and by cat; both until they are on the disk
set -- $("$T/timeit" 3 sh -c "rm -rf sim; calib-sim -e xppi0613 -r 173 -d CSPAD -n $n -o sim")
sim="$1 $3"
set -- $("$T/timeit" 3 sh -c "rm -rf sim; cat \"$f\" >copy; sync copy; rm copy")
echo "$sim $1" | awk '{ printf "calib-sim writes the run: %.2f s, %.1f MiB of memory, %.2f x cat to a file\n", $1, $2 / 1024, $1 / $3 }'
rm -rf sim
# Several gain ranges: pixels times ranges, as the constants have them.  The sample and the results of
# a pixel cost the same for few events as for many, so one range of many events is measured as well:
# what the second half of its events takes, compared with cat of half the file.
more() { # more NAME LIMIT EVENTS COMMAND...
	name=$1 limit=$2 events=$3; shift 3
	base=$("$T/timeit" "$runs" cat "$f" | cut -d' ' -f1)
	half=$("$T/timeit" "$runs" "$@" -n $((events / 2)) 2>/dev/null | cut -d' ' -f1)
	all=$("$T/timeit" "$runs" "$@" -n "$events" 2>/dev/null | cut -d' ' -f1)
	echo "$name $half $all $base $limit" | awk '{
		printf "%-34s second half of the events %7.3f s  %5.2f x cat (limit %s)\n",
			$1, $3 - $2, ($3 - $2) / ($4 / 2), $5 }'
}
use 174 $((3 * 8 * 512 * 1024)) $((n * 3 / 10)) -d Jungfrau --modules 8 --steps 3
echo "Jungfrau 4M, 3 ranges, $(du -L -m "$f" | cut -f1) MiB"
row jungfrau4M_plain_j2 - calib-dark $run --algo plain -j 2 -o /dev/null
row jungfrau4M_robust_j2 - calib-dark $run -j 2 -o /dev/null
use 175 $((7 * 16 * 352 * 384)) $((n * 6 / 10)) -d Epix10ka2M --steps 5
echo "Epix10ka2M, 5 ranges, $(du -L -m "$f" | cut -f1) MiB"
row epix10ka2M_plain_j2 - calib-dark $run --algo plain -j 2 -o /dev/null
row epix10ka2M_robust_j2 - calib-dark $run -j 2 -o /dev/null
use 176 $((8 * 512 * 1024)) $((n * 4 / 10)) -d Jungfrau --modules 8
more jungfrau4M_plain_j2 2.5 $((n * 4 / 10)) calib-dark $run --partial --algo plain -j 2 -o /dev/null
more jungfrau4M_robust_j2 4 $((n * 4 / 10)) calib-dark $run --partial -j 2 -o /dev/null
use 177 $((16 * 352 * 384)) $((n * 8 / 10)) -d Epix10ka2M
more epix10ka2M_plain_j2 2.5 $((n * 8 / 10)) calib-dark $run --partial --algo plain -j 2 -o /dev/null
more epix10ka2M_robust_j2 4 $((n * 8 / 10)) calib-dark $run --partial -j 2 -o /dev/null
"$T/text"
"$T/geo"
# shapes and geometry into the mask of a CSPAD; the page and the report of one
calib-geom new CSPAD -o geo.data
awk 'BEGIN { srand(4); for (i = 0; i < 20; i++) print "mask " (i % 4 == 0 ? "circle" : i % 4 == 1 ? "rect" : i % 4 == 2 ? "ring" : "wedge"),
	int(300 + 1300 * rand()), int(300 + 1300 * rand()), i % 4 == 0 ? "150" : i % 4 == 1 ? "300 120 rot=20" : i % 4 == 2 ? "100 250" : "50 300 10 130" }' >shapes
set -- $("$T/timeit" "$runs" calib-roi mask -g geo.data -s shapes -o mask.npy)
echo "calib-roi mask, CSPAD, 20 shapes: $1 s, cpu $2 s (limit 0.06 s)"
set -- $("$T/timeit" "$runs" calib-roi edit -g geo.data -i mask.npy -o edit.html)
echo "calib-roi edit, CSPAD: $1 s, $(du -k edit.html | cut -f1) KiB"
set -- $("$T/timeit" "$runs" calib-plot --report work/*r0173-peds-stat-*Cspad.0.h5 -o report.html)
echo "calib-plot --report, CSPAD: $1 s (limit 2 s), $(du -k report.html | cut -f1) KiB (limit 6144)"
"$T/h5" cspad.h5
