# calibrun -D deploys nothing of a run that is not dark
. "$(dirname "$0")/../lib.sh"
mkdir calib
src=Camp.0:pnCCD.0
ok 'light in a segment' calib-sim -e xppi0613 -r 5 -o data -d pnCCD -n 60 --codes 40,140:0.5 --light 4:2
ok 'a dark run' calib-sim -e xppi0613 -r 6 -o data -d pnCCD -n 30 --codes 40
base="calibrun -e xppi0613 -d pnCCD --root data -c calib -w work"
fails 1 '1 detector is not deployed' $base -r 5 -P -D
for text in "$src: segment 2: beam moves its level by" 'limit 0.2)' 'close the shutter' '-D --force'; do
	has .out "$text"
done
[ -z "$(find calib -type f)" ] || die "deployed: $(find calib -type f)"
[ -s "work/clb-xppi0613-r0005-mask-hot-thr-0.00ADU-$src.txt" ] || die 'no status to look at'
fails 1 'is not deployed' $base -r 5 -D
$base -r 5 -D --dry-run >script
st=0; sh script >.out 2>.err || st=$?
[ $st -eq 1 ] && [ -z "$(find calib -type f)" ] || die "the script of -D: $st $(find calib -type f)"
$base -r 5 -P -D --max-moved 0.5 --max-flipped pnCCD=0.2 --max-shift 3 --dry-run >script
has script '--comment calibrun-dark --max-flipped pnCCD=0.2 --max-moved 0.5 --max-shift 3'
st=0; sh script >.out 2>.err || st=$?
[ $st -eq 1 ] && [ -z "$(find calib -type f)" ] || die "the script: $st $(find calib -type f)"
calib-dark -e xppi0613 -r 5 --root data -d pnCCD -w w 2>.err >rows
fails 1 'not dark or not stable' sh -c 'calib-deploy put --list -c calib <rows'
[ -z "$(find calib -type f)" ] || die 'deployed a list'
ok 'by force' $base -r 5 -D --force
has .out 'is deployed all the same (--force)'
[ "$(find calib -name 5-end.data | wc -l)" -ge 3 ] || die "by force: $(find calib)"
rm -rf calib/*
$base -r 5 -D --force --dry-run >script
ok 'the script by force' sh script
[ "$(find calib -name 5-end.data | wc -l)" -ge 3 ] || die "the script by force: $(find calib)"
ok 'a dark run' $base -r 6 -P -D
lacks .out 'not a good dark run'
[ "$(find calib -name 6-end.data | wc -l)" -ge 3 ] || die "a dark run: $(find calib)"
