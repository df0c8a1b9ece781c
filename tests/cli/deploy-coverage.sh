# calib-deploy coverage and check --experiment: which constants rule each run of the data, measured
# or default, and how old they are.
. "$(dirname "$0")/../lib.sh"
cam='XppEndstation.0:Opal1000.0' cs='XppGon.0:Cspad.0'
CALIB_USER=poc CALIB_HOST=h; export CALIB_USER CALIB_HOST
printf '1 2\n3 4\n' >p.txt; printf '1 1\n2 2\n' >r.txt; printf '0 0\n0 0\n' >zero.txt; printf '1 1\n1 1\n' >one.txt
for r in 173 180 190; do
	ok "run $r" calib-sim -e xppi0613 -r $r -d Opal1000 --size 2,2 -n 3 -o root
done
ok 'run 185' calib-sim -e xppi0613 -r 185 -d Opal1000,CSPAD2x2 --size 2,2 -n 3 -o root
c='-e xppi0613 --root root'
calib=root/xpp/xppi0613/calib

# nothing deployed: every run of the data is named
fails 1 'rows without constants: 5' calib-deploy coverage $c -t pedestals
has .err 'no run has constants'
cut -f 1,4,6 .out | tr '\t' ' ' >got
cat >want <<X
#run source constants
173 $cam none
180 $cam none
185 $cam none
185 XppGon.0:Cspad2x2.0 none
190 $cam none
X
same want got

# deployed on 2013-06-12 22:00:01 UTC of a run whose data are gone; default values later
CALIB_NOW=1371074401; export CALIB_NOW
ok 'pedestals' calib-deploy put $c -s $cam -t pedestals -r 100 -v 170-end p.txt
ok 'rms' calib-deploy put $c -s $cam -t pixel_rms -r 173 -v 173-end r.txt
ok 'rms of 190' calib-deploy put $c -s $cam -t pixel_rms -v 190-end one.txt
ok 'status' calib-deploy put $c -s $cam -t pixel_status -v 0-end zero.txt
fails 1 'rows without constants: 3' calib-deploy coverage $c
cut -f 1,4-11 .out | grep -v Cspad2x2 | tr '\t' ' ' >got
cat >want <<X
#run source type constants file dark-run age-runs age-hours old
173 $cam pedestals measured 170-end.data 100 73 26.0 yes
173 $cam pixel_rms measured 173-end.data 173 0 0.0 no
173 $cam pixel_status measured 0-end.data 0 173 26.0 yes
180 $cam pedestals measured 170-end.data 100 80 26.0 yes
180 $cam pixel_rms measured 173-end.data 173 7 0.0 no
180 $cam pixel_status measured 0-end.data 0 180 26.0 yes
185 $cam pedestals measured 170-end.data 100 85 26.0 yes
185 $cam pixel_rms measured 173-end.data 173 12 0.0 no
185 $cam pixel_status measured 0-end.data 0 185 26.0 yes
190 $cam pedestals measured 170-end.data 100 90 26.0 yes
190 $cam pixel_rms default 190-end.data 190 0 0.0 no
190 $cam pixel_status measured 0-end.data 0 190 26.0 yes
X
same want got
has .out '2013-06-14T00:00:01'
ok 'all there' calib-deploy coverage $c -d Opal1000
ok 'only these' calib-deploy coverage $c -d Opal1000 -r 174-185 -t pedestals --json
[ "$(wc -l <.out)" -eq 2 ] || die 'runs 174-185 with data'
has .out '"dark-run":100,"age-runs":80,"age-hours":26.0,"old":"yes"'

# for cron: one line a run, and nothing when all is well
fails 1 'runs with no, default or too old constants: 4' calib-deploy check --experiment $c
cut -f 1,3-5 .out | tr '\t' ' ' >got
printf '#run none default old\n173 0 0 2\n180 0 0 2\n185 3 0 2\n190 0 1 2\n' | cmp - got || { cat .out; die 'problems'; }
has .out "$cam pedestals: 170-end.data is of run 100, 73 runs and 26.0 hours before"
has .out "$cam pixel_rms: 190-end.data has default values"
has .out 'XppGon.0:Cspad2x2.0 pixel_status: none'
ok 'nothing to say' calib-deploy check --experiment $c -d Opal1000 --max-hours 27 -r 173-189
[ "$(wc -l <.out)" -eq 1 ] || die 'nothing to say'
fails 1 'too old constants: 1' calib-deploy check --experiment $c -d Opal1000 --max-hours 0 --max-runs 80 -r 173-189 -t pedestals
has .out '85 runs and 26.0 hours before'
fails 2 'need --experiment' calib-deploy check $c --max-runs 3

# constants of the wrong kind count as none: the analysis would take defaults without a word
echo 'x y' >"$calib/Camera::CalibV1/$cam/pedestals/180-184.data"
fails 1 'rows without constants: 1' calib-deploy coverage $c -d Opal1000 -t pedestals
has .out 'unusable	180-184.data'
rm "$calib/Camera::CalibV1/$cam/pedestals/180-184.data"

# without data: the runs that are named, no hours
mv root/xpp/xppi0613/xtc away
fails 1 'which runs?' calib-deploy coverage $c
printf '#run type constants file dark-run age-runs age-hours\n169 pedestals none - - - -\n170 pedestals measured 170-end.data 100 70 -\n171 pedestals measured 170-end.data 100 71 -\n5000 pedestals measured 170-end.data 100 4900 -\n' >want
fails 1 'rows without constants: 1' calib-deploy coverage -c "$calib" -r 169-171,5000 -t pedestals -s "$cam"
cut -f 1,5-10 .out | tr '\t' ' ' >got
same want got
fails 1 'rows without constants: 1' calib-deploy coverage -c "$calib" -r 5 -t pedestals -s "$cs"
has .out "5	-	CsPad::CalibV1	$cs	pedestals	none"
fails 1 'no such directory' calib-deploy coverage -c missing -r 1
fails 2 "expected run numbers" calib-deploy coverage -c "$calib" -r x
