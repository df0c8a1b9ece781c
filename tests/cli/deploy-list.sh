# calib-deploy find, status, history, path; put --list: all or nothing.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1' cs='XppGon.0:Cspad.0'
CALIB_NOW=1429300000 CALIB_USER=poc CALIB_HOST=psana1201
export CALIB_NOW CALIB_USER CALIB_HOST
printf '1 2\n3 4\n' >p.txt; printf '1 1\n2 2\n' >r.txt; printf '0 0\n0 0\n' >'s t.txt'
echo '1 25 25 100' >cm.txt

# rows separated by tabs or blanks; comments ignored; order kept
printf '#file\tsource\ttype\trange\n\np.txt\t%s\tpedestals\t173-end\ns t.txt\t%s\tpixel_status\t173\nr.txt  %s  pixel_rms 173-end \ncm.txt\t%s\tcommon_mode\t5-7' \
	"$cam" "$cam" "$cam" "$cs" >list
ok 'dry run of a list' sh -c 'calib-deploy put --list -c calib -e xppi0613 --comment calibrun-dark --dry-run <list'
cat >want <<X
cp p.txt calib/Camera::CalibV1/$cam/pedestals/173-end.data
cp 's t.txt' calib/Camera::CalibV1/$cam/pixel_status/173-end.data
cp r.txt calib/Camera::CalibV1/$cam/pixel_rms/173-end.data
cp cm.txt calib/CsPad::CalibV1/$cs/common_mode/5-7.data
X
grep '^cp ' .out | cmp want - || die 'commands'
[ ! -e calib ] || die 'a dry run wrote something'
sh -eu .out || die 'the commands do not run'
mv calib by-commands
ok 'list' sh -c 'calib-deploy put --list -c calib -e xppi0613 --comment calibrun-dark <list'
sed "s/.* //" want | cmp - .out || die 'paths written'
diff -r calib by-commands || die 'the commands give other files'
same 's t.txt' "calib/Camera::CalibV1/$cam/pixel_status/173-end.data"
cp -r calib before

# one bad item: nothing is written, every bad one is named
printf '9 9\n9 9\n' >p2.txt; echo 'x' >bad.txt
printf 'p2.txt\t%s\tpedestals\t173-end\nbad.txt\t%s\tpixel_rms\t1-2\ngone.txt\t%s\tpixel_rms\t3-4\n' "$cam" "$cam" "$cam" >list2
fails 1 '2 of 3 files are refused, nothing is deployed' sh -c 'calib-deploy put --list -c calib <list2'
has .err 'bad.txt'
has .err 'gone.txt: cannot open'
diff -r calib before || die 'a list with a bad item changed something'
printf 'p.txt %s pedestals 1-2\np2.txt %s pedestals 01-2\n' "$cam" "$cam" >twice
fails 1 "'p.txt' and 'p2.txt' are both to become" sh -c 'calib-deploy put --list -c calib <twice'
fails 1 'standard input:1: 3 cells' sh -c "echo a b c | calib-deploy put --list -c calib"
fails 1 "standard input:1: '-' cannot be a file" sh -c "echo - $cam pedestals 1-2 | calib-deploy put --list -c calib"
fails 1 "p.txt: run range '5-2'" sh -c "echo p.txt $cam pedestals 5-2 | calib-deploy put --list -c calib"
fails 2 'stand in the rows' calib-deploy put --list -c calib p.txt
ok 'an empty list' sh -c 'calib-deploy put --list -c nothing </dev/null'
[ ! -e nothing ] || die 'an empty list made a directory'
diff -r calib before || die 'a refused list changed something'

# find and path
ok 'find' calib-deploy find -c calib/ -s "DetInfo($cam)" -t pedestals -r 9999
echo "calib/Camera::CalibV1/$cam/pedestals/173-end.data" | cmp - .out || die 'find'
fails 1 'no file for run 172' calib-deploy find -c calib -s "$cam" -t pedestals -r 172
[ ! -s .out ] || die 'find printed something'
fails 1 'missing: there is no such calibration directory' calib-deploy find -c missing -s "$cam" -t pedestals -r 1
fails 2 '-r RUN is needed' calib-deploy find -c calib -s "$cam" -t pedestals
fails 2 "'-1' is not a whole number" calib-deploy find -c calib -s "$cam" -t pedestals -r -1
ok 'path' calib-deploy path -e xppi0613 --root /sdf/data/lcls/ds -s "$cs" -t pedestals -v 0173
echo "/sdf/data/lcls/ds/xpp/xppi0613/calib/CsPad::CalibV1/$cs/pedestals/173-end.data" | cmp - .out || die 'path'
ok 'path, root from the environment' env SIT_PSDM_DATA=/x calib-deploy path -e cxi01234 -s "$cs" -t pedestals -v 1-2
has .out '/x/cxi/cxi01234/calib/CsPad::CalibV1'
fails 1 "experiment '../x'" calib-deploy path -e ../x -s "$cs" -t pedestals

