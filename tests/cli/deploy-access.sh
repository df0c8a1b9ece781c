# calib-deploy: groups, setgid, ACLs, times; a full, read-only or vanishing directory; many writers.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1'
dir="Camera::CalibV1/$cam/pedestals"
printf '1 2\n3 4\n' >p.txt; printf '1 2\n3 5\n' >q.txt
put() { calib-deploy put -s "$cam" -t pedestals "$@"; }

# nothing changed: no time of any directory or file does
ok 'put' put -c calib -v 1-end p.txt
printf 'p.txt\t%s\tpedestals\t1-end\n' "$cam" >list
stat -c '%n %Y %Z %i' $(find calib) >before
ok 'the same' put -c calib -v 1-end p.txt
ok 'the same in a list' calib-deploy put --list -c calib <list
fails 1 'cannot open' put -c calib -v 1-end missing
ok 'a dry run' put -c calib -v 2-end --dry-run q.txt
calib-deploy undo -c calib -s none >/dev/null 2>&1 && die 'undo of nothing'
stat -c '%n %Y %Z %i' $(find calib) | cmp - before || die 'something was touched'
# one of a list: only its own directory
mkdir -p other; ok 'another type' sh -c "calib-deploy put -c calib -s $cam -t pixel_gain -v 1-end p.txt"
stat -c '%n %Y %Z %i' $(find "calib/$dir") >before
printf 'q.txt\t%s\tpixel_gain\t1-end\n' "$cam" >>list
ok 'one of two' calib-deploy put --list -c calib <list
stat -c '%n %Y %Z %i' $(find "calib/$dir") | cmp - before || die 'the directory of an unchanged file was touched'
# all files of a change have one time
[ "$(find calib -name '*.data' -newer "calib/$dir/1-end.data" | wc -l)" -eq 1 ] || die 'times'

# eight lists of twelve files at once: every line whole, every file one of the eight
for w in 1 2 3 4 5 6 7 8; do
	: >list$w; n=0
	for s in 0 1 2 3; do for t in pedestals pixel_rms pixel_gain; do
		n=$((n + 1)); printf '%d 2\n3 %d\n' $w $n >w$w.$n
		printf 'w%d.%d\tXppEndstation.0:Opal1000.%d\t%s\t1-end\n' $w $n $s $t >>list$w
	done; done
