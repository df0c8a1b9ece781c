# What users do to calibrun that nobody planned: other directories, nohup, the wrong run, lost files.
. "$(dirname "$0")/../lib.sh"
ok 'a run' calib-sim -e xppi0613 -r 173 -d CSPAD2x2,Opal1000 --size 64,64 -n 30 -o data
base='calibrun -e xppi0613 -r 173 --root data'
cam=XppEndstation.0:Opal1000.0

# the cause, not the last line, is what is said
fails 1 'Epix100a: not in' $base -d Epix100a,Opal1000 -P -w w
has .out '(error) calib-dark: Epix100a: not in'
has .out '(info) calib-dark: '$cam

# the work directory under another name; deployment from elsewhere
ok '-P' $base -d Opal1000 -P -w w
mkdir sub; mv w moved
(cd sub && calibrun -e xppi0613 -r 173 --root ../data -d Opal1000 -D -w ../moved -c ../c) >.out 2>.err ||
	{ cat .err; die '-D from another directory'; }
[ -s c/Camera::CalibV1/$cam/pedestals/173-end.data ] || die 'not deployed'
mv moved w
ok 'a name that begins with a dash' $base -d Opal1000 -P -D -w '-w k' -c c2 </dev/null
[ -s "./-w k/clb-xppi0613-r0173-peds-done.txt" ] || die 'not in the directory'
fails 2 'control character' $base -d Opal1000 -P -w "a$(printf '\t')b"

# a failed -P leaves nothing that -D would take
fails 1 'arrays' $base -d Opal1000 -P -n 5 -w w
fails 1 'no finished processing' $base -d Opal1000 -D -w w -c c3
[ ! -e c3 ] || die 'something is deployed'

# a script for -D alone, and one for where the root is not set
ok '-P' $base -d Opal1000 -P -w w
ok '-D --dry-run' $base -d Opal1000 -D -w w -c c7 --dry-run
cp .out job.sh
ok 'the script' sh job.sh
ok '-D' $base -d Opal1000 -D -w w -c c8
for t in pedestals pixel_rms pixel_status; do
	same c7/Camera::CalibV1/$cam/$t/173-end.data c8/Camera::CalibV1/$cam/$t/173-end.data
done
fails 1 'no finished processing' $base -d Opal1000 -D -w nothing -c c7 --dry-run
ok 'root by SIT_PSDM_DATA' env SIT_PSDM_DATA="$tmp/data" calibrun -e xppi0613 -r 173 -d Opal1000 -P -w w7 --dry-run
cp .out job.sh
ok 'the script' env -u SIT_PSDM_DATA sh job.sh
[ -s w7/clb-xppi0613-r0173-peds-stat-$cam.h5 ] || die 'not averaged'

# --no-clobber: nothing is replaced, neither in the work directory nor in that of the constants
ok 'again' $base -d Opal1000 -P -D -w w -c c
cp -r w w.old; cp -r c c.old
ok 'another run of that number' calib-sim -e xppi0613 -r 173 -d Opal1000 --size 64,64 -n 30 --seed 9 -o data
fails 1 'exists already' $base -d Opal1000 -P -D -w w -c c --no-clobber
fails 1 'exists already' $base -d Opal1000 -P -D -w w2 -c c --no-clobber
diff -r c c.old || die 'constants are replaced'
for f in w.old/clb*; do same "$f" "w/${f##*/}"; done

# -x of another run
ok 'run 174' calib-sim -e xppi0613 -r 174 -d Opal1000 --size 64,64 -n 30 -o data
for x in exp=xppi0613:run=174:dir=data/xpp/xppi0613/xtc data/xpp/xppi0613/xtc/e000-r0174-s00-c00.xtc; do
	fails 1 'is of run 174, -r says 173' calibrun -e xppi0613 -r 173 -d Opal1000 -P -D -x "$x" -w w4 -c c4
done
[ ! -e c4 ] || die 'constants of another run are deployed'

# a chunk that is missing, or empty: said, the rest is done, status 1
ok 'chunks' calib-sim -e xppi0613 -r 7 -d Opal1000 --size 64,64 -n 90 --streams 2 --chunks 3 -o ch
rm ch/xpp/xppi0613/xtc/*s00-c01.xtc
fails 1 'chunk 1 of run 7, stream 0 is missing' calibrun -e xppi0613 -r 7 -d Opal1000 --root ch -P -D -w w5 -c c5
[ -s c5/Camera::CalibV1/$cam/pedestals/7-end.data ] || die 'the rest is not deployed'
: >ch/xpp/xppi0613/xtc/e000-r0007-s01-c02.xtc
fails 1 's01-c02.xtc: is empty' calib-dark -e xppi0613 -r 7 -d Opal1000 --root ch -w w5
ok 'files by name are what they are' calib-dark -d Opal1000 -w w5 ch/xpp/xppi0613/xtc/*s00-c02.xtc
mv ch/xpp/xppi0613/xtc/e000-r0007-s01-c01.xtc ch/xpp/xppi0613/xtc/e000-r0007-s01-c01.xtc.inprogress
fails 1 'still being written' calib-dark -e xppi0613 -r 7 -d Opal1000 --root ch -w w5

# where the constants cannot go is known before the averaging
: >afile
fails 1 'Not a directory' $base -d Opal1000 -P -D -w w6 -c afile/c
[ -z "$(ls w6/clb* 2>/dev/null)" ] || die 'processed for nothing'

# hang-up that is ignored is ignored by all of it
ok 'a longer run' calib-sim -e xppi0613 -r 8 -d CSPAD -n 60 -o long
(trap '' HUP
 setsid sh -c 'trap "" HUP; exec calibrun -e xppi0613 -r 8 -d CSPAD --root long -P -w wl' >lo 2>le &
 p=$!
 i=0
 while [ $i -lt 8 ]; do sleep 0.1; kill -HUP -- -$p 2>/dev/null; i=$((i + 1)); done
 wait $p) || { cat le; die 'a hang-up ends a job under nohup'; }
[ -s wl/clb-xppi0613-r0008-peds-done.txt ] || die 'not finished'

# nothing is left of the events: said, not an empty table
fails 1 'do not have the event codes' calib-scan -e xppi0613 -r 173 --root data -f 77
fails 2 'list is empty' calib-scan -e xppi0613 -r 173 --root data -f ,
: >empty.xtc
fails 1 'no event' calib-scan empty.xtc
fails 2 'exclude each other' calib-dark -e xppi0613 -r 173 --root data -d Opal1000 -o x.npy -w w
fails 2 '--thr_int_min must be below --thr_int_max' calib-hotpix -T 0 w/*stat*.h5 -o s.npy
fails 2 '--thr_rms_min must be below --thr_rms' calib-hotpix -b 5 -t 3 w/*stat*.h5 -o s.npy
