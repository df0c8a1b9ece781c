# calib-deploy undo: back to any earlier state, forth again, whole changes or single files.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1'
d="calib/Camera::CalibV1/$cam"
files() { (cd "$d" 2>/dev/null && find . -name '*.data' | sort | xargs -r cksum); }
put() { calib-deploy put --force -c calib -s "$cam" "$@" >/dev/null 2>.err || { cat .err; die "put $*"; }; }
for i in 1 2 3 4; do printf '%d 2\n3 4\n' $i >p$i; printf '%d 1\n1 1\n' $i >r$i; done

# seven states, one after each change
files >state0
put -t pedestals -v 1-end p1; files >state1
printf 'p2\t%s\tpedestals\t1-end\nr2\t%s\tpixel_rms\t1-end\n' "$cam" "$cam" | calib-deploy put --list -c calib >/dev/null || die list
files >state2
put -t pedestals -v 50-60 p3; files >state3
calib-deploy delete -y "$d/pedestals/50-60.data" >/dev/null || die delete; files >state4
calib-deploy move -c calib -v 10-end "$d/pedestals/1-end.data" >/dev/null 2>&1 || die move; files >state5
put -t pedestals -v 10-end p4; files >state6
for s in 5 4 3 2 1 0; do
	ok "undo to state $s" calib-deploy undo -c calib
	files | cmp - state$s || die "state $s"
done
fails 1 'there is nothing to undo' calib-deploy undo -c calib
for s in 1 2 3 4 5 6; do
	ok "redo to state $s" calib-deploy undo --redo -c calib
	files | cmp - state$s || die "state $s again"
done
fails 1 'there is nothing to redo' calib-deploy undo --redo -c calib

# a new change after an undo ends what could be redone
ok 'undo' calib-deploy undo -c calib; ok 'undo' calib-deploy undo -c calib; files | cmp - state4 || die 'two back'
put -t pedestals -v 7-end p4; files >other
fails 1 'there is nothing to redo' calib-deploy undo --redo -c calib -v 7
ok 'undo' calib-deploy undo -c calib; files | cmp - state4 || die 'the new change'
ok 'undo' calib-deploy undo -c calib; files | cmp - state3 || die 'the one before'

# straight to a state
rm -rf calib
t=0
for s in 1 2 3 4; do
	export CALIB_NOW=$((1429300000 + 60 * s))
	put -t pedestals -v 1-end p$s; [ $s -eq 2 ] || put -t pixel_rms -v $s-end r$s
	files >state$s
done
unset CALIB_NOW
ok 'to 3' calib-deploy undo --to 2015-04-17T19:49:40 -c calib; files | cmp - state3 || die 'to state 3'
ok 'to 1' calib-deploy undo --to 2015-04-17T19:48:39 -c calib; files | cmp - state1 || die 'to state 1'
grep -q 'comment:undo-2 ' "$d/pedestals/HISTORY" || die 'two steps at once'
ok 'redo' calib-deploy undo --redo -c calib; files | cmp - state3 || die 'redo of two steps'
ok 'redo' calib-deploy undo --redo -c calib; files | cmp - state4 || die 'redo of one step'
ok 'to the beginning' calib-deploy undo --to 2015-04-17 -c calib
[ -z "$(find calib -name '*.data')" ] || die 'something is left'
ok 'redo' calib-deploy undo --redo -c calib; files | cmp - state4 || die 'redo of all'
fails 2 "'yesterday' is not a time" calib-deploy undo --to yesterday -c calib
fails 2 'cannot be combined' calib-deploy undo --to 2015 --redo -c calib

# commands that do the same
export CALIB_NOW=1429400000 CALIB_USER=poc CALIB_HOST=psana1201
cp -r calib before
ok 'dry run' calib-deploy undo -c calib --dry-run --to 2015-04-17T19:47:40
cp .out commands
diff -r before calib || die 'a dry run did something'
ok 'to 1' calib-deploy undo -c calib --to 2015-04-17T19:47:40
mv calib undone; mv before calib
sh -eu commands || die 'the commands fail'
diff -r calib undone || die 'the commands do something else'
unset CALIB_NOW

