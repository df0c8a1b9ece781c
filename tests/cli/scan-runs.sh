# calib-scan: lists of runs, experiments and instruments.
. "$(dirname "$0")/../lib.sh"
TAB='	'
cells() { grep -v '^#' .out | cut -f"$1" | tr '\n' ' ' | sed 's/ $//'; } # column(s), one line
is() { [ "$2" = "$3" ] || { cat .out .err; die "$1: '$2', expected '$3'"; }; }
sim() { ok "run $*" calib-sim -o data --size 20,30 -n 5 "$@"; }
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA
unset SIT_DATA

# xppi0613: old and new names, two streams, an HDF5 run, one that is still written, a dark one
sim -e xppi0613 -r 5 -d Opal1000
sim -e xppi0613 -r 6 -d Opal1000,CSPAD2x2 --new-names --streams 2 --control
sim -e xppi0613 -r 7 -d Opal1000 --codes 40,140:0.5
sim -e xppi0613 -r 8 -d CSPAD2x2 --codes 40 --hdf5
sim -e xppi0613 -r 9 -d Jungfrau --codes 40,140,162 --hdf5=only
sim -e xppi0613 -r 12 -d Opal1000 --codes 40
xtc=data/xpp/xppi0613/xtc h5=data/xpp/xppi0613/hdf5
mv "$xtc/e000-r0012-s00-c00.xtc" "$xtc/e000-r0012-s00-c00.xtc.inprogress"
: >"$xtc/notes.txt"; mkdir "$xtc/smalldata" "$xtc/e000-r0099-s00-c00.xtc"
touch -d 2015-04-17T12:46:40Z "$xtc/e000-r0005-s00-c00.xtc"
touch -d 2015-04-17T12:50:00Z "$xtc/xppi0613-r0006-s00-c00.xtc"
touch -d 2015-04-17T12:53:20Z "$xtc/xppi0613-r0006-s80-c00.xtc"
touch -d 2015-04-17T12:51:00Z "$xtc/xppi0613-r0006-s01-c00.xtc"
touch -d 2015-04-18T01:02:03Z "$xtc/e000-r0012-s00-c00.xtc.inprogress"
exp="-e xppi0613 --root data"

ok 'runs' calib-scan --runs $exp
is header "$(head -n 1 .out | tr '\t' ' ')" \
	'#run files bytes first last detectors dark events form state'
is runs "$(cells 1)" '5 6 7 8 9 12'
is files "$(cells 2)" '1 3 1 1 1 1'
is form "$(cells 9)" 'XTC XTC XTC XTC HDF5 XTC'
is state "$(cells 10)" 'complete complete complete complete complete writing'
is 'not opened' "$(cells 6-8 | tr '\t' ' ')" '- - - - - - - - - - - - - - - - - -'
is bytes "$(cells 3 | cut -d' ' -f2)" "$(cat "$xtc"/xppi0613-r0006* | wc -c)"
has .out "5${TAB}1${TAB}$(wc -c <"$xtc/e000-r0005-s00-c00.xtc")${TAB}2015-04-17T12:46:40Z${TAB}2015-04-17T12:46:40Z"
has .out "2015-04-17T12:50:00Z${TAB}2015-04-17T12:53:20Z"
awk -F'\t' 'NF != 10 { exit 1 }' .out || die 'a row has not 10 cells'
# nothing is opened: files that cannot be read are listed all the same
mkdir copy; for f in "$xtc"/e*.xtc; do [ -f "$f" ] && echo 'no xtc' >"copy/$(basename "$f")"; done
ok 'by directory' calib-scan --runs -x copy
is 'runs of a directory' "$(cells 1)" '5 7 8'
fails 1 'copy/e000-r0007-s00-c00.xtc' calib-scan --runs -x copy -m 1
is 'they are listed' "$(cells 1)" '5 7 8'
is 'of which nothing is known' "$(cells 6-8 | tr '\t' ' ')" '- - - - - - - - -'
ok 'both names while it is renamed' ln "$xtc/e000-r0012-s00-c00.xtc.inprogress" "$xtc/e000-r0012-s00-c00.xtc"
ok 'the final name wins' calib-scan --runs $exp -r 12
is 'one file' "$(cells 2,10)" "1${TAB}complete"
rm "$xtc/e000-r0012-s00-c00.xtc"

# ranges
ok '-r' calib-scan --runs $exp -r 6-8,12,900
is range "$(cells 1)" '6 7 8 12'
fails 1 'no XTC or HDF5 files of run 900; the directory has runs 5-9, 12' calib-scan --runs $exp -r 900
fails 2 "'8-6'" calib-scan --runs $exp -r 8-6

