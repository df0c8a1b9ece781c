# What calibrun tells others: the log as JSON, the record of the site, the summary in words.
. "$(dirname "$0")/../lib.sh"
cam=XppEndstation.0:Opal1000.0
ok 'runs' sh -c 'for r in 4 5; do calib-sim -e xppi0613 -r $r -d Opal1000,CSPAD2x2 --size 20,30 -n 20 -o data; done'
base='calibrun -e xppi0613 -d Opal1000 --root data'
CALIB_HOST=h CALIB_USER=poc CALIB_NOW=1400000000
export CALIB_HOST CALIB_USER CALIB_NOW

# ---- --log-json: the records of the log file, in their order, whatever -p
mkdir 'w "x" y'
ok 'JSON' env TZ=America/Los_Angeles $base -r 4 -P -D -w 'w "x" y' -c c --log-json log.json -p 020
[ "$(grep -c . log.json)" -eq "$(grep -c '^2014-' 'w "x" y'/*-log.txt)" ] || die 'not as many records as the log'
grep -qvE '^\{"time":"2014-05-13T09:53:20-07:00","level":"(info|warning|error|critical)","program":"calib[a-z-]*","text":".*"\}$' log.json &&
	die 'a line is no record'
has log.json '"level":"warning","program":"calibrun","text":"there is no configuration file'
has log.json '"program":"calib-dark"'
has log.json "w \\\"x\\\" y/clb-xppi0613-r0004-peds-ave-$cam.txt"
python=$(command -v /usr/bin/python3 || command -v python3)
if [ -n "$python" ]; then
	ok 'as a program reads it' "$python" - 'w "x" y' <<-'P'
	import glob, json, sys
	log = open(glob.glob(sys.argv[1] + '/*-log.txt')[0]).read().splitlines()
	for line, want in zip(open('log.json'), log):
	    r = json.loads(line)
	    assert sorted(r) == ['level', 'program', 'text', 'time'], r
	    assert want == '2014-05-13 09:53:20 (%s) %s: %s' % (r['level'], r['program'], r['text']), want
	P
