# calib-deploy diff and history --stats: what changed, in numbers that numpy confirms.
. "$(dirname "$0")/../lib.sh"
need_numpy
cam='XppEndstation.0:Opal1000.1' cs='XppGon.0:Cspad.0' jf='CxiEndstation.0:Jungfrau.0'
"$python" - <<'X' || die 'inputs'
import numpy as np
r = np.random.default_rng(1)
def text(name, a, fmt):
    with open(name, 'w') as f:
        f.write('# DTYPE %s\n# NDIM %d\n' % (a.dtype, a.ndim))
        for i, d in enumerate(a.shape): f.write('# DIM:%d %d\n' % (i, d))
        np.savetxt(f, a.reshape(-1, a.shape[-1]), fmt=fmt)
# a Jungfrau of 2 modules cannot be small: 3 x 2 x 512 x 1024; a camera for values, a CSPAD for segments
old = np.round(1000 + 50 * r.standard_normal((40, 50)), 3)
new = np.round(old + 0.4 * r.standard_normal(old.shape), 3)
new[3, 4] += 30; new[5, 6] -= 12; new[7, 8] = old[7, 8]
rms = np.round(1 + r.random(old.shape), 3)
rms[0, 0] = 0; new[0, 0] = old[0, 0] + 0.001
s0 = np.zeros(old.shape, 'u2'); s1 = s0.copy()
s0[1, :] = 1; s1[1, :] = 3; s1[2, 0:5] = 4; s0[9, 9] = 8; s1[9, 9] = 0
for n, a, f in (('old', old, '%.3f'), ('new', new, '%.3f'), ('rms', rms, '%.3f'), ('s0', s0, '%d'), ('s1', s1, '%d')):
    text(n + '.txt', a, f); np.save(n + '.npy', a)
c0 = np.round(1000 + 5 * r.standard_normal((32, 185, 388)), 2).astype('f4')
c1 = c0.copy(); c1[7] += np.float32(3); c1[9, 0, 0] = 0
st = np.zeros(c0.shape, 'u2'); st[3, :10, :] = 1; st[7, 0, 0] = 2
np.savetxt('c0.txt', c0.reshape(-1, 388), fmt='%.2f'); np.savetxt('c1.txt', c1.reshape(-1, 388), fmt='%.2f')
np.savetxt('crms.txt', np.full((5920, 388), 2.5), fmt='%.1f'); np.savetxt('cst.txt', st.reshape(-1, 388), fmt='%d')
np.save('c0.npy', c0); np.save('c1.npy', c1); np.save('cst.npy', st)
X
put() { calib-deploy put -c calib --force -s "$1" -t "$2" -v "$3" "$4" >/dev/null 2>.err || { cat .err; die "put $4"; }; }

# equal ones
ok 'the same' calib-deploy diff old.txt old.txt
[ "$(sed -n 2p .out | cut -f 5)" = 0 ] || die 'equal constants'
# without a directory: the spread is the unit
fails 1 'changed by more than 5 sigma' calib-deploy diff old.txt new.txt
cp .out spread.tsv
fails 1 'changed by more than 5 sigma' calib-deploy diff --rms rms.txt old.txt new.txt
cp .out rms.tsv
fails 1 'changed by more than 0 sigma' calib-deploy diff --rms rms.txt --nsigma 0 old.npy new.npy
cp .out zero.tsv
"$python" - <<'X' || die 'numbers'
import numpy as np
old, new, rms = (np.load(n + '.npy') for n in ('old', 'new', 'rms'))
def row(f, k=0):
    lines = [l.rstrip('\n').split('\t') for l in open(f)]
    return dict(zip(['segment'] + lines[0][1:], lines[1 + k]))
