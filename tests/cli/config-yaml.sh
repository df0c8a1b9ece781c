# calibtools.yaml and CALIB_*: found, read, refused, and where each value of --print-config is from.
. "$(dirname "$0")/../lib.sh"
unset CALIB_CONFIG
[ ! -e /etc/calibtools.yaml ] || skip '/etc/calibtools.yaml is in the way'
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA
row() { # row PARAMETER VALUE ORIGIN : of the table just printed
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >row
	grep -qxF -f row .out || { grep "^$1	" .out; die "not '$1' '$2' '$3'"; }
}
line() { printf '%-32s %s\n' "$1" "$2"; }
print() { ok "$*" calibrun --print-config "$@"; }
mkdir -p data/xpp/xppi0613/xtc

# ---- where it is found: the first that is there, and only that
mkdir home home/.config xdg
HOME=$tmp/home; export HOME
unset XDG_CONFIG_HOME
print; row config - built-in
echo 'queue: home' >home/.config/calibtools.yaml
print; row queue home "$tmp/home/.config/calibtools.yaml:1"
XDG_CONFIG_HOME=xdg; export XDG_CONFIG_HOME	# not absolute: the standard says not to use it
echo 'queue: xdg' >xdg/calibtools.yaml
print; row queue home "$tmp/home/.config/calibtools.yaml:1"
XDG_CONFIG_HOME=$tmp/xdg
print; row queue xdg "$tmp/xdg/calibtools.yaml:1"
printf '\nmem: 8G\n' >calibtools.yaml
print; row mem 8G calibtools.yaml:2; row queue - built-in; row config calibtools.yaml built-in
echo 'queue: env' >env.yaml
CALIB_CONFIG=env.yaml; export CALIB_CONFIG
print; row queue env env.yaml:1; row mem - built-in; row config env.yaml 'environment CALIB_CONFIG'
echo 'queue: option' >option.conf
print --config option.conf; row queue option option.conf:1; row config option.conf 'command line'
CALIB_CONFIG=$tmp/nowhere
fails 2 "environment CALIB_CONFIG: $tmp/nowhere: there is no such file" calibrun --print-config
CALIB_CONFIG=/dev/null
print; row queue - built-in; row mem - built-in
unset CALIB_CONFIG XDG_CONFIG_HOME
rm -r home/.config calibtools.yaml

# ---- what counts more
cat >calibtools.yaml <<E
num_events: 4
thr_rms: 4
workdir: "w/{ins}/{exp}"
calibdir: "{root}/cal/{exp}"
root: [$tmp/none, $tmp/data]
event_code: [40, -43]
detectors:
  CSPAD2x2: {thr_rms: 44}
