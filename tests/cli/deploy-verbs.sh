# calib-deploy get, copy, move, delete: single files and groups, by argument and by pipe.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1' cs='XppGon.0:Cspad.0'
CALIB_NOW=1429300000 CALIB_USER=poc CALIB_HOST=psana1201
export CALIB_NOW CALIB_USER CALIB_HOST
printf '1 2\n3 4\n' >p.txt; printf '1 1\n2 2\n' >r.txt; printf '0 0\n0 0\n' >s.txt
echo '1 25 25 100' >cm.txt; echo '3 10 10 100' >cm2.txt
d="calib/Camera::CalibV1/$cam" c="calib/CsPad::CalibV1/$cs"
printf 'p.txt\t%s\tpedestals\t173-end\nr.txt\t%s\tpixel_rms\t173-end\ns.txt\t%s\tpixel_status\t173-300\ncm.txt\t%s\tcommon_mode\t5-7\n' "$cam" "$cam" "$cam" "$cs" >list
ok 'put' calib-deploy put --list -c calib <list

# get: the file that rules, or just that one; bytes unchanged
ok 'get' calib-deploy get -c calib -s "$cam" -t pedestals -r 9999
same p.txt .out
ok 'get to a file' calib-deploy get -c calib -s "$cam" -t pixel_status -v 173-300 -o got.txt
same s.txt got.txt
fails 1 'no file for run 5' calib-deploy get -c calib -s "$cam" -t pedestals -r 5 -o none.txt
[ ! -e none.txt ] || die 'get made a file of nothing'
fails 1 '1-2.data: cannot open' calib-deploy get -c calib -s "$cam" -t pedestals -v 1-2
fails 1 'got.txt: exists already' calib-deploy get -c calib -s "$cam" -t pedestals -r 200 --no-clobber -o got.txt
fails 2 'either -r RUN or -v RANGE' calib-deploy get -c calib -s "$cam" -t pedestals

# copy: what is not given stays
ok 'copy one' calib-deploy copy -c new/calib "$d/pedestals/173-end.data"
same p.txt "new/$d/pedestals/173-end.data"
has "new/$d/pedestals/HISTORY" "copy_of:$d/pedestals/173-end.data  exp:          run:0173  comment:calib-deploy-copy"
ok 'copy: source, type and range' calib-deploy copy -c new/calib -s "DetInfo(XppEndstation.0:Opal1000.2)" -t pixel_bkgd -v 9 "$d/pixel_rms/173-end.data"
same r.txt 'new/calib/Camera::CalibV1/XppEndstation.0:Opal1000.2/pixel_bkgd/9-end.data'
ok 'a file of no directory' calib-deploy copy -c new/calib -s "$cs" -t common_mode -v 1-end cm.txt
same cm.txt "new/$c/common_mode/1-end.data"
fails 1 'cm.txt: expected a path such as' calib-deploy copy -c new/calib -s "$cs" -t common_mode cm.txt
fails 1 '-s SOURCE, -t TYPE and -v RANGE are needed' calib-deploy copy -c new/calib cm.txt
fails 1 'the name says no runs' calib-deploy copy -c new/calib "$d/pedestals/x.data"
fails 2 "run range '9-5'" calib-deploy copy -c new/calib -v 9-5 "$d/pedestals/173-end.data"

