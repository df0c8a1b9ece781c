# calibrun by the jobs of LSF: its commands as CalibManager knew them, made here from shell scripts
# that run the jobs in the background; the bytes of an interactive call, failures in its own words.
. "$(dirname "$0")/../lib.sh"
mkdir lsf lsf/jobs lsf/pids
LSF=$PWD/lsf; export LSF
cat >lsf/bsub <<'E2'
#!/bin/sh
# Job <126090> is submitted to queue <psnehq>.
name=job after= log=/dev/null queue=
echo "bsub $*" >>"$LSF/calls"
while [ $# -gt 0 ]; do
	case $1 in
	-q) queue=$2 ;; -o) log=$2 ;; -J) name=$2 ;; -w) after=$2 ;;
	-P|-W|-M|-U) ;;
	*) echo "bsub: unknown option $1" >&2; exit 255 ;;
	esac
	shift 2
done
[ "$queue" = nosuch ] && { echo "$queue: No such queue. Job not submitted." >&2; exit 255; }
[ -e "$LSF/afs" ] && echo 'Failed to get the AFS token of the user' >&2
[ -e "$LSF/mute" ] && { echo 'Request aborted by esub. Job not submitted.'; exit 0; }
id=$(($(cat "$LSF/last" 2>/dev/null || echo 126089) + 1)); echo $id >"$LSF/last"
cat >"$LSF/jobs/$id.sh"
list=$(printf %s "$name" | sed -n 's/.*\[\(.*\)\]/\1/p' | tr , ' ')
for i in ${list:-0}; do
	t=$id.$i
	echo PEND >"$LSF/jobs/$t"
	out=$(printf %s "$log" | sed "s/%J/$id/; s/%I/$i/")
	(
		dep=$(printf %s "$after" | sed -n 's/done(\([0-9]*\))/\1/p')
		while [ -n "$dep" ] && cat "$LSF/jobs/$dep".[0-9]* | grep -vqx DONE; do
			[ -e "$LSF/jobs/$id.kill" ] && { echo EXIT >"$LSF/jobs/$t"; exit; }
			sleep 0.1
		done
		echo RUN >"$LSF/jobs/$t"
		LSB_JOBINDEX=$i setsid sh "$LSF/jobs/$id.sh" >"$out" 2>&1 </dev/null &
		echo $! >"$LSF/pids/$id.$i"
		if wait $!; then echo DONE >"$LSF/jobs/$t"; else echo EXIT >"$LSF/jobs/$t"; fi
	) >/dev/null 2>&1 &
done
echo "Job <$id> is submitted to queue <$queue>."
E2
cat >lsf/bjobs <<'E2'
#!/bin/sh
echo "bjobs $*" >>"$LSF/calls"
echo 'JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME'
for id; do
	case $id in -*) continue ;; esac
	ls "$LSF/jobs/$id.sh" >/dev/null 2>&1 || { echo "Job <$id> is not found" >&2; bad=255; continue; }
	for f in "$LSF/jobs/$id".[0-9]*; do
		s=$(cat "$f") host=node1
		[ "$s" = PEND ] && host=
		echo "$id  user1   $s  psnehq     head1       $host  name[${f##*.}]  Apr 16 16:43"
	done
done
exit ${bad:-0}
E2
cat >lsf/bkill <<'E2'
#!/bin/sh
echo "bkill $*" >>"$LSF/calls"
touch "$LSF/jobs/$1.kill"
for f in "$LSF/pids/$1".*; do [ -e "$f" ] && kill -TERM -"$(cat "$f")"; done
echo "Job <$1> is being terminated"
E2
cat >lsf/bqueues <<'E2'
#!/bin/sh
[ "$1" = nosuch ] && { echo "$1: No such queue" >&2; exit 255; }
echo 'QUEUE_NAME      PRIO STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN  SUSP'
echo "$1           20  $(cat "$LSF/state" 2>/dev/null || echo Open:Active)     960    -    -    -   12     7     5     0"
E2
chmod +x lsf/b*
PATH=$PWD/lsf:$PATH; export PATH

ok 'run' calib-sim -e xppi0613 -r 5 -o data -d CSPAD2x2,Opal1000 --size 40,60 -n 40 --streams 2
base='calibrun -e xppi0613 -d CSPAD2x2,OPAL1000 --root data -P -D -r 5'
q='-q psnehq --engine lsf'
constants() { (cd "$1" && find . -name '*.data' | sort | xargs md5sum); }
ok 'interactive' $base -w w0 -c c0
constants c0 >want

