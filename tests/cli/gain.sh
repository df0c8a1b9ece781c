# Detectors of several gain ranges: cycles of one run, several runs in any order, what is missing.
. "$(dirname "$0")/../lib.sh"
need_numpy

# ranges in an order that is not that of the constants
ok 'a run' calib-sim -e xppi0613 -r 20 -o data --truth truth --steps 5 --gains 4,1,0,3,2 -n 100 \
	-d Epix10ka,Epix10kaQuad --streams 2 --damage 0.05 --drop 0.05
for r in 31:2 32:0 33:1; do
	ok "run $r" calib-sim -e xppi0613 -r "${r%:*}" -o data --truth "truth${r#*:}" --gains "${r#*:}" \
		-n 24 --modules 2 -d Jungfrau --seed "${r%:*}"
done
run='-e xppi0613 --root data'

cat >truth.py <<'E2'
import glob, sys
import h5py, numpy as np
def stat(d, src): return h5py.File(glob.glob('%s/*-peds-stat-*%s.h5' % (d, src))[0])
def text(d, what, src):
    f = glob.glob('%s/*-peds-%s-*%s.txt' % (d, what, src))[0]
    dims = [int(l.split()[-1]) for l in open(f) if l.startswith('# DIM:')]
    return np.loadtxt(f).reshape(dims)
for src, n in (('Epix10ka.0', 1), ('Epix10kaQuad.0', 4)):
    h = stat('plain', src)
    assert h['ave'].shape == (7, n, 352, 384), h['ave'].shape
    for step, rng in enumerate((4, 1, 0, 3, 2)):
        t = lambda w: np.load(glob.glob('truth/*%s-step%d-%s.npy' % (src, step, w))[0]).reshape(n, 352, 384)
        assert np.array_equal(h['n'][rng], t('n')), (src, rng)
        assert np.abs(h['ave'][rng] - t('ave')).max() < 1e-9, (src, rng)
        assert np.abs(h['rms'][rng] - t('rms')).max() < 1e-6, (src, rng)
    # ranges a dark run has not: what the analysis takes for missing
    assert (h['ave'][5:] == 0).all() and (h['rms'][5:] == 1).all() and (h['n'][5:] == 0).all()
    assert np.allclose(text('plain', 'ave', src), h['ave'][:], rtol=1e-8, atol=0)
    assert (text('plain', 'rms', src)[5:] == 1).all()
h = stat('three', 'Jungfrau.0')
assert h['ave'].shape == (3, 2, 512, 1024)
for rng in range(3):
    t = lambda w: np.load(glob.glob('truth%d/*Jungfrau.0-%s.npy' % (rng, w))[0])
    assert np.array_equal(h['n'][rng], t('n')) and (h['n'][rng] == 24).all()
    assert np.abs(h['ave'][rng] - t('ave')).max() < 1e-9, rng
    assert np.abs(h['rms'][rng] - t('rms')).max() < 1e-6, rng
E2
ok 'cycles' calib-dark $run -r 20 -d Epix10ka,Epix10kaQuad --algo plain -w plain
has .err 'Quad.0, AML-M: '
has .err 'come from charge injection'
ok 'three runs' calib-dark $run -r 31,32,33 -d Jungfrau --algo plain -w three
[ -f 'three/clb-xppi0613-r0031-peds-ave-CxiEndstation.0:Jungfrau.0.txt' ] || die 'not of the first run'
ok 'the truth' "$python" truth.py
ok 'another order' calib-dark $run -r 33,31-32 -d Jungfrau --algo plain -w order
cmp_all() { for f in "$1"/*.txt; do same "$f" "$2/${f##*/}"; done; }
cmp_all three order
for a in robust jungfrau calibrun2024; do
	ok "$a -j 1" calib-dark $run -r 31-33 -d Jungfrau --algo $a -w one -j 1
	ok "$a -j 5" calib-dark $run -r 31-33 -d Jungfrau --algo $a -w five -j 5
	diff -r one five || die "$a: threads change the result"
	mv one "one.$a"; rm -r five
