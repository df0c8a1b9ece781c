# calib-geom rings, radial, align: simulated rings with noise, hot pixels and a beam stop
. "$(dirname "$0")/../lib.sh"
need_numpy
cat >make.py <<'P'
import sys, numpy as np
xyz, out, cx, cy, seed = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:6])
x, y, z = np.load(xyz); g = np.random.RandomState(int(seed)); r = np.hypot(x - cx, y - cy)
v = 100 + 50 * np.exp(-r / 4e4)
for R in (20000, 32000, 45000, 60000): v = v + 200 * np.exp(-.5 * ((r - R) / 250)**2)
v *= 1 + .05 * g.randn(*v.shape)
v.flat[g.randint(0, v.size, 500)] = 60000
v[r < 5000] = 0
np.save(out, v.astype('f4'))
P
cat >compare.py <<'P'
import sys
def read(f): return {(w[2], w[3]): w for w in (l.split() for l in open(f)) if w and w[0] != '#'}
a, b = read(sys.argv[1]), read(sys.argv[2]); far, turned, n = float(sys.argv[3]), float(sys.argv[4]), 0
for k in a:
    d = [float(p) - float(q) for p, q in zip(a[k][4:], b[k][4:])]; n += 1
    assert abs(d[0]) < far and abs(d[1]) < far and abs(d[6]) < turned, (k, d)
assert n > 4
P
# Four quads of eight CSPAD sensors; rotations need images with the beam at several places.
ok 'new' calib-geom new cspad -o flat.data
{ awk '$1 == "CSPAD:V2" { $1 = "QUAD:V1"; $2 = int($4 / 8); print }' flat.data
for q in 0 1 2 3; do echo "CSPAD:V2 0 QUAD:V1 $q 0 0 0 0 0 0 0 0 0"; done
awk '$1 == "IP" { $11 = 0; $5 = -95000; $6 = -95000; print }' flat.data; } >nominal.data
set -- '1000 -900 0 0.5' '-600 1000 1 -0.3' '100 300 2 0.2' '-500 -400 3 -0.4'
cp nominal.data true.data; cp nominal.data shifted.data
for s; do
	set -- $s
	awk -v q=$3 -v x=$1 -v y=$2 -v t=$4 '$3 == "QUAD:V1" && $4 == q { $5 += x; $6 += y; $11 += t } 1' \
		true.data >t && mv t true.data
	awk -v q=$3 -v x=$1 -v y=$2 '$3 == "QUAD:V1" && $4 == q { $5 += x; $6 += y } 1' \
		shifted.data >t && mv t shifted.data
done
ok 'coords' calib-geom coords -g shifted.data -o s.npy
ok 'coords' calib-geom coords -g true.data -o t.npy
"$python" make.py s.npy one.npy 300 -400 1 || die make
ok 'one image: shifts' calib-geom align -g nominal.data -i one.npy --full -o got.data
awk '/^#residual/ { exit !($3 > 100 && $6 < 20) }' .out || die 'residual'
has .out 'rz not determined'
ok 'shifts come back' "$python" compare.py got.data shifted.data 10 0.0001
n=0
for c in '-15000 -12000' '14000 -9000' '2000 16000'; do
	n=$((n + 1)); "$python" make.py t.npy m$n.npy $c $n || die make
done
ok 'three images: rotations' calib-geom align -g nominal.data -i m1.npy -i m2.npy -i m3.npy --full -o all.data
awk '/^#residual/ { exit !($3 > 50 && $6 < 20) }' .out || die 'residual'
ok 'all come back' "$python" compare.py all.data true.data 10 0.01
ok 'rings' calib-geom rings -g true.data m1.npy
awk '!/^#/ { n++; if (($2 + 15000)^2 + ($4 + 12000)^2 > 16) exit 1 } END { if (n < 3) exit 1 }' .out || {
	cat .out; die 'centre of the rings'; }
ok 'radial' calib-geom radial -g true.data --centre -15000,-12000 --range 19000:21000 --bins 20 m1.npy
# hot pixels are in the means: the middle of what stands above the background
awk '!/^#/ && $2 < 600 { s += ($2 - 130) * $1; w += $2 - 130 } END { exit !(s / w > 19960 && s / w < 20040) }' .out || {
	cat .out; die 'crest of the profile'; }
fails 2 'where is the centre' calib-geom radial m1.npy
fails 1 'not one of the objects' calib-geom align -g nominal.data -i one.npy --reference SENS2X1:V1:3
ok 'reference' calib-geom align -g nominal.data -i one.npy --reference QUAD:V1:1
grep -q '^QUAD:V1:1	0.000000	-	0.000000	-.*reference' .out || die 'the reference moved'

# other detectors and seeds: modules of a Jungfrau, sensors of an Epix10ka2M
for det in 'Jungfrau --sensors 8' Epix10ka2M; do
	ok "new $det" calib-geom new $det -o d.data
	seg=$(awk '$3 ~ /^(JUNGFRAU|EPIX10KA)/ { print $3; exit }' d.data)
	awk -v s="$seg" '$3 == s && $4 == 0 { $5 += 300; $6 -= 250 } $3 == s && $4 == 2 { $5 -= 300; $6 += 250 } 1' d.data >dt.data
	ok 'coords' calib-geom coords -g dt.data -o d.npy
	centre=$("$python" -c "import numpy as np; x, y, z = np.load('d.npy'); print(x.mean() + 800, y.mean() - 500)")
	"$python" make.py d.npy d1.npy $centre 7 || die make
	ok "align $det" calib-geom align -g d.data -i d1.npy --full -o dgot.data
	ok "$det: shifts come back" "$python" compare.py dgot.data dt.data 10 0.0001
done

# the picture of a fit has the image, the points and the ellipses
"$python" -c "
import numpy as np
y, x = np.mgrid[0:300, 0:320]
r = np.hypot(x - 150.3, y - 140.6)
v = 10 + 50 * np.exp(-(r - 90) ** 2 / 8)
np.save('ring.npy', v + np.random.default_rng(2).normal(size=v.shape))"
ok 'rings with a picture' calib-geom rings ring.npy --max-rings 1 -o ring.svg
[ "$(grep -c '<polygon' ring.svg)" -eq 1 ] && [ "$(grep -c '<circle' ring.svg)" -gt 60 ] || die 'the picture of the fit'
has ring.svg 'href="data:image/png;base64,'
"$python" - <<'E2' || die 'the ellipse is elsewhere'
import re, numpy as np
p = np.array([[float(v) for v in q.split(',')] for q in re.search('<polygon points="([^"]*)"', open('ring.svg').read()).group(1).split()])
assert np.abs(p.mean(0) - [150.3, 140.6]).max() < 0.5 and np.abs(np.hypot(*(p - [150.3, 140.6]).T) - 90).max() < 1, p.mean(0)
E2
