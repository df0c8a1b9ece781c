# calib-deploy find: why this file, what ruled at an earlier time, and of which camera it is.
. "$(dirname "$0")/../lib.sh"
cam='XppEndstation.0:Opal1000.1'
CALIB_USER=poc CALIB_HOST=h; export CALIB_USER CALIB_HOST
d="calib/Camera::CalibV1/$cam/pedestals"
f="-c calib -s $cam -t pedestals"
mkdir -p "$d"

# why: highest priority first, then what does not hold the run
for n in 220-230 220-end 221-240 528-end 222-end 659-800 373-end 79-end 45-end 9-5 1-5-9; do echo "$n" >"$d/$n.data"; done
ok 'why' calib-deploy find $f -r 225 --why
cut -f 1,2,5 .out | tr '\t' '|' >got
cat >want <<'X'
#rules|file|reason
yes|222-end.data|rules
no|221-240.data|begins before 222-end.data, which begins at run 222
no|220-230.data|begins before 222-end.data, which begins at run 222
no|220-end.data|begins before 222-end.data, which begins at run 222
no|79-end.data|begins before 222-end.data, which begins at run 222
no|45-end.data|begins before 222-end.data, which begins at run 222
no|1-5-9.data|is never used: the last run is neither a number nor 'end'
no|659-800.data|begins after run 225
no|528-end.data|begins after run 225
no|373-end.data|begins after run 225
no|9-5.data|is never used: the range is reversed, the file is never used
X
same want got
ok 'equal begin' calib-deploy find $f -r 220 --why
has .out 'begins with 220-230.data, but ends later'
echo x >"$d/0222-end.data"
ok 'equal range' calib-deploy find $f -r 225 --why --json
has .out '"rules":"yes","file":"0222-end.data","begin":222,"end":"end"'
has .out 'is for the same runs as 0222-end.data, whose name comes first'
fails 1 'no file for run 44' calib-deploy find $f -r 44 --why
has .out '45-end.data	45	end	begins after run 44'
fails 2 'a path is no table' calib-deploy find $f -r 44 --json
fails 2 'is not a time' calib-deploy find $f -r 44 --as-of yesterday
fails 2 'needs -e EXP' calib-deploy find $f -r 44 --check
rm -r calib; mkdir -p "$d"