done
cmp_all one.jungfrau one.calibrun2024

# what is missing: refused, and with --partial filled
fails 1 'the data have the gain ranges G0, G2 and lack G1' calib-dark $run -r 31,32 -d Jungfrau -w none
[ ! -e none ] || [ -z "$(ls none)" ] || die 'something was written'
ok '--partial' calib-dark $run -r 31,32 -d Jungfrau -w part --partial
has .err 'lack the gain ranges G1'
ok 'the missing one' "$python" -c "
import glob, h5py
h = h5py.File(glob.glob('part/*.h5')[0])
assert (h['ave'][1] == 0).all() and (h['rms'][1] == 1).all() and (h['ave'][::2] > 0).all()"

# --step: by itself, any detector
ok '--step 3' calib-dark $run -r 20 -d Epix10ka --algo plain -w step --step 3
[ "$(grep -c step03- .out)" -eq 3 ] || die 'not three rows'
ok '--step all' calib-dark $run -r 20 -d Epix10ka --algo plain -w step --step all
[ "$(grep -vc '^#' .out)" -eq 15 ] || die 'not fifteen rows'
ok 'cycle by cycle' "$python" -c "
import glob, h5py, numpy as np
for k in range(5):
    h = h5py.File(glob.glob('step/*-step%02d-peds-stat-*.h5' % k)[0])
    t = np.load(glob.glob('truth/*Epix10ka.0-step%d-ave.npy' % k)[0])
    assert h['ave'].shape == (352, 384) and np.abs(h['ave'] - t[0]).max() < 1e-9, k"
fails 1 'no calibration cycle 7, the last is 4' calib-dark $run -r 20 -d Epix10ka -w step --step 7

