# calibrun --watch: new dark runs are taken as they end, once, whatever happens meanwhile; hooks.
. "$(dirname "$0")/../lib.sh"
cam=XppEndstation.0:Opal1000.0
peds=c/Camera::CalibV1/$cam/pedestals
make_run() { # make_run N [more options of calib-sim]
	n=$1; shift
	ok "run $n" calib-sim -e xppi0613 -r "$n" -d Opal1000 --size 20,30 -n 20 --codes 40 --seed "$n" \
		-o made "$@"
}
# As the recorder does it, in one step: the files appear under their names.
publish() { mv made/xpp/xppi0613/xtc/*-r"$(printf %04d "$1")"-* data/xpp/xppi0613/xtc/; }
state() { awk -F'\t' -v r="$1" '$1 == r { s = $2 } END { print s }' w/clb-xppi0613-watch.txt; }
await() { # await SECONDS CONDITION: nothing is timed, it only must come
	for _ in $(seq $(($1 * 10))); do eval "$2" && return; sleep 0.1; done
	cat log.out w/clb-xppi0613-watch.txt; die "never: $2"
}
W='calibrun -e xppi0613 -d Opal1000 --root data -P -D -w w -c c --watch --settle 0.2'
mkdir -p data/xpp/xppi0613/xtc made

# ---- what makes no sense
fails 2 '--watch: add -P' calibrun -e xppi0613 -d Opal1000 --root data --watch
fails 2 'does not go with' $W --dry-run
fails 2 "'night' is none of dark, stat, all, code=N" $W --select night
fails 2 "'code=0' is none of" $W --select code=0
fails 2 '--once and --select go with --watch' calibrun -e xppi0613 -d Opal1000 -r 1 -P --once
[ ! -e w ] || die 'a usage error made the work directory'

# ---- once: what was there before is old, unless -r says otherwise
ok 'nothing there' $W --once
has .out 'no run yet'
make_run 1; publish 1; make_run 2; publish 2
rm -r w
ok 'two old runs' $W --once
has .out 'run 2 is the last one of xppi0613 that is complete: runs from 3 on are new'
[ ! -e c ] || die 'an old run is deployed'
ok 'asked for' $W --once -r 1-2 --settle 0
[ "$(state 1) $(state 2)" = 'done done' ] || die 'not both are done'
[ -s $peds/1-end.data ] && [ -s $peds/2-end.data ] || die 'not deployed'

# ---- idempotent: nothing is touched by the next call, but by other parameters or files
touch -d '2001-01-01' w/clb*ave* $peds/2-end.data
ok 'again' $W --once -r 1-2 --settle 0
lacks .out 'is processed'
ok 'only new ones' $W --once --settle 0
lacks .out 'is processed'
[ "$(stat -c %y $peds/2-end.data | cut -c -4)" = 2001 ] || die 'deployed again'
ok 'other threshold' $W --once -r 2 --settle 0 -t 50
has .out 'run 2 has ended: it is processed'
lacks .out 'run 1 '
make_run 2 --noise 3; publish 2
ok 'other files' $W --once -r 2 --settle 0 -t 50 --force
has .out 'run 2 has ended: it is processed'

# ---- which runs
make_run 3 --codes 40,140; publish 3
make_run 4 --codes 40,162; publish 4
ok 'camera of another kind' calib-sim -e xppi0613 -r 5 -d CSPAD2x2 -n 3 --codes 40 -o made
publish 5
ok 'dark ones' $W --once --settle 0
has .out 'run 3 is left alone: it is not dark'
has .out 'run 5 is left alone: no data of Opal1000 in the first 10 events'
[ "$(state 3) $(state 4) $(state 5)" = 'left done left' ] || die 'wrong choice'
ok 'another choice' $W --once --settle 0 --select code=140
[ "$(state 3) $(state 4) $(state 5)" = 'done done left' ] || die 'wrong choice of code 140'
make_run 6 --codes 40,140; publish 6
ok 'both must hold' $W --once --settle 0 --select dark,code=40
[ "$(state 6)" = left ] || die 'one of two conditions is enough'
make_run 20 --codes 40,140; publish 20
make_run 21 --codes 40,140:0.5 --light 60 -n 60; publish 21
ok 'by the events' $W --once --settle 0 --select stat -r 20-21
[ "$(state 20) $(state 21)" = 'done left' ] || { cat .out; die 'wrong choice by the events'; }
has .out 'run 21 is left alone: '
rm data/xpp/xppi0613/xtc/*-r002[01]-*
ok 'none with 140' $W --once --settle 0 --select code=-140
has .out 'run 6 is left alone: an event has code 140'

# ---- a failure keeps nothing else from being done, and is tried again, three times in all
make_run 7; publish 7
truncate -s 3000 data/xpp/xppi0613/xtc/*r0007*
make_run 8; publish 8
CALIB_NOW=1700000000; export CALIB_NOW
fails 1 '1 run failed' $W --once --settle 0
[ "$(state 7) $(state 8)" = 'failed done' ] || die 'the failed run stands in the way'
has .out 'run 7, try 1 of 3'
ok 'too soon' $W --once --settle 0
lacks .out 'is processed'
CALIB_NOW=1700000060 fails 1 'try 2 of 3' sh -c "$W --once --settle 0 -p 30 >&2"
CALIB_NOW=1700000200 fails 1 'try 3 of 3' sh -c "$W --once --settle 0 -p 30 >&2"
CALIB_NOW=1700009999 ok 'no more' $W --once --settle 0
lacks .out 'is processed'
unset CALIB_NOW
make_run 7; publish 7
ok 'mended' $W --once --settle 0
[ "$(state 7)" = 'done' ] || die 'a mended run is not taken'

# ---- a run that is being written is not taken; a service takes it when it has ended
make_run 9
f=$(ls made/xpp/xppi0613/xtc/*r0009*) t=data/xpp/xppi0613/xtc/$(basename "$f")
head -c 9000 "$f" >"$t.inprogress"
$W >log.out 2>&1 & pid=$!
await 20 '[ -e w/.clb-xppi0613-watch.lock ]'
make_run 10; publish 10
await 30 '[ "$(state 10)" = done ]'
[ -z "$(state 9)" ] || die 'a run in progress is taken'
# a second one has nothing to do
ok 'twice' $W --once
has .out 'another calibrun watches xppi0613 in w: nothing to do'
cat "$f" >"$t.inprogress"; mv "$t.inprogress" "$t"; rm "$f"
await 30 '[ "$(state 9)" = done ]'

# ---- killed at any moment: what was in work is done by the next one
make_run 11 -n 400; publish 11
await 30 'grep -q "run 11 has ended" log.out'
kill -9 $pid; wait $pid 2>/dev/null
await 20 '! pgrep -f "root data.*--watched -r 11" >/dev/null'
ok 'the next one' $W --once --settle 0
[ "$(state 11)" = 'done' ] && [ -s $peds/11-end.data ] || die 'run 11 is lost'
await 20 '! ls -A w | grep "\.tmp\|~\$" >left' || { cat left; die 'a piece is left in the work directory'; }

# ---- ended by a signal, the run in work as well
$W >log.out 2>&1 & pid=$!
await 20 'grep -q Begin log.out'
sleep 0.3
make_run 12 -n 400; publish 12
await 30 'grep -q "run 12 has ended" log.out'
kill -TERM $pid
st=0; wait $pid || st=$?
[ $st -eq 143 ] || { cat log.out; die "status $st after SIGTERM"; }
[ "$(state 12)" != 'done' ] || [ -s $peds/12-end.data ] || die 'done without constants'
printf 'rubbish\n' >>w/clb-xppi0613-watch.txt
fails 1 "clb-xppi0613-watch.txt:$(wc -l <w/clb-xppi0613-watch.txt): is no row of this table" $W --once

# ---- hooks, of a call of any kind
C='calibrun -e xppi0613 -d Opal1000 --root data -P -w w2'
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >got; cat "$CALIB_SUMMARY" >summary; echo sent\n' >tell
chmod +x tell
ok 'success' $C -r 1 --on-success "./tell a 'b  c' \"d\\\"e\" ;rm" --on-failure 'touch failed'
printf '%s\n' a 'b  c' 'd"e' ';rm' >want
same want got
has summary 'xppi0613 run 1: done'
has .out '(info) ./tell: sent'
[ ! -e failed ] || die 'the other hook ran'
fails 1 'no XTC files' $C -r 99 --on-success 'touch no' --on-failure 'sh:cat "$CALIB_SUMMARY" >s; echo $((6 * 7)) >n'
has s 'xppi0613 run 99: failed'
has n 42
[ ! -e no ] || die 'the hook of success ran'
ok 'a hook that fails is no failure' $C -r 1 --on-success false
has .out "(warning) calibrun: --on-success: 'false' ended with status 1"
ok 'none such' $C -r 1 --on-success ./nowhere
has .out '(warning) calibrun: --on-success: '
ok 'an open quote' $C -r 1 --on-success "x 'y"
has .out 'a quote is not closed'
ok 'own summary' $C -r 1 --summary own.tsv --on-success 'sh:echo $CALIB_SUMMARY >n'
has n own.tsv
fails 2 'leave that out' $C -r 1 -q any --no-wait --on-success true

# ---- the examples call it as it is
ex=$here/scripts/examples
sed -n 's/^\*\/5[ *]*\(calibrun.*\) >.*/\1/p' "$ex/crontab" | sed 's/\$[A-Z]*/xppi0613/g' >call
[ -s call ] || die 'no call in the crontab'
ok 'the crontab' sh -c "$(cat call) --print-config"
sed -n 's/^ExecStart=.*bin\/\(calibrun.*\) \$OPTIONS/\1/p' "$ex/calibrun@.service" | sed 's/\${[A-Z]*}/v/g; s/%i/xppi0613/' >call
[ -s call ] || die 'no call in the unit'
ok 'the unit' sh -c "$(cat call) --print-config"
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|; s/^User=.*//" "$ex/calibrun@.service" >calibrun@x.service
	ok 'the unit is valid' systemd-analyze verify --man=no ./calibrun@x.service
fi