d = new - old
med = np.sort(d.ravel())[d.size // 2]
mad = 1.4826 * np.sort(np.abs(d.ravel() - med))[d.size // 2]
for f, sigma in (('spread.tsv', np.full(d.shape, mad)), ('rms.tsv', rms), ('zero.tsv', None)):
    r = row(f)
    if sigma is None:
        n = np.count_nonzero(new != old)
    else:
        n = np.count_nonzero(np.where(sigma > 0, np.abs(d) > 5 * sigma, d != 0))
    assert int(r['changed']) == n, (f, r, n)
    assert abs(float(r['mean']) - d.mean()) < 1e-4 and abs(float(r['median']) - med) < 1e-4, r
    assert abs(float(r['largest']) - d.ravel()[np.argmax(np.abs(d))]) < 1e-3, r
    assert r['segment'] == 'all' and int(r['pixels']) == 2000
r = row('spread.tsv')
assert abs(float(r['sigma']) / mad - 1) < 1e-4
good = np.sort(rms[rms > 0])
assert abs(float(row('rms.tsv')['sigma']) / good[good.size // 2] - 1) < 1e-4
X

# of two runs, with the noise of the old one; by path as well
put "$cam" pedestals 1-end old.txt; put "$cam" pixel_rms 1-end rms.txt; put "$cam" pixel_status 1-end s0.txt
put "$cam" pedestals 50-end new.txt; put "$cam" pixel_status 50-60 s1.txt
d="calib/Camera::CalibV1/$cam"
fails 1 'of 2000 values changed' calib-deploy diff -c calib -s "$cam" -t pedestals -r 49,50
same rms.tsv .out
fails 1 'of 2000 values changed' calib-deploy diff "$d/pedestals/1-end.data" "$d/pedestals/50-end.data"
same rms.tsv .out
ok 'one ruler' calib-deploy diff -c calib -s "$cam" -t pedestals -r 60,70
has .err "both runs are ruled by $d/pedestals/50-end.data"
fails 1 'no file for run 0' calib-deploy diff -c calib -s "$cam" -t pedestals -r 0,1

# status: bits gained and lost; pixels that became bad and good
fails 1 '56 of 2000 pixels have another status' calib-deploy diff -c calib -s "$cam" -t pixel_status -r 49,50
cut -f 1,3-8 .out | tr '\t' ' ' >got
cat >want <<'X'
#segment bit pixels changed fraction gained lost
all any 2000 56 0.028000 5 1
all 2 2000 50 0.025000 50 0
all 4 2000 5 0.002500 5 0
all 8 2000 1 0.000500 0 1
X
same want got
ok 'back again' calib-deploy diff -c calib -s "$cam" -t pixel_status -r 49,61
# a mask: 1 is good
printf '1 1\n1 0\n' >m0; printf '1 0\n1 1\n' >m1
fails 1 '2 of 4 pixels' calib-deploy diff -t pixel_mask m0 m1
grep -q '^all	-	any	4	2	0.500000	1	1' .out || die 'mask'

# segments of a CSPAD written as 5920 rows
put "$cs" pedestals 1-9 c0.txt; put "$cs" pedestals 10-end c1.txt; put "$cs" pixel_rms 1-end crms.txt
put "$cs" pixel_status 5-end cst.txt
fails 1 '1 of 2296960 values' calib-deploy diff -c calib -s "$cs" -t pedestals -r 1,10
[ "$(wc -l <.out)" -eq 34 ] || die 'a row for each segment'
[ "$(sed -n 10p .out | cut -f 1,5,9)" = "$(printf '7\t0\t3')" ] || { cat .out; die 'segment 7 moved by 3'; }
[ "$(sed -n 12p .out | cut -f 1,5)" = "$(printf '9\t1')" ] || die 'segment 9'
fails 1 'values changed by more than 1 sigma' calib-deploy diff -c calib -s "$cs" -t pedestals -r 1,10 --nsigma 1 --json
has .out '"segment":7,"gain":null,"bit":null,"pixels":71780,"changed":71780'

# other kinds, and what cannot be compared
printf '1 25 25 100\n' >cm0; printf '1 25 30 100\n' >cm1
fails 1 '1 of 4 values changed' calib-deploy diff -t common_mode --nsigma 0 cm0 cm1
printf '# a\nIP 0 X 0 0 0 0 0 0 0 0 0 0\n' >g0; printf '# b\nIP 0 X 0 0 0 0 0 0 0 0 0 0\n' >g1
fails 1 "'calib-geom diff' tells" calib-deploy diff -t geometry g0 g1
ok 'equal geometry' calib-deploy diff -t geometry g0 g0
fails 1 'cannot be compared' calib-deploy diff old.txt c0.txt
fails 1 'gone: cannot open' calib-deploy diff old.txt gone
fails 2 'is not two runs' calib-deploy diff -c calib -s "$cs" -t pedestals -r 1-2
fails 2 'needs -c DIR' calib-deploy diff -r 1,2
fails 2 'only two files' calib-deploy diff a b c
fails 2 'two files are needed' calib-deploy diff a

# the trend: stretches of runs, means over the good pixels, the change from stretch to stretch
ok 'trend' calib-deploy history --stats -c calib
cp .out trend.tsv
"$python" - <<'X' || die 'trend'
import numpy as np
lines = [l.rstrip('\n').split('\t') for l in open('trend.tsv')]
rows = [dict(zip(['group'] + lines[0][1:], l)) for l in lines[1:]]
cam = [r for r in rows if 'Opal' in r['source']]
assert [(r['begin'], r['end']) for r in cam] == [('1', '49'), ('50', '60'), ('61', 'end')], cam
ped = [np.load(n + '.npy') for n in ('old', 'new', 'new')]
sta = [np.load(n + '.npy') for n in ('s0', 's1', 's0')]
rms = np.load('rms.npy')
last = None
for r, p, s in zip(cam, ped, sta):
    m, q = p[s == 0].mean(), rms[s == 0].mean()
    assert r['segment'] == 'all' and int(r['pixels']) == 2000 and int(r['bad']) == np.count_nonzero(s)
    assert abs(float(r['pedestal']) / m - 1) < 1e-5 and abs(float(r['noise']) / q - 1) < 1e-5, (r, m, q)
    if last is None: assert r['pedestal-change'] == '-'
    else: assert abs(float(r['pedestal-change']) - (m - last)) < 1e-4, r
    last = m
assert cam[1]['status-file'] == '50-60.data' and cam[2]['pedestals-file'] == '50-end.data'
cs = [r for r in rows if 'Cspad' in r['source']]
assert len(cs) == 3 * 33, len(cs)
seg7 = [r for r in cs if r['segment'] == '7']
assert [(r['begin'], r['end'], r['bad']) for r in seg7] == [('1', '4', '-'), ('5', '9', '1'), ('10', 'end', '1')], seg7
assert abs(float(seg7[2]['pedestal-change']) - 3) < 1e-3
st, c1 = np.load('cst.npy'), np.float64(np.load('c1.npy'))
assert [r['bad'] for r in cs if r['segment'] == '3'][2] == '3880'
for s in range(32):
    r = [r for r in cs if r['segment'] == str(s)][2]
    assert abs(float(r['pedestal']) / c1[s][st[s] == 0].mean() - 1) < 1e-5
    assert r['noise'] == '2.5'
X
ok 'log is another name' calib-deploy log --stats -c calib -r 55 -d Opal1000
[ "$(wc -l <.out)" -eq 2 ] || die 'one stretch'
fails 2 'selects stretches of --stats' calib-deploy history -c calib -r 5
echo rubbish >"$d/pixel_status/50-60.data"
fails 1 'could not be read' calib-deploy history --stats -c calib -d Opal1000
[ "$(wc -l <.out)" -eq 4 ] || die 'the other numbers are there'

# gain ranges
"$python" - <<'X'
import numpy as np
a = np.zeros((3, 1, 512, 1024), 'f4')
for g in range(3): a[g] = 1000 * (g + 1)
for name, b in (('j0', a), ('j1', a + np.float32([[[[0]]], [[[5]]], [[[0]]]]))):
    with open(name, 'w') as f:
        f.write('# DTYPE float32\n# NDIM 4\n# DIM:0 3\n# DIM:1 1\n# DIM:2 512\n# DIM:3 1024\n')
        np.savetxt(f, b.reshape(-1, 1024), fmt='%d')
X
fails 1 '524288 of 1572864 values' calib-deploy diff -s "$jf" -t pedestals j0 j1
cut -f 1,2,4,5,9 .out | tr '\t' ' ' >got
calib-scan --list-detectors -d Jungfrau >/dev/null
[ "$(sed -n 3p got | cut -d ' ' -f 3-5)" = '524288 524288 5' ] || { cat got; die 'gain ranges'; }
[ "$(wc -l <got)" -eq 4 ] || die 'a row for each gain range'

# the picture: no change is the middle, up is warm, down is cold; of a status what turned bad or good
need_numpy
printf '1 2 3\n4 5 6\n' >pold.txt; printf '1 2 13\n4 -5 6\n' >pnew.txt
fails 1 'values changed' calib-deploy diff --plot diff.png --nsigma 0 pold.txt pnew.txt
printf '0 4 0\n0 0 0\n' >sold.txt; printf '0 0 0\n0 0 8\n' >snew.txt
fails 1 'another status' calib-deploy diff --plot status.png -t pixel_status sold.txt snew.txt
"$python" - "$here/tests/cli" <<'E2' || die 'the pictures'
import sys
sys.path.insert(0, sys.argv[1])
import png
i, palette, texts = png.read('diff.png')
assert i.shape == (2, 3) and i[0, 0] == i[0, 1] == i[1, 0] == i[1, 2] == 5 + 125, i
assert i[0, 2] == 255 and i[1, 1] == 5, i
assert palette[255][0] > 150 > palette[255][2] and palette[5][2] > 150 > palette[5][0], palette[[5, 255]]
assert texts['Title'] == 'pnew.txt minus pold.txt' and 'range -10 to 10' in texts['Comment'], texts
i, palette, texts = png.read('status.png')
assert i[1, 2] == 255 and i[0, 1] == 5 and (i == 5 + 125).sum() == 4, i
E2