E
{
	line BATCH_DARK_END 6
	line BATCH_DARK_SCAN 7
	line MASK_PIX_MAX_THR_RMS 6
	line INSTRUMENT_DIR /there
	line DIRECTORY_WORK ./other
} >confpars-calibman.txt
CALIB_NUM_EVENTS=3; export CALIB_NUM_EVENTS
print -n 2; row num_events 2 'command line'
print; row num_events 3 'environment CALIB_NUM_EVENTS'
CALIB_NUM_EVENTS=; print; row num_events 4 calibtools.yaml:1
row scan_events 7 'confpars-calibman.txt:2 BATCH_DARK_SCAN'
row skip_events 0 built-in
row event_code 40,-43 calibtools.yaml:6
row config calibtools.yaml,confpars-calibman.txt built-in
row thr_rms 4,CSPAD2x2=44 'calibtools.yaml:2, CSPAD2x2 calibtools.yaml:8'
row workdir 'w/{ins}/{exp}' calibtools.yaml:3
print -e xppi0613
row root "$tmp/data" calibtools.yaml:5
row workdir w/xpp/xppi0613 calibtools.yaml:3
row calibdir "$tmp/data/cal/xppi0613" calibtools.yaml:4
print -t 9; row thr_rms 9 'command line'
print -t Opal1000=9
row thr_rms 4,CSPAD2x2=44,Opal1000=9 'calibtools.yaml:2, CSPAD2x2 calibtools.yaml:8, Opal1000 command line'
CALIB_THR_RMS=cspad2x2=5; export CALIB_THR_RMS
print; row thr_rms 4,cspad2x2=5 'calibtools.yaml:2, cspad2x2 environment CALIB_THR_RMS'
unset CALIB_THR_RMS
sed -i '/^thr_rms: 4$/d' calibtools.yaml
print; row thr_rms 6,CSPAD2x2=44 'confpars-calibman.txt:3 MASK_PIX_MAX_THR_RMS, CSPAD2x2 calibtools.yaml:7'
CALIB_ROOT=/x:$tmp/data:/y; export CALIB_ROOT
print -e xppi0613; row root "$tmp/data" 'environment CALIB_ROOT'
unset CALIB_ROOT
printf 'workdir: "{root}/x/{exp}"\nrecord: "{root}/{user}.tsv"\n' >calibtools.yaml
CALIB_USER=poc; export CALIB_USER
print -e xppi0613 --config calibtools.yaml
row workdir /there/x/xppi0613 calibtools.yaml:1; row record /there/poc.tsv calibtools.yaml:2
mv confpars-calibman.txt away
print -e xppi0613; row workdir "$tmp/none/x/xppi0613" calibtools.yaml:1
mv away confpars-calibman.txt
rm calibtools.yaml
print; row root /there 'confpars-calibman.txt:4 INSTRUMENT_DIR'
row workdir ./other 'confpars-calibman.txt:5 DIRECTORY_WORK'

# ---- the content of --config says what it is; the other file is still found
line BATCH_DARK_SCAN 8 >as.yaml
echo 'scan_events: 9' >as.txt
print --config as.yaml; row scan_events 8 'as.yaml:1 BATCH_DARK_SCAN'
print --config as.txt; row scan_events 9 as.txt:1
row num_events 5 'confpars-calibman.txt:1 BATCH_DARK_END'
echo '# nothing' >empty
print --config empty; row scan_events 10 built-in; row num_events 999 built-in
rm confpars-calibman.txt