# status: effective runs, filters, remarks, JSON
d="calib/Camera::CalibV1/$cam/pedestals"
printf '1 2\n3 4\n' >"$d/50-60.data"; cp "$d/50-60.data" "$d/1-end.data"
cp "$d/50-60.data" "$d/5-last.data"; cp "$d/50-60.data" "$d/9-5.data"
touch -d '2015-04-17 12:00:00' "$d/1-end.data"; chmod 640 "$d/1-end.data"
ok 'status' calib-deploy status -c calib -d opal1000 -t pedestals
has .err '5-last.data: the last run is neither a number nor'
has .err '9-5.data: the range is reversed'
cut -f 4-8 .out >got
printf 'file\tbegin\tend\teffective-intervals\tsize\n1-end.data\t1\tend\t1-49,61-172\t8\n9-5.data\t9\t5\t-\t8\n50-60.data\t50\t60\t50-60\t8\n173-end.data\t173\tend\t173-end\t8\n' | cmp - got || die 'status'
sed -n 2p .out | cut -f 9,11 >got
printf '2015-04-17T12:00:00\t0640\n' | cmp - got || die 'time and mode'
ok 'paths' calib-deploy status -c calib -s "$cs" --paths
echo "calib/CsPad::CalibV1/$cs/common_mode/5-7.data" | cmp - .out || die 'paths'
ok 'json' calib-deploy status -c calib -t common_mode,pixel_rms --json
[ "$(wc -l <.out)" -eq 2 ] || die 'rows of JSON'
has .out '"begin":5,"end":7,"effective-intervals":"5-7"'
ok 'by source' calib-deploy status -c calib -d "CSPAD,$cam" --paths
[ "$(wc -l <.out)" -eq 7 ] || die 'status -d'
ok 'none' calib-deploy status -c calib -d Epix100a --paths
[ ! -s .out ] || die 'a detector that is not there'
fails 1 "no detector 'CSPAT'" calib-deploy status -c calib -d CSPAT
fails 1 'missing: no such directory' calib-deploy status -c missing

# history: our records, then those of all other writers
ok 'history' calib-deploy history -c calib -d CSPAD
cut -f 4-12 .out | tail -n 1 >got
printf '5-7.data\t2015-04-17T19:46:40\tUTC\tcp\txppi0613\t0005\tpoc\tpsana1201\tcalibrun-dark\n' | cmp - got || die 'history'
need_golden deploy
cp "$g/HISTORY.sample" "$d/HISTORY"; chmod u+w "$d/HISTORY"
printf 'garbage\nfile:1-2.data  cmd:rm' >>"$d/HISTORY"
ok 'history of all' calib-deploy history -c calib -s "$cam" -t pedestals
[ "$(wc -l <.out)" -eq 7 ] || die 'records'
has .err "HISTORY:9: 'garbage' does not begin with file:, line passed over"
has .out "9-end.data	2015-04-17T12:46:40	-	cp	-	-	poc	psana1201	-	./work/nda.txt	-	pedestals	/home/poc"
has .out "	rm	-	-	poc	psana1201	single-file-manager	-"

# the display of calibman
mkdir ref
while read -r f; do mkdir -p "ref/calib/$(dirname "$f")"; : >"ref/calib/$f"; done <"$g/status_reference_tree.txt"
cd ref || exit 1
for det in CSPAD CSPAD2x2 Opal1000 Princeton; do
	echo "### detector $det, calibration type pedestals"
	calib-deploy status --reference -c calib -d $det -t pedestals
	echo "### detector $det, calibration type all"
	calib-deploy status --reference -c calib -d $det
done >got
same "$g/status_reference.txt" got
: >calib/CsPad::CalibV1/XppGon.0:Cspad.0/pedestals/20-70.data
: >calib/CsPad::CalibV1/XppGon.0:Cspad.0/pedestals/7.data
ok 'not used' calib-deploy status --reference -c calib -d cspad -t pedestals
has ../.out '                50-60.data      run range 0050 - 0060'
lacks ../.out '7.data '
