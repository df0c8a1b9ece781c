# calibrun with several runs: each as a call of its own, one that fails does not keep the others; -r last.
. "$(dirname "$0")/../lib.sh"
cam=XppEndstation.0:Opal1000.0
for r in 4 5 7; do
	ok "run $r" calib-sim -e xppi0613 -r $r -d Opal1000 --size 20,30 -n 20 --seed $r -o data
done
base='calibrun -e xppi0613 -d Opal1000 --root data'
peds=Camera::CalibV1/$cam/pedestals
alike() { # alike DIR DIR: the same constants; HISTORY lines have times
	diff -r -x HISTORY "$1" "$2" || die "$1 and $2 differ"
}

# as calls of their own
for r in 4 5 7; do ok "run $r alone" $base -r $r -P -D -w w1 -c c1 --summary s$r; done
ok 'three runs' $base -r 4-5,7 -P -D -w w -c c --summary sum.tsv
alike c1 c
for r in 4 5 7; do [ -s c/$peds/$r-end.data ] || die "no constants of run $r"; done
cmp -s c/$peds/4-end.data c/$peds/5-end.data && die 'runs 4 and 5 have the same constants'
for f in w1/clb*.txt; do case $f in *done.txt) ;; *) same "$f" "w/${f#*/}" ;; esac; done
{ cat s4; tail -n +2 s5; tail -n +2 s7; } >want
same want sum.tsv
[ "$(find w -name '*-log.txt' | wc -l)" -eq 1 ] || die 'not one log'
[ -z "$(find w -name '*.lock')" ] || die 'a lock stays'
has .out '(info) calibrun: ---- run 5, 2 of 3 ----'
ok 'twice the same run' $base -r 7,4-5,5 -P -D -w wt -c ct
alike c1 ct
[ "$(grep -c '(info) calibrun: ---- run' .out)" -eq 3 ] || die 'a run is done twice'
lacks .out 'replace'

# a run without files, one that is damaged, in the middle: the others are done
ok 'run 6' calib-sim -e xppi0613 -r 6 -d Opal1000 --size 20,30 -n 3 -o data
fails 1 '2 of 5 runs failed (3,6), the first: run 3: ' $base -r 4,3,6,5,7 -P -D -w w2 -c c2 --summary sum2.tsv
alike c1 c2
same want sum2.tsv
has .out '(error) calibrun: run 3: '
has .out 'no XTC files of run 3; the directory has runs 4-7'
has .out '(error) calibrun: run 6: '
fails 1 '1 of 2 runs failed (6)' $base -r 7,6 -P -D -w w3 -c c3 -p 0
has .err '(error) calibrun: run 6: '
[ -s c3/$peds/7-end.data ] || die 'the first is not deployed'
# all failed: a summary of an earlier call is none of this one
fails 1 '2 of 2 runs failed (2,3)' $base -r 2-3 -P -w w3 --summary sum2.tsv
[ "$(wc -l <sum2.tsv)" -eq 1 ] || die 'an old summary stays'

