# The end of runs that are being written: time-outs, stalls, dead writers, files that change beneath.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/live.sh"

# one stream dies: what is complete of it, and all of the others, is used
use; rm -rf got
follow killed calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=1.5
record "$src" "run/$x" 40 stop=01
ended 1
has killed.err 'run 12: nothing was written for 1.5 s, its end was not seen'
has killed.err 's01-c01.xtc.inprogress ('
lacks killed.err 's00-c02'
events=$(sed -n 's/.* arrays averaged of \([0-9]*\) events read.*/\1/p' killed.err | head -n 1)
[ "$events" -gt 100 ] && [ "$events" -lt 130 ] || die "killed: $events events"

# whole files under final names, without an EndRun: taken as the end, and said
use; rm -rf got
cp -p "$src"/*-c00.xtc "run/$x"
ok 'no EndRun' calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=0.3
has .err 'warning: run 12: nothing was written for 0.3 s, taken as its end; there is no EndRun in '
has .err 's02-c00.xtc'
finished -j 1
compare 'no EndRun'

# a stall shorter than the time, then the rest; bytes of any stream start the clock again
use; rm -rf got
cp -p "$src"/*s00* "$src"/*s01* "run/$x"
head -c 100000 "$src/e000-r0012-s02-c00.xtc" >"run/$x/e000-r0012-s02-c00.xtc.inprogress"
follow stall calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=2
for k in 1 2 3 4 5; do
	sleep 0.5
	tail -c +$((99999 + k + 1)) "$src/e000-r0012-s02-c00.xtc" | head -c 1 >>"run/$x/e000-r0012-s02-c00.xtc.inprogress"
done
kill -0 $pid 2>/dev/null || { cat stall.err; die 'given up although bytes arrived'; }
cp -p "$src/e000-r0012-s02-c01.xtc" "$src/e000-r0012-s02-c02.xtc" "run/$x"
tail -c +$((99999 + 5 + 2)) "$src/e000-r0012-s02-c00.xtc" >>"run/$x/e000-r0012-s02-c00.xtc.inprogress"
mv "run/$x/e000-r0012-s02-c00.xtc.inprogress" "run/$x/e000-r0012-s02-c00.xtc"
ended 0
finished -j 1
compare 'a stall'

# made shorter beneath the reader: never results that look right
use; rm -rf got
cp -p "$src"/*s00* "$src"/*s01* "run/$x"
head -c 900000 "$src/e000-r0012-s02-c00.xtc" >"run/$x/e000-r0012-s02-c00.xtc.inprogress"
follow shorter calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=2
sleep 0.5; : >"run/$x/e000-r0012-s02-c00.xtc.inprogress"
ended 1
has shorter.err 'became shorter while it was followed, from 900000 to 0 bytes'

# files by name; a finished run is not waited for; a run that never comes; a dataset text
use; rm -rf got
cp -p "$src"/* "run/$x"
ok 'finished' calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=600
finished -j 1
compare 'a finished run'
for f in "run/$x"/*s01*; do mv "$f" "$f.inprogress"; done
rm -rf got
follow byname calib-dark -d $dets -w got --live=60 "run/$x"/*
sleep 0.3
for f in "run/$x"/*.inprogress; do mv "$f" "${f%.inprogress}"; done
ended 0
rm -rf want; ok 'by name' calib-dark -d $dets -w want "run/$x"/*.xtc
compare 'files by name'
fails 1 'it was waited for 0.2 s' calib-dark -e xppi0613 -r 13 --root run -d $dets -w x --live=0.2
has .err 'no XTC files of run 13; the directory has runs 12: waiting for it, 0.2 s at most'
fails 1 'no such directory' calib-dark -e xppi0999 -r 13 --root run -d $dets -w x --live=0.2
ok 'the item live' calib-dark -e xppi0613 -r 12 -x ":dir=run/$x:live" -d $dets -w got