# ---- one job, an array of shares, with all that may be said of them
ok 'one job' $base -w w1 -c c1 $q
constants c1 | diff want - || die 'one job: other constants'
grep -q '^bsub -q psnehq -o w1/clb-xppi0613-r0005-batch-%J.log -J calibrun-xppi0613-r0005$' lsf/calls || { cat lsf/calls; die 'bsub'; }
touch lsf/afs
ok 'shares' $base -w w2 -c c2 $q --tasks 3 --account lcls --time 10 --mem 2000 --reservation dark
constants c2 | diff want - || die 'shares: other constants'
has .out 'submitted job 126091 (share-xppi0613-r0005, shares 1,2,3) to lsf, queue psnehq'
has lsf/calls "bsub -q psnehq -o w2/clb-xppi0613-r0005-batch-%J_%I.log -J share-xppi0613-r0005[1,2,3] -P lcls -W 10 -M 2000 -U dark"
has lsf/calls "-J calibrun-xppi0613-r0005 -P lcls -W 10 -M 2000 -U dark -w done(126091)"
# one question a round, for all jobs
grep -q '^bjobs -a -w 126091 126092$' lsf/calls || { cat lsf/calls; die 'not one question'; }
rm lsf/afs

# ---- the list of jobs; the queue
ok '--jobs' calibrun --jobs -w w2
[ "$(cut -f 2-8 .out | tail -n +2)" = "lsf	psnehq	xppi0613	0005	126091	126092	done" ] || die "jobs: $(cat .out)"
ok '--queue-status' calibrun --queue-status $q
[ "$(tail -n 1 .out)" = "psnehq	955	960	5	7" ] || die "queue: $(cat .out)"
fails 1 'No such queue' calibrun --queue-status -q nosuch --engine lsf
echo Closed:Inact >lsf/state
fails 1 'queue psnehq is Closed:Inact, it takes no jobs now' $base -w w3 -c c3 $q
rm lsf/state

# ---- what fails
fails 1 'no such queue' sh -c "$base -w w3 -c c3 -q nosuch --engine lsf 2>&1 | tr A-Z a-z >&2; exit 1"
touch lsf/mute
fails 1 "bsub answered 'Request aborted by esub" $base -w w3 -c c3 $q
rm lsf/mute
fails 1 'EXIT on node1; nothing is deployed by jobs that failed' calibrun -e xppi0613 -d CSPAD --root data -P -D -r 5 -w w3 -c c3 $q
ok 'a share that fails' sh -c "printf '#!/bin/sh\ncase \"\$*\" in *2/3*) exit 3 ;; esac\nexec $(command -v calib-dark) \"\$@\"\n' >fail.sh"
mkdir bin
cp "$(command -v calibrun)" "$(command -v calib-hotpix)" "$(command -v calib-deploy)" "$(command -v calib-scan)" bin
cp fail.sh bin/calib-dark; chmod +x bin/calib-dark
fails 1 'EXIT' bin/${base#} -w w4 -c c4 $q --tasks 3
has .err '[2]: EXIT on node1'
[ ! -e c3 ] && [ ! -e c4 ] || die 'something of a failure is deployed'
rm bin/calib-dark; cp "$(command -v calib-dark)" bin/calib-dark
ok 'again' bin/$base -w w4 -c c4 $q --tasks 3
has .out 'shares 2)'
constants c4 | diff want - || die 'resumed: other constants'

# ---- ended from another terminal
printf '#!/bin/sh\nsleep 60\n' >bin/calib-dark
ok 'in the background' bin/$base -w w5 -c c5 $q --no-wait
id=$(grep -E '^[0-9]+$' .out)
ok '--kill' calibrun --kill "$id" -w w5
for _ in $(seq 100); do
	calibrun --jobs -w w5 >.out
	grep -q '	failed	' .out && break
	sleep 0.1
done
grep -q "	failed	job $id.*: EXIT" .out || die "jobs: $(cat .out)"
echo 1 >lsf/jobs/none; rm lsf/jobs/$id.sh
ok 'long ago' calibrun --jobs -w w5
grep -q '	gone	' .out || die "jobs: $(cat .out)"

