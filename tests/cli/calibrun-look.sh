# calibrun --files, --clean and --preflight: what is told of a run without processing it.
. "$(dirname "$0")/../lib.sh"
cam=XppEndstation.0:Opal1000.0
ok 'run' calib-sim -e xppi0613 -r 7 -d Opal1000,CSPAD2x2 --size 20,30 -n 20 -o data
ok 'multi' calib-sim -e xppi0613 -r 8 -d Jungfrau -n 2 -o data
C='calibrun -e xppi0613 --root data -w w -c c'
files() { awk -F'\t' -v s="$1" '!/^#/ && $5 == s { print $3, $4 }' .out | sort; }
rows() { awk -F'\t' '!/^#/ { print $2, $3 }' .out; }

# ---- files: what is expected, what is there, what became of it
ok 'before' $C -d Opal1000 -r 7 --files
[ "$(head -n 1 .out)" = "$(printf '#run\tfile\tsource\ttype\tstate\tbytes\ttime\towner\tmode')" ] || die 'header'
[ "$(files missing)" = "$cam pedestals
$cam pixel_rms
$cam pixel_status
$cam report
$cam statistics" ] || die 'not the files of a camera'
[ ! -e w ] || die '--files makes the work directory'
has .out "7	w/clb-xppi0613-r0007-mask-hot-thr-0.00ADU-$cam.txt	"
grep -v '^#' .out | cut -f 2 | sort >expected
ok 'process' $C -d Opal1000 -r 7 -P
find w -name 'clb-*' ! -name '*done*' | sort >made
same expected made
ok 'after' $C -d Opal1000 -r 7 --files
[ "$(files complete | wc -l)" -eq 5 ] || die 'not all complete'
f=w/clb-xppi0613-r0007-peds-ave-$cam.txt
has .out "$f	$cam	pedestals	complete	$(stat -c %s "$f")	$(date -u -d "@$(stat -c %Y "$f")" +%Y-%m-%dT%H:%M:%S+0000)	$(id -un)	$(stat -c 0%a "$f")"
echo more >>"$f"
rm w/*peds-rms-*
touch "w/clb-xppi0613-r0007-peds-msk-$cam.txt" "w/clb-xppi0613-r0007-notes-$cam.txt" \
	w/clb-xppi0613-r0070-peds-ave-$cam.txt
ok 'changed' $C -d Opal1000 -r 7 --files
[ "$(files changed) $(files lost) $(files unfinished)" = \
	"$cam pedestals $cam pixel_rms $cam pixel_mask" ] || die 'wrong states'
ok 'two detectors' $C -d Opal1000,CSPAD2x2 -r 7 --files
[ "$(files missing | grep -c Cspad2x2)" -eq 5 ] || die 'the other detector'
rm -r data/xpp/xppi0613/xtc/*r0007*
ok 'the data are gone' $C -d Opal1000 -r 7 --files
has .err 'run 7: data/xpp/xppi0613/xtc: no XTC files of run 7'
[ "$(files complete | wc -l)" -eq 3 ] || die 'the files are not listed'

# ---- clean: those of the run and the detectors, and the record of them
fails 2 'call it without them' $C -d Opal1000 -r 7 --clean -D
fails 2 'give one of them' $C -d Opal1000 -r 7 --clean --files
ok 'another detector' $C -d CSPAD2x2 -r 7 --clean
[ ! -s .out ] && [ -s "$f" ] || die 'the wrong files are removed'
ok 'clean' $C -d Opal1000 -r 7 --clean </dev/null
[ "$(wc -l <.out)" -eq 5 ] || die 'not five files are removed'
[ ! -e "$f" ] && [ -e "w/clb-xppi0613-r0007-notes-$cam.txt" ] \
	&& [ -e "w/clb-xppi0613-r0070-peds-ave-$cam.txt" ] || die 'not the files of the run'
fails 1 'no finished processing' $C -d Opal1000 -r 7 -D
fails 1 'no such work directory' $C -w nowhere -d Opal1000 -r 7 --clean
if command -v script >/dev/null; then
	touch "$f"
	echo n | script -qec "$C -d Opal1000 -r 7 --clean" /dev/null >ask.out 2>&1
	has ask.out 'Remove the work files of run 7'
	[ -e "$f" ] || die 'removed against the answer'
	echo n | script -qec "$C -d Opal1000 -r 7 --clean --yes" /dev/null >ask.out 2>&1
	[ ! -e "$f" ] || die '--yes asks'
fi

# ---- preflight
ok 'run' calib-sim -e xppi0613 -r 7 -d Opal1000,CSPAD2x2 --size 20,30 -n 20 -o data
ls w >was
ok 'nothing hinders' $C -d Opal1000 -r 7 -P -D --preflight
[ "$(rows)" = 'files ok
detectors ok
gain ranges ok
work directory ok
calibration directory ok
group ok
queue ok' ] || die 'not all is well'
ls w >is
same was is
fails 1 '1 check failed' $C -d Opal1000,CSPAD -r 7 --preflight
has .out 'no data of CSPAD in the first 10 events'
fails 1 '2 checks failed' $C -d Opal1000 -r 9 --preflight
has .out '9	files	failed	data/xpp/xppi0613/xtc: no XTC files of run 9; the directory has runs 7-8'
fails 1 '1 check failed' $C -d Jungfrau -r 8 --preflight
has .out '8	gain ranges	failed	CxiEndstation.0:Jungfrau.0 has no events of G1,G2: give the other runs'
ok 'defaults' $C -d Jungfrau -r 8 --preflight --partial
has .out '8	gain ranges	warning	'
fails 1 'failed' $C -d Opal1000 -r 7 -D --preflight --group nosuchgroup
has .out 'group	failed	nosuchgroup: there is no such group'
touch plain; chmod +x plain
fails 1 'failed' $C -d Opal1000 -r 7 -D --preflight -c plain
has .out "calibration directory	failed	plain: 'plain' is not a directory"
fails 1 'failed' $C -d Opal1000 -r 7 --preflight -q psnehq --engine slurm
grep -q '^7	queue	failed	' .out || die 'no engine, and the queue is well'
x=data/xpp/xppi0613/xtc
f=$(basename $x/*r0007*)
touch "$x/${f%c00.xtc}c02.xtc"
fails 1 'failed' $C -d Opal1000 -r 7 --preflight
has .out 'chunk 1 of stream 0 is missing'
mv "$x/${f%c00.xtc}c02.xtc" "$x/${f%c00.xtc}c01.xtc.inprogress"
fails 1 'failed' $C -d Opal1000 -r 7 --preflight
has .out 'still being written'
rm "$x/${f%c00.xtc}c01.xtc.inprogress"

# ---- the same before any work
fails 1 'group: nosuchgroup' $C -d Opal1000 -r 7 -P -D --group nosuchgroup
lacks .out 'averaged'
fails 1 "plain: 'plain' is not a directory" $C -d Opal1000 -r 7 -P -D -c plain
lacks .out 'averaged'
if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=32k none small 2>/dev/null; then
	fails 1 'are needed' $C -w small/w -d Opal1000 -r 7 -P
	lacks .out 'averaged'
	umount small
fi