# one file only; the others stay
rm -rf calib
for i in 1 2 3; do put -t pedestals -v 1-end p$i; put -t pixel_rms -v 1-end r$i; done
ok 'by type' calib-deploy undo -c calib -t pedestals
same p2 "$d/pedestals/1-end.data"; same r3 "$d/pixel_rms/1-end.data"
ok 'by all' calib-deploy undo -c calib -s "DetInfo($cam)" -t pedestals -v 0001
same p1 "$d/pedestals/1-end.data"
ok 'the rest' calib-deploy undo -c calib
same p1 "$d/pedestals/1-end.data"; same r2 "$d/pixel_rms/1-end.data"
fails 1 'nothing to undo' calib-deploy undo -c calib -s XppGon.0:Cspad.0
# changes by hand and by other programs: nothing is lost, what is not known is said
echo '9 9' >"$d/pixel_rms/1-end.data"
ok 'by hand' calib-deploy undo -c calib -t pixel_rms
same r1 "$d/pixel_rms/1-end.data"
grep -qx '9 9' "$d/pixel_rms"/1-end.data-* || die 'what was written by hand is lost'
put -t pixel_rms -v 1-end r2
cat r3 >"$d/pixel_rms/1-end.data"
echo 'file:1-end.data      copy_of:r3  exp:xppi0613  run:0001  comment:calibman-dark  user:poc  host:psana1201  cptime:2099-04-17T12:46:40  zone:PDT' >>"$d/pixel_rms/HISTORY"
fails 1 'no copy of what it held was kept' calib-deploy undo -c calib -t pixel_rms
same r3 "$d/pixel_rms/1-end.data"

# copies of other programs, or of before there were records: the latest, then the one before
rm -rf calib; mkdir -p "$d/pedestals"
cp p3 "$d/pedestals/7-end.data"; cp p2 "$d/pedestals/7-end.data-2015-04-17T10:00:00"; cp p1 "$d/pedestals/7-end.data-2014-04-17T10:00:00"
ok 'PSCalib' calib-deploy undo -c calib -s "$cam" -t pedestals -v 7
same p2 "$d/pedestals/7-end.data"
ok 'PSCalib again' calib-deploy undo -c calib
same p1 "$d/pedestals/7-end.data"
fails 1 'nothing to undo' calib-deploy undo -c calib -s "$cam" -t pedestals -v 7
grep -qx "$(head -n 1 p3)" "$d/pedestals"/7-end.data-20[2-9]* || die 'what was replaced first is lost'
ok 'PSCalib forth' calib-deploy undo --redo -c calib
ok 'PSCalib forth' calib-deploy undo --redo -c calib
same p3 "$d/pedestals/7-end.data"
# its own record of the second of those
rm -rf calib; mkdir -p "$d/pedestals"
cp p3 "$d/pedestals/7-end.data"; cp p2 "$d/pedestals/7-end.data-2015-04-17T10:00:00"; cp p1 "$d/pedestals/7-end.data-2014-04-17T10:00:00"
echo 'file:7-end.data      copy_of:./work/nda.txt  exp:xppi0613  run:0007  app:my-app      user:poc  host:psana1201  cptime:2015-04-17T10:00:01  zone:PDT  comment:my comment' >"$d/pedestals/HISTORY"
ok 'PSCalib' calib-deploy undo -c calib; same p2 "$d/pedestals/7-end.data"
ok 'PSCalib' calib-deploy undo -c calib; same p1 "$d/pedestals/7-end.data"

# copies that are gone; HISTORY that is none or leads elsewhere
rm -rf calib; put -t pixel_rms -v 1-end r1; put -t pixel_rms -v 1-end r2
rm "$d/pixel_rms"/1-end.data-*
fails 1 'no copy of what it held was kept' calib-deploy undo -c calib -t pixel_rms
same r2 "$d/pixel_rms/1-end.data"
echo outside >outside.data
printf 'garbage\nfile:../../../../../outside.data  cmd:rm\nfile:  cmd:rm\nfile:x.data cptime:\n\0\0\n' >>"$d/pixel_rms/HISTORY"
: >"$d/pixel_rms/.data-2015-04-17T10:00:00"; : >"$d/pixel_rms/1-end.data-2015-04-17"; mkdir "$d/pixel_rms/5-end.data-2015-04-17T10:00:00"
calib-deploy undo -c calib >.out 2>.err; [ $? -le 1 ] || die 'a HISTORY of garbage'
same r2 "$d/pixel_rms/1-end.data"
[ "$(cat outside.data)" = outside ] || die 'something outside was touched'
fails 1 'no such calibration directory' calib-deploy undo -c nowhere
[ ! -e nowhere ] || die 'undo made a directory'
