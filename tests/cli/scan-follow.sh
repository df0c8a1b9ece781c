# calib-scan --follow: every run, or every file of a run, once, as it appears.
. "$(dirname "$0")/../lib.sh"
x=data/xpp/xppi0613/xtc
mkdir -p $x
file() { : >"$x/e000-r$1.xtc${2:-}"; }
# rows FILE N: wait until the follower has printed N rows
rows() {
	for _ in $(seq 200); do
		[ "$(grep -vc '^#' "$1")" -ge "$2" ] && return
		sleep 0.05
	done
	cat "$1"; die "$1: not $2 rows"
}
stop() { # stop PID FILE: as Ctrl-C does
	kill -INT "$1"; st=0; wait "$1" || st=$?
	[ $st -eq 130 ] || die "$2: status $st after Ctrl-C"
}
# a child in the background ignores Ctrl-C, unless something starts it that says otherwise
follow() { out=$1; shift; env --default-signal=INT calib-scan --follow --root data -e xppi0613 "$@" >"$out" 2>"$out.err" & pid=$!; }

file 0003-s00-c00
follow runs; runs=$pid
follow files -r 4; files=$pid
follow range --runs -r 4-5 --json; range=$pid
rows runs 1
for _ in $(seq 200); do grep -qs waiting files.err && grep -qs waiting range.err && break; sleep 0.05; done
file 0004-s00-c00 .inprogress
rows runs 2
rows files 1
rows range 1
file 0004-s01-c00 .inprogress
rows files 2
mv $x/e000-r0004-s00-c00.xtc.inprogress $x/e000-r0004-s00-c00.xtc
file 0004-s00-c01
file 0004-s80-c00
file 0005-s00-c00
rows files 4
rows runs 3
rows range 2
file 0006-s00-c00
mkdir data/xpp/xppi0613/hdf5
: >data/xpp/xppi0613/hdf5/xppi0613-r0007.h5
rows runs 5
for p in runs files range; do eval "stop \$$p $p"; done
[ "$(grep -v '^#' runs | cut -f 1,9,10 | tr '\t\n' '  ')" = '3 XTC complete 4 XTC writing 5 XTC complete 6 XTC complete 7 HDF5 complete ' ] || { cat runs; die 'runs'; }
[ "$(grep -v '^#' files | cut -f 2,3,6 | tr '\t\n' '  ')" = '0 0 yes 1 0 yes 0 1 no 80 0 no ' ] || { cat files; die 'files'; }
head -n 1 files | grep -q '^#run	stream	chunk' || die 'no header'
[ "$(sed -n 's/.*"run":\([0-9]*\).*/\1/p' range | tr '\n' ' ')" = '4 5 ' ] || { cat range; die 'range'; }
has files.err 'no XTC or HDF5 files of run 4; the directory has runs 3'
has files.err 'waiting for them'
[ "$(wc -l <files.err)" -eq 2 ] || { cat files.err; die 'said more than once'; }

# nobody reads any more: no row is needed to notice
timeout 20 calib-scan --follow -e xppi0613 -r 99 --root data 2>err | head -n 1 >out || die 'the pipe'
has out '#run'
( timeout 20 calib-scan --follow -e xppi0613 --root data; echo $? >st ) | head -n 1 >out
[ "$(cat st)" -eq 141 ] || die "a closed pipe: status $(cat st)"
if [ -e /dev/full ]; then
	st=0; timeout 20 calib-scan --follow -e xppi0613 --root data >/dev/full 2>err || st=$?
	[ $st -eq 1 ] || die "a full disk: status $st"
fi
fails 1 'no such directory' calib-scan --follow -e xppi0999 --root data
fails 2 '--follow goes with' calib-scan --follow --codes -e xppi0613 -r 3 --root data
fails 2 'looks into no run' calib-scan --follow -d CSPAD -e xppi0613 --root data
fails 2 'of which run' calib-scan --follow --files -e xppi0613 --root data
fails 2 'of which experiment' calib-scan --follow -r 3
