# calibrun: what is in force and where it comes from; saving it; other configuration files.
. "$(dirname "$0")/../lib.sh"
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA
row() { # row PARAMETER VALUE ORIGIN : of the table just printed
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >row
	grep -qxF -f row .out || { grep "^$1	" .out; die "not '$1' '$2' '$3'"; }
}
line() { printf '%-32s %s\n' "$1" "$2"; }

# ---- --print-config: nothing is needed, nothing is done
ok 'without anything' calibrun --print-config
[ "$(ls -A | grep -cv '^\.')" -eq 0 ] || die 'something was done'
[ "$(head -n 1 .out)" = "$(printf '#parameter\tvalue\torigin')" ] || die 'no header'
awk -F'\t' 'NF != 3 { exit 1 }' .out || die 'a row is torn'
row exp - built-in
row num_events 999 built-in
row workdir ./work built-in
row root "$tmp/none" 'environment SIT_PSDM_DATA'
row thr_rms 0 built-in
row no-hotpix False built-in
row print_bits 30 built-in
cat >confpars-calibman.txt <<E
# of this beamline
$(line EXPERIMENT_NAME xppi0613)
$(line DETECTOR_NAMES 'CSPAD2x2 Opal1000')
$(line CALIB_DIRECTORY /there)
$(line BATCH_DARK_END 101)
$(line BATCH_DARK_START 21)
$(line BATCH_DARK_SELECTOR 40)
$(line MASK_PIX_MAX_THR_RMS 7.5)
$(line DARK_DEPLOY_HOTPIX False)
$(line HISTORY_FILE_NAME '')
$(line MAIN_WIN_WIDTH 800)
$(line SITE_NAME 'S3DF: ours')
$(line INSTRUMENT_DIR Select)
E
f=confpars-calibman.txt
ok 'of the file' calibrun --print-config -n 5 -w w -r last -l DEBUG
row exp xppi0613 "$f:2 EXPERIMENT_NAME"
row detector CSPAD2x2,Opal1000 "$f:3 DETECTOR_NAMES"
row num_events 5 'command line'
row skip_events 20 "$f:6 BATCH_DARK_START"
row event_code 40 "$f:7 BATCH_DARK_SELECTOR"
row thr_rms 7.5 "$f:8 MASK_PIX_MAX_THR_RMS"
row no-hotpix True "$f:9 DARK_DEPLOY_HOTPIX"
row history - "$f:10 HISTORY_FILE_NAME"
row root "$tmp/none" 'environment SIT_PSDM_DATA'
row calibdir "$tmp/none/xpp/xppi0613/calib" built-in
row workdir w 'command line'
row run last 'command line'
row print_bits 31 'command line'
ok '-L' calibrun --print-config -L -P -D --save-config never
row num_events 80 "$f:5 BATCH_DARK_END"
row calibdir /there "$f:4 CALIB_DIRECTORY"
row deploy True 'command line'
[ ! -e never ] && [ ! -e work ] || die '--print-config does something'

# every option that takes a value or acts on the constants is a row
calibrun --help | grep -oE '(^|[ ,])--[a-z][a-z0-9_-]*' | tr -d ' ,-' | sort -u >have
cut -f 1 .out | tr -d '-' | sort -u >rows
comm -23 have rows | tr '\n' ' ' >missing
[ "$(cat missing)" = "clean dryrun files help jobs kill loglev noprogress noreport once onfailure onsuccess preflight printconfig progress queuestatus report reproduce saveconfig select settle usage version watch yes " ] ||
	{ cat missing; die 'not every option is a row'; }