fi
# appended to; a quarter of an hour in the zone; records from before the log, and what ends it early
n=$(grep -c . log.json)
ok 'again' env TZ=ABC-05:45 $base -r 4 -P -w w2 --log-json log.json
[ "$(head -n "$n" log.json | grep -c T09:53:20-07:00)" -eq "$n" ] || die 'the old lines are not kept'
[ "$(tail -n +$((n + 1)) log.json | grep -c 'T22:38:20+05:45')" -gt 9 ] || die 'no new lines'
ok 'last' $base -r last -P -w w2 --log-json last.json
has last.json '"text":"-r last: run 5 is the newest'
fails 1 'no such directory' $base --root nowhere -r last -P -w w2 --log-json early.json
has early.json '"level":"error","program":"calibrun","text":"-r last: nowhere'
# one write a line, as they come
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	strace -o trace -e trace=write,openat $base -r 4 -P -w w2 --log-json one.json >/dev/null 2>&1
	fd=$(awk '/one.json/ { print $NF; exit }' trace)
	grep 'one.json' trace | grep -q O_APPEND || die 'not opened for appending'
	[ "$(grep -c "^write($fd, \"{" trace)" -eq "$(grep -c . one.json)" ] || die 'a line is not one write'
fi
# it cannot be written: before anything is done; later it is said and the constants are made
fails 1 'nodir/l.json: cannot open the log in JSON' $base -r 4 -P -w w3 --log-json nodir/l.json
[ ! -e w3 ] || die 'something was done'
ok 'a full disk' $base -r 4 -P -D -w w3 -c c3 --log-json /dev/full
has .err '/dev/full: cannot write: No space left on device'
[ "$(grep -c /dev/full .err)" -eq 1 ] || die 'said more than once'
[ -s c3/Camera::CalibV1/$cam/pedestals/4-end.data ] || die 'no constants for want of a log'
ok '--dry-run' $base -r 4 -P -w w4 --log-json dry.json --dry-run
[ ! -e dry.json ] || die '--dry-run writes a log'

# ---- --record: a line a run, also of one that fails
ok 'record' env TZ=America/Los_Angeles CALIB_WORK_DIR="$(printf '/a b\tc')" $base -r 4 -P -D -w w5 -c c5 --record rec.tsv
fails 1 'run 6' $base -d Opal1000,CSPAD2x2 -r 4,6,5 -P -w w5 --record rec.tsv
sed "s/	$(calibrun -V | awk '{ print $NF }')	/	VERSION	/" rec.tsv >got
cat >want <<E
#date	time	zone	user	host	cwd	exp	run	dets	version	status
2014-05-13	09:53:20	PDT	poc	h	/a b?c	xppi0613	4	Opal1000	VERSION	0
2014-05-13	16:53:20	UTC	poc	h	$PWD	xppi0613	4	Opal1000,CSPAD2x2	VERSION	0
2014-05-13	16:53:20	UTC	poc	h	$PWD	xppi0613	6	Opal1000,CSPAD2x2	VERSION	1
2014-05-13	16:53:20	UTC	poc	h	$PWD	xppi0613	5	Opal1000,CSPAD2x2	VERSION	0
E
same want got
# an empty file that the site has made is new; many at once: whole lines, one header
: >rec2.tsv; chmod 620 rec2.tsv
ok 'an empty file' $base -r 4 -P -w w5 --record rec2.tsv
ok 'its mode' [ "$(stat -c %a rec2.tsv)" = 620 ]
for i in 1 2 3 4 5 6; do $base -r 4 -w "wp$i" --record rec2.tsv >/dev/null 2>&1 & done; wait
[ "$(grep -c '^#date' rec2.tsv)" -eq 1 ] && [ "$(grep -c . rec2.tsv)" -eq 8 ] || { cat rec2.tsv; die 'not eight lines'; }
awk -F'\t' 'NF != 11 { exit 1 }' rec2.tsv || die 'a line is torn'
# it is never in the way
for f in /dev/full nodir/rec.tsv .; do
	ok "$f" $base -r 4 -P -D -w w6 -c c6 --record $f
	has .out "(warning) calibrun: --record: $f: cannot"
done
ok '--dry-run' $base -r 4 -P -w w4 --record dry.tsv --dry-run
[ ! -e dry.tsv ] || die '--dry-run writes a record'

# ---- --summary-text: what --summary says, in words
two='calibrun -e xppi0613 -d Opal1000,CSPAD2x2 --root data'
fails 1 'run 6' $two -r 4,6,5 -P -D -w w7 -c c7 --summary sum.tsv --summary-text sum.txt
grep -c . sum.txt | grep -qx 7 || { cat sum.txt; die 'not a line a run and a source'; }
has sum.txt 'xppi0613 run 4: done'
has sum.txt 'xppi0613 run 6: failed: data/xpp/xppi0613/xtc: no XTC files of run 6; the directory has runs 4-5'
has sum.txt "; deployed: pedestals for 5-end, pixel_rms for 5-end, pixel_status for 5-end, in c7/Camera::CalibV1/$cam"
awk -F'\t' '!/^#/ { printf "  %s: %d arrays averaged of %d events read, %d of %d pixels bad (%.3f %%), \n", $3, $11, $6, $14, $13, 100 * $14 / $13 }' sum.tsv >want
[ "$(grep -c . want)" -eq 4 ] || die 'not four rows'
grep '^  ' sum.txt | sed 's/median.*//' >got
same want got
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	ok 'medians' /usr/bin/python3 - "w7/clb-xppi0613-r0004-peds-ave-$cam.txt" "w7/clb-xppi0613-r0004-peds-rms-$cam.txt" <<-'P'
	import sys
	import numpy as np
	want = 'median pedestal %.1f ADU, median noise %.2f ADU;' % tuple(np.median(np.loadtxt(f)) for f in sys.argv[1:])
	line = [l for l in open('sum.txt') if 'Opal' in l][0]
	assert want in line, (want, line)
	P
fi
# what is there already, what was not asked for, what is not deployed and why
ok 'again' $two -r 4 -P -D -w w7 -c c7 --summary-text sum.txt
has sum.txt '; in force already: pedestals for 4-end, pixel_rms for 4-end, pixel_status for 4-end'
lacks sum.txt 'deployed'
ok '-P' $two -r 4 -P -w w7 --summary-text sum.txt --no-hotpix
has sum.txt '; not deployed, -D was not given'
fails 1 'no detector is left to deploy' $two -r 4 -P -D -w w8 -c c8 -t 1 --summary-text sum.txt --summary sum.tsv
awk -F'\t' -v s="$cam" '$3 == s && $10 == 20 && $13 == "-" && $14 == "-" && $15 == "no" { n++ } END { exit n != 1 }' sum.tsv \
	|| { cat sum.tsv; die 'no row of a source that could not be flagged'; }
grep -q "^  $cam: .*; not deployed: 600 of 600 pixels are bad" sum.txt || { cat sum.txt; die 'not why'; }
fails 1 'afile' sh -c ": >afile; exec $two -r 4 -D -w w7 -c afile/c --summary-text sum.txt"
grep -q "^  $cam: .*; not deployed: .*afile" sum.txt || { cat sum.txt; die 'not why'; }
fails 1 'nodir' $two -r 4 -D -w w7 -c c9 --summary-text nodir/sum.txt
[ -s "c9/Camera::CalibV1/$cam/pedestals/4-end.data" ] || die 'no constants for want of a summary'
# a gain detector has no one level
ok 'ranges' calib-sim -e xppi0613 -r 9 -d Jungfrau --steps 3 -n 60 -o jf
ok 'ranges' calibrun -e xppi0613 -r 9 -d Jungfrau --root jf -P -D -c c9 -w w9 --summary-text sum.txt
lacks sum.txt 'median'
has sum.txt 'pixel_gain for 0-end'
