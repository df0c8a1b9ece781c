# calib-deploy put: what it writes, what it refuses, and what it leaves alone.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1'
dir="Camera::CalibV1/$cam"
CALIB_NOW=1429300000 CALIB_USER=poc CALIB_HOST=psana1201
export CALIB_NOW CALIB_USER CALIB_HOST
put() { calib-deploy put "$@"; }
array() { # array ROWS COLS VALUE
	awk -v r="$1" -v c="$2" -v v="$3" 'BEGIN { for (i = 0; i < r; i++) for (j = 0; j < c; j++)
		printf "%s%s", v, j < c - 1 ? " " : "\n" }'
}
array 4 5 100.5 >peds.txt
array 4 5 101.5 >newer.txt
array 4 5 2.5 >rms.txt

# modes do not depend on the umask; bytes are unchanged; the path is printed
umask 077
ok 'put' put -c 'a b/calib' -e xppi0613 -r 173 -s "DetInfo($cam)" -t pedestals -v 0173 peds.txt
t="a b/calib/$dir/pedestals"
echo "$t/173-end.data" | cmp - .out || die 'the path was not printed'
same peds.txt "$t/173-end.data"
[ "$(stat -c %a "$t" 'a b/calib' "a b/calib/$dir")" = '2775
2775
2775' ] || die 'modes of directories'
[ "$(stat -c %a "$t/173-end.data" "$t/HISTORY")" = '664
664' ] || die 'modes of files'
printf 'file:173-end.data    copy_of:peds.txt  exp:xppi0613  run:0173  comment:calib-deploy  user:poc  host:psana1201  cptime:2015-04-17T19:46:40  zone:UTC\n' | cmp - "$t/HISTORY" || die 'HISTORY'
umask 022

# identical content: file, time and HISTORY untouched
touch -d 2001-02-03 "$t/173-end.data" "$t/HISTORY"
before=$(stat -c '%i %Y %s' "$t"/*)
ok 'put the same' put -c 'a b/calib' -s "$cam" -t pedestals -v 173-end peds.txt
has .err 'has this content already'
[ ! -s .out ] || die 'a path was printed although nothing was written'
[ "$before" = "$(stat -c '%i %Y %s' "$t"/*)" ] || die 'identical content was touched'

# another content: the old one stays as a backup, its mode is kept
chmod 640 "$t/173-end.data"
ok 'put another' put -c 'a b/calib' -s "$cam" -t pedestals -v 173-end --comment 'second try' newer.txt
same newer.txt "$t/173-end.data"
same peds.txt "$t/173-end.data-2015-04-17T19:46:40"
[ "$(stat -c %a "$t/173-end.data")" = 640 ] || die 'the mode of a replaced file changed'
ok 'third in the same second' put -c 'a b/calib' -s "$cam" -t pedestals -v 173-end peds.txt
same newer.txt "$t/173-end.data-2015-04-17T19:46:40.1"
ok 'no backup' put -c 'a b/calib' -s "$cam" -t pedestals -v 173-end --no-backup newer.txt
[ "$(ls "$t" | wc -l)" -eq 4 ] || die 'a backup in spite of --no-backup'
[ "$(wc -l <"$t/HISTORY")" -eq 4 ] || die 'one record for each deployment'
has "$t/HISTORY" 'comment:second try  user:poc'
fails 1 'exists already' put -c 'a b/calib' -s "$cam" -t pedestals -v 173-end --no-clobber peds.txt
ok 'modes given' put -c c1 -s "$cam" -t pedestals -v 5-6 --dirmode 0750 --filemode 0600 --history-file '' peds.txt
[ "$(stat -c %a "c1/$dir/pedestals" "c1/$dir/pedestals/5-6.data")" = '750
600' ] || die 'modes given'
[ ! -e "c1/$dir/pedestals/HISTORY" ] || die 'HISTORY in spite of an empty name'

# standard input, and the first run when no run is given
ok 'stdin' sh -c "calib-deploy put -c c2 -s $cam -t pixel_rms -v 7-9 <rms.txt"
same rms.txt "c2/$dir/pixel_rms/7-9.data"
has "c2/$dir/pixel_rms/HISTORY" 'copy_of:-  exp:          run:0007  comment'

# -e: the default directory below --root
ok 'exp' put -e xppi0613 --root root -s "$cam" -t pedestals -v 1-end peds.txt
same peds.txt "root/xpp/xppi0613/calib/$dir/pedestals/1-end.data"

# who hides whom
ok '1-end' put -c c3 -s "$cam" -t pedestals -v 1-end peds.txt
[ ! -s .err ] || die 'a warning about an only file'
ok '50-60' put -c c3 -s "$cam" -t pedestals -v 50-60 peds.txt
has .err '50-60.data: hides 1-end.data for runs 50-60'
ok '50-end' put -c c3 -s "$cam" -t pedestals -v 50-end peds.txt
has .err '50-end.data: is hidden for runs 50-60 by 50-60.data'
has .err '50-end.data: hides 1-end.data for runs 61-end'
ok '40-55' put -c c3 -s "$cam" -t pedestals -v 40-55 peds.txt
has .err '40-55.data: is hidden for runs 50-55 by 50-60.data'
has .err '40-55.data: hides 1-end.data for runs 40-49'

# dry run: the reference's commands, quoted for the shell; nothing appears
cp peds.txt "it's.txt"
ok 'dry run' put -c 'new dir' -s "$cam" -t pedestals -v 1-2 --dry-run "it's.txt"
grep '^cp ' .out >got
printf '%s\n' "cp 'it'\\''s.txt' 'new dir/$dir/pedestals/1-2.data'" | cmp - got || die 'dry run'
[ ! -e 'new dir' ] || die 'a dry run wrote something'
ok 'dry run plain' put -c calib -s XppGon.0:Cspad.0 -t common_mode -v 173-end --dry-run - <<'X'
1 25 25 100
X
has .out 'cp /dev/stdin calib/CsPad::CalibV1/XppGon.0:Cspad.0/common_mode/173-end.data'

# usage
fails 2 "run range '9-5'" put -c c -s "$cam" -t pedestals -v 9-5 peds.txt
fails 2 "run range '1-10000'" put -c c -s "$cam" -t pedestals -v 1-10000 peds.txt
fails 2 'Give -c DIR or -e EXP' put -s "$cam" -t pedestals -v 1 peds.txt
fails 2 '-v RANGE' put -c c -s "$cam" -t pedestals peds.txt
fails 2 'only one file' put -c c -s "$cam" -t pedestals -v 1 peds.txt rms.txt
fails 2 "--max-bad: '2'" put -c c -s "$cam" -t pedestals -v 1 --max-bad 2 peds.txt
fails 2 "'0999' is not an octal mode" put -c c -s "$cam" -t pedestals -v 1 --filemode 0999 peds.txt

# refusals, each with its reason; none of them leaves a trace
refuse() { # refuse TEXT SOURCE TYPE FILE [OPTION...]
	want=$1 src=$2 type=$3 f=$4; shift 4
	fails 1 "$want" put -c no -s "$src" -t "$type" -v 1-end "$@" "$f"
	[ ! -e no ] || die "refused ($want), but something was written"
}
: >empty; echo '# only this' >comment; printf '1 2\n3 nan\n' >nan; printf '1 2\n3 inf\n' >inf
printf '0 1\n0 0.5\n' >half; printf '0 0\n0 70000\n' >large; printf '0 0\n0 -1\n' >minus
array 10 10 0 >good; { array 1 10 0; array 9 10 1; } >hot; array 4 3 1 >small
gzip -c peds.txt >peds.txt.gz; printf '1 2\n3 x\n' >word; seq 17 >long
refuse 'holds no data' "$cam" pedestals empty
refuse 'holds no data' "$cam" pedestals comment
refuse 'value 4 of pedestals is nan, expected a finite number' "$cam" pedestals nan
refuse 'value 4 of pixel_rms is inf, expected a finite number' "$cam" pixel_rms inf
refuse 'value 4 of pixel_status is 0.5, expected a whole number' "$cam" pixel_status half
refuse 'value 4 of pixel_status is 70000, expected uint16' "$cam" pixel_status large --max-bad 1
refuse 'value 4 of pixel_mask is -1, expected uint8' "$cam" pixel_mask minus
refuse '90 of 100 pixels are bad (90.0 %)' "$cam" pixel_status hot
refuse '100 of 100 pixels are bad' "$cam" pixel_mask good
refuse "has 12 values, pedestals of 'XppGon.0:Cspad.0' must have 2296960" XppGon.0:Cspad.0 pedestals small
refuse "must have Nx512x1024 or 3x that" CxiEndstation.0:Jungfrau.0 pedestals small
refuse "must have 16x352x384 or 7x that" MfxEndstation.0:Epix10ka2M.0 pixel_gain small
refuse 'is compressed with gzip' "$cam" pedestals peds.txt.gz
refuse "word" "$cam" pedestals word
refuse '17 numbers, common_mode' "$cam" common_mode long
refuse "number 4 of common_mode is 'x" "$cam" common_mode word
refuse "12 numbers, center of 'XppGon.0:Cspad.0' has 96" XppGon.0:Cspad.0 center small
refuse "'pedestal' is not a calibration type" "$cam" pedestal peds.txt
refuse "has no constants of type 'pixel_offset'" "$cam" pixel_offset peds.txt
refuse "no calibration group is known" EBeam pedestals peds.txt
refuse 'cannot be the name of a directory' '../X:Cspad.0' pedestals peds.txt
refuse 'not-there: cannot open' "$cam" pedestals not-there
refuse 'cannot read' "$cam" pedestals .
# with --force doubts are warnings
ok 'force' put -c forced -s "$cam" -t pixel_status -v 1-end --force hot
has .err '90 of 100 pixels are bad (90.0 %)'
has .err '(deployed because of --force)'
same hot "forced/$dir/pixel_status/1-end.data"
ok 'max-bad' put -c forced -s "$cam" -t pixel_status -v 2-end --max-bad 0.9 hot
ok 'reversed, forced' put -c forced -s "$cam" -t pedestals -v 9-5 --force peds.txt
same peds.txt "forced/$dir/pedestals/9-5.data"

# a shift of the pedestals against those in force: (300.5 - 100.5) / 2.5 = 80
array 4 5 300.5 >light.txt
put -c c4 -s "$cam" -t pedestals -v 1-end peds.txt >/dev/null
ok 'no rms in force: not checked' put -c c4 -s "$cam" -t pedestals -v 3-end light.txt
put -c c4 -s "$cam" -t pixel_rms -v 1-end rms.txt >/dev/null
fails 1 'by 80.0 times the rms (median), more than --max-shift 20' put -c c4 -s "$cam" -t pedestals -v 2-end light.txt
ok 'same as in force there' put -c c4 -s "$cam" -t pedestals -v 4-end light.txt
ok 'limit given' put -c c4 -s "$cam" -t pedestals -v 2-end --max-shift 80 light.txt
ok 'off' put -c c4 -s "$cam" -t pedestals -v 1-end --max-shift 0 light.txt