# ---- --save-config: sorted, the lines of others kept, read back the same
cp $f before
ok 'save' calibrun -n 50 -s 3 -m 7 -f 40,-41 -t 3 -w './my work' -d CSPAD -c c --save-config new.txt
cat >want <<E
# of this beamline
$(line BATCH_DARK_END 54)
$(line BATCH_DARK_EVCODES 40,-41)
$(line BATCH_DARK_SCAN 7)
$(line BATCH_DARK_SELECTOR 0)
$(line BATCH_DARK_START 4)
$(line CALIB_DIRECTORY c)
$(line DARK_DEPLOY_CMODE True)
$(line DARK_DEPLOY_HOTPIX False)
$(line DETECTOR_NAMES CSPAD)
$(line DIRECTORY_WORK './my work')
$(line EXPERIMENT_NAME xppi0613)
$(line FILE_NAME_PREFIX clb-)
$(line HISTORY_FILE_NAME '')
$(line INSTRUMENT_DIR None)
$(line MAIN_WIN_WIDTH 800)
$(line MASK_PIX_MAX_THR_RMS 3.0)
$(line SITE_NAME 'S3DF: ours')
E
same want new.txt
same before $f
values() { "$@" --print-config 2>/dev/null | awk -F'\t' '$1 !~ /loadcfg|config/ { print $1 "\t" $2 }'; }
# the file in force stands for the options that made it
for o in '-n 0' '-n 2147483647 -s 5' '-f 0' '-f 44' '-t 0' '-t 0.1' '--no-hotpix' '-w w2 --root /r -c /c' '-d CSPAD,Epix100a -e cxi12345'; do
	values calibrun -L $o --save-config x >want
	rm -f saved; cp before $f
	ok "$o" calibrun -L $o --save-config saved
	values calibrun -L --config saved >got
	[ "$o" = '-n 2147483647 -s 5' ] && sed -i 's/^num_events.*/num_events/' want got
	same want got
	# again: the same file, in place
	cp saved again
	ok "$o" calibrun -L --config saved --save-config saved
	same again saved
done
# a file with a selector of 2015, written for another one's values
printf 'BATCH_DARK_SELECTOR 99\nMASK_HOT_PIX_ADU_THR_RMS 4\n' >other.txt
rm $f
ok 'over another' calibrun -n 5 --save-config other.txt
ok 'read back' calibrun --print-config --config other.txt
row event_code 0 'other.txt:4 BATCH_DARK_SELECTOR'
row thr_rms 0 'built-in (other.txt:13 MASK_HOT_PIX_ADU_THR_RMS is left at its default)'
row config other.txt 'command line'
# what cannot be saved
cp new.txt kept; cp kept old
ok 'no place' calibrun --algo plain -t auto -B 5 --save-config new.txt
has .err 'has no place for the value of --thr_rms, --algo'
has new.txt 'MASK_PIX_ADU_THR_MIN             5.0'
has new.txt 'MASK_PIX_MAX_THR_RMS             3.0'
fails 2 'means the default' calibrun -w none --save-config kept
fails 1 'nodir' calibrun --save-config nodir/x
fails 2 "begins or ends with a blank" calibrun -c ' c' --save-config kept
same kept old
[ -z "$(find . -name '.*.tmp')" ] || die 'an unfinished file'

# with a job it is saved, and the job is done; not with --dry-run
ok 'a run' calib-sim -e xppi0613 -r 4 -d Opal1000 --size 20,30 -n 20 -o data
ok 'save and go on' calibrun -e xppi0613 -d Opal1000 -r 4 --root data -P --save-config $f
has .out "(info) calibrun: the configuration is saved in $f"
[ -s work/clb-xppi0613-r0004-peds-done.txt ] || die 'the job is not done'
ok 'by the file' calibrun -L -r 4 -P -D
has .out '(info) calibrun: configuration file ./confpars-calibman.txt'
mkdir sub; mv $f sub/my.conf
ok 'by another' calibrun --config sub/my.conf -r 4 -P -D
has .out '(info) calibrun: configuration file sub/my.conf'
has .out 'experiment xppi0613 is taken from sub/my.conf'
ok '--dry-run' calibrun --config sub/my.conf -r 4 -P --save-config dry.txt --dry-run
[ ! -e dry.txt ] || die '--dry-run writes'
fails 2 '--config: none.txt: there is no such file' calibrun --config none.txt -r 4 -P

# ---- the defaults, whatever lies here
ok 'no file at all' calibrun --config /dev/null --save-config defaults.txt
[ "$(awk '$1 == "BATCH_DARK_END" { print $2 }' defaults.txt)" = 1000 ] || die 'not the defaults'
fails 2 'nowhere: there is no such file' calibrun --config nowhere --print-config
# ---- a calibration directory of another name is not where the analysis looks
fails 1 'no XTC files' calibrun -e xppi0613 -d Opal1000 -r 1 -D -P -x . -c odd/place/
has .out "-c: odd/place/: the last directory is not 'calib'"
fails 1 'no XTC files' calibrun -e xppi0613 -d Opal1000 -r 1 -D -P -x . -c odd/calib/
lacks .out 'is not'
