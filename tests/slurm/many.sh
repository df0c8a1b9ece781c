# 200 short runs submitted at once: all are done, each as a call of its own would do it, and the
# engine is asked once a round for all of them.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/slurm/cluster.sh"
cluster_start

ok 'a run' calib-sim -e xppi0613 -r 1 -o data -d Opal1000 --size 8,8 -n 20
x=data/xpp/xppi0613/xtc
f=$(basename $x/*r0001*)
for r in $(seq 2 200); do ln "$x/$f" "$x/$(printf '%s' "$f" | sed "s/r0001/r$(printf %04d "$r")/")"; done
mkdir bin
for t in calibrun calib-dark calib-hotpix calib-deploy calib-scan; do cp "$(command -v $t)" bin; done
printf '#!/bin/sh\necho "$*" >>%s/squeue.calls\nexec %s "$@"\n' "$PWD" "$(command -v squeue)" >bin/squeue
chmod +x bin/squeue
base="bin/calibrun -e xppi0613 -d OPAL1000 --root data -P -D -p 020"
ok 'one here' $base -r 7 -w w0 -c c0
PATH=$PWD/bin:$PATH ok '200 runs' $base -r 1-200 -w w -c c -q psnehq --summary sum.tsv
[ "$(grep -c '	yes$' sum.tsv)" -eq 200 ] || die "only $(grep -c '	yes$' sum.tsv) runs are done"
[ "$(find c -name '*-end.data' | wc -l)" -eq 600 ] || die 'not all constants are there'
cam=XppEndstation.0:Opal1000.0
for t in pedestals pixel_rms pixel_status; do
	d=Camera::CalibV1/$cam/$t
	same "c0/$d/7-end.data" "c/$d/7-end.data"
	grep -v '^#' "c0/$d/7-end.data" >numbers
	grep -v '^#' "c/$d/200-end.data" | cmp - numbers || die "$t of run 200: other numbers"
done
[ "$(wc -l <c/Camera::CalibV1/$cam/pedestals/HISTORY)" -eq 200 ] || die 'HISTORY has not 200 lines'
grep -c -- '--jobs' squeue.calls >n
[ "$(cat n)" -ge 2 ] && [ "$(cat n)" -le 60 ] || die "the engine is asked $(cat n) times"
ok 'the list of them' bin/calibrun --jobs -w w
[ "$(grep -c '	done	-$' .out)" -eq 200 ] || die 'the list of jobs'
