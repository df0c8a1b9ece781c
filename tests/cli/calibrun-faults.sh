# calibrun when things go wrong: old constants intact, nothing half-written, one clear line.
. "$(dirname "$0")/../lib.sh"
ok 'a run' calib-sim -e xppi0613 -r 173 -o psdm -n 12 --size 40,50 -d Opal1000,Epix100a
calib=psdm/xpp/xppi0613/calib
base='calibrun -e xppi0613 -d Opal1000,Epix100a -r 173 --root psdm'
ok 'old constants' $base -P -D --algo plain -v 0-end
cp -r "$calib" before
whole() { # no unfinished file, and every constants file is old or new
	[ -z "$(find "$calib" work -name '*.tmp')" ] || die "$1: unfinished files stay"
	find before -name '0-end.data' | while read -r f; do
		cmp -s "$f" "$calib/${f#before/}" || die "$1: $f is lost"
	done || exit 1
	find "$calib" -name '173-end.data' | while read -r f; do
		[ "$(tail -c 1 "$f" | od -An -c | tr -d ' ')" = '\n' ] || die "$1: $f is cut"
	done || exit 1
}
fault=${B:+$here/$B/tests/tools/fault.so}
if [ -f "${fault:-none}" ] && ! grep -qa __asan_init "$(command -v calibrun)"; then
	for prog in calib-dark calib-hotpix calib-deploy; do
		for f in write:1 write:2 fsync:1 rename:1 kill:1 kill:2 kill:3 kill:4; do
			rm -rf "$calib" work; cp -r before "$calib"
			s=0
			FAULT=$f FAULT_PROG=$prog LD_PRELOAD=$fault $base -P -D >.out 2>.err || s=$?
			# a program that makes fewer calls is not hit: then all is well
			[ $s -le 1 ] || { cat .err; die "$prog $f: status $s"; }
			whole "$prog $f"
			[ $s -eq 0 ] || [ "$(grep -c '^calibrun: ' .err)" -eq 1 ] || { cat .err; die "$prog $f: not one clear line"; }
		done
		[ $s -le 1 ] || die "$prog"
	done
	rm -rf "$calib" work; cp -r before "$calib"
	fails 1 'No space left on device' sh -c "FAULT=write:1 FAULT_PROG=calib-dark LD_PRELOAD=$fault exec $base -P -D"
	fails 1 'was ended by signal 15' sh -c "FAULT=kill:1 FAULT_PROG=calib-dark LD_PRELOAD=$fault exec $base -P -D"
fi

# TERM at any time: dead by the signal, nothing half-written
for wait in 0.01 0.03 0.06 0.1 0.15 0.2 0.3; do
	rm -rf "$calib" work; cp -r before "$calib"
	$base -P -D >.out 2>.err & pid=$!
	sleep $wait
	kill -TERM $pid 2>/dev/null
	s=0; wait $pid || s=$?
	[ $s -eq 143 ] || [ $s -eq 0 ] || { cat .err; die "TERM after $wait s: status $s"; }
	# before the work directory there is nobody yet who could say so
	[ $s -eq 0 ] || [ ! -d work ] || has .err 'calibrun: ended by a signal'
	i=0; while pgrep -P $pid >/dev/null 2>&1 && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
	sleep 0.2
	whole "TERM after $wait s"
done
ok 'and again' $base -P -D

# two at once on the same run: one does it, the other says so; nothing is lost
rm -rf "$calib" work; cp -r before "$calib"
$base -P -D >o1 2>e1 & p1=$!
$base -P -D >o2 2>e2 & p2=$!
s1=0; wait $p1 || s1=$?
s2=0; wait $p2 || s2=$?
case $s1$s2 in
00) ;;
01|10) cat e1 e2 | grep -q 'another calibrun works on run 173' || { cat e1 e2; die 'two at once'; } ;;
*) cat e1 e2; die "two at once: $s1 $s2" ;;
esac
whole 'two at once'
[ -s "$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/173-end.data" ] || die 'neither deployed'

# a calibration directory that cannot be written
if [ "$(id -u)" -ne 0 ]; then drop=; elif command -v setpriv >/dev/null; then
	mkdir bin; cp "$(dirname "$(command -v calibrun)")"/calib* bin/ 2>/dev/null
	chmod -R a+rX . ; mkdir -m 777 w777
	drop='setpriv --reuid=65534 --regid=65534 --clear-groups'
	PATH=$tmp/bin:$PATH
else drop=none; fi
if [ "$drop" != none ] && (cd / && $drop "$tmp/bin/calibrun" --version) >/dev/null 2>&1; then
	rm -rf "$calib"; cp -r before "$calib"; chmod -R a-w "$calib" "$(dirname "$calib")"
	fails 1 'cannot write' $drop calibrun -e xppi0613 -d Opal1000,Epix100a -r 173 --root psdm -w w777 -P -D
	chmod -R u+w "$calib" "$(dirname "$calib")"
	diff -r "$calib" before || die 'a read-only directory changed'
	fails 1 'Permission denied' $drop calibrun -e xppi0613 -d Opal1000 -r 173 --root psdm -w "$tmp/not/there" -P
	chmod 000 psdm/xpp/xppi0613/xtc/*
	fails 1 'Permission denied' $drop calibrun -e xppi0613 -d Opal1000 -r 173 --root psdm -w w777 -P
	chmod 644 psdm/xpp/xppi0613/xtc/*
fi

# data that are none
mkdir -p bad/xpp/xppi0613/xtc; f=bad/xpp/xppi0613/xtc/e000-r0173-s00-c00.xtc
head -c 100000 /dev/urandom >$f
fails 1 'e000-r0173-s00-c00.xtc' calibrun -e xppi0613 -d Opal1000 -r 173 --root bad -P -D -w wb
: >$f
fails 1 'e000-r0173-s00-c00.xtc' calibrun -e xppi0613 -d Opal1000 -r 173 --root bad -P -D -w wb
rm $f
fails 1 'xppi0613/xtc' calibrun -e xppi0613 -d Opal1000 -r 173 --root bad -P -D -w wb
fails 1 'nowhere' calibrun -e xppi0613 -d Opal1000 -r 173 --root nowhere -P -D -w wb
fails 1 'XppGon.0:Cspad.0' calibrun -e xppi0613 -d XppGon.0:Cspad.0 -r 173 --root psdm -P -D -w wb
has .err 'Opal1000.0'
printf 'DARK_DEPLOY_HOTPIX maybe\nFOO 1\n' >confpars-calibman.txt
ok 'a bad configuration file' $base -P -D -w wc
has .out "'maybe' is neither True nor False"; has .out 'FOO: unknown parameter'
