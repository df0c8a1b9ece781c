# What environment and calibtools.yaml say is used: thresholds of single detectors in every program,
# the script and the files; roots; group, modes and limits of what is deployed.
. "$(dirname "$0")/../lib.sh"
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA
sim() { ok "run $*" calib-sim --size 20,30 -n 30 "$@"; }
sim -e xppi0613 -r 4 -d CSPAD2x2,Opal1000 --hot 0.02 -o data
cam=XppEndstation.0:Opal1000.0 mini=XppGon.0:Cspad2x2.0
run='-e xppi0613 -r 4 -d CSPAD2x2,Opal1000 -P -D'

# ---- the same by file, environment, options and script
cat >site.yaml <<E
root: data
thr_rms: 30
max_bad: 1
detectors:
  Opal1000: {thr_rms: 3, thr_int_min: 7, sigma: plain}
  $mini: {fraction: 0.5, rmsnhi: 9.5, thr_int_max: 9000}
E
ok 'by file' calibrun $run --config site.yaml -w w1 -c c1/calib
has .out '(info) calibrun: configuration file site.yaml'
lacks .out 'there is no configuration file'
has .out '(info) calibrun: thr_rms       : 30,Opal1000=3'
has .out "(info) calibrun: fraction      : $mini=0.5"
has w1/*-log.txt "thr_int_min   : Opal1000=7"
ok 'by options' calibrun $run --root data -w w2 -c c2/calib -t 30,Opal1000=3 --max-bad 1 -B Opal1000=7 \
	--sigma Opal1000=plain --fraction $mini=0.5 -u $mini=9.5 -T $mini=9000
(
	CALIB_ROOT=data CALIB_THR_RMS=30,Opal1000=3 CALIB_MAX_BAD=1 CALIB_THR_INT_MIN=opal1000=7
	CALIB_SIGMA=Opal1000=plain CALIB_FRACTION=$mini=0.5 CALIB_RMSNHI=$mini=9.5 CALIB_THR_INT_MAX=$mini=9000
	export CALIB_ROOT CALIB_THR_RMS CALIB_MAX_BAD CALIB_THR_INT_MIN CALIB_SIGMA CALIB_FRACTION CALIB_RMSNHI CALIB_THR_INT_MAX
	ok 'by environment' calibrun $run -w w3 -c c3/calib
) || exit 1
ok 'a script' calibrun $run --config site.yaml -w w4 -c c4/calib --dry-run
cp .out script
has script "-t 30,Opal1000=3"
ok 'its result' sh script
f=clb-xppi0613-r0004-mask-hot-thr-3.00ADU-$cam.txt
has w1/$f '# LIMITS      thr_rms 3, thr_rms_min 0.1, thr_int_min 7, '
has w1/$f 'sigma plain, per asic, fraction 0.1'
[ -s w1/clb-xppi0613-r0004-mask-hot-thr-30.00ADU-$mini.txt ] || die 'the other threshold'
n=0
for w in w2 w3 w4; do
	for x in w1/clb-*.txt; do
		case $x in *done.txt) continue ;; esac
		same "$x" "$w/${x#w1/}"
		n=$((n + 1))
	done
done
[ $n -eq 18 ] || die "$n files compared"
for c in c2 c3 c4; do
	find c1 -name '*.data' >list
	[ "$(wc -l <list)" -eq 6 ] || die 'not all is deployed'
	while read -r x; do same "$x" "$c/${x#c1/}"; done <list
done
# without them there is another result
ok 'without' calibrun $run --root data -w w5 -c c5/calib --max-bad 1
cmp -s "w5/clb-xppi0613-r0004-mask-hot-thr-0.00ADU-$cam.txt" "w1/$f" && die 'the thresholds change nothing'

# ---- the programs one by one
stat=w1/clb-xppi0613-r0004-peds-stat-$cam.h5
ok 'calib-hotpix' calib-hotpix --config site.yaml -w w6 "$stat"
same w1/$f w6/$f
ok 'with -d' calib-hotpix --config site.yaml -d Opal1000 --ave w1/clb-xppi0613-r0004-peds-ave-$cam.txt \
	--rms w1/clb-xppi0613-r0004-peds-rms-$cam.txt -o s.txt
has s.txt 'thr_rms 3, thr_rms_min 0.1, thr_int_min 7'
ok 'with -t' calib-hotpix --config site.yaml -t 5 -w w6 "$stat"
[ -s w6/clb-xppi0613-r0004-mask-hot-thr-5.00ADU-$cam.txt ] || die 'the option does not win'
ok 'calib-dark' calib-dark --config site.yaml -e xppi0613 -r 4 -d Opal1000 -w w7 -n 999 -m 10
same w1/clb-xppi0613-r0004-peds-ave-$cam.txt w7/clb-xppi0613-r0004-peds-ave-$cam.txt
strings -a w7/clb-xppi0613-r0004-peds-stat-$cam.h5 >text
has text 'int_lo=7 '
printf 'detectors: {Opal1000: {thr_int_min: 5, thr_int_max: 4}}\n' >cross.yaml
fails 1 "$cam: --thr_int_min must be below --thr_int_max" calib-hotpix --config cross.yaml -w w6 "$stat"
fails 1 "$cam: -B 5 is above -T 4" calib-dark --config cross.yaml -e xppi0613 -r 4 -d Opal1000 --root data -w w7

# ---- roots: an experiment where it is, lists of all
sim -e xppi0613 -r 9 -d Opal1000 -o more
sim -e cxi12345 -r 1 -d Opal1000 -o more
echo 'root: [gone, data, more]' >calibtools.yaml
ok 'first root' calib-scan --runs -e xppi0613
[ "$(grep -v '^#' .out | cut -f 1)" = 4 ] || die 'not the runs of the first root'
ok 'second root' calib-scan --runs -e cxi12345
[ "$(grep -v '^#' .out | cut -f 1)" = 1 ] || die 'not found in the second root'
ok 'all roots' calib-scan --experiments
[ "$(grep -v '^#' .out | cut -f 1,2 | tr '\t\n' ' ,')" = 'cxi cxi12345,xpp xppi0613,' ] || { cat .out; die 'experiments'; }
has .out data/xpp/xppi0613/xtc
ok 'of one instrument' calib-scan --experiments cxi
ok 'instruments' calib-scan --instruments
[ "$(grep -v '^#' .out | tr '\t\n' ' ,')" = 'cxi 1,xpp 1,' ] || { cat .out; die 'instruments'; }
fails 1 amo calib-scan --experiments amo
ok 'calib-dark' calib-dark -e cxi12345 -r 1 -d Opal1000 -w w8
ok '--root wins' calib-scan --experiments --root more
[ "$(grep -vc '^#' .out)" -eq 2 ] || die '--root'

# ---- calib-deploy: directory, modes, limits of a detector
cat >calibtools.yaml <<E
root: data
calibdir: "{root}/deployed/{ins}/{exp}"
dirmode: 02711
filemode: 0640
group: $(id -g)
max_shift: 1
detectors:
  Opal1000: {max_shift: 0}
E
peds=w1/clb-xppi0613-r0004-peds-ave-$cam.txt rms=w1/clb-xppi0613-r0004-peds-rms-$cam.txt
umask 022
put() { calib-deploy put -e xppi0613 -s $cam -v 4 "$@"; }
ok 'deploy' put -t pedestals "$peds"
at=data/deployed/xpp/xppi0613/Camera::CalibV1/$cam/pedestals
[ "$(stat -c %a $at/4-end.data)" = 640 ] || die "mode $(stat -c %a $at/4-end.data)"
[ "$(stat -c %a $at)" = 2711 ] || die "mode $(stat -c %a $at)"
ok 'rms' put -t pixel_rms "$rms"
awk '/^#/ || !NF { print; next } { for (i = 1; i <= NF; i++) $i += 500; print }' "$peds" >shifted.txt
ok 'any shift of this detector' put -t pedestals shifted.txt
fails 1 'rms' put -t pedestals --max-shift 1 "$peds"
fails 1 'rms' put -t pedestals --max-shift 1,Opal2000=0 "$peds"
ok 'this one' put -t pedestals --max-shift 1,$cam=0 "$peds"
sed -i '/^detectors/,$d' calibtools.yaml
fails 1 'rms' put -t pedestals shifted.txt
ok 'found there' calib-deploy find -e xppi0613 -s $cam -t pedestals -r 5
has .out "$at/4-end.data"
sed -i 's/^group.*/group: nosuchgroup/' calibtools.yaml
fails 2 "calibtools.yaml:5: group: 'nosuchgroup' is neither a group nor a number" put -t pedestals "$peds"