# a group through a pipe, one range for all; HISTORY is passed over; all or nothing
ok 'group' sh -c 'calib-deploy status --paths -c calib | calib-deploy copy -c third/calib -v 0-end'
[ "$(find third -name '0-end.data' | wc -l)" -eq 4 ] || die 'a group of four'
ok 'NUL' sh -c "find calib/Camera* -type f -print0 | calib-deploy copy -0 -c 'fo
urth/calib' -v 3-4"
has .err 'HISTORY: is no file of constants, passed over'
[ "$(find 'fo
urth' -name '3-4.data' -printf 'x\n' | wc -l)" -eq 3 ] || die 'names with NUL'
fails 1 'no file was named that could be copied' sh -c "find calib -name HISTORY -type f | calib-deploy copy -c none/calib"
fails 1 "expected a path such as" sh -c "(find calib -name '*.data'; echo a/b) | calib-deploy copy -c none/calib"
[ ! -e none ] || die 'a group with a bad name was begun'
cp "$d/pedestals/173-end.data" "$d/pedestals/180-190.data"
fails 1 'are both to become' sh -c "calib-deploy status --paths -c calib | calib-deploy copy -c none/calib -v 1-end"
rm "$d/pedestals/180-190.data"
mkdir -p "calib/Epix::CalibV1/$cam"; mv "$d/pixel_rms" "calib/Epix::CalibV1/$cam"
ok 'a wrong group' calib-deploy copy -c fifth/calib "calib/Epix::CalibV1/$cam/pixel_rms/173-end.data"
has .err 'lies in the group Epix::CalibV1, the analysis looks for the source in Camera::CalibV1'
same r.txt "fifth/$d/pixel_rms/173-end.data"
mv "calib/Epix::CalibV1/$cam/pixel_rms" "$d"; rm -r calib/Epix*

# move: of this directory in one change, of another by its own, of any place just so
ok 'move here' calib-deploy move -c calib -v 170-300 "$d/pixel_status/173-300.data"
echo "$d/pixel_status/170-300.data" | cmp - .out || die 'move prints'
[ ! -e "$d/pixel_status/173-300.data" ] || die 'move left the old one'
has "$d/pixel_status/HISTORY" 'file:173-300.data    cmd:rm    comment:calib-deploy-move  user:poc'
ok 'undone at once' calib-deploy undo -c calib
[ -e "$d/pixel_status/173-300.data" ] && [ ! -e "$d/pixel_status/170-300.data" ] || die 'undo of a move'
ok 'onto itself' calib-deploy move -c ./calib/ "$d/pedestals/173-end.data"
has .err 'has this content already'
same p.txt "$d/pedestals/173-end.data"
ok 'move there' calib-deploy move -c sixth/calib "$c/common_mode/5-7.data"
[ ! -e "$c/common_mode/5-7.data" ] || die 'move left the old one in the other directory'
same cm.txt "sixth/$c/common_mode/5-7.data"
cp cm2.txt work.txt
ok 'move a work file' calib-deploy move -c sixth/calib -s "$cs" -t common_mode -v 8 work.txt
[ ! -e work.txt ] || die 'move left the work file'
ok 'a chain' sh -c "cp p.txt '$d/pedestals/1-2.data'; cp r.txt '$d/pedestals/3-4.data'
	calib-deploy move --force -c calib -v 3-4 '$d/pedestals/1-2.data'"
same p.txt "$d/pedestals/3-4.data"
printf 'nan\n' >bad.txt
fails 1 'expected a finite number' calib-deploy move -c sixth/calib -s "$cam" -t pedestals -v 1-2 bad.txt
[ -e bad.txt ] || die 'a refused file was moved away'

# delete: never without -y where nobody can be asked; a copy stays; only files of constants
fails 2 '-y is needed' calib-deploy delete "$d/pedestals/173-end.data"
ok 'delete' calib-deploy delete -y "$d/pedestals/173-end.data" "$d/pedestals/173-end.data"
echo "$d/pedestals/173-end.data" | cmp - .out || die 'delete prints'
[ ! -e "$d/pedestals/173-end.data" ] || die 'it is there still'
same p.txt "$d/pedestals/173-end.data-2015-04-17T19:46:40"
tail -n 1 "$d/pedestals/HISTORY" >got
printf 'file:173-end.data    cmd:rm    comment:calib-deploy-delete  user:poc  host:psana1201  cptime:2015-04-17T19:46:40  zone:UTC\n' | cmp - got || die 'the record of a deletion'
ok 'undo' calib-deploy undo -c calib
same p.txt "$d/pedestals/173-end.data"
cp -r calib before
fails 1 'cannot delete' calib-deploy delete -y "$d/pedestals/173-end.data" "$d/pedestals/7-8.data"
fails 1 'is no file of constants' calib-deploy delete -y "$d/pedestals/173-end.data" "$d/pedestals/HISTORY"
fails 1 'is no file of constants' calib-deploy delete -y "$d/pedestals/173-end.data-2015-04-17T19:46:40"
fails 1 'expected a path such as' calib-deploy delete -y p.txt
fails 1 'is not a file of the calibration directory calib' calib-deploy delete -y -c calib "third/$d/pedestals/0-end.data"
mv third/calib third/other
fails 1 'third/other is not called calib' calib-deploy delete -y "third/other/Camera::CalibV1/$cam/pedestals/0-end.data"
diff -r calib before || die 'a refused deletion changed something'
ok 'named' calib-deploy delete -y -c third/other "third/other/Camera::CalibV1/$cam/pedestals/0-end.data"
ok 'a group, for good' sh -c 'calib-deploy status --paths -c calib | calib-deploy delete -y --no-backup'
[ -z "$(calib-deploy status --paths -c calib)" ] || die 'something is left'
fails 1 'no copy of what it held was kept' calib-deploy undo -c calib

# --dry-run: commands that give the same files
rm -rf calib; cp -r before calib
calib-deploy status --paths -c calib | grep -v '/3-4.data' >paths
for verb in 'copy -v 400' 'move -v 400' 'move -c e\ f/calib' 'delete -y'; do
	rm -rf one two; mkdir one two; cp -r before one/calib; cp -r before two/calib
	case $verb in *-c*|delete*) where= ;; *) where='-c calib' ;; esac
	(cd one && eval "calib-deploy $verb $where <../paths >../printed 2>../err") || { cat err; die "$verb"; }
	(cd two && eval "calib-deploy $verb $where --dry-run <../paths >../commands 2>../err" && diff -r calib ../before && sh -eu ../commands) || { cat err commands; die "$verb --dry-run"; }
	diff -r one two || die "$verb: the commands give something else"
done
python3 - 2>/dev/null <<'X' || exit 0
import pty
X
# on a terminal the question is asked, and no means no
ask() { # ask ANSWER COMMAND...
	python3 - "$@" <<'X'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
text = b''
sent = False
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    text += piece
    if b'[y/N]' in text and not sent:
        os.write(fd, sys.argv[1].encode() + b'\n')
        sent = True
sys.stdout.write(text.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
X
}
ask n calib-deploy delete "$d/pedestals/173-end.data" >asked && die 'no is no'
has asked 'delete 1 file? [y/N]'; has asked 'not confirmed, nothing is done'
[ -e "$d/pedestals/173-end.data" ] || die 'deleted against the answer'
ask y calib-deploy delete "$d/pedestals/173-end.data" >asked || die 'yes is yes'
[ ! -e "$d/pedestals/173-end.data" ] || die 'not deleted'
ask '' calib-deploy undo -c calib >asked && die 'undo without an answer'
has asked 'put back 1 file of calib? [y/N]'
ask Y calib-deploy undo -c calib >asked || die 'undo'
ask y calib-deploy copy -c calib -v 500 "$d/pedestals/173-end.data" >asked || die 'copy'
has asked 'copy 1 file to calib? [y/N]'