# ---- a default of calibman is nobody's choice, a changed value is
cat >c24 <<E
$(line MASK_PIX_ADU_THR_MAX 16000)
$(line MASK_PIX_ADU_THR_MIN 0.1)
$(line MASK_PIX_INTNHI 5)
$(line MASK_PIX_INTNLO 5)
$(line MASK_PIX_MAX_THR_RMS 10000)
$(line MASK_PIX_MIN_THR_RMS 0.1)
$(line MASK_PIX_RMSNHI 6.5)
$(line MASK_PIX_RMSNLO 5)
E
print --config c24
row thr_int_max 2^bits-2 'built-in (c24:1 MASK_PIX_ADU_THR_MAX is left at its default)'
row intnhi - 'built-in (c24:3 MASK_PIX_INTNHI is left at its default)'
row thr_rms 0 'built-in (c24:5 MASK_PIX_MAX_THR_RMS is left at its default)'
row rmsnhi 6.5 'c24:7 MASK_PIX_RMSNHI'
sed -i 's/^\(MASK_PIX_ADU_THR_MIN.*\) 0.1/\1 3/' c24
print --config c24; row thr_int_min 3 'c24:2 MASK_PIX_ADU_THR_MIN'
{ line MASK_HOT_PIX_ADU_THR_MAX 32000; line MASK_HOT_PIX_ADU_THR_MIN 1; } >c16
print --config c16
row thr_int_min 2 'built-in (c16:2 MASK_HOT_PIX_ADU_THR_MIN is left at its default)'
{ line MASK_HOT_PIX_ADU_THR_MAX 65000; line MASK_HOT_PIX_ADU_THR_MIN 1; } >c15
print --config c15
row thr_int_min 1 'c15:2 MASK_HOT_PIX_ADU_THR_MIN'
row thr_int_max 2^bits-2 'built-in (c15:1 MASK_HOT_PIX_ADU_THR_MAX is left at its default)'
{ line MASK_HOT_PIX_ADU_THR_RMS 0; line MASK_HOT_PIX_MIN_THR_RMS 0.3; } >c15
print --config c15
row thr_rms 0 'built-in (c15:1 MASK_HOT_PIX_ADU_THR_RMS is left at its default)'
row thr_rms_min 0.3 'c15:2 MASK_HOT_PIX_MIN_THR_RMS'
ok 'saved' calibrun --config c24 -B 4 -u 7 -z 5 --sigma plain --max-bad CSPAD=0.2 --save-config new
has .err 'has no place for the value of --rmsnlo, --sigma, --max-bad: give'
has new "$(line MASK_PIX_INTNLO 5)"
print --config new
at() { grep -n "^$1 " new | cut -d : -f 1; }
row rmsnhi 7 "new:$(at MASK_PIX_RMSNHI) MASK_PIX_RMSNHI"
row thr_int_min 4 "new:$(at MASK_PIX_ADU_THR_MIN) MASK_PIX_ADU_THR_MIN"
row intnlo - "built-in (new:$(at MASK_PIX_INTNLO) MASK_PIX_INTNLO is left at its default)"
line MASK_PIX_INTNHI -3 >c24
fails 1 'no' calibrun --config c24 -e xppi0613 -r 4 -d CSPAD2x2 -P -w w -x .
has .out "(error) calibrun: c24:1 MASK_PIX_INTNHI: '-3' is not a number from 0 to 1e+09; the default is used"
rm -rf w
# files of both generations as calibman wrote them: nobody chose a threshold
for f in default default-2015; do
	f=$here/../shared/golden/calibrun/confpars-calibman.$f.txt
	[ -f "$f" ] || continue
	print
	awk -F'\t' '/^(thr_|int|rms)/ { print $1, $2 }' .out >want
	print --config "$f"
	awk -F'\t' '/^(thr_|int|rms)/ { print $1, $2 } /^(thr_|int|rms)/ && $3 !~ /left at its default|^built-in$/ { exit 1 }' .out >got || die "$f: a threshold"
	same want got
	grep -q 'left at its default' .out || die "$f: not said"
done

# ---- what is wrong is said with file and line, by every program, and nothing is done
printf 'num_events: 5\nthr_rms: many\n' >bad.yaml
for p in 'calibrun -e xppi0613 -r 4 -d CSPAD2x2 -P' 'calib-scan -e xppi0613 -r 4' \
	'calib-dark -e xppi0613 -r 4 -d CSPAD2x2 -w w' 'calib-hotpix x.h5' \
	'calib-deploy put -c c -s XppGon.0:Cspad2x2.0 -t pedestals -v 1 x' 'calib-deploy status -c c'; do
	fails 2 "bad.yaml:2: thr_rms: 'many' is not a number from 0 to 1e+09 or the word auto" $p --config bad.yaml
