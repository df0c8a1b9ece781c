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
f=xpp/xppi0613/xtc/e000-r0173-s00-c00.xtc
[ -f "$f" ] && [ -f "events-$n" ] || {
	rm -rf xpp events-*
	calib-sim -e xppi0613 -r 173 -d CSPAD -n "$n" -o .
	: >"events-$n"
}
f=$(ls xpp/xppi0613/xtc/*.xtc)
# shellcheck disable=SC2086
cat $f >/dev/null
pixels=2296960

row() { # row NAME LIMIT COMMAND...
	name=$1 limit=$2; shift 2
	# shellcheck disable=SC2086
	base=$("$T/timeit" "$runs" cat $f | cut -d' ' -f1)
	set -- $("$T/timeit" "$runs" "$@")
	echo "$name $1 $2 $3 $base $limit" | awk -v px=$pixels '{
		printf "%-34s %7.3f s  cpu %7.3f s  %6.1f MiB  %5.1f bytes a pixel over 64 MiB  %5.2f x cat (limit %s)\n",
			$1, $2, $3, $4 / 1024, ($4 * 1024 - 64 * 1048576) / px, $2 / $5, $6 }'
}
echo "run of $n CSPAD events, $(du -L -m -c $f | tail -n 1 | cut -f1) MiB, $(nproc) processors"
row calib-dark_plain_j2 2.5 calib-dark --root . -e xppi0613 -r 173 -d CSPAD --algo plain -j 2 -w work
row calib-dark_plain_j1 - calib-dark --root . -e xppi0613 -r 173 -d CSPAD --algo plain -j 1 -w work
row calib-dark_robust_j2 4 calib-dark --root . -e xppi0613 -r 173 -d CSPAD -j 2 -w work
row calib-dark_calibrun2024_j2 - calib-dark --root . -e xppi0613 -r 173 -d CSPAD --algo calibrun2024 -j 2 -w work
row calib-scan_whole_run - calib-scan --root . -e xppi0613 -r 173 -m 0
set -- $("$T/timeit" "$runs" calib-scan --root . -e xppi0613 -r 173 -m 0)
echo "calib-scan of the whole run: $1 s (limit 0.05 s)"
# writing: the same bytes by calib-sim, and by cat; both until they are on the disk
set -- $("$T/timeit" 3 sh -c "rm -rf sim; calib-sim -e xppi0613 -r 173 -d CSPAD -n $n -o sim")
sim="$1 $3"
set -- $("$T/timeit" 3 sh -c "rm -rf sim; cat $f >copy; sync copy; rm copy")
echo "$sim $1" | awk '{ printf "calib-sim writes the run: %.2f s, %.1f MiB of memory, %.2f x cat to a file\n", $1, $2 / 1024, $1 / $3 }'
rm -rf sim
"$T/text"
"$T/h5" cspad.h5