# a life: deployed, narrowed, replaced with a backup, deleted, overwritten without one
rec() { # rec FILE TIME [CMD]: a line of HISTORY
	if [ $# -gt 2 ]; then printf 'file:%s  cmd:rm  comment:c  user:u  host:h  cptime:%s  zone:UTC\n' "$1" "$2"
	else printf 'file:%s  copy_of:x  exp:e  run:0001  comment:c  user:u  host:h  cptime:%s  zone:UTC\n' "$1" "$2"; fi >>"$d/HISTORY"
}
put() { echo "$3" >"$d/$1"; touch -d "$2" "$d/$1"; }
rec 1-end.data 2015-01-01T00:00:00
put 1-end.data-2015-03-01T00:00:00 '2015-01-01 00:00:00' first
rec 1-end.data 2015-03-01T00:00:01
put 1-end.data-2015-03-01T00:00:00.1 '2015-03-01 00:00:00' between
rec 50-60.data 2015-04-01T00:00:00
rec 50-60.data 2015-05-01T00:00:00 rm
put 50-60.data-2015-05-01T00:00:00 '2015-04-01 00:00:00' narrow
put 1-end.data '2015-03-01 00:00:01' second
put 55-end.data '2015-06-01 00:00:00' unrecorded
rec 70-end.data 2015-07-01T00:00:00
rec 70-end.data 2015-08-01T00:00:00
put 70-end.data '2015-08-01 00:00:00' overwritten
was() { # was RUN TIME CONTENT
	calib-deploy find $f -r "$1" --as-of "$2" >.out 2>.err || { cat .err; die "run $1 at $2"; }
	[ "$(cat "$(cat .out)")" = "$3" ] || { cat .out; die "run $1 at $2: $(cat "$(cat .out)"), expected $3"; }
}
fails 1 'no file for run 55 at 2014-12-31T23:59:59 UTC' calib-deploy find $f -r 55 --as-of 2014-12-31T23:59:59
was 55 2015-01-01 first
was 55 2015-02-28T23:59:59 first
was 55 '2015-03-01 00:00' between
was 55 2015-03-01T00:00:01 second
was 55 2015-04-01T00:00:00 narrow
was 61 2015-04-15 second
was 55 2015-05-01T00:00:00 second
was 55 2015-05-31 second
was 55 2015-06-01 unrecorded
was 55 2015-12-01Z unrecorded
was 55 @1433116800 unrecorded
was 54 2015-12-01 second
was 80 2015-06-30 unrecorded
was 80 2015-08-02 overwritten
fails 1 '70-end.data: ruled run 80 then, but was replaced or deleted later and no backup was kept' calib-deploy find $f -r 80 --as-of 2015-07-15
ok 'why then' calib-deploy find $f -r 55 --as-of 2015-04-15 --why
cut -f 1,2,6,7 .out | tr '\t' '|' >got
printf '#rules|file|content|since\nyes|50-60.data|50-60.data-2015-05-01T00:00:00|2015-04-01T00:00:00\nno|1-end.data|1-end.data|2015-03-01T00:00:01\n' | cmp - got || { cat .out; die 'why then'; }
# the zone a record names settles the hour that the clock shows twice
rm "$d"/*; put 1-end.data '2015-11-01 10:00:00' now
printf 'file:2-end.data  copy_of:x  cptime:2015-11-01T01:30:00  zone:PST\n' >"$d/HISTORY"; put 2-end.data '2015-11-01 09:30:00' late
TZ=America/Los_Angeles calib-deploy find $f -r 5 --as-of 2015-11-01T09:29:59Z >.out 2>.err && die 'before it came'
[ "$(TZ=America/Los_Angeles calib-deploy find $f -r 5 --as-of 2015-11-01T09:30:00Z)" = "$d/2-end.data" ] || die 'the second 01:30'
# put keeps what as-of needs
rm -r calib; printf '1 2\n3 4\n' >a.txt; printf '1 2\n3 5\n' >b.txt
export CALIB_NOW
CALIB_NOW=1429300000; ok 'put' calib-deploy put $f -v 5-end a.txt
touch -d @1429300000 "$d/5-end.data"
CALIB_NOW=1429400000; ok 'replace' calib-deploy put $f -v 5-end --force b.txt
calib-deploy find $f -r 5 --as-of @1429300000 >.out || die 'as put left it'
same a.txt "$(cat .out)"
calib-deploy find $f -r 5 --as-of @1429400000 >.out || die 'as replaced'
same b.txt "$(cat .out)"
unset CALIB_NOW

# the camera: numbers of the panels and shapes, of the dark run and of the run
for r in 10 11; do ok "run $r" calib-sim -e xppi0613 -r $r -d Jungfrau --modules 1 --steps 3 -n 30 -o root; done
x=root/xpp/xppi0613/xtc/e000-r0011-s00-c00.xtc
jf=$(calib-scan -e xppi0613 --root root -r 10 -d Jungfrau 2>/dev/null | awk '/Jungfrau/ { print $1 }')
ok 'dark' sh -c 'calib-dark -e xppi0613 --root root -r 10 -d Jungfrau --algo plain -w work >rows'
ok 'deploy' sh -c 'grep -v rms_cm rows | calib-deploy put --list -e xppi0613 --root root'
c="-e xppi0613 --root root -s $jf -t pedestals"
ok 'same camera' calib-deploy find $c -r 11 --check
printf 'panels\t400820d00ff0017-21fe1013-f0be06\t400820d00ff0017-21fe1013-f0be06\tsame\n' >want
sed -n 2p .out | cmp - want || { cat .out; die 'panels'; }
[ "$(cut -f 4 .out | sort | uniq -c | tr -s ' ')" = "$(printf ' 3 same\n 1 verdict')" ] || { cat .out; die 'three comparisons'; }
need_numpy
"$python" - "$x" <<'X' || die 'another serial number'
import sys
b = open(sys.argv[1], 'rb').read()
old, new = (0xf0be06).to_bytes(8, 'little'), (0xabcdef).to_bytes(8, 'little')
assert b.count(old) >= 1
open(sys.argv[1], 'wb').write(b.replace(old, new))
X
fails 1 'is not of the camera of the run' calib-deploy find $c -r 11 --check
has .out 'panels	400820d00ff0017-21fe1013-f0be06	400820d00ff0017-21fe1013-abcdef	different'
fails 1 'run 12 has no data here' calib-deploy find $c -r 12 --check
# a store of its panels is found by the data of the run
ok 'store' calib-deploy store add -e xppi0613 --root root -s "$jf" -r 10 -t pedestals root/xpp/xppi0613/calib/*/*/pedestals/10-end.data
[ -f root/xpp/xppi0613/calib/jungfrau/jungfrau-400820d00ff0017-21fe1013-f0be06.h5 ] || die 'named after its panels'
fails 1 'cannot open' calib-deploy store get -e xppi0613 --root root -s "$jf" -r 11 -t pedestals -o x.npy
# a camera that tells no numbers: the shape is left to compare
ok 'run 20' calib-sim -e xppi0613 -r 20 -d Opal1000 --size 4,6 -n 30 -o root
ok 'run 21' calib-sim -e xppi0613 -r 21 -d Opal1000 --size 4,5 -n 3 -o root
calib-dark -e xppi0613 --root root -r 20 -d Opal1000 -w work 2>/dev/null | calib-deploy put --list -e xppi0613 --root root >/dev/null || die 'put'
c="-e xppi0613 --root root -s XppEndstation.0:Opal1000.0 -t pedestals"
ok 'same shape' calib-deploy find $c -r 20 --check
has .out 'panels	-	-	unknown'
fails 1 'is not of the camera' calib-deploy find $c -r 21 --check --json
has .out '{"what":"shape","constants":"4x6","run":"4x5","verdict":"different"}'
