# calibrun: the job from XTC to deployed constants, its script, its log, what it refuses.
. "$(dirname "$0")/../lib.sh"
ok 'a run' calib-sim -e xppi0613 -r 173 -o psdm --truth truth -n 40 --bright 0.05 --size 48,64 -d CSPAD2x2,Opal1000
calib=psdm/xpp/xppi0613/calib
base="calibrun -e xppi0613 -d CSPAD2x2,OPAL1000 -r 173 --root psdm"
CALIB_HOST=h CALIB_USER=poc CALIB_NOW=1400000000
export CALIB_HOST CALIB_USER CALIB_NOW

ok 'the job' $base -P -D --summary sum.tsv
has .out '2014-05-13 16:53:20 Begin calibrun - -e xppi0613'
has .err '2014-05-13 16:53:20 End of calibrun, consumed time = '
has .out 'See details in log-file: ./work/2014-05-13-16:53:20-log.txt'
for t in pedestals pixel_rms pixel_status; do
	[ -s "$calib/CsPad2x2::CalibV1/XppGon.0:Cspad2x2.0/$t/173-end.data" ] || die "no $t"
	[ -s "$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/$t/173-end.data" ] || die "no $t"
done
same work/clb-xppi0613-r0173-peds-ave-XppGon.0:Cspad2x2.0.txt "$calib/CsPad2x2::CalibV1/XppGon.0:Cspad2x2.0/pedestals/173-end.data"
log=work/2014-05-13-16:53:20-log.txt
has $log '(info) calibrun: exp_name      : xppi0613'
has $log 'xtc file psdm/xpp/xppi0613/xtc/e000-r0173-s00-c00.xtc'
has $log 'bright or dim events left out'
has $log 'deployed psdm/xpp/xppi0613/calib/CsPad2x2::CalibV1/XppGon.0:Cspad2x2.0/pedestals/173-end.data'
awk -F'\t' '!/^#/ { if (NF != 15 || $10 != 40 || $12 < 1 || $15 != "yes") exit 1 }' sum.tsv || { cat sum.tsv; die summary; }

# the script of --dry-run does the same, and printing it does nothing
mv "$calib" calib1; mv work work1
ok '--dry-run' $base -P -D --dry-run; cp .out job.sh
[ ! -e work ] && [ ! -e "$calib" ] || die '--dry-run did something'
if command -v shellcheck >/dev/null; then ok 'shellcheck' shellcheck -s sh -e SC2016 job.sh; fi
ok 'the script' sh job.sh
diff -r "$calib" calib1 || die 'the script deploys something else'
for f in work1/*; do case $f in *log.txt|*done.txt) ;; *) same "$f" "work/${f#*/}" ;; esac; done

# -P alone, -D alone, neither
rm -rf "$calib" work
ok '-P' $base -P
has .out 'deployment is off: add -D'
[ ! -e "$calib" ] || die '-P deploys'
ok '-D' $base -D -v 170-180
has .out 'processing is off: add -P'
[ -s "$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/170-180.data" ] || die '-D deploys nothing'
ok 'neither' $base
ok 'one of two' calibrun -e xppi0613 -d Opal1000 -r 173 --root psdm -c one -D
[ ! -e one/CsPad2x2::CalibV1 ] || die 'deploys what was not asked for'
echo >>work/clb-xppi0613-r0173-peds-ave-XppGon.0:Cspad2x2.0.txt
fails 1 'has changed since calibrun -P wrote it' $base -D -c two
fails 1 'nothing to deploy: no finished processing of run 9' calibrun -e xppi0613 -d Opal1000 -r 9 --root psdm -D -w w9

# what an earlier call left is never deployed
rm -rf "$calib" work
ok 'first' $base -P
fails 1 'no event is left' $base -P -D -f 99
[ ! -e "$calib" ] || die 'stale files were deployed'
ls work | grep -q peds-ave && die 'stale files are still there'

# identical constants are left alone; others leave a copy
ok 'once' $base -P -D
ok 'twice' $base -P -D
[ "$(wc -l <"$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/HISTORY")" -eq 1 ] || die 'a record for nothing'
ok 'half of the events' $base -P -D -n 20
ls "$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/" | grep -q '173-end.data-' || die 'no copy of the replaced file'

# one detector of two is there; a run with light
rm -rf "$calib" work
fails 1 'not everything was done' $base -P -D -d CSPAD,OPAL1000
[ -s "$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/173-end.data" ] || die 'the other detector is not deployed'
rm -rf "$calib" work
fails 1 'no detector is left to deploy' $base -P -D -t 1
[ ! -e "$calib" ] || die 'a detector of bad pixels is deployed'
ok '--force' $base -P -D -t 1 --force

