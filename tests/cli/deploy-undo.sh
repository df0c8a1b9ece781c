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

# straight to a state, and further from there
for s in 3 1; do
	ok "to $s" calib-deploy undo --to $s -c calib
	files | cmp - state$s || die "straight to state $s"
done
ok 'redo' calib-deploy undo --redo -c calib
files | cmp - state3 || die 'redo of a long way'
put -t pedestals -v 1-end p4
fails 1 'was changed after the undo' calib-deploy undo --redo -c calib
ok 'undo' calib-deploy undo -c calib; files | cmp - state3 || die 'the last change alone'

# commands that do the same
rm -rf copy; cp -r calib copy
ok 'dry run' calib-deploy undo -c calib --dry-run --to 0
cp .out commands
(cd copy && diff -r . ../calib) || die 'a dry run did something'
ok 'to 0' calib-deploy undo -c calib --to 0; files >one
rm -rf calib; mv copy calib
sh -eu commands || die 'the commands fail'
files | cmp - one || die 'the commands do something else'

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
ok 'list' calib-deploy undo --list -c calib -t pixel_rms
cut -f 1,5-8 .out | sed 1d >got
printf '2\tput\t1\t0\tdone\n4\tput\t1\t0\tdone\n6\tput\t1\t1\tdone\n9\tundo\t1\t0\tdone\n' | cmp - got || die 'list'
ok 'json' calib-deploy undo --list --json -c calib
has .out '"change":1,"time":'

# a file another program has changed since is left alone, unless it must be; its content stays
echo '9 9' >"$d/pixel_rms/1-end.data"
fails 1 'was changed by another program since' calib-deploy undo -c calib -t pixel_rms
ok 'force' calib-deploy undo --force -c calib -t pixel_rms
same r1 "$d/pixel_rms/1-end.data"
grep -qx '9 9' "$d/pixel_rms"/1-end.data-* || die 'what the other program wrote is lost'

# copies of other programs, or of before there were records: the latest, then the one before
rm -rf calib; mkdir -p "$d/pedestals"
cp p3 "$d/pedestals/7-end.data"; cp p2 "$d/pedestals/7-end.data-2015-04-17T10:00:00"; cp p1 "$d/pedestals/7-end.data-2014-04-17T10:00:00"
fails 1 'nothing to undo' calib-deploy undo -c calib
ok 'PSCalib' calib-deploy undo -c calib -s "$cam" -t pedestals -v 7
same p2 "$d/pedestals/7-end.data"
ok 'PSCalib again' calib-deploy undo -c calib -s "$cam" -t pedestals -v 7
same p1 "$d/pedestals/7-end.data"
fails 1 'nothing to undo' calib-deploy undo -c calib -s "$cam" -t pedestals -v 7
grep -qx "$(head -n 1 p3)" "$d/pedestals"/7-end.data-20[2-9]* || die 'what was replaced first is lost'

# a copy that is not what it was, or gone
put -t pixel_rms -v 1-end r1; put -t pixel_rms -v 1-end r2
for b in "$d/pixel_rms"/1-end.data-*; do rm "$b"; echo '7 7' >"$b"; done
fails 1 'it was changed' calib-deploy undo -c calib -t pixel_rms
rm "$d/pixel_rms"/1-end.data-*
fails 1 'cannot open' calib-deploy undo -c calib -t pixel_rms
same r2 "$d/pixel_rms/1-end.data"

# records that are none, or lead elsewhere, do no harm
echo outside >outside
{ echo '#calib-deploy change, form 1'; printf 'time\tx\nuser\tx\nhost\tx\nverb\tput\nhistory\tHISTORY\nop\tnew\t../outside/x/y\t-\t-\t8:0\t-\t-\nend\t1\n'; } >calib/HISTORY/000900
echo garbage >calib/HISTORY/000901; : >calib/HISTORY/000902; printf '\0\0' >calib/HISTORY/notes
sed 's/000900/x/; s/outside.x.y/Camera::CalibV1\/s\/t\/..\/x/' calib/HISTORY/000900 >calib/HISTORY/000903
ok 'list' calib-deploy undo --list -c calib
has .err '000900: line 7 is no operation, passed over'
has .err '000901: line 1 is not'
has .err '000902: is not complete, passed over'
put -t pixel_rms -v 2-end r1
[ -e calib/HISTORY/000904 ] || die 'the number of a broken record was taken again'
[ "$(cat outside)" = outside ] || die 'something outside was touched'
fails 1 'no such calibration directory' calib-deploy undo -c nowhere
[ ! -e nowhere ] || die 'undo made a directory'
