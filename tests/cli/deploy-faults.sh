# calib-deploy put when things go wrong: old constants intact, nothing half-written.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1'
calib-deploy --version >/dev/null || die 'no calib-deploy'
awk 'BEGIN { for (i = 0; i < 400; i++) for (j = 0; j < 400; j++) printf "%d%s", 100 + i % 7, j < 399 ? " " : "\n" }' >big.txt
printf '1 2\n3 4\n' >old.txt; printf '1 2\n3 5\n' >new.txt
dir="calib/Camera::CalibV1/$cam/pedestals"
calib-deploy put -c calib -s "$cam" -t pedestals -v 1-end old.txt >/dev/null || die 'first put'
cp -r calib before
intact() {
	[ "$(find calib -name '*.tmp' | wc -l)" -eq 0 ] || die "$1: temporary files stay"
	same before/"${dir#calib/}"/1-end.data "$dir/1-end.data"
	same before/"${dir#calib/}"/HISTORY "$dir/HISTORY"
}
big=XppEndstation.0:Opal1000.2
printf 'new.txt %s pedestals 1-end\nbig.txt %s pedestals 5-end\n' "$cam" $big >list
bigdir=calib/Camera::CalibV1/$big/pedestals

# a limit on the size of files: SIGXFSZ in the middle of the second file
st=0
sh -c 'ulimit -f 100; exec calib-deploy put --list -c calib' <list >.out 2>.err || st=$?
[ $st -eq 153 ] || { cat .err; die "SIGXFSZ: status $st"; }
intact 'file size limit'
rm -rf calib; cp -r before calib

if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] && ! grep -qa __asan_init "$(command -v calib-deploy)"; then
	fault=$here/$B/tests/tools/fault.so
	# Every call of a kind fails once.  Whatever it was for, each file is the old or the new one;
	# the error is said; the next call ends what was begun.
	many() { # many FAULT STATUS
		n=1 seen=
		while [ $n -lt 40 ]; do
			rm -rf calib hit; cp -r before calib
			st=0
			FAULT=$1:$n FAULT_LOG=$PWD/hit LD_PRELOAD=$fault calib-deploy put --list -c calib <list >.out 2>.err || st=$?
			[ -e hit ] || break
			if cmp -s old.txt "$dir/1-end.data"; then seen="$seen old"
			else same new.txt "$dir/1-end.data"; seen="$seen new"; fi
			if [ -e "$bigdir/5-end.data" ]; then same big.txt "$bigdir/5-end.data"; fi
			[ $st -eq "$2" ] || [ $st -eq 0 ] || { cat .err; die "$1:$n: status $st"; }
			if [ $st -eq 0 ]; then same new.txt "$dir/1-end.data"; same big.txt "$bigdir/5-end.data"
			else [ "$1" = kill ] || grep -q "^calib-deploy put: .*: \(No space left\|Disk quota\|Input/output\|Permission\|Read-only\)" .err || { cat .err; die "$1:$n: no error"; }; fi
			[ "$(find calib -name '*.tmp' | wc -l)" -eq 0 ] || die "$1:$n: temporary files stay"
			[ "$1" = kill ] || [ -n "$(find "$dir" -name "1-end.data-*")" ] || [ -e "$bigdir/HISTORY" ] || diff -r calib before >/dev/null || { find calib; die "$1:$n: something is left of what failed"; }
			calib-deploy put --list -c calib <list >.out 2>.err || { cat .err; die "$1:$n: the next call"; }
			same new.txt "$dir/1-end.data"; same big.txt "$bigdir/5-end.data"
			[ -z "$(find calib -name '.*')" ] || die "$1:$n: an unfinished record stays"
			cat "$dir/HISTORY" "$bigdir/HISTORY" | grep -qv '^file:.*  zone:UTC$' && die "$1:$n: a record is broken"
			[ "$(sort -u "$dir/HISTORY" "$bigdir/HISTORY" | wc -l)" -ge 2 ] || die "$1:$n: a record is missing"
			n=$((n + 1))
		done
		[ $n -gt 3 ] && [ $n -lt 40 ] || die "$1: $n calls"
		case $seen in *old*new*) ;; *) die "$1: seen $seen" ;; esac
	}
	many write 1; many quota 1; many rofs 1; many fsync 1; many rename 1; many kill 143
	rm -rf calib; cp -r before calib
	n=1
	while [ $n -lt 60 ]; do
		rm -rf calib; cp -r before calib
		st=0
		FAULT=malloc:$n LD_PRELOAD=$fault calib-deploy put -c calib -s "$cam" -t pedestals -v 1-end new.txt >.out 2>.err || st=$?
		case $st in 0|1|2) ;; *) cat .err; die "malloc:$n: status $st" ;; esac
		cmp -s "$dir/1-end.data" old.txt || cmp -s "$dir/1-end.data" new.txt || die "malloc:$n: neither old nor new"
		[ "$(find calib -name '*.tmp' | wc -l)" -eq 0 ] || die "malloc:$n: temporary files stay"
		n=$((n + 1))
	done
	rm -rf calib; cp -r before calib
