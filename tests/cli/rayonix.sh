# A Rayonix has zeros for pedestals and a geometry of its binning; a pnCCD its common_mode.
. "$(dirname "$0")/../lib.sh"
need_numpy

# columns and rows of a binned 3840 pixel sensor, and how the pitch has always been written
while read -r run size text; do
	ok "run $run" calib-sim -e mfxx12345 -r "$run" -o data --hdf5 -d Rayonix -n 8 --size "$size"
	ok "binning of $size" calib-dark -e mfxx12345 -r "$run" --root data -d Rayonix -w "w$run" \
		--algo plain --zeropeds --deploygeo
	base=w$run/clb-mfxx12345-r00$run
	src=MfxEndstation.0:Rayonix.0
	printf '#file\tsource\ttype\trange\tverdict\n' >want
	for row in peds-ave:average peds-rms:pixel_rms peds-zero:pedestals geometry:geometry; do
		printf '%s\t%s\t%s\t%s\tok\n' "$base-${row%:*}-$src.txt" $src "${row#*:}" "$run-end" >>want
	done
	printf '%s\t%s\tstatistics\t%s\tok\n' "$base-peds-stat-$src.h5" $src "$run-end" >>want
	same want .out
	grep -v '^#' "$base-geometry-$src.txt" >lines
	printf '\nIP            0 MTRX:V2:%s   0         0        0        0         0          0%s\n' "$text" \
		'          0     0.00000  0.00000  0.00000' >want
	same want lines
	ok 'HDF5' calib-dark "data/mfx/mfxx12345/hdf5/mfxx12345-r00$run.h5" -w "h$run" -d Rayonix \
		--algo plain --deploygeo
	same "$base-geometry-$src.txt" "h$run/clb-mfxx12345-r00$run-geometry-$src.txt"
	"$python" - "$base-peds-zero-$src.txt" "$size" <<'E2' || die 'the zeros'
import sys
import numpy as np
lines = open(sys.argv[1]).read().split('\n')
dims = [int(l.split()[2]) for l in lines if l.startswith('# DIM:')]
assert dims == [int(n) for n in sys.argv[2].split(',')], dims
body = [l.split() for l in lines if l and l[0] != '#']
assert all(w == '0' for l in body for w in l) and np.shape(body) == tuple(dims)
E2
done <<'E2'
10 16,3840 16:3840:10680:44.5
11 1920,16 1920:16:89:10680
12 1280,960 1280:960:133.5:178
13 384,768 384:768:445:222.5
E2

# the configuration counts, not the shape: an MX340 has twice the pixels; 0 says nothing
for bins in 2,4 0,0; do
	"$python" - data/mfx/mfxx12345/xtc/e000-r0012-s00-c00.xtc "$bins" <<'E2' || die 'patch'
import sys
b = open(sys.argv[1], 'rb').read()
at = b.index(b'MX170-HS:7') - 20
open('mx340.xtc', 'wb').write(b[:at] + bytes(map(int, sys.argv[2].split(','))) + b[at + 2:])
E2
	ok "binning $bins" calib-dark mx340.xtc -w mx -d Rayonix --algo plain --deploygeo
	grep -q " MTRX:V2:1280:960:$(case $bins in 2*) echo 178:89 ;; *) echo 133.5:178 ;; esac) " \
		mx/*-geometry-*.txt || die "$(tail -1 mx/*-geometry-*.txt)"
done

# calibrun deploys them instead of the average; a plain run of the same detector deploys that
run='-e mfxx12345 -r 12 -d Rayonix -P -D --root data -w work --algo plain'
calib=data/mfx/mfxx12345/calib/Camera::CalibV1/MfxEndstation.0:Rayonix.0
ok calibrun calibrun $run --zeropeds --deploygeo
grep -q '^0 0 0 ' $calib/pedestals/12-end.data || die 'no zeros'
same w12/clb-mfxx12345-r0012-geometry-MfxEndstation.0:Rayonix.0.txt $calib/geometry/12-end.data
ok 'calibrun again' calibrun $run --force
grep -q '^0 0 0 ' $calib/pedestals/12-end.data && die 'zeros without --zeropeds'
[ -z "$(find work -name '*-zero-*' -o -name '*-geometry-*')" ] || die 'files of an earlier call are left'
ok 'the script' sh -c "calibrun $run --zeropeds --deploygeo --force --dry-run >s && rm -r $calib work && sh s"
grep -q '^0 0 0 ' $calib/pedestals/12-end.data || die 'no zeros from the script'
[ -s $calib/geometry/12-end.data ] || die 'no geometry from the script'
fails 2 'give -w DIR instead of -o' calib-dark -e mfxx12345 -r 12 --root data -d Rayonix --zeropeds -o x

# others are left alone
ok 'a pnCCD' calib-sim -e amox23616 -r 7 -o data -d pnCCD,Opal1000 --size 64,96 -n 30 --hot 0.01 --noise 5
ok 'both' calibrun -e amox23616 -r 7 --root data -d pnCCD,OPAL1000 -P -D -w amo --zeropeds --deploygeo
find data/amo/amox23616/calib -name '*.data' | sed 's/.*calib.//; s/[^/]*$//' | sort >have
sort >want <<'E2'
Camera::CalibV1/SxrBeamline.0:Opal1000.100/pedestals/
Camera::CalibV1/SxrBeamline.0:Opal1000.100/pixel_rms/
Camera::CalibV1/SxrBeamline.0:Opal1000.100/pixel_status/
PNCCD::CalibV1/Camp.0:pnCCD.0/common_mode/
PNCCD::CalibV1/Camp.0:pnCCD.0/pedestals/
PNCCD::CalibV1/Camp.0:pnCCD.0/pixel_rms/
PNCCD::CalibV1/Camp.0:pnCCD.0/pixel_status/
E2
sed -i 's/SxrBeamline.0:Opal1000.100/OPAL/; s/XppEndstation.0:Opal1000.[01]/OPAL/' want have
same want have
"$python" - <<'E2' || die 'common_mode'
import glob, math
import h5py, numpy as np
stat = h5py.File(glob.glob('amo/*stat-*pnCCD*.h5')[0])
status = np.loadtxt(glob.glob('amo/*hot*pnCCD*.txt')[0]).reshape(stat['rms'].shape)
assert (status > 0).sum() > 5000
limit = math.ceil(4 * stat['rms'][:][status == 0].mean())
text = open(glob.glob('data/amo/amox23616/calib/PNCCD*/*/common_mode/*.data')[0]).read()
assert text.split('\n\n')[-1].split() == ['3', str(limit), str(limit), '128'], (text, limit)
assert limit != math.ceil(4 * stat['rms'][:].mean())
E2
rm -r data/amo/amox23616/calib
ok 'without' calibrun -e amox23616 -r 7 --root data -d pnCCD -P -D -w amo --no-cmode
[ -z "$(find data/amo/amox23616/calib -name common_mode)" ] || die '--no-cmode'
rm -r data/amo/amox23616/calib
echo 'DARK_DEPLOY_CMODE False' >confpars-calibman.txt
ok 'by file' calibrun -e amox23616 -r 7 --root data -d pnCCD -P -D -w amo
[ -z "$(find data/amo/amox23616/calib -name common_mode)" ] || die 'DARK_DEPLOY_CMODE'
