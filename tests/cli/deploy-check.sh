# calib-deploy check: every kind of fault is found in a directory made of them, and a good one passes.
. "$(dirname "$0")/../lib.sh"
umask 002
cam='XppEndstation.0:Opal1000.1' cs='XppGon.0:Cspad.0'
printf '1 2\n3 4\n' >p.txt; echo '1 25 25 100' >cm.txt; printf '1 2\n3 9\n' >p2.txt

# a directory as put leaves it has nothing to be warned of
for v in 1-end 50-60 100-end; do
	echo "# $v" | cat p.txt - >"p$v"
	ok "put $v" calib-deploy put -c good/calib -s "$cam" -t pedestals -v $v "p$v"
done
chmod 2775 good/calib
ok 'a good directory' calib-deploy check -c good/calib
cut -f 1,2,6,7 .out >got
printf 'note\toverlap\t1-end.data\trules 88 of its 9999 runs, the others are ruled by 50-60.data, 100-end.data\n' >want
sed 1d got | cmp - want || { cat .out; die 'notes of a good directory'; }
ok 'warnings only' calib-deploy check -c good/calib --level warning
[ "$(wc -l <.out)" -eq 1 ] || die 'notes at level warning'

# one of each
cp -a good/calib calib
d="calib/Camera::CalibV1/$cam/pedestals"
find_() { # find_ LEVEL PROBLEM FILE TEXT: one row says it
	awk -F'\t' -v l="$1" -v p="$2" -v f="$3" -v t="$4" '$1 == l && $2 == p && $6 == f && index($7, t) { n++ } END { exit n != 1 }' found ||
		{ cat found; die "not found: $*"; }
}
cp p.txt "$d/123.data"; cp p.txt "$d/9-5.data"; cp p2.txt "$d/0100-end.data"
cp p.txt "$d/20000-end.data"
cp p.txt "$d/200-300.data"; cp p2.txt "$d/200-250.data"; cp p.txt "$d/251-300.data"
: >"$d/400-401.data"; printf '1 nan\n2 3\n' >"$d/402-403.data"; echo 'hello' >"$d/404-405.data"
ln -s gone "$d/410-411.data"; ln -s 412-413.data "$d/412-413.data"; ln -s "$PWD/p.txt" "$d/414-415.data"
mkdir "$d/420-421.data"; mkfifo "$d/422-423.data"
echo '8 8' | tee "$d/430-431.data" >"$d/432-433.data"
cp p.txt "$d/440-441.data"; chmod 600 "$d/440-441.data"
echo '1 1' >"$d/442-443.data"; chmod 666 "$d/442-443.data"
: >"$d/.1-end.data.77-0.tmp"; : >"$d/1-end.data~"; cp p.txt "$d/1-end.data-2015-04-17T10:00:00"
echo 'garbage' >>"$d/HISTORY"
mkdir -p "calib/Camera::CalibV1/$cam/pixel_rms"; printf '1 2 3\n4 5 6\n' >"calib/Camera::CalibV1/$cam/pixel_rms/55-56.data"
cp p.txt "calib/Camera::CalibV1/$cam/pixel_rms/57-58.data"
mkdir -p "calib/Camera::CalibV1/$cs/pedestals" "calib/CsPad::CalibV1/$cs/pedestals" "calib/CsPad::CalibV1/EBeam" \
	"calib/Camera::CalibV1/$cam/center" "calib/Camera::CalibV1/$cam/pedestal" calib/cspad