# another calibrun works on one of them: that one is refused, its lock stays
if command -v flock >/dev/null; then
	fails 1 'another calibrun works on run 5' flock w/.clb-xppi0613-r0005.lock $base -r 4-5,7 -P -D -w w -c cl
	[ -s cl/$peds/7-end.data ] && [ ! -e cl/$peds/5-end.data ] || die 'the lock does not count'
	rm -f w/*.lock
fi

# -D alone, -v, --dry-run
ok '-P' $base -r 4,5,7 -P -w w4
ok '-D' $base -r 4,5,7 -D -w w4 -c c4
alike c1 c4
fails 1 '1 of 2 runs failed (8), the first: run 8: nothing to deploy' $base -r 8,4 -D -w w4 -c c4b
[ -s c4b/$peds/4-end.data ] || die '-D of the other'
ok '-v' $base -r 4,5 -P -D -w w5 -c c5 -v 1-9 --force
same c5/$peds/1-9.data c1/$peds/5-end.data
has .out '(warning) calibrun: -v: constants of all runs are for 1-9'
ok '--dry-run' $base -r 4,5,7 -P -D -w w6 -c c6 --dry-run
[ ! -e w6 ] && [ ! -e c6 ] || die '--dry-run does something'
[ "$(grep -c '^#!' .out)" -eq 1 ] || die 'not one script'
cp .out job.sh
if command -v shellcheck >/dev/null; then ok 'shellcheck' shellcheck -s sh -e SC2016 job.sh; fi
ok 'the script' sh job.sh
alike c1 c6
ok 'with a run that has no files' $base -r 4,3,5,7 -P -D -w w7 -c c7 --dry-run
cp .out job.sh
fails 1 'no XTC files of run 3' sh job.sh
alike c1 c7
fails 1 'run 8: nothing to deploy' $base -r 4,8,5,7 -D -w w4 -c c8 --dry-run
cp .out job.sh
fails 1 'nothing to deploy' sh job.sh
alike c1 c8

# last: the newest that is finished
ok 'last' $base -r last -P -D -w wl -c cl7
[ -s cl7/$peds/7-end.data ] || die 'last is not 7'
has wl/*-log.txt '(info) calibrun: -r last: run 7 is the newest of xppi0613'
x=data/xpp/xppi0613/xtc
ok 'runs 10 and 11' sh -c 'for r in 10 11; do calib-sim -e xppi0613 -r $r -d Opal1000 --size 20,30 -n 20 -o data; done'
mv $x/e000-r0011-s00-c00.xtc $x/e000-r0011-s00-c00.xtc.inprogress
ok 'last, a newer one grows' $base -r last -P -D -w wl10 -c cl10 --summary sl
[ -s cl10/$peds/10-end.data ] || die 'last is not 10'
has wl10/*-log.txt 'run 11 is still being written, it is left alone'
[ "$(awk -F'\t' 'NR == 2 { print $2 }' sl)" = 10 ] || die 'another run in the summary'
# one chunk of it is closed
cp $x/e000-r0010-s00-c00.xtc $x/e000-r0011-s01-c00.xtc
ok 'last, half of a newer one grows' $base -r last -P --dry-run
has .out ' -r 10 '
# both names while it is renamed: finished
cp $x/e000-r0011-s00-c00.xtc.inprogress $x/e000-r0011-s00-c00.xtc
ok 'last, renamed' $base -r last -P --dry-run
has .out ' -r 11 '
rm $x/e000-r0011-*
# the control stream is open; a control stream alone is no run
cp $x/e000-r0010-s00-c00.xtc $x/e000-r0011-s00-c00.xtc
: >$x/e000-r0011-s80-c00.xtc.inprogress
: >$x/e000-r0012-s80-c00.xtc
: >$x/e000-r0013-s00-c00.xtc.bak
ok 'last, control streams' $base -r last -P --dry-run
has .out ' -r 10 '
rm $x/e000-r001[123]*
cp -r data h5; mkdir h5/xpp/xppi0613/hdf5
: >h5/xpp/xppi0613/hdf5/xppi0613-r0020.h5
ok 'last, translated' calibrun -e xppi0613 -d Opal1000 --root h5 -r last -P --dry-run
has .out ' -r 20 '
ok 'by a directory' calibrun -e xppi0613 -d Opal1000 -x $x -r last -P --dry-run
has .out ' -r 10 '
mkdir -p none/xpp/xppi0613/xtc
fails 1 '-r last: none/xpp/xppi0613/xtc: no XTC or HDF5 files' calibrun -e xppi0613 -d Opal1000 --root none -r last -P
: >none/xpp/xppi0613/xtc/e000-r0003-s00-c00.xtc.inprogress
fails 1 'run 3 of xppi0613 is still being written' calibrun -e xppi0613 -d Opal1000 --root none -r last -P
fails 1 'no such directory' calibrun -e xppi0613 -d Opal1000 --root nowhere -r last -P
fails 2 'is one file' $base -x $x/e000-r0007-s00-c00.xtc -r last -P

# what cannot be meant
for r in 2,last lasts 7-4 10000 4-99999 ,4 '' -4; do
	fails 2 "'$r' is not a run number" $base -r "$r" -P
done
fails 2 '-x names a single file' $base -r 4,5 -P -x $x/e000-r0004-s00-c00.xtc
fails 2 "'FOO' is no detector" $base -d FOO -r 4,5 -P
fails 2 'expected' $base -r 4,5 -P -v 9-1

# detectors with gain ranges: several runs stay one dark; both kinds at once cannot be
for r in 31:1 32:0 33:2; do
	ok 'a part of a dark' calib-sim -e xppi0613 -r ${r%:*} -d Jungfrau,Opal1000 --gains ${r#*:} --size 20,30 -n 20 --seed 3 -o jf
done
gain='calibrun -e xppi0613 --root jf'
ok 'one dark' $gain -d Jungfrau -r 32,31,33 -P -D -w wj -c cj --summary sj
[ "$(find cj -name '*-end.data' -path '*pedestals*' | wc -l)" -eq 1 ] || die 'not one dark'
ls cj/Jungfrau::CalibV1/*/pedestals/31-end.data >/dev/null || die 'not of the first run'
[ "$(wc -l <sj)" -eq 2 ] || die 'not one row'
fails 2 'call calibrun for each kind' $gain -d Jungfrau,Opal1000 -r 31-33 -P -w wm -c cm
[ ! -e wm ] || die 'something is done'
ok 'the other kind' $gain -d Opal1000 -r 31-33 -P -D -w wo -c co
[ "$(find co -name '*-end.data' -path '*pedestals*' | wc -l)" -eq 3 ] || die 'not three darks'
ok 'one run of both' $gain -d Jungfrau,Opal1000 -r 32 -P --partial -w wb
# an alias is of the kind of what it stands for; a run without files does not hide that
ok 'alias' $gain -d jungfrau -r 32,31,33 -P -D -w wja -c cja
ls cja/Jungfrau::CalibV1/*/pedestals/31-end.data >/dev/null || die 'an alias is not one dark'
fails 1 '1 of 3 runs failed (30)' $gain -d opal_0 -r 30,31,33 -P -D -w woa -c coa
[ "$(find coa -name '*-end.data' -path '*pedestals*' | wc -l)" -eq 2 ] || die 'an alias is one dark'
fails 2 'call calibrun for each kind' $gain -d jungfrau,opal_0 -r 31-33 -P -w wm
fails 2 "'opal_9' is no detector" $gain -d opal_9 -r 31-33 -P -w wm
