# npy stacks through calib-dark and calib-hotpix: the reference's numbers, and a second
# implementation of the robust algorithm in numpy.
. "$(dirname "$0")/../lib.sh"
need_numpy
cat >robust.py <<'E2'
# dark.md 6.1, written from its text
import sys
import numpy as np
rng = np.random.default_rng(5)
N, seg, npix = 70, 3, 40 * 50
raw = np.rint(rng.normal(1000, 4, (N, seg, 40, 50)))
raw[13] += 50                                   # light
raw[40, 1] -= 30                                # one segment dim
raw[:, 0, 3, 4] += rng.integers(0, 2, N) * 200  # telegraph
raw[:, 2, 5, 6] = 77                            # constant
raw[20, 1, 7, 8] = 9000                         # one spike
raw = np.clip(raw, 0, 65535).astype(sys.argv[1])
np.save('stack.npy', raw)
x = raw.astype(float)
B = min(N, 128)
s = x[[i * N // B for i in range(B)]]
med = np.median(s, axis=0)
mad = np.median(np.abs(s - med), axis=0)
g = np.maximum(6 * 1.4826 * mad, 3)
def D(a):
    d = np.clip(a - med, -g, g)
    return np.array([d[k][mad[k] > 0].mean() for k in range(seg)])
Ds = np.array([D(a) for a in s])
c = np.median(Ds, axis=0)
w = np.maximum(1.4826 * np.median(np.abs(Ds - c), axis=0),
               [0.02 * np.median(1.4826 * mad[k][mad[k] > 0]) for k in range(seg)])
w = np.maximum(w, 0.01)
keep = np.array([(np.abs(D(a) - c) <= 6 * w).all() for a in x])
x = x[keep]
acc = np.abs(x - med) <= g
n = acc.sum(0)
ave = np.where(n > 0, (x * acc).sum(0) / np.maximum(n, 1), 0)
var = np.where(n > 0, (x * x * acc).sum(0) / np.maximum(n, 1) - ave * ave, 0)
f = open('out.npy', 'rb')
got = [np.load(f) for _ in range(8)]
assert keep.sum() == 68, keep.sum()
assert np.array_equal(got[2], n)
assert np.abs(got[0] - ave).max() < 1e-9
assert np.abs(got[1] - np.sqrt(np.maximum(var, 0))).max() < 1e-6
assert np.array_equal(got[3], (x < 2).sum(0)) and np.array_equal(got[4], (x > float(sys.argv[2])).sum(0))
assert np.array_equal(got[5], x.min(0)) and np.array_equal(got[6], x.max(0))
E2
for t in '<u2 65000' '<i2 65000'; do
	"$python" robust.py $t >/dev/null 2>&1 || :	# writes the stack; there is no result yet
	ok "robust $t" calib-dark stack.npy -o out.npy
	ok "robust $t is numpy's" "$python" robust.py $t
	ok "robust $t through a pipe" sh -c 'calib-dark <stack.npy -o piped.npy'
	same out.npy piped.npy
	gzip -c stack.npy >stack.npy.gz
	ok 'compressed' calib-dark stack.npy.gz -o piped.npy
done
fails 1 'ends after' sh -c 'head -c 100000 stack.npy | calib-dark -o x.npy'
fails 1 'no npy stack' sh -c 'echo hello | calib-dark -o x.npy'
fails 1 'at least two dimensions' sh -c "$python -c 'import numpy,sys; numpy.save(sys.stdout.buffer, numpy.zeros(3))' | calib-dark -o x.npy"
fails 1 'arrays' calib-dark stack.npy -n 5 -o x.npy

need_golden dark
status() { # status CASE: does x.npy flag as the golden case does?
	"$python" -c "
import numpy as np
a, b = np.load('status.npy'), np.load('$g/$1/status.npy')
assert np.array_equal(a.astype(np.int64), b.astype(np.int64)), (a != b).sum()" || die "status of $1 differs"
}
compare() { # compare CASE [max]
	"$python" -c "
import numpy as np
f = open('x.npy', 'rb')
a = [np.load(f) for _ in range(7)]
d = '$g/$1/'
assert np.abs(a[0] - np.load(d + 'ave.npy')).max() < 1e-6
assert np.abs(a[1] - np.load(d + 'rms.npy')).max() < 1e-6
assert np.array_equal(a[2], np.load(d + 'count.npy'))
assert np.array_equal(a[6], np.load(d + 'max.npy'))" || die "$1 differs"
}
u=$g/generic_u16/raw.npy
ok 'plain' calib-dark "$u" --algo plain -o x.npy
compare generic_u16/nda_2015_auto
ok 'status 2015' calib-hotpix x.npy --algo plain -t auto -B 2 -T 65000 -b 0 --bits 2015 -o status.npy --max-bad 1
status generic_u16/nda_2015_auto
ok 'status 2016' calib-hotpix x.npy --algo plain -t 10000 -B 0.1 -T 16000 -b 0.1 --bits 2015 -o status.npy
status generic_u16/nda_2016
ok 'three stages' calib-dark "$u" --algo plain --stages 20,15 --gate 100,20 -o x.npy
compare generic_u16/nda_3stage
ok 'calibrun2024' calib-dark "$u" --algo calibrun2024 -o x.npy
compare generic_u16/calibrun2024
ok 'status of it' calib-hotpix x.npy --algo calibrun2024 -o status.npy
status generic_u16/calibrun2024
ok 'gated2016' calib-dark "$u" --algo gated2016 -o x.npy
compare generic_u16/det_ndarr_2016
ok 'status of it' calib-hotpix x.npy --algo gated2016 --bits 2016 -o status.npy
status generic_u16/det_ndarr_2016
ok '14 bits for all' calib-dark "$g/camera_16bit/raw.npy" --algo calibrun2024 --compat --block 30 -o x.npy
compare camera_16bit/calibrun2024_14bit
ok 'zero frames' calib-dark "$g/short_run/raw.npy" --algo calibrun2024 --compat -o x.npy
compare short_run/calibrun2024_asis
ok 'real numbers' calib-dark "$g/float_cancel/raw.npy" --algo plain -o x.npy
ok 'exact' "$python" -c "
import numpy as np
f = open('x.npy', 'rb')
a, r = np.load(f), np.load(f)
assert np.abs(r - np.load('$g/float_cancel/exact_rms.npy')).max() < 1e-9"
fails 1 'robust' calib-dark "$g/float_cancel/raw.npy" --algo robust -o x.npy
ok 'real numbers are taken by plain without being asked' calib-dark "$g/float_cancel/raw.npy" -o x.npy

# integers of any size are integers
ok 'stacks of every integer type' "$python" -c "
import numpy as np
r = np.random.RandomState(3)
x = np.round(r.normal(1000, 4, (200, 20, 20))); x[::50] += 300
for t in ('u2', 'i4', 'u4', 'i8', 'u8'): np.save('int_' + t + '.npy', x.astype(t))
x -= 1000
for t in ('i2', 'i8'): np.save('neg_' + t + '.npy', x.astype(t))
np.save('big.npy', (x + 100000).astype('i8'))
np.save('wide.npy', np.array([2**63 - 1, 2**53 + 1])); np.save('wideu.npy', np.array([2**64 - 1, 2**63 + 1], 'u8'))"
ok 'u2' calib-dark int_u2.npy -o ref.npy
has .err '196 of 200'
for t in i4 u4 i8 u8; do ok "$t" calib-dark int_$t.npy -o x.npy; same ref.npy x.npy; done
ok 'i2' calib-dark neg_i2.npy -o ref.npy
ok 'negative i8' calib-dark neg_i8.npy -o x.npy
same ref.npy x.npy
ok 'beyond 16 bits' calib-dark big.npy -o x.npy
has .err 'more than 16 bits'
has .err 'algorithm plain'
ok 'info' calib-nda info wide.npy wideu.npy
has .out '9007199254740993	9223372036854775807'
has .out '9223372036854775809	18446744073709551615'