done
[ ! -e w ] && [ ! -e work ] && [ ! -e c ] || die 'something was done'
bad() { # bad MESSAGE TEXT
	printf %b "$2" >bad.yaml
	fails 2 "bad.yaml:$1" calibrun --print-config --config bad.yaml
	[ ! -s .out ] || die 'a table all the same'
}
bad "1: 'quue' is not a key, did you mean 'queue'?" 'quue: a\n'
bad "2: 'CSPADD' is neither a detector nor the address of one; known are CSPAD" 'detectors:\n  CSPADD: {per: asic}\n'
bad "2: 'XppGon.0:Foo.0' is neither" 'detectors:\n  XppGon.0:Foo.0: {per: asic}\n'
bad "3: 'queue' is set in line 1 already" 'queue: a\nmem: 1\nqueue: b\n'
bad "2: the line is indented with a tab" 'queues:\n\tq: {tasks: 2}\n'
bad "1: anchors and aliases" 'mem: &a 1\n'
bad "1: num_events: '5' in quotes is a text" "num_events: '5'\n"
bad "1: a list, expected lines of the form 'key: value'" '[queue]\n'
bad "1: not YAML: while scanning a quoted scalar" 'calibdir: "x\n mem: 1\n'
head -c 1100000 /dev/zero | tr '\0' 'a' >bad.yaml; sed -i '1s/^/queue: /' bad.yaml
fails 2 'bad.yaml: larger than 1048576 bytes' calibrun --print-config --config bad.yaml
fails 2 '--config: none.yaml: there is no such file' calib-scan -e xppi0613 -r 4 --config none.yaml
fails 2 'home' calib-scan -e xppi0613 -r 4 --config home
CALIB_TASKS=many; export CALIB_TASKS
fails 2 "environment CALIB_TASKS: 'many' is not a whole number from 1 to 2000" calibrun --print-config
ok 'only what it uses' calib-scan --list-detectors
unset CALIB_TASKS
CALIB_MAX_BAD=0.1,CSPADD=1; export CALIB_MAX_BAD
fails 2 "environment CALIB_MAX_BAD: 'CSPADD' is neither a detector" calib-hotpix x.h5
unset CALIB_MAX_BAD
fails 2 "--thr_rms: Opal1000: 'x' is not a number" calib-hotpix -t 1,Opal1000=x x.h5
fails 2 "--thr_int_min: 'Foo' is neither" calibrun -B Foo=1
fails 2 "'1,2': two values for all detectors" calib-dark -B 1,2 -w w x
[ -z "$(find . -name '.*.tmp')" ] || die 'an unfinished file'

# ---- a queue in the file makes no job, an option for jobs does
cat >calibtools.yaml <<E
root: data
engine: slurm
queue: fast
account: "lcls:{exp}"
mem: 4G
queues:
  slow: {mem: 8G, tasks: 3}
E
print -e xppi0613; row queue fast calibtools.yaml:3; row mem 4G calibtools.yaml:5
row account lcls:xppi0613 calibtools.yaml:4; row engine slurm calibtools.yaml:2
print -q slow; row queue slow 'command line'; row mem 8G calibtools.yaml:7; row tasks 3 calibtools.yaml:7
print -q slow --mem 1G; row mem 1G 'command line'
CALIB_QUEUE=slow; export CALIB_QUEUE
print; row queue slow 'environment CALIB_QUEUE'; row mem 8G calibtools.yaml:7
unset CALIB_QUEUE
ok 'a run' calib-sim -e xppi0613 -r 4 -d Opal1000 --size 20,30 -n 20 -o data
ok 'here' calibrun -e xppi0613 -r 4 -d Opal1000 -P -w w9
[ -s w9/clb-xppi0613-r0004-peds-done.txt ] || die 'not done here'
mkdir fake
for c in sbatch sacct squeue sinfo; do
	printf '#!/bin/sh\necho "%s $*" >>"%s"\ncat >/dev/null\nexit 1\n' $c "$tmp/asked" >fake/$c
	chmod +x fake/$c
done
printf '#!/bin/sh\necho 0/4/0/4\n' >fake/sinfo
printf '#!/bin/sh\nexit 0\n' >fake/squeue
PATH=$tmp/fake:$PATH
st=0; calibrun -e xppi0613 -r 4 -d Opal1000 -P -w w10 --no-wait >.out 2>&1 || st=$?
[ $st -eq 1 ] || { cat .out; die "status $st"; }
grep sbatch asked | tr '=' ' ' | grep -q -- '--partition fast .*--account lcls:xppi0613 .*--mem 4G' || { cat asked .out; die 'not asked so'; }
