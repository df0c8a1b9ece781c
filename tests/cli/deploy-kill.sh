# SIGKILL before every system call that changes the disk: each file is old or new, and the next call
# finishes or undoes the rest.  EVERY=N: before every N-th of them (make check-kill: all).
. "$(dirname "$0")/../lib.sh"

kill=${B:+$here/$B/tests/tools/killat}
[ -n "$kill" ] && [ -x "$kill" ] || skip 'tests/tools/killat is not built'
grep -qa __asan_init "$(command -v calib-deploy)" && skip 'the leak checker cannot be traced'
"$kill" 1000000 true || skip 'no tracing here'
every=${EVERY:-29}

# twelve files, half of them there before
n=0
for cam in Opal1000.0 Opal1000.1 Opal1000.2 Opal2000.1; do
	for type in pedestals pixel_rms pixel_gain; do
		n=$((n + 1))
		printf '%d 2\n3 4\n' $n >old$n; printf '%d 2\n3 5\n' $n >new$n
		f="Camera::CalibV1/XppEndstation.0:$cam/$type/173-end.data"
		echo "$n $f" >>targets
		printf 'new%d\tXppEndstation.0:%s\t%s\t173-end\n' $n $cam $type >>list
		[ $((n % 2)) -eq 0 ] || printf 'old%d\tXppEndstation.0:%s\t%s\t173-end\n' $n $cam $type >>list0
	done
done
calib-deploy put --list -c first <list0 >/dev/null || die 'the first constants'

# the constants are the old or the new ones; $1 'new': all new
whole() {
	while read -r n f; do
		if [ "$1" != new ] && [ $((n % 2)) -eq 0 ] && [ ! -e "calib/$f" ]; then continue; fi
		cmp -s "calib/$f" new$n || { [ "$1" != new ] && [ $((n % 2)) -eq 1 ] && cmp -s "calib/$f" old$n; } ||
			die "$what: $f is neither old nor new"
	done <targets
	[ -z "$(find calib -name '*.data' ! -name 173-end.data)" ] || die "$what: other constants"
}
# nothing unfinished stays, every line of HISTORY is whole, and there is one for each change
tidy() {
	[ -z "$(find calib -name '.*')" ] || { find calib; die "$what: something stays"; }
	find calib -path '*::*' -name HISTORY -exec cat '{}' + >lines
	grep -qv '^file:173-end.data  *\(copy_of:\|cmd:rm\).*  zone:UTC$' lines && { cat lines; die "$what: a line of HISTORY is broken"; }
	[ -z "$(grep -v cmd:rm lines | sort | uniq -d)" ] || die "$what: a line of HISTORY twice"
	[ "$(wc -l <lines)" -eq "$1" ] || { cat lines; die "$what: $(wc -l <lines) lines of HISTORY, expected $1"; }
}
told() { # is it said, when there was something to say?
	if [ -n "$(find before -name '.deploy.*.ready')" ]; then has .err 'was interrupted; it is finished now'
	elif [ -n "$(find before -name '.deploy.*.begin')" ]; then has .err 'was interrupted before it changed anything'
	else lacks .err interrupted; fi
}

readers() { # those who only look are told, and leave it as it is
	st=0; calib-deploy find -c calib -s XppEndstation.0:Opal1000.0 -t pedestals -r 200 >.out 2>.err || st=$?
	[ $st -eq 0 ] || die "$what: find: status $st"
	if [ -n "$(find before -maxdepth 1 -name '.deploy.*.ready' -o -maxdepth 1 -name '.deploy.*.begin')" ]; then
		has .err 'was interrupted'
		fails 1 'warnings' calib-deploy check --names -c calib
		grep -q '^warning	unfinished	.*put by ' .out || { cat .out; die "$what: check does not tell"; }
	else lacks .err interrupted; fi
	diff -r before calib || die "$what: a reader changed something"
}

# killed while it deploys; the next call deploys the same
at=1 finished=0 undone=0
while :; do
	rm -rf calib before; cp -r first calib
	what="killed before change $at" st=0
	"$kill" $at calib-deploy put --list -c calib <list >.out 2>.err || st=$?
	[ $st -eq 137 ] || [ $st -eq 0 ] || { cat .err; die "$what: status $st"; }
	[ $st -eq 0 ] && break
	whole any
	cp -r calib before
	readers
	ok "$what, the next call" calib-deploy put --list -c calib <list
	told
	grep -q 'finished now' .err && finished=$((finished + 1))
	grep -q 'before it changed' .err && undone=$((undone + 1))
	whole new
	tidy 18
	at=$((at + every))
done
[ $at -gt 150 ] || die "only $at changes"
[ $finished -gt 0 ] && [ $undone -gt 0 ] || die "finished $finished, undone $undone"
tidy 18

# killed while it undoes that, and while the next call finishes it: in the end all is undone
cp -a calib deployed
at=3
while :; do
	rm -rf calib before; cp -a deployed calib
	what="undo killed before change $at" st=0
	"$kill" $at calib-deploy undo -c calib >.out 2>.err || st=$?
	[ $st -eq 0 ] && break
	[ $st -eq 137 ] || { cat .err; die "$what: status $st"; }
	whole any
	# what finishes it is killed as well; then a call that is refused finishes it all the same
	"$kill" $((at / 4 + 1)) calib-deploy put -c calib -s XppEndstation.0:Opal1000.9 -t pedestals -v 1 none >.out 2>.err
	whole any
	fails 1 'none: cannot open' calib-deploy put -c calib -s XppEndstation.0:Opal1000.9 -t pedestals -v 1 none
	if cmp -s "calib/$(sed -n '1s/^1 //p' targets)" new1; then ok 'undo' calib-deploy undo -c calib; fi
	while read -r n f; do
		if [ $((n % 2)) -eq 1 ]; then cmp -s "calib/$f" old$n || die "$what: $f is not back"
		else [ ! -e "calib/$f" ] || die "$what: $f is still there"; fi
	done <targets
	tidy 30
	at=$((at + 2 * every))
done
