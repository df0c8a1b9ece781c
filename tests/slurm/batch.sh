# calibrun by the jobs of a real Slurm: the bytes of an interactive call, failures in its own words.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/slurm/cluster.sh"
cluster_start

dets=CSPAD2x2,OPAL1000
ok 'runs' calib-sim -e xppi0613 -r 5 -o data -d CSPAD2x2,Opal1000 --size 40,60 -n 60 --streams 2 --bright 0.1
for r in 6 7 8; do ok "run $r" calib-sim -e xppi0613 -r $r -o data -d Opal1000 --size 40,60 -n 20; done
base="calibrun -e xppi0613 -d $dets --root data -P -D"
ok 'interactive' $base -r 5 -w w0 -c c0
constants() { (cd "$1" && find . -name '*.data' | sort | xargs md5sum); }
constants c0 >want
[ "$(wc -l <want)" -eq 6 ] || die 'constants of the interactive call'

# one job, and an array of shares
ok 'one job' $base -r 5 -w w1 -c c1 -q psnehq --summary s1.tsv --summary-text s1.txt
$base -r 5 -w w0 -c c0b --summary-text s0.txt --summary s0.tsv >.out 2>&1 || die 'interactive, with a summary'
same s0.tsv s1.tsv
sed 's/c0b/c1/g; s/w0/w1/g' s0.txt | diff - s1.txt || die 'another summary'
constants c1 | diff want - || die 'one job: other constants'
grep -q '	yes$' s1.tsv || die "summary: $(cat s1.tsv)"
ok 'eight shares' $base -r 5 -w w2 -c c2 -q psnehq --tasks 8 --mem 200 --time 5
constants c2 | diff want - || die 'shares: other constants'
has .out 'shares 1,2,3,4,5,6,7,8'
[ -z "$(find w2 -name '*part*')" ] || die 'shares are left'
ok 'here' $base -r 5 -w w3 -c c3 --engine local --tasks 3
constants c3 | diff want - || die 'shares here: other constants'