cp p.txt "calib/CsPad::CalibV1/$cs/pedestals/1-end.data"; : >calib/stray.txt; ln -s nowhere "calib/Epix::CalibV1"
find calib -type d -exec chmod 2775 '{}' +; chmod 755 calib/CsPad::CalibV1
fails 1 'errors, ' timeout 20 calib-deploy check -c calib
cp .out found
find_ warning name 123.data 'no dash'
find_ warning name 9-5.data 'reversed'
find_ warning name 100-end.data 'another file names the same runs'
find_ warning name 20000-end.data 'beyond 9999'
find_ warning hidden 100-end.data 'ruled by 0100-end.data'
find_ warning hidden 200-300.data 'ruled by 200-250.data, 251-300.data'
find_ error empty 400-401.data 'no bytes'
find_ error content 402-403.data 'value 2 of pedestals is nan'
find_ error content 404-405.data 'neither text nor npy'
find_ warning shape 55-56.data 'has 6 values, the pedestals that rule run 55, 50-60.data, have 4'
find_ error dangling 410-411.data 'not there'
find_ error loop 412-413.data 'leads to itself'
find_ note link 414-415.data 'leads out'
find_ error not-a-file 420-421.data 'not a regular file'
find_ error not-a-file 422-423.data 'not a regular file'
find_ note duplicate 432-433.data 'same bytes as 430-431.data'
find_ warning mode 440-441.data 'mode 0600'
find_ warning mode 442-443.data 'everybody can change it'
find_ note stray .1-end.data.77-0.tmp 'killed while it wrote'
find_ note stray 1-end.data~ 'neither constants'
find_ warning history HISTORY '1 of its 4 lines are no records'
find_ note stray stray.txt 'not a directory'
find_ error dangling Epix::CalibV1 'not there'
lacks found '57-58.data	has 4'
[ "$(grep -c '1-end.data-2015' found)" -eq 0 ] || die 'a backup is no fault'
[ "$(grep -c 'calib/cspad\|	cspad	' found)" -eq 0 ] || die 'the place of a store is no fault'
row() { grep -qF "$(printf '%s' "$1" | tr '|' '\t')" found || { cat found; die "no row $1"; }; }
row "warning|group|Camera::CalibV1|$cs|-|-|belongs into the group CsPad::CalibV1"
row "warning|group|CsPad::CalibV1|EBeam|-|-|is not a source whose group is known"
row "warning|type|Camera::CalibV1|$cam|center|-|is not a calibration type of this detector"
row "warning|type|Camera::CalibV1|$cam|pedestal|-|is not a calibration type, nothing reads it"
row "note|no-constants|Camera::CalibV1|$cam|center|-|"
row "warning|mode|CsPad::CalibV1|-|-|-|mode 2755"
row "note|undocumented|CsPad::CalibV1|$cs|pedestals|1-end.data|HISTORY has no record of it"
row "error|content|CsPad::CalibV1|$cs|pedestals|1-end.data|shape 2x2 has 4 values"

# selections, forms, modes
fails 1 'errors, ' calib-deploy check -c calib -t pedestals -s "$cs"
[ "$(grep -c . .out)" -ge 2 ] || die 'selection'
lacks .out stray.txt
fails 1 'errors, ' timeout 20 calib-deploy check -c calib --level error --json
has .out '{"level":"error","problem":"loop","group":"Camera::CalibV1"'
fails 1 'errors, ' calib-deploy check -c calib --names --level error
lacks .out 'is nan'
has .out '412-413.data'
ok 'another mode is wanted' calib-deploy check -c good/calib --filemode 0664 --group "$(id -g)" --level warning
fails 1 '0 errors, ' calib-deploy check -c good/calib --group 65533 --level warning
has .out 'belongs to group'
fails 2 "'pedantic' is none of" calib-deploy check -c calib --level pedantic
fails 2 'not an octal mode' calib-deploy check -c calib --filemode 9
fails 1 'no such directory' calib-deploy check -c missing

# a HISTORY of 100 MB of rubbish, and one line without end: bounded memory, few words
mkdir -p "big/calib/Camera::CalibV1/$cam/pedestals"; b="big/calib/Camera::CalibV1/$cam/pedestals"
cp p.txt "$b/1-end.data"
head -c 100000000 /dev/zero | tr '\0' 'x' >"$b/HISTORY"
printf '\n\377\376\001file:\nfile:1-end.data      copy_of:a  exp:e  run:0007  comment:c  user:u  host:h  cptime:2015-04-17T10:00:00  zone:UTC\n' >>"$b/HISTORY"
i=0; while [ $i -lt 200 ]; do echo "line $i"; i=$((i + 1)); done >>"$b/HISTORY"
ok 'history of it' sh -c 'ulimit -v 200000; exec calib-deploy history -c big/calib'
[ "$(wc -l <.out)" -eq 2 ] || die 'its one record'
[ "$(wc -l <.err)" -eq 6 ] || { cat .err; die 'words about it'; }
has .err 'longer than 65536 bytes, line passed over'
has .err '197 more lines are no records'
ok 'status of it' sh -c 'ulimit -v 200000; exec calib-deploy status --long -c big/calib'
has .out '	0007	'
fails 1 'errors, ' sh -c 'ulimit -v 200000; exec calib-deploy check -c big/calib'
has .out '202 of its 203 lines are no records'

# what may not be read
if [ "$(id -u)" -ne 0 ]; then drop=; elif command -v setpriv >/dev/null; then
	drop='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$tmp"; cp "$(command -v calib-deploy)" "$tmp/calib-deploy" && PATH=$tmp:$PATH
else exit 0; fi
$drop calib-deploy --version >/dev/null 2>&1 || exit 0
chmod 2775 "$d"; chmod 0 "$d/50-60.data" "calib/CsPad::CalibV1/$cs/pedestals"
fails 1 'errors, ' timeout 20 $drop calib-deploy check -c calib
cp .out found
find_ error unreadable 50-60.data 'Permission denied'
row "error|unreadable|CsPad::CalibV1|$cs|pedestals|-|cannot be read: Permission denied"
exit 0
