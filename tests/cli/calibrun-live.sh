# calibrun --live: a run that is being written, constants as of the finished one.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/live.sh"
base="calibrun -e xppi0613 -d $dets"
constants() { (cd "$1" && find . -name '*.data' -exec cksum {} + | sort -k 3); }

# it begins before the run does
use
follow live $base -r 12 -P -D --root run -w w1 -c c1 --live=60
for _ in $(seq 200); do grep -qs 'waiting for it' w1/*-log.txt && break; sleep 0.05; done
record "$src" "run/$x" 1 names=mixed first=02
ended 0
has live.out 'no XTC files of run 12; the directory has no XTC files at all: waiting for it, 60 s at most'
ok 'finished' $base -r 12 -P -D --root run -w w2 -c c2
constants c1 >c1.sums; constants c2 >c2.sums; same c1.sums c2.sums
[ "$(wc -l <c1.sums)" -eq 6 ] || die 'not all constants'

# on by itself below ffb, by component and not by letters; with the item live; not for shares
mkdir -p reg/ffb/xpp reg/myffb
ln -s "$tmp/run/xpp/xppi0613" reg/ffb/xpp/xppi0613
ln -s "$tmp/run/xpp/xppi0613/xtc" reg/myffb/xtc
dry() { $base -r 12 -P --dry-run "$@" >.out 2>.err || { cat .err; die "dry run: $*"; }; }
dry -x reg/ffb/xpp/xppi0613/xtc; has .out '--live=120'
dry -x :dir=reg/ffb/xpp/xppi0613/xtc:stream=0-79; has .out '--live=120'
dry -x :dir=reg/myffb/xtc:live; has .out '--live=120'
dry -x reg/ffb/xpp/xppi0613/xtc --live=7.5; has .out '--live=7.5'
dry -x reg/myffb/xtc; lacks .out '--live'
dry -x reg/ffb/xpp/xppi0613/xtc --engine local --tasks 2; lacks .out '--live'
ok 'the configuration' calibrun --print-config -e xppi0613 -x reg/ffb/xpp/xppi0613/xtc
has .out "live	120	"
fails 2 'leave out one of them' $base -r 12 -P --root run --live --engine local --tasks 2
fails 2 "'no'" $base -r 12 -P --root run --live=no

# a run in progress: refused without, followed with; the newest one is that which is being written
mv "run/$x/e000-r0012-s01-c02.xtc" "run/$x/e000-r0012-s01-c02.xtc.inprogress"
fails 1 "wait for its end, or add --live to follow it" $base -r 12 -P --root run -w w3
fails 1 'is still being written' $base -r last -P --root run -w w3
follow last $base -r last -P --live=60 --root run -w w3
sleep 0.3
mv "run/$x/e000-r0012-s01-c02.xtc.inprogress" "run/$x/e000-r0012-s01-c02.xtc"
ended 0
has last.out 'run 12 is the newest'
for f in w2/clb-*.txt; do	# but for the reports: they name their files
	grep -v report "$f" >one; grep -v report "w3/${f#w2/}" >other; same one other
done

# the time is out: the rest is done, and it is said
mv "run/$x/e000-r0012-s01-c02.xtc" "run/$x/e000-r0012-s01-c02.xtc.inprogress"
truncate -s -50 "run/$x/e000-r0012-s01-c02.xtc.inprogress"
fails 1 'its end was not seen' $base -r 12 -P --root run -w w4 --live=0.3
has .err 's01-c02.xtc.inprogress'