# no waiting: the numbers of the jobs; several runs at once
ok '--no-wait' $base -r 5 -w w4 -c c4 -q psnehq --tasks 2 --no-wait
ids=$(grep -E '^[0-9]+ [0-9]+$' .out) || die "ids: $(cat .out)"
for _ in $(seq 150); do
	[ "$(squeue -h -t all -j "${ids#* }" -o %T)" = COMPLETED ] && break
	sleep 0.2
done
constants c4 | diff want - || die 'without waiting: other constants'
ok 'three runs' calibrun -e xppi0613 -d OPAL1000 --root data -P -D -r 6-8 -w w5 -c c5 -q psnehq
[ "$(find c5 -name '*-end.data' | wc -l)" -eq 9 ] || die 'three runs: constants'

# the list of jobs, from any terminal; a busy queue
ok '--jobs' calibrun --jobs -w w2
[ "$(cut -f 2-5,8 .out | tail -n +2)" = "slurm	psnehq	xppi0613	0005	done" ] || die "jobs: $(cat .out)"
ok 'of three runs' calibrun --jobs -w w5
[ "$(grep -c '	000[678]	-	[0-9]*	done	-$' .out)" -eq 3 ] || die "jobs: $(cat .out)"
fails 1 'no jobs were submitted with this work directory' calibrun --jobs -w w0
sbatch -p psnehq --parsable -o /dev/null --wrap 'sleep 100' >held
ok '--queue-status' calibrun --queue-status -q psnehq
[ "$(cut -f 1,4,5 .out | tail -1)" = "psnehq	1	0" ] || [ "$(cut -f 1,4,5 .out | tail -1)" = "psnehq	0	1" ] ||
	die "queue: $(cat .out)"
scancel "$(cat held)"
fails 1 "no queue 'nosuch'" calibrun --queue-status -q nosuch
fails 2 'add -q' calibrun --queue-status

# what fails
fails 1 "-q: the engine has no queue 'nosuch'" $base -r 5 -w w6 -c c6 -q nosuch
fails 1 'NonZeroExitCode' calibrun -e xppi0613 -d CSPAD --root data -P -D -r 5 -w w6 -c c6 -q psnehq
has .err 'FAILED'
fails 1 'NonZeroExitCode' calibrun -e xppi0613 -d CSPAD --root data -P -D -r 5 -w w7 -c c6 -q psnehq --tasks 2
[ -z "$(squeue -h)" ] || die "a job waits for ever: $(squeue -h)"
fails 1 'no XTC files of run 99' $base -r 99 -w w6 -c c6 -q psnehq
[ -z "$(find c6 -type f 2>/dev/null)" ] || die 'something of a failure is deployed'
fails 2 'which queue' $base -r 5 -w w6 -c c6 --engine slurm
fails 2 'are for batch jobs' $base -r 5 -w w6 -c c6 --tasks 3
fails 1 'none of slurm, lsf, local' $base -r 5 -w w6 -c c6 -q psnehq --engine pbs

# a task that is killed: nothing is deployed, and the same command makes only what is missing
cat >slow.sh <<'E2'
#!/bin/sh
case "$*" in *'--part 2/4'*) [ -e "$SLOW" ] && sleep 60 ;; esac
exec calib-dark.real "$@"
E2
mkdir bin
cp "$(command -v calibrun)" "$(command -v calib-hotpix)" "$(command -v calib-deploy)" bin
cp "$(command -v calib-dark)" bin/calib-dark.real
sed "s|exec calib-dark.real|exec $PWD/bin/calib-dark.real|" slow.sh >bin/calib-dark
chmod +x bin/calib-dark
SLOW=$PWD/slow; export SLOW; : >slow
bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w8 -c c8 -q psnehq --tasks 4 >out 2>err &
pid=$!
for _ in $(seq 100); do
	[ "$(ls w8/*part-[134]-of-4-*.h5 2>/dev/null | wc -l)" -eq 6 ] && break
	sleep 0.2
done
scancel "$(squeue -h -t running -o %i)" || die 'nothing runs'
wait $pid && die 'a cancelled task is no failure'
grep -q 'CANCELLED' err || die "$(cat err)"
[ ! -e c8 ] || die 'deployed without a share'
rm slow
ok 'again' bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w8 -c c8 -q psnehq --tasks 4
has .out '(share-xppi0613-r0005, shares 2)'
constants c8 | diff want - || die 'resumed: other constants'

# ended from another terminal
: >slow
ok 'in the background' bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w10 -c c10 -q psnehq --tasks 4 --no-wait
ids=$(grep -E '^[0-9]+ [0-9]+$' .out)
ok '--jobs' calibrun --jobs -w w10
grep -qE '	(waiting|running)	' .out || die "jobs: $(cat .out)"
fails 1 'there is no job 9999' calibrun --kill 9999 -w w10
ok '--kill' calibrun --kill "${ids#* }" -w w10
for _ in $(seq 60); do
	calibrun --jobs -w w10 >.out
	grep -q '	failed	.*CANCELLED' .out && break
	sleep 0.2
done
grep -q '	failed	.*CANCELLED' .out || die "jobs: $(cat .out)"
[ ! -e c10 ] || die 'deployed though ended'

# Ctrl-C while waiting cancels the jobs
: >slow
bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w9 -c c9 -q psnehq --tasks 4 >out 2>err &
pid=$!
for _ in $(seq 100); do
	squeue -h -t running -o %j | grep -q share && break
	sleep 0.2
done
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || die "status after a signal: $(cat err)"
for _ in $(seq 50); do
	[ -z "$(squeue -h)" ] && break
	sleep 0.2
done
[ -z "$(squeue -h)" ] || die "jobs are left: $(squeue -h)"
[ ! -e c9 ] || die 'deployed after a signal'

# a work disk without room is seen before; one that fills up meanwhile is said by the job, nothing is
# deployed, and with room the same command goes on
if mkdir small && mount -t tmpfs -o size=400k none small 2>/dev/null; then
	fails 1 'are needed' $base -r 5 -w small/w -c c11 -q psnehq
	mount -o remount,size=20m small
	rm -f bin/calib-dark
	printf '#!/bin/sh\ndd if=/dev/zero of=%s/small/fill bs=1M 2>/dev/null\nexec %s/bin/calib-dark.real "$@"\n' \
		"$PWD" "$PWD" >bin/calib-dark; chmod +x bin/calib-dark
	fails 1 'NonZeroExitCode' bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w small/w -c c11 -q psnehq
	grep -q 'No space left' small/w/*batch-*.log small/w/*-log.txt || die 'the job does not say why'
	[ ! -e c11 ] || die 'deployed from a full disk'
	rm small/fill
	ok 'with room' $base -r 5 -w small/w -c c11 -q psnehq
	constants c11 | diff want - || die 'after a full disk: other constants'
	umount small
fi

# what the engine refuses, in its words
rm -f bin/calib-dark; printf '#!/bin/sh\nsleep 600\n' >bin/calib-dark; chmod +x bin/calib-dark
fails 1 'Requested reservation is invalid' bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w12 -c c12 -q psnehq --reservation none

# a node that disappears: what ran there is lost, and said in the engine's words
bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w13 -c c13 -q psanaq >out 2>err &
pid=$!
for _ in $(seq 100); do
	[ "$(squeue -h -t running -o %N)" = n2 ] && break
	sleep 0.2
done
kill -9 "$(cat "$c/run/slurmd.n2.pid")"
scontrol update NodeName=n2 State=DOWN Reason=lost
wait $pid && die 'a lost node is no failure'
grep -q 'NODE_FAIL\|CANCELLED\|FAILED' err || die "$(cat err)"
grep -q 'nothing is deployed' err || die "$(cat err)"
[ ! -e c13 ] || die 'deployed from a lost node'
pkill -f 'sleep 600'
cp "$(command -v calib-dark)" bin/calib-dark
ok 'on another node' bin/calibrun -e xppi0613 -d $dets --root data -P -D -r 5 -w w13 -c c13 -q psfehq
constants c13 | diff want - || die 'after a lost node: other constants'