# all that is missing at once, on stderr, at any -p; usage is 2
fails 2 'add -r <number>' calibrun -p 0
has .err 'add -e <exp-name>'; has .err 'add -d <det-names>'
fails 2 'no detector; known are CSPAD' $base -d FOO -P
fails 2 'confpars-calibman.txt' calibrun -r 1 -L
mkdir nobatch
for t in calibrun calib-dark calib-hotpix calib-deploy; do ln -s "$(command -v $t)" nobatch; done
fails 1 'there is no batch engine, the commands sbatch and bsub are missing' env PATH=nobatch $base -P -q psanaq
fails 2 'are for batch jobs' $base -P --tasks 3
ok 'in tasks' $base -P -w tasks --engine local --tasks 2
ok 'whole' $base -P -w whole
for f in tasks/*peds-ave*; do same "$f" "whole/${f##*/}"; done
# a detector that is not there keeps the others from nothing, in tasks as well
fails 1 'CSPAD: not in' calibrun -e xppi0613 -r 173 -d CSPAD2x2,CSPAD --root psdm -P -D -w absent -c absent.c
fails 1 'CSPAD: not in' calibrun -e xppi0613 -r 173 -d CSPAD2x2,CSPAD --root psdm -P -D -w absent2 -c absent2.c --engine local --tasks 2
[ "$(find absent.c -name '*-end.data' | wc -l)" -eq 3 ] || die 'the others are not deployed'
diff -r -x HISTORY absent.c absent2.c || die 'in tasks other constants'
fails 2 'leave out one of them' $base -P --live --engine local --tasks 2
fails 2 "'2,4-" calibrun -e xppi0613 -d CSPAD -r 2,4- -P
fails 2 "'17x'" calibrun -e xppi0613 -d CSPAD -r 17x -P
fails 2 "5-2" $base -v 5-2
fails 2 "-n" $base -n x
fails 2 "'0x'" $base -p 0x
ok 'help' calibrun -h
fails 1 'runs 173' calibrun -e xppi0613 -d Opal1000 -r 1 --root psdm -P

# -p: what is shown; the log has it all
ok '-p 0' $base -P -p 0
[ "$(wc -l <.out)" -eq 1 ] || { cat .out; die '-p 0 shows more than the begin'; }
has .err '(warning) calib-dark'
ok '-p 020' $base -P -p 020
lacks .out '(info)'; has .out '(critical)'

# the command line of makepeds
ok 'makepeds' calibrun -r 173 -d CSPAD,CSPAD2x2 -P -e xppi0613 -x ":dir=$PWD/psdm/xpp/xppi0613/xtc:stream=0-79" -n 1000 \
	-Z 1000000 -U 1000000 -z 1000000 -u 1000000 -c mp -D --thr_int_min 1 --thr_int_max 16000 --thr_rms_min 0.01 \
	--thr_rms_max 1000 -m 100 -v 170-end -d CSPAD2x2
[ -s "mp/CsPad2x2::CalibV1/XppGon.0:Cspad2x2.0/pixel_status/170-end.data" ] || die 'makepeds deploys nothing'
ok 'a file as -x' $base -P -x psdm/xpp/xppi0613/xtc/e000-r0173-s00-c00.xtc

# blanks and signs in every path
mkdir 'a b;c'; cp -r psdm 'a b;c/d $e'; rm -rf 'a b;c/d $e/xpp/xppi0613/calib'
ok 'blanks' calibrun -e xppi0613 -d Opal1000 -r 173 --root 'a b;c/d $e' -w 'w "x" y' -P -D
[ -s 'a b;c/d $e/xpp/xppi0613/calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pixel_rms/173-end.data' ] || die blanks
mv 'a b;c/d $e/xpp/xppi0613/calib' calib1b
ok 'blanks, script' calibrun -e xppi0613 -d Opal1000 -r 173 --root 'a b;c/d $e' -w 'w "x" y' -P -D --dry-run
cp .out job.sh; ok 'run it' sh job.sh
diff -r calib1b 'a b;c/d $e/xpp/xppi0613/calib' || die 'the script with blanks differs'

# where the constants are of the truth
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	rm -rf "$calib" work
	ok 'plain' $base -P -D --algo plain -n 0
	ok 'truth' /usr/bin/python3 -c "
import numpy as np
a = np.loadtxt('$calib/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/173-end.data')
t = np.load('truth/XppEndstation.0:Opal1000.0-ave.npy')
assert np.allclose(a, t, rtol=1e-8, atol=0)"
fi

# the page about each detector: beside its statistics, under another name, or none
base='calibrun -e xppi0613 -r 173 --root psdm'
ok 'a page' $base -d Opal1000 -P -w pages -c pc
[ "$(ls pages/*-report-*.html | wc -l)" -eq 1 ] || die 'no page by default'
ok 'a name' $base -d Opal1000 -P -w pages2 -c pc --report page.html
[ -s page.html ] && [ -z "$(find pages2 -name '*.html')" ] || die 'not under its name'
ok 'several' $base -d Opal1000,CSPAD2x2 -P -w pages3 -c pc --report two.html
[ "$(ls two-*.html | wc -l)" -eq 2 ] || die 'not a page for each'
mkdir script && $base -d Opal1000,CSPAD2x2 -P -w pages3 -c pc --report script/two.html --dry-run >pages.sh
ok 'the script' sh pages.sh
for f in two-*.html; do same "$f" "script/$f"; done
ok 'none' $base -d Opal1000 -P -w pages4 -c pc --no-report
[ -z "$(find pages4 -name '*.html')" ] || die '--no-report makes one'
fails 2 'does not end in .html' $base -d Opal1000 -P --report x.png