# detectors
ok 'any' calib-scan --runs $exp -d opal1000,CSPAD2x2
is 'any of them' "$(cells 1)" '5 6 7 8 12'
is detectors "$(cells 6)" 'Opal1000 CSPAD2x2,Opal1000,ControlsCamera Opal1000 CSPAD2x2 Opal1000'
is events "$(cells 8)" '5 5 5 5 5'
ok 'all' calib-scan --runs $exp -d opal1000,CSPAD2x2 --all
is 'every one' "$(cells 1)" '6'
ok 'a source' calib-scan --runs $exp -d :Cspad2x2.0,:Jungfrau
is 'runs with the source' "$(cells 1)" '6 8 9'
fails 1 'no run listed has CSPAD;' calib-scan --runs $exp -d CSPAD,Jungfrau
is 'the rest' "$(cells 1)" '9'
ok 'no data yet, configured' calib-sim -o slow -e xppi0613 -r 1 -d Opal1000 -n 5 --drop 1 --size 20,30
ok 'what is slow' calib-scan --runs -e xppi0613 --root slow -d Opal1000
is 'is there' "$(cells 1,6)" "1${TAB}Opal1000"

# dark runs
ok '--dark' calib-scan --runs $exp --dark
is 'dark runs' "$(cells 1)" '8 9 12'
ok '-m' calib-scan --runs $exp -m 0
is 'dark column' "$(cells 7)" 'no no no yes yes yes'
ok '-m 2' calib-scan --runs $exp -m 2 -r 5
is 'number of events not known' "$(cells 8)" '-'
ok 'all of both' calib-scan --runs $exp --dark -d Opal1000
is 'dark runs of one' "$(cells 1)" '12'
for codes in 150 146; do
	rm -rf one
	ok "beam $codes" calib-sim -o one -e xppi0613 -r 1 -d Opal1000 -n 5 --size 20,30 --codes 40,$codes
	ok 'not dark' calib-scan --runs -e xppi0613 --root one --dark
	is "with code $codes" "$(cells 1)" ''
done
ok 'beam late in the run' calib-sim -o late -e xppi0613 -r 1 -d Opal1000 -n 300 --size 4,4 --codes 40,140:0.1
ok 'is found' calib-scan --runs -e xppi0613 --root late -m 0
is 'and is no dark run' "$(cells 7,8)" "no${TAB}300"

# HDF5 files only
ok ':h5' calib-scan --runs $exp -x :h5
is 'HDF5 runs' "$(cells 1,9 | tr '\t' ' ')" '8 HDF5 9 HDF5'

# the site's table
printf '#Comment\trun\ttype\tsources\r\nshutter closed\t7\tDARK\tXppGon.0:Opal1000.0\n\n# old\nlost "disk"\t10\tDATA\nlost\t11\tdark\n\t5\n' >table
ok 'table' calib-scan --runs $exp --run-table table
is 'all runs' "$(cells 1)" '5 6 7 8 9 10 11 12'
is header "$(head -n 1 .out | cut -f11- | tr '\t' ' ')" 'type comment sources'
has .out "10${TAB}0${TAB}0${TAB}-${TAB}-${TAB}-${TAB}-${TAB}-${TAB}-${TAB}missing${TAB}DATA${TAB}lost \"disk\"${TAB}-"
has .out "${TAB}DARK${TAB}shutter closed${TAB}XppGon.0:Opal1000.0"
awk -F'\t' 'NF != 13 { exit 1 }' .out || die 'a row has not 13 cells'
ok 'tagged dark, too' calib-scan --runs $exp --run-table table --dark
is 'dark or tagged' "$(cells 1)" '7 8 9 11 12'
ok 'detectors with a table' calib-scan --runs $exp --run-table table -d Jungfrau
is 'runs without data have no detectors' "$(cells 1)" '9'
ok 'implies --runs' calib-scan $exp -r 10 --run-table table
is 'a missing run' "$(cells 1,10)" "10${TAB}missing"
ok 'range and table' calib-scan $exp -r 6-10 --run-table table --json
has .out '{"run":10,"files":0,"bytes":0,"first":null,"last":null,"detectors":null,"dark":null,"events":null,"form":null,"state":"missing","type":"DATA","comment":"lost \"disk\"","sources":null}'
has .out '{"run":6,"files":3,'
[ "$(wc -l <.out)" -eq 5 ] || die 'five rows, no header'
echo '173	DATA' >bad
fails 1 "bad:1: a header line such as '#run<tab>type" calib-scan --runs $exp --run-table bad
printf '#run\ttype\nfive\tDATA\n' >bad
fails 1 "bad:2: 'five'" calib-scan --runs $exp --run-table bad
printf '#type\trun\nDATA\t5\nDATA\n' >bad
fails 1 'bad:3: 1 columns, the run is expected in column 2' calib-scan --runs $exp --run-table bad
printf '#run\n5\n6\n5\n' >bad
fails 1 'bad: run 5 is there twice' calib-scan --runs $exp --run-table bad
fails 1 'none.tsv' calib-scan --runs $exp --run-table none.tsv