fi

# no room for the answer
if [ -c /dev/full ]; then
	st=0
	calib-deploy status -c calib >/dev/full 2>.err || st=$?
	[ $st -eq 1 ] || die "status to a full device: $st"
	has .err 'standard output'
fi

# targets that cannot be written, noticed before anything is
mkdir "$dir/7-8.data"
fails 1 'is there and not a regular file' calib-deploy put -c calib -s "$cam" -t pedestals -v 7-8 new.txt
rmdir "$dir/7-8.data"
: >file
fails 1 "Not a directory" calib-deploy put -c file -s "$cam" -t pedestals -v 7-8 new.txt
if [ "$(id -u)" -ne 0 ]; then drop=; elif command -v setpriv >/dev/null; then
	drop='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$tmp" . && cp "$(command -v calib-deploy)" "$tmp/calib-deploy" && PATH=$tmp:$PATH
else drop=none; fi
if [ "$drop" != none ] && $drop calib-deploy --version >/dev/null 2>&1; then
	[ -n "$drop" ] || chmod -R a-w calib
	fails 1 'cannot write in the directory' $drop calib-deploy put -c calib -s "$cam" -t pedestals -v 7-8 new.txt
	fails 1 'cannot write in the directory' $drop calib-deploy put -c calib -s "$cam" -t pixel_rms -v 7-8 new.txt
	chmod -R u+w calib
	diff -r calib before || die 'a read-only directory changed'
fi

# a link is neither followed nor replaced
mkdir elsewhere; cp old.txt elsewhere/real; ln -s "$PWD/elsewhere/real" "$dir/30-end.data"
fails 1 'but a symbolic link: delete it first' calib-deploy put -c calib -s "$cam" -t pedestals -v 30-end new.txt
[ -L "$dir/30-end.data" ] || die 'the link was replaced'
same old.txt elsewhere/real
rm "$dir/30-end.data"

# two at once: one of both contents, two whole records, never a mixture
printf '1 2\n3 6\n' >a.txt; printf '9 2\n3 6\n' >b.txt
i=0
while [ $i -lt 10 ]; do
	calib-deploy put -c two -s "$cam" -t pedestals -v 1-end a.txt >/dev/null 2>err1 & p1=$!
	calib-deploy put -c two -s "$cam" -t pedestals -v 1-end b.txt >/dev/null 2>err2 & p2=$!
	wait $p1 || { cat err1; die 'first of two'; }
	wait $p2 || { cat err2; die 'second of two'; }
	t="two/Camera::CalibV1/$cam/pedestals"
	cmp -s a.txt "$t/1-end.data" || cmp -s b.txt "$t/1-end.data" || die 'a mixture'
	grep -qv '^file:1-end.data  *copy_of:[ab].txt  exp:.*  zone:UTC$' "$t/HISTORY" && { cat "$t/HISTORY"; die 'a record is broken'; }
	i=$((i + 1))
done
[ "$(find two -name '*.tmp' | wc -l)" -eq 0 ] || die 'temporary files stay'
calib-deploy history -c two >rows || die 'history'

# ten at once: every version that is replaced keeps its backup
i=0; pids=
while [ $i -lt 10 ]; do
	printf '%d 2\n3 6\n' $i >v$i.txt
	calib-deploy put -c ten -s "$cam" -t pedestals -v 1-end --force v$i.txt >/dev/null 2>&1 & pids="$pids $!"
	i=$((i + 1))
done
for p in $pids; do wait "$p" || die 'one of ten'; done
i=0
while [ $i -lt 10 ]; do
	found=
	for f in "ten/Camera::CalibV1/$cam/pedestals/"1-end.data*; do cmp -s v$i.txt "$f" && found=yes; done
	[ -n "$found" ] || die "version $i is lost"
	i=$((i + 1))
done

# content that cannot be right
echo hello world >g
fails 1 'line 1 is not of a geometry' calib-deploy put -c nine -s "$cam" -t geometry -v 5 g
printf '# TITLE x\nIP 0 CAMERA:V1 0 0 0 -1e5 0 0 0 0 0 0\nCAMERA:V1 0 MTRX:V2:8:8:1:1 0 0 0 0 0 0 0 0 0 0\n' >g
ok 'a geometry' calib-deploy put -c nine -s "$cam" -t geometry -v 5 g
printf '1 -4\n1 1\n' >r
fails 1 'expected 0 or more' calib-deploy put -c nine -s "$cam" -t pixel_rms -v 5 r
fails 1 'no such calibration directory' calib-deploy find -c nowhere -s "$cam" -t pedestals -r 5
