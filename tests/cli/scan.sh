# calib-scan: the table of a run; headers only.
. "$(dirname "$0")/../lib.sh"
ok 'a run' calib-sim -e xppi0613 -r 173 -o data -n 30 --streams 2 --chunks 2 --control --damage 0.2 \
	--codes 40:0.5,140 --size 48,64 -d CSPAD2x2,Opal1000,Jungfrau,Epix10ka
run="-e xppi0613 -r 173 --root data"
ok 'sources' calib-scan $run -m 0
has .out 'XppGon.0:Cspad2x2.0	CsPad2x2::ElementV1	CSPAD2x2	CsPad2x2::CalibV1'
has .out '48x64	uint16'
has .out 'EvrDataV4'
awk -F'\t' 'NF != 12 { exit 1 }' .out || die 'a row has not 12 cells'
awk -F'\t' '$3 == "Opal1000" { ok = $9 == 30 && $10 > 0 && $10 < 20 } END { exit !ok }' .out || die 'events, damaged'
ok '10 events' calib-scan $run
awk -F'\t' '$3 == "Opal1000" { ok = $9 == 10 } END { exit !ok }' .out || die 'not the first 10'
ok '-d' calib-scan $run -d opal1000
[ "$(grep -vc '^#' .out)" -eq 1 ] || die 'one row for one detector'
fails 1 'no data of CSPAD in the first 10 events; -m 0' calib-scan $run -d CSPAD
ok '--codes' calib-scan $run --codes
has .out '140	30'
ok 'selected' calib-scan $run --codes -f -40
lacks .out '40	30'
ok '--files' calib-scan $run --files
[ "$(grep -vc '^#' .out)" -ge 5 ] || die '2 x 2 files and the control stream'
has .out "-s80-"
ok '--files --json' calib-scan $run --files --json
has .out '"stream":0,"chunk":0,"bytes":'
ok '--dump' calib-scan --dump=4 data/xpp/xppi0613/xtc/*s00-c00.xtc
has .out 'Configure'; has .out 'BeginRun'; has .out 'Jungfrau'
[ "$(awk -F'\t' '$3 == 0' .out | wc -l)" -eq 4 ] || die 'not four datagrams'
ok '--list-detectors' calib-scan --list-detectors
has .out 'CSPAD	Cspad	CsPad::DataV	CsPad::CalibV1	32x185x388'
[ "$(grep -vc '^#' .out)" -ge 37 ] || die 'detectors are missing'
ok 'one' calib-scan --list-detectors -d jungfrau
has .out 'Jungfrau::CalibV1	*x512x1024	3'
ok 'files by name' calib-scan data/xpp/xppi0613/xtc/*.xtc
fails 1 'the directory has runs 173' calib-scan -e xppi0613 -r 1 --root data
fails 1 'no such' calib-scan -e xppi0614 -r 1 --root data
fails 1 'x.xtc' calib-scan x.xtc
fails 2 'which run' calib-scan
fails 2 'which run' calib-scan -e xppi0613
fails 2 "'a'" calib-scan -e xppi0613 -r a
fails 2 'at a time' calib-scan --codes --files $run
printf 'this is no xtc file, and long enough to hold a header' >e000-r0001-s00-c00.xtc
fails 1 'byte 0' calib-scan e000-r0001-s00-c00.xtc

# HDF5
need_golden hdf5
ok 'Translator' calib-scan "$g/translator-cxitut13-r0010.h5" -m 0
has .out 'CxiDs1.0:Cspad.0	CsPad::DataV2	CSPAD	CsPad::CalibV1	-	32x185x388	int16	-	8	1'
has .out 'CxiEndstation.0:Opal1000.1	Camera::FrameV1	Opal1000	Camera::CalibV1	-	48x64	uint16	-	12'
ok 'its codes' calib-scan "$g/translator-cxitut13-r0010.h5" --codes
has .out '140	5'
ok 'CXI' calib-scan "$g/cheetah-cxi02116-r0008.cxi"
has .out 'NoDetector.0:NoDevice.0	ArrayV1	-	-	/entry_1/instrument_1/detector_1/data	370x388	float32	-	6'
ok 'a data set' calib-scan "$g/generic.h5:/linked" --json
has .out '"alias":"/linked","shape":"9x9"'
fails 1 'which data set' calib-scan "$g/generic.h5"
fails 1 'shows XTC files' calib-scan --dump "$g/generic.h5:/linked"
mkdir -p data/cxi/cxitut13/hdf5
cp "$g/translator-cxitut13-r0010.h5" data/cxi/cxitut13/hdf5/cxitut13-r0010.h5
ok 'by experiment' calib-scan -e cxitut13 -r 10 --root data -d Epix100a
has .out 'XcsEndstation.0:Epix100a.0'
ok 'files' calib-scan -e cxitut13 -r 10 --root data --files -x :h5
has .out 'hdf5/cxitut13-r0010.h5'
ok 'an alias' calib-scan "$g/generic.h5:/scan/f64" -d /scan/f64