done
pids=
for w in 1 2 3 4 5 6 7 8; do calib-deploy put --force --list -c eight <list$w >out$w 2>err$w & pids="$pids $!"; done
for p in $pids; do wait $p || { cat err?; die 'one of eight'; }; done
n=0
for s in 0 1 2 3; do for t in pedestals pixel_rms pixel_gain; do
	n=$((n + 1)); f=eight/Camera::CalibV1/XppEndstation.0:Opal1000.$s/$t/1-end.data
	w=$(cut -c 1 "$f" | head -n 1)
	[ -z "${first:-}" ] && first=$w
	cmp -s "$f" w$w.$n || die "$f is none of the eight"
	[ "$w" = "$first" ] || die 'a mixture of two lists'
	[ "$(grep -c "^file:1-end.data      copy_of:w[1-8].$n  exp:          run:0001  comment:calib-deploy  .*  zone:UTC$" "${f%/*}/HISTORY")" -eq 8 ] || die "$f: a line is missing or broken"
	[ "$(ls "${f%/*}" | wc -l)" -eq 9 ] || die "$f: a copy is missing"
done; done
[ -z "$(find eight -name '.*')" ] || die 'temporary files stay'
for i in 1 2 3 4 5 6 7 8; do ok "undo $i of eight" calib-deploy undo -c eight; [ "$(wc -l <.out)" -eq 12 ] || die "undo $i of eight"; done
[ -z "$(find eight -name '*.data')" ] || die 'eight undos'

# a file system without hard links and locks: copies keep their time, and nothing gets mixed
if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] && ! grep -qa __asan_init "$(command -v calib-deploy)"; then
	plain() { FAULT=plain:1 LD_PRELOAD=$here/$B/tests/tools/fault.so calib-deploy "$@"; }
	for w in 1 2 3; do plain put --force --list -c plain <list$w >/dev/null 2>.err || { cat .err; die "list $w"; }; done
	for w in 2 1; do
		ok 'undo' plain undo -c plain
		[ "$(wc -l <.out)" -eq 12 ] || die 'undo of copies is not one change'
		same w$w.1 plain/Camera::CalibV1/XppEndstation.0:Opal1000.0/pedestals/1-end.data
		same w$w.12 plain/Camera::CalibV1/XppEndstation.0:Opal1000.3/pixel_gain/1-end.data
	done
	pids=
	for w in 1 2 3 4 5 6 7 8; do plain put --force --list -c plain8 <list$w >out$w 2>err$w & pids="$pids $!"; done
	for p in $pids; do wait $p || { cat err?; die 'one of eight without locks'; }; done
	n=0
	for s in 0 1 2 3; do for t in pedestals pixel_rms pixel_gain; do
		n=$((n + 1)); f=plain8/Camera::CalibV1/XppEndstation.0:Opal1000.$s/$t/1-end.data
		cmp -s "$f" "w$(cut -c 1 "$f" | head -n 1).$n" || die "$f is none of the eight"
		[ "$(grep -c "^file:1-end.data      copy_of:w[1-8].$n  exp:          run:0001  comment:calib-deploy  .*  zone:UTC$" "${f%/*}/HISTORY")" -eq 8 ] || die "$f: a line is missing or broken"
	done; done
	[ -z "$(find plain8 -name '.*')" ] || die 'temporary files stay'
fi

# the directory goes away while it is written into
cp -r calib gone
if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] && ! grep -qa __asan_init "$(command -v calib-deploy)"; then
	seen=
	for call in rename:1 rename:2 rename:3 fsync:1 fsync:2 fsync:3 fsync:4 link:1; do
		rm -rf gone; cp -r calib gone
		st=0
		FAULT=vanish-$call FAULT_DIR=$PWD/gone/$dir LD_PRELOAD=$here/$B/tests/tools/fault.so put -c gone -v 1-end q.txt >.out 2>.err || st=$?
		[ $st -le 1 ] || { cat .err; die "vanish-$call: status $st"; }
		[ -e "gone/$dir.gone" ] || die "vanish-$call: was not called"
		# old and new are where they belong, or the reason is said
		if [ $st -eq 0 ]; then same q.txt "gone/$dir/1-end.data"; else has .err 'No such file'; fi
		same p.txt "gone/$dir.gone/1-end.data"
		seen="$seen $st"
	done
	case $seen in *1*) ;; *) die "vanishing is not noticed: $seen" ;; esac
fi

[ "$(id -u)" -eq 0 ] || skip 'the rest needs root: groups, ACLs, file systems'
# the group is that of the calibration directory, on every level; setgid stays set
mkdir g; chgrp 4711 g; chmod 2775 g
ok 'group' put -c g -v 1-end p.txt
[ -z "$(find g ! -gid 4711)" ] || { ls -lnR g; die 'group'; }
[ -z "$(find g -type d ! -perm 2775)" ] && [ -z "$(find g -type f ! -perm 664)" ] || die 'modes'
# a replaced file keeps its own group and mode; its copy as well
chgrp 4712 "g/$dir/1-end.data"; chmod 640 "g/$dir/1-end.data"
ok 'replace' put -c g -v 1-end q.txt
[ "$(stat -c '%g %a' g/$dir/1-end.data*)" = '4712 640
4712 640' ] || die 'the group of a replaced file'
ok 'group asked for' put -c g2 -v 1-end --group 4713 p.txt
[ -z "$(find g2 ! -gid 4713)" ] || die '--group'
# a user outside of the group can deploy where the others may write, and is told
if command -v setpriv >/dev/null; then
	chmod 755 "$tmp" .; cp "$(command -v calib-deploy)" "$tmp/prog"; chmod 755 "$tmp/prog"
	mkdir w; chgrp 4711 w; chmod 777 w
	ok 'not a member' setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/prog" put -c w -s "$cam" -t pedestals -v 1-end p.txt
	has .err 'cannot give it to group 4711'
	ok 'a member' setpriv --reuid=65534 --regid=65534 --groups=4711 "$tmp/prog" put -c g -s "$cam" -t pedestals -v 5-end p.txt
	[ "$(stat -c '%u %g %a' g/$dir/5-end.data)" = '65534 4711 664' ] || die 'a member of the group'
	# hard links of others' files may be forbidden: the copy is there all the same
	chown 0 g/$dir/5-end.data
	ok 'replace what is not mine' setpriv --reuid=65534 --regid=65534 --groups=4711 "$tmp/prog" put -c g -s "$cam" -t pedestals -v 5-end q.txt
	same p.txt g/$dir/5-end.data-*
	ok 'undo' calib-deploy undo -c g
	same p.txt g/$dir/5-end.data
fi

# file systems that are full or read-only: what was there stays, the reason is said
small() { # in a mount name space of its own, a small one on ./fs
	unshare -m sh -c 'mount -t tmpfs -o size=256k tmpfs fs && cp -a calib/. fs && . ./script'
}
mkdir fs
if unshare -m sh -c 'mount -t tmpfs -o size=256k tmpfs fs' 2>/dev/null; then
	awk 'BEGIN { for (i = 0; i < 2; i++) { for (j = 0; j < 20000; j++) printf "%d ", 1e6 + j; print "" } }' >big.txt
	printf 'q.txt\t%s\tpedestals\t1-end\nbig.txt\t%s\tpixel_gain\t1-end\n' "$cam" "$cam" >list
	cat >script <<'X'
st=0
calib-deploy put --force --list -c fs <list >out 2>err || st=$?
[ $st -eq 1 ] || { echo "status $st"; exit 1; }
grep -q 'No space left on device' err || { cat err; exit 1; }
diff -r fs calib || exit 1
mount -o remount,ro fs
calib-deploy put -c fs -s XppEndstation.0:Opal1000.1 -t pedestals -v 1-end q.txt >out 2>err && exit 1
grep -q 'Read-only file system' err || { cat err; exit 1; }
calib-deploy delete -y -c fs fs/*/*/pedestals/1-end.data >out 2>err && exit 1
grep -q 'Read-only file system' err || { cat err; exit 1; }
calib-deploy undo -c fs >out 2>err && exit 1
grep -q 'Read-only file system' err || { cat err; exit 1; }
diff -r fs calib
X
	ok 'full and read-only' small
fi

command -v setfacl >/dev/null || skip 'acl is not installed'
mkdir acl
setfacl -d -m g:4714:rwx,g::r-x,o::---,m::rwx acl 2>/dev/null || skip 'no ACLs here'
# default ACLs decide over the modes, through all levels
ok 'default ACL' put -c acl -v 1-end p.txt
for f in "acl/$dir" "acl/$dir/1-end.data" "acl/$dir/HISTORY"; do
	getfacl -np "$f" >got
	has got 'group:4714:rwx'; has got 'other::---'
done
getfacl -np "acl/$dir" >got; has got 'default:group:4714:rwx'; has got 'flags: -s-'
getfacl -np "acl/$dir/1-end.data" >got; has got 'mask::rw-'
# an ACL set by hand stays when the file is replaced, and where there was none, none comes
setfacl -m u:4715:r-- "acl/$dir/1-end.data"; getfacl -np "acl/$dir/1-end.data" | sed 1d >want
ok 'replace' put -c acl -v 1-end q.txt
getfacl -np "acl/$dir/1-end.data" | sed 1d | cmp - want || die 'the ACL of a replaced file'
setfacl -b "acl/$dir/1-end.data"; chmod 600 "acl/$dir/1-end.data"
ok 'replace' put -c acl -v 1-end p.txt
[ "$(getfacl -cnp "acl/$dir/1-end.data" | tr '\n' ' ')" = 'user::rw- group::--- other::---  ' ] || { getfacl -cnp "acl/$dir/1-end.data"; die 'an ACL came from nowhere'; }
ok 'a mode asked for' put -c acl -v 3-end --filemode 0644 p.txt
getfacl -np "acl/$dir/3-end.data" >got; has got 'mask::r--'; has got 'other::r--'