# experiments and instruments; both spellings of an instrument, also as a link
sim -e xppl1234 -r 3 -d Opal1000
rmdir "$xtc/e000-r0099-s00-c00.xtc"
mkdir -p data/XPP data/CXI/cxi00111/xtc data/cxi/cxi00122/hdf5 data/mec/mecx1234/calib data/mec/tools data/amo
mv data/xpp/xppl1234 data/XPP/; ln -s ../xpp/xppi0613 data/XPP/xppi0613
: >data/cxi/cxi00122/hdf5/cxi00122-r0001.h5
ok '--instruments' calib-scan --instruments --root data
is header "$(head -n 1 .out)" "#instrument${TAB}experiments"
is instruments "$(cells 1,2 | tr '\t' ' ')" 'cxi 2 mec 1 xpp 2'
ok '--experiments' calib-scan --experiments --root data
is header "$(head -n 1 .out | tr '\t' ' ')" '#instrument experiment directory runs last'
is experiments "$(cells 1,2,4 | tr '\t' ' ')" \
	'CXI cxi00111 0 cxi cxi00122 1 mec mecx1234 - xpp xppi0613 6 XPP xppl1234 1'
has .out "xpp${TAB}xppi0613${TAB}data/xpp/xppi0613/xtc${TAB}6${TAB}2015-04-18T01:02:03Z"
has .out "CXI${TAB}cxi00111${TAB}data/CXI/cxi00111/xtc${TAB}0${TAB}-"
has .out "cxi${TAB}cxi00122${TAB}data/cxi/cxi00122/hdf5${TAB}1${TAB}2"
has .out "mec${TAB}mecx1234${TAB}-${TAB}-${TAB}-"
for way in '--experiments xPp' '--experiments=XPP' 'xpp --experiments'; do
	ok "$way" calib-scan $way --root data
	is "$way" "$(cells 2)" 'xppi0613 xppl1234'
done
ok 'root of the environment' env SIT_PSDM_DATA=data calib-scan --experiments cxi --json
has .out '{"instrument":"CXI","experiment":"cxi00111","directory":"data/CXI/cxi00111/xtc","runs":0,"last":null}'
ok '--json' calib-scan --instruments --root data --json
has .out '{"instrument":"xpp","experiments":2}'
ok 'an instrument in upper case' calib-scan --runs -e xppl1234 --root data
is 'its run' "$(cells 1)" '3'
ok 'no experiments' calib-scan --experiments amo --root data
has .err '<root>/<instrument>/<experiment>/xtc'
ok 'no runs yet' calib-scan --runs -e cxi00111 --root data
is 'a header and no row' "$(wc -l <.out)" 1
has .err 'no runs yet'
fails 1 "data: no instrument 'mfx'; there are CXI, XPP, amo, cxi, mec, xpp" calib-scan --experiments mfx --root data
fails 1 'none: no such directory (--root says where the data are)' calib-scan --instruments
fails 1 "'calib-scan --experiments' lists what is there" calib-scan --runs -e xppi0614 --root data
has .err "data/xpp/xppi0614/xtc: no such directory (experiment 'xppi0614'; --root or -x says"

# usage
fails 2 'runs of which experiment? -e EXP, or -x DIR' calib-scan --runs
fails 2 '--dark goes with --runs' calib-scan --dark $exp -r 5
fails 2 '--all goes with --runs' calib-scan --all --files $exp -r 5
fails 2 'add -d DETS' calib-scan --runs --all $exp
fails 2 'at a time' calib-scan --runs --experiments $exp
fails 2 "'cxi': a list is of directories" calib-scan --experiments=xpp cxi --root data
fails 2 "'x.xtc': a list is of directories, not of files" calib-scan --runs $exp x.xtc

# what one may not read is not known (root reads everything)
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 "$xtc"
	ok 'closed to us' calib-scan --experiments xpp --root data
	has .out "xpp${TAB}xppi0613${TAB}data/xpp/xppi0613/xtc${TAB}-${TAB}-"
	fails 1 'cannot read the directory' calib-scan --runs $exp
fi
