# calib-hotpix: the pixels calib-sim made bad are found, thresholds mean what is documented.
. "$(dirname "$0")/../lib.sh"
need_numpy
ok 'a run' calib-sim -e xppi0613 -r 5 -o data -n 100 --hot 0.01 --dead 0.01 --noisy 0.01 --stuck 0.01 -d CSPAD2x2
ok 'statistics' calib-dark -e xppi0613 -r 5 --root data -d CSPAD2x2 -w w
stat=$(echo w/*stat*.h5)
ok 'status' calib-hotpix "$stat" -o status.npy --mask=mask.npy
has .out '#bit	meaning	pixels	fraction'
cat >check.py <<'E2'
import h5py, numpy as np, sys
h = h5py.File(sys.argv[1])
s, m = np.load('status.npy'), np.load('mask.npy')
assert s.shape == (185, 388, 2) and s.dtype == np.uint16
assert np.array_equal(m, s == 0)
ave, rms = h['ave'][:], h['rms'][:]
f = (s != 0).mean()
assert 0.03 < f < 0.05, f
assert (s[ave == 0] & 8).all() and (s[rms == 0] & 256).all()
# the rule of the ASICs: median + 8 * 1.4826 MAD of 185 x 194 pixels of one section
for k in range(2):
    for a in range(2):
        p = np.s_[:, 194 * a:194 * a + 194, k]
        r = rms[p]
        med = np.median(r)
        hi = med + 8 * 1.4826 * np.median(np.abs(r - med))
        assert np.array_equal((s[p] & 1) != 0, r > hi), (k, a)
        lo = max(0.1, med - 8 * 1.4826 * np.median(np.abs(r - med)))
        assert np.array_equal((s[p] & 2) != 0, r < lo), (k, a)
E2
ok 'the pixels that are bad' "$python" check.py "$stat"

bits() { # bits EXPRESSION-of-rms-and-s
	"$python" -c "
import h5py, numpy as np
h = h5py.File('$stat'); rms = h['rms'][:]; ave = h['ave'][:]; s = np.load('s.npy')
assert $1" || die "not so: $1"
}
ok '-t 0' calib-hotpix "$stat" -t 0 -o s.npy
bits '(s & 1).sum() == 0'
ok '-t 20' calib-hotpix "$stat" -t 20 -o s.npy
bits 'np.array_equal((s & 1) != 0, rms > 20)'
ok '-t 20 -u 8' calib-hotpix "$stat" -t 20 -u 8 -o s.npy
bits '((s & 1) != 0).sum() >= (rms > 20).sum()'
ok '-b' calib-hotpix "$stat" -b 3.9 -z 0 -o s.npy --max-bad 1
bits 'np.array_equal((s & 2) != 0, rms < 3.9)'
ok '-B -T' calib-hotpix "$stat" -B 1000 -T 1100 -Z 0 -U 0 -o s.npy --max-bad 1
bits 'np.array_equal((s & 32) != 0, ave < 1000) and np.array_equal((s & 16) != 0, ave > 1100)'
ok 'plain sigma over the detector' calib-hotpix "$stat" --sigma plain --per detector -Z 5 -U 5 -z 5 -u 5 -o s.npy
bits 'np.array_equal((s & 1) != 0, rms > rms.mean() + 5 * rms.std())'
ok 'auto' calib-hotpix "$stat" -t auto -o s.npy
bits '(s & 1).sum() > 0'
for l in 2015 2016 new; do ok "$l" calib-hotpix "$stat" --bits $l -o s.txt; has s.txt "layout $l"; done

# files in the work directory, a row for each, ready for calib-deploy
ok '-w' calib-hotpix "$stat" -t 2.5 -w w -v 5-9 --max-bad 1
has .out 'w/clb-xppi0613-r0005-mask-hot-thr-2.50ADU-XppGon.0:Cspad2x2.0.txt	XppGon.0:Cspad2x2.0	pixel_status	5-9'
[ -f w/clb-xppi0613-r0005-mask-hot-thr-2.50ADU-XppGon.0:Cspad2x2.0.txt ] || die 'no file'
ok '--names 2024 --mask' calib-hotpix "$stat" --names 2024 --mask -w w
[ -f w/results/clb-xppi0613-r0005-peds-sta-XppGon.0:Cspad2x2.0.txt ] || die 'no peds-sta'
[ -f w/results/clb-xppi0613-r0005-peds-msk-XppGon.0:Cspad2x2.0.txt ] || die 'no peds-msk'

# too bad to be true
fails 1 'more than 10.0 %' calib-hotpix "$stat" -t 1 -o bad.npy
[ ! -e bad.npy ] || die 'written all the same'
ok 'unless' calib-hotpix "$stat" -t 1 -o bad.npy --max-bad 1

ok '--suggest' calib-hotpix --suggest "$stat"
has .out 'suggested'
ok '--by-segment' calib-hotpix --by-segment --json "$stat" -o s.npy
has .out '"segment":0'
ok 'two arrays' calib-hotpix --ave w/*ave*.txt --rms w/*peds-rms*.txt -d CSPAD2x2 -o s2.npy
ok 'flags by average and rms as from the statistics' "$python" -c "
import numpy as np
a, b = np.load('status.npy'), np.load('s2.npy').reshape(185, 388, 2)
assert ((a ^ b) & 0x33 != 0).sum() <= 2"

fails 1 'cannot open' calib-hotpix data/nothing.h5 -o x
printf 'abc' >x.h5; fails 1 'x.h5' calib-hotpix x.h5 -o x
fails 2 'belong together' calib-hotpix --ave a
fails 2 'is not a number from 0 to 1e+09 or the word auto' calib-hotpix -t -1 "$stat"
fails 2 'several STAT need -w' calib-hotpix a b
fails 2 'no such detector' calib-hotpix -d FOO "$stat"
fails 1 'the first' sh -c "calib-dark -e xppi0613 -r 5 --root data -d CSPAD2x2 -o - | head -c 100000 | calib-hotpix -o x.npy 2>&1 | sed 's/^/the first /' >&2; exit 1"
[ ! -e x.npy ] || die 'half a stream gave a status'