# pedestals of AHL-L from charge injection
ok 'files of charge injection' "$python" -c "
import numpy as np
r = np.random.RandomState(1)
for k in ('oh', 'ol', 'gh', 'gl'): np.save(k + '.npy', r.uniform(1, 9, (1, 352, 384)))
g = np.load('gh.npy'); g[0, 0, :3] = 0; np.save('gh.npy', g)"
ok '--low-ahl' calib-dark $run -r 20 -d Epix10ka --algo plain -w low --low-ahl oh.npy,ol.npy,gh.npy,gl.npy
has .err 'pedestals of AML-L are 0'
ok 'the formula' "$python" -c "
import glob, h5py, numpy as np
a = h5py.File(glob.glob('low/*.h5')[0])['ave'][:]
oh, ol, gh, gl = (np.load(k + '.npy') for k in ('oh', 'ol', 'gh', 'gl'))
q = np.divide(gl, gh, out=np.zeros_like(gl), where=gh != 0)
assert np.abs(a[5] - (ol - (oh - a[3]) * q)).max() < 1e-9 and (a[6] == 0).all()"
fails 1 'four files' calib-dark $run -r 20 -d Epix10ka -w low --low-ahl oh.npy,ol.npy
ok '--low-aml of one file' calib-dark $run -r 20 -d Epix10ka --algo plain -w low --low-aml oh.npy
ok 'on top of FL' "$python" -c "
import glob, h5py, numpy as np
a = h5py.File(glob.glob('low/*.h5')[0])['ave'][:]
assert np.abs(a[6] - a[2] - np.load('oh.npy')).max() < 1e-9 and (a[5] == 0).all()"
np=$(ls three/*ave*)
fails 1 'the detector has 135168 pixels' calib-dark $run -r 20 -d Epix10ka -w low \
	--low-ahl "oh.npy,ol.npy,gh.npy,$np"

# the stream says all, and calib-hotpix flags range by range
ok 'stream' calib-dark $run -r 31-33 -d Jungfrau -o stat.npy
ok 'flags' calib-hotpix stat.npy -d Jungfrau -o status.npy
ok 'of the file' calib-hotpix one.robust/*stat*.h5 -o status2.npy
same status.npy status2.npy
ok 'shape' "$python" -c "
import numpy as np
s = np.load('status.npy')
assert s.shape == (3, 2, 512, 1024), s.shape
f = open('stat.npy', 'rb')
a = [np.load(f) for i in range(9)]
assert a[7].dtype == np.int64 and a[8].shape == s.shape and (a[8] == 0).all()"

# from the run to the analysis
ok 'calibrun' calibrun $run -r 32,31,33 -d Jungfrau -P -D -w w -c calib
ok 'calibrun' calibrun $run -r 20 -d Epix10ka,Epix10kaQuad -P -D -w w -c calib
for d in Jungfrau:31 Epix10ka:20 Epix10kaQuad:20; do
	for t in pedestals pixel_rms pixel_status; do
		set -- calib/"${d%:*}::CalibV1"/*/"$t/${d#*:}-end.data"
		[ -s "$1" ] || die "no $1"
	done
done
# what the analysis needs besides, only where nothing is in force, and never in the way
for d in Jungfrau Epix10ka Epix10kaQuad; do
	src=$(basename calib/$d::CalibV1/*)
	ok "gains of $d" sh -c "calib-nda gains -d $d $([ $d = Jungfrau ] && echo --modules 2) -o want.npy"
	ok "$d" calib-nda compare want.npy "calib/$d::CalibV1/$src/pixel_gain/0-end.data"
done
ok 'offsets' calib-nda stat calib/Jungfrau::CalibV1/*/pixel_offset/0-end.data
[ ! -e calib/Epix10ka::CalibV1/MfxEndstation.0:Epix10ka.0/pixel_offset ] || die 'offsets of Epix10ka'
gain=calib/Jungfrau::CalibV1/CxiEndstation.0:Jungfrau.0/pixel_gain
calib-nda math $gain/0-end.data mul 40 -o own.txt || die 'own gains'
ok 'own gains' calib-deploy put -c calib -s CxiEndstation.0:Jungfrau.0 -t pixel_gain -v 10-60 own.txt
rm $gain/0-end.data
ok 'again' calibrun $run -r 32,31,33 -d Jungfrau -P -D -w w -c calib --force
[ ! -e $gain/0-end.data ] || die 'defaults beside own gains'
ok 'as a script' sh -c "calibrun $run -r 32,31,33 -d Jungfrau -P -D -w w -c calib --force --dry-run >s &&
	sh s && ! [ -e $gain/0-end.data ] && rm $gain/10-60.data && sh s && [ -s $gain/0-end.data ]"
rm $gain/0-end.data
ok '--no-gains' calibrun $run -r 32,31,33 -d Jungfrau -P -D -w w -c calib --force --no-gains
[ ! -e $gain/0-end.data ] || die '--no-gains'
grep -q '^# NDIM:* *4' calib/Jungfrau::CalibV1/*/pedestals/31-end.data || die 'not of four dimensions'
fails 2 'call calibrun for each kind' calibrun $run -r 31,32 -d CSPAD,Jungfrau -P -w w
fails 1 'lack G1' calibrun $run -r 31,32 -d Jungfrau -P -D -w w2 -c calib2
[ ! -e calib2 ] || die 'half a set is deployed'
ok '--partial' calibrun $run -r 31,32 -d Jungfrau -P -D -w w2 -c calib2 --partial
ok '--dry-run' calibrun $run -r 31,32 -d Jungfrau -P -D --dry-run --partial
has .out '-r 31,32'
has .out '--partial'

# what calib-scan says
ok 'ranges' calib-scan $run -r 20 -d Epix10ka
has .out 'AML-M'
ok '--steps' calib-scan $run -r 20 --steps
[ "$(grep -vc '^#' .out)" -ge 5 ] || die 'not five cycles'
