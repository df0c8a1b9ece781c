# The rms without common mode, against the definition in numpy.
. "$(dirname "$0")/../lib.sh"
need_numpy

# A CSPAD of its own making: the offset of an ASIC moves from event to event, one event is bright.
cat >check.py <<'E2'
import sys
import h5py, numpy as np
stat, raw, asic = h5py.File(sys.argv[1]), np.load(sys.argv[2]), eval(sys.argv[3])
bits = int(sys.argv[4], 0) if len(sys.argv) > 4 else 0xffff
raw = (raw.astype(np.int64) & bits) if bits != 0xffff else raw.astype(np.int64)
drops = {int(l.split()[0]) for l in stat.attrs['dropped_events'].split('\n') if l} \
    if 'dropped_events' in stat.attrs else {int(l.split()[0]) for l in
    stat['dropped_events'][()].decode().split('\n') if l}
keep = [i for i in range(len(raw)) if i not in drops]
med, mad = stat['med'][:].astype(float), stat['absdev'][:].astype(float)
gate = np.maximum(6 * 1.4826 * mad, 3)
shape = med.shape
bank = np.zeros(shape, int)
for k, (n, a) in enumerate(zip(shape, asic)):
    bank = bank * (n // a) + (np.arange(n) // a).reshape([-1 if j == k else 1 for j in range(len(shape))])
nb = bank.max() + 1
s1 = np.zeros(shape); s2 = np.zeros(shape); n = np.zeros(shape)
modes = []
for i in keep:
    d = raw[i] - med
    ok = np.abs(d) <= gate
    use = ok & (mad > 0)
    cm = np.array([np.median(d[use & (bank == b)]) if (use & (bank == b)).any() else 0 for b in range(nb)])
    modes.append(cm)
    y = np.where(ok, d - cm[bank], 0)
    s1 += y; s2 += y * y; n += ok
assert np.array_equal(n, stat['n'][:])
m = np.maximum(n, 1)
want = np.sqrt(np.maximum(s2 / m - (s1 / m) ** 2, 0))
have = stat['rms_cm'][:]
assert np.abs(have - want).max() < 1e-6, np.abs(have - want).max()
good = stat['rms'][:] > 1
print(nb, 'banks, modes +-%.2f,' % np.std(modes), 'rms %.3f -> %.3f' % (np.median(stat['rms'][:][good]),
      np.median(have[good])), len(drops), 'dropped')
np.save('have.npy', have)
E2
"$python" - <<'E2'
import numpy as np
rng = np.random.default_rng(5)
def make(n, shape, asic, name, dtype, base):
    a = rng.normal(base, 2.5, (n,) + shape)
    bank = np.zeros(shape, int)
    for k, (s, x) in enumerate(zip(shape, asic)):
        bank = bank * (s // x) + (np.arange(s) // x).reshape([-1 if j == k else 1 for j in range(len(shape))])
    a += rng.normal(0, 4, (n, bank.max() + 1))[:, bank]
    a[:, 0, 0] = base                       # constant pixels
    a[3] += 60                              # light
    np.save(name, np.clip(np.rint(a), -30000, 60000).astype(dtype))
make(40, (3, 37, 50), (1, 37, 50), 'stack.npy', 'u2', 1200)
make(24, (3, 20, 30), (1, 20, 30), 'signed.npy', 'i2', -3)
make(23, (64, 96), (64, 96), 'flat.npy', 'u2', 40000)
E2
for s in 'stack (1,37,50)' 'signed (1,20,30)' 'flat (64,96)'; do
	ok "$s" calib-dark ${s% *}.npy --common-mode -w w -j 1
	ok "$s against numpy" "$python" check.py w/clb-*-stat-*.h5 ${s% *}.npy "${s#* }"
	ok "$s as text" calib-nda compare --abs 0.0006 w/*-peds-rcm-*.txt have.npy
	mv w w1
	ok "$s threads" calib-dark ${s% *}.npy --common-mode -w w -j 5
	diff -r w1 w || die 'threads change the result'
	rm -r w w1
done

# ASICs and banks of the registry, in a run
ok 'a run' calib-sim -e xppi0613 -r 5 -o data -d CSPAD2x2,pnCCD -n 20 --bright 0.1 --dead 0.01 --hdf5
ok 'CSPAD2x2 and pnCCD' calib-dark -e xppi0613 -r 5 --root data -d CSPAD2x2,pnCCD --common-mode -w w
grep -c 'rms_cm' .out | grep -qx 2 || die 'rows'
"$python" - <<'E2' || die 'raw arrays'
import h5py, numpy as np
with h5py.File('data/xpp/xppi0613/hdf5/xppi0613-r0005.h5') as h:
    run = h['Configure:0000/Run:0000/CalibCycle:0000']
    for det, shape in ('Cspad2x2', (-1, 185, 388, 2)), ('pnCCD', (-1, 4, 512, 512)):
        found = []
        run.visititems(lambda name, o: found.append(o) if det in name and name.endswith('/data') else None)
        np.save(det + '.npy', found[0][:].reshape(shape))
E2
ok 'CSPAD2x2 against numpy' "$python" check.py w/*peds-stat*Cspad2x2*.h5 Cspad2x2.npy '(185,194,1)'
grep -q '^4 banks.* [1-9][0-9]* dropped' .out || die "$(cat .out)"
ok 'pnCCD against numpy' "$python" check.py w/*peds-stat*pnCCD*.h5 pnCCD.npy '(1,512,128)'
has .out '16 banks'

# the arrays of the stream, and who reads it; every gain range has its own
run='-e xppi0613 -r 5 --root data -d CSPAD2x2'
ok 'stream' calib-dark $run --common-mode -o s.npy
"$python" - <<'E2' || die 'the stream'
import glob
import h5py, numpy as np
with open('s.npy', 'rb') as f:
    arrays = [np.load(f) for _ in range(9)]
    assert not f.read(1)
assert np.array_equal(arrays[8], h5py.File(glob.glob('w/*peds-stat*Cspad2x2*')[0])['rms_cm'][:])
E2
ok 'hotpix of it' calib-hotpix s.npy -d CSPAD2x2 -o a.npy
ok 'hotpix without' sh -c "calib-dark $run -o - | calib-hotpix -d CSPAD2x2 -o b.npy"
same a.npy b.npy
ok 'gains' calib-sim -e xppi0613 -r 6 -o data -d Jungfrau -n 36 --steps 3
ok 'Jungfrau' calib-dark -e xppi0613 -r 6 --root data -d Jungfrau --common-mode -w w
ok 'as a stream' sh -c 'calib-dark -e xppi0613 -r 6 --root data -d Jungfrau --common-mode -o - |
	calib-hotpix -d Jungfrau -o c.npy'
"$python" - <<'E2' || die 'gain ranges'
import glob
import h5py, numpy as np
h = h5py.File(glob.glob('w/*peds-stat*Jungfrau*')[0])
assert h['rms_cm'].shape == (3, 1, 512, 1024)
for r in range(3):
    ratio = np.median(h['rms_cm'][r] / np.maximum(h['rms'][r], 1e-9))
    assert 0.9 < ratio < 1.01, ratio	# the simulation has no common mode
E2
fails 2 'belongs to --algo robust' calib-dark $run --common-mode --algo plain -w x
