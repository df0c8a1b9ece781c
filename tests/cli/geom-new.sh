# Design geometries of all detectors; what moved; checks; the table of sensors.
. "$(dirname "$0")/../lib.sh"
need_numpy
differs() { # differs COMMAND...: exit status 1, nothing on stderr
	st=0
	"$@" >.out 2>.err || st=$?
	[ $st -eq 1 ] && [ ! -s .err ] || { cat .err; die "status $st, expected 1: $*"; }
}
# no two pixels of a design share an image cell, and the array is that of the detector
while read -r det opts pixels; do
	[ "$opts" != - ] || opts=
	ok "new $det" calib-geom new "$det" $(echo "$opts" | tr , ' ') -o "$det.data"
	ok "mask $det" calib-geom mask -b 0 "$det.data" -o ones.npy
	ok "image $det" calib-geom image -g "$det.data" ones.npy -o image.npy
	ok "$det: $pixels" "$python" -c "import numpy as np; s = np.load('image.npy').sum(dtype=float); assert s == np.load('ones.npy').size == $pixels, s"
	ok "check $det" calib-geom check "$det.data" -d "$det"
done <<X
CSPAD - 2296960
CSPAD2x2 - 143560
pnCCD - 1048576
Epix100a - 540672
Epix10ka - 135168
Epix10kaQuad - 540672
Epix10ka2M - 2162688
Rayonix - 3686400
Jungfrau --modules=8 4194304
Opal1000 --rows=1024,--cols=1024,--pix=13 1048576
Zyla --rows=100,--cols=70,--pix=6.5 7000
X
has Zyla.data 'MTRX:V2:100:70:6.5:6.5'
ok 'Rayonix without binning' calib-geom new Rayonix --rows 3840
has .out 'MTRX:V2:3840:3840:44.5:44.5'
fails 1 'Jungfrau comes with 1, 2 or 8 modules' calib-geom new Jungfrau
fails 1 'Zyla has no fixed size' calib-geom new Zyla --pix 6.5
fails 1 'the pixel size of Zyla' calib-geom new Zyla --rows 5 --cols 5
fails 1 'CSPAD has sensors of fixed size' calib-geom new CSPAD --pix 5
fails 1 "'Foo' is not a detector" calib-geom new Foo

# a quad turned by 90 degrees: a move of 100 um along its camera's x is one along y of the detector
ok 'move' calib-geom move -g Epix10kaQuad.data -o moved.data EPIX10KA:V1:2 100 0 0
differs calib-geom diff Epix10kaQuad.data moved.data
printf 'EPIX10KA:V1\t2\tQUAD\t0\tmoved\t100\t0\t0\t0\t0\t0\t0\t100\t0\n' >want
sed 1d .out | awk -F'\t' -v OFS='\t' '{ for (i = 12; i <= 14; i++) $i = sprintf("%.3f", $i) + 0; print }' >got
same got want
ok 'within tolerance' calib-geom diff --um 100 Epix10kaQuad.data moved.data
ok 'the same' calib-geom diff moved.data moved.data
ok 'tilt' calib-geom tilt -g moved.data -o turned.data -- QUAD:0 0 0 359.5
differs calib-geom diff moved.data turned.data
[ "$(awk -F'\t' '$1 == "QUAD" { print $9 }' .out)" = -0.5 ] || die 'turns are less than half a turn'
grep -v 'EPIX10KA:V1   3' moved.data >three.data
differs calib-geom diff moved.data three.data
has .out 'removed'
differs calib-geom diff three.data moved.data
has .out 'added'
fails 1 'three.data: 405504 pixels, Epix10kaQuad has 540672' calib-geom check -d Epix10kaQuad three.data
differs calib-geom check --against Epix10kaQuad.data moved.data
has .out 'moved'
sed 's/EPIX10KA:V1   1/EPIX10KA:V1   9/' moved.data >index.data
fails 1 'EPIX10KA:V1 9 is number 1 of QUAD 0' calib-geom check index.data

cat >table.py <<'X'
import json, subprocess, sys, os
import numpy as np
np.save('a.npy', np.arange(5920 * 388, dtype=np.float64).reshape(5920, 388))
top = sys.argv[1]
want = json.load(open(top)) if os.path.exists(top) else {}
for gaps in ('3,5,5', '3,6,6', '0,0,0'):
    subprocess.run(['calib-geom', 'table', 'a.npy', '--gaps', gaps, '-o', 't.npy'], check=True)
    t = np.load('t.npy')
    g, h, v = (int(x) for x in gaps.split(','))
    assert t.shape == (8 * 185 + 7 * v, 4 * (388 + g) + 3 * h), t.shape
    w = want.get('table_' + gaps.replace(',', '_'))
    if w:
        assert list(t.shape) == w['shape'] and t.sum() == w['sum']
        for r, c, value in w['sel']:
            assert t[r, c] == value, (gaps, r, c, t[r, c], value)
a = np.arange(185 * 388 * 2).reshape(185, 388, 2)
for name, b in (('b', a), ('c', a.transpose(2, 0, 1).copy())):
    np.save(name + '.npy', b)
    subprocess.run(['calib-geom', 'table', name + '.npy', '-o', 't.npy'], check=True)
    t = np.load('t.npy')
    assert t.shape == (390, 391)
    assert (t[:185, :194] == a[:, :194, 0]).all() and (t[205:, 197:] == a[:, 194:, 1]).all()
    assert not t[185:205].any() and not t[:, 194:197].any()
X
ok 'table of sensors' "$python" table.py "$golden/geometry/legacy/legacy.json"
printf '1 2\n3 4\n' >small.txt
fails 1 'small.txt: shape 2x2 is neither that of a CSPAD' calib-geom table small.txt -o t.npy
