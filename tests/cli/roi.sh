# calib-roi: masks of images and detectors, what is joined, what is converted, what is refused.
. "$(dirname "$0")/../lib.sh"
need_numpy
cat >geo.data <<'E2'
CAM 0 MTRX:V2:8:10:50:50 0 0 -300 0 0 0 0 0 0 0
CAM 0 MTRX:V2:8:10:50:50 1 0 300 0 0 0 0 0 0 0
IP 0 CAM 0 0 0 -100000 0 0 0 0 0 0
E2
py() { "$python" -c "import numpy as np
$1" || die "$1"; }
ok 'image of ones' calib-roi image -g geo.data -o img.npy
py "i = np.load('img.npy'); assert i.sum() == 160, i.sum(); print(i.shape)"
rc=$("$python" -c "import numpy as np; print('%d,%d' % np.load('img.npy').shape)")
rows=${rc%,*} cols=${rc#*,}

# shapes on sensors and in the plane, bits, edges, neighbours, another mask
cat >shapes <<'E2'
mask seg=1 rect 2 3 4 1      # of the second sensor
mask seg=* edge 1
mask um circle 0 -300 60
E2
ok 'mask' calib-roi mask -g geo.data -s shapes -o m.npy
py "
m = np.load('m.npy'); w = np.zeros((2, 8, 10), np.uint8); w[:, 1:-1, 1:-1] = 1; w[1, 3:5, 2:7] = 0
assert m.shape == (2, 8, 10) and m.dtype == np.uint8
import subprocess, io
x, y, z = np.load(io.BytesIO(subprocess.run(['calib-geom', 'coords', '-g', 'geo.data'], stdout=subprocess.PIPE, check=True).stdout))
w[x ** 2 + (y + 300) ** 2 <= 3600] = 0
assert (m == w).all(), (m != w).sum()"
ok 'edges as bits' sh -c 'echo "bits 1" | calib-roi mask -g geo.data -s - -o b.npy && calib-roi mask -g geo.data -b 1 -o b2.npy && cmp b.npy b2.npy'
py "b = np.load('b.npy'); assert b.sum() == 2 * 6 * 8"
py "o = np.ones((2, 8, 10), 'u1'); o[0, 4, 4] = 0; o[1, 7, 9] = 0; np.save('user.npy', o)"
ok 'and' calib-roi mask -g geo.data -b 1 --and user.npy -o a.npy
py "a = np.load('a.npy'); assert a.sum() == 2 * 6 * 8 - 1 and a[0, 4, 4] == 0"
ok 'inverted' calib-roi mask -g geo.data -b 1 --invert -o v.npy
py "assert np.load('v.npy').sum() == 160 - 96"
ok 'grow stays on its sensor' sh -c 'printf "mask seg=0 pixel 9 7\ngrow 2 ptrn=s\n" | calib-roi mask -g geo.data -s - -o g.npy'
py "g = np.load('g.npy'); assert (g[0, 5:, 7:] == 0).all() and g.sum() == 160 - 9"

# merge: what each part masks, and alone
py "
s = np.zeros((7, 2, 8, 10), 'u2'); s[4, 0, 0, 0] = 1; s[6, 0, 0, 1] = 1; s[0, 1, 3, 3] = 4; np.save('status7.npy', s)
s = np.zeros((3, 2, 8, 10), 'u2'); s[2, 0, 0, 0] = 2; np.save('status3.npy', s)"
ok 'merge' calib-roi merge -g geo.data -b 1 --status status7.npy user.npy --neighbours 4 -o merged.npy
printf '#part\tmasked\talone\nsensors\t64\t48\nuser.npy\t2\t0\nstatus7.npy\t2\t0\nneighbours\t' >want
head -c "$(wc -c <want)" .out >got
"$python" - <<'E2' || die 'the mask of merge'
import numpy as np
m = np.load('merged.npy'); w = np.ones((2, 8, 10), bool)
w[:, 0] = w[:, -1] = False; w[:, :, 0] = w[:, :, -1] = False
u = np.load('user.npy') == 0
w &= ~u; w[1, 3, 3] = False           # a bad gain 6 does not count, gain 4 does (on the edge already)
g = w.copy()
for s in range(2):
    for r, c in np.argwhere(~w[s]):
        for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            if 0 <= r + dr < 8 and 0 <= c + dc < 10: g[s, r + dr, c + dc] = False
assert (m == g).all(), (m != g).sum()
rows = [l.split('\t') for l in open('.out').read().splitlines()]
assert [r[0] for r in rows] == ['#part', 'sensors', 'user.npy', 'status7.npy', 'neighbours', 'all'], rows
assert rows[1][1] == '64' and rows[2][1:] == ['2', '1'] and rows[3][1] == '2', rows
assert int(rows[-1][1]) == int((~g).sum())
E2
ok 'status alone' calib-roi merge --status status3.npy -o s.npy
py "s = np.load('s.npy'); assert s.shape == (2, 8, 10) and s.sum() == 159 and s[0, 0, 0] == 0"
ok 'some bits' calib-roi merge --status status3.npy --status-bits 1 -o s.npy
py "assert np.load('s.npy').sum() == 160"
py "np.save('one.npy', np.load('user.npy')[0])"
fails 1 'user.npy: shape 2x8x10, the mask has 8x10' calib-roi merge one.npy user.npy -o x.npy
ok 'the table as JSON, the mask on standard output' sh -c 'calib-roi merge user.npy --json -o - >mask 2>table'
has table '{"part":"user.npy","masked":2,"alone":2}'

# images: drawn, PNG, another size, odd values
ok 'draw' calib-roi draw -s - -i img.npy -o mi.npy <<E2
keep circle $((cols / 2)) $((rows / 2)) 6
E2
ok 'nda' calib-roi nda -g geo.data -m mi.npy -o n.npy
ok 'at once' sh -c "echo 'keep circle $((cols / 2)) $((rows / 2)) 6' | calib-roi mask -g geo.data -s - -o n2.npy && cmp n.npy n2.npy"
ok 'inverse' sh -c "echo 'keep circle $((cols / 2)) $((rows / 2)) 6' | calib-roi draw -s - -i img.npy --invert -o inv.npy"
py "assert (np.load('mi.npy') + np.load('inv.npy') == 1).all()"
py "i = np.load('mi.npy'); np.save('small.npy', i[:-1]); np.save('odd.npy', i * 7)"
fails 1 "small.npy: shape $((rows - 1))x$cols, the image of this geometry has ${rows}x$cols" calib-roi nda -g geo.data -m small.npy -o x.npy
[ ! -e x.npy ] || die 'something was written'
ok 'odd values' calib-roi nda -g geo.data -m odd.npy -o n3.npy
has .err 'values are neither 0 nor 1; they are taken as 1'
same n.npy n3.npy
fails 1 "the shapes are of an image of 3 rows and 4 columns" sh -c 'printf "size 3 4\nmask row 1\n" | calib-roi mask -g geo.data -s - -o x.npy'
fails 1 'standard input:1: sensor 2, the geometry has 2' sh -c 'echo "mask seg=2 row 1" | calib-roi mask -g geo.data -s - -o x.npy'
fails 1 'a shape of a sensor has no place in an image' sh -c 'echo "mask seg=0 row 1" | calib-roi draw -s - --size 5,5 -o x.npy'
fails 1 'how large is the image?' sh -c 'echo "mask row 1" | calib-roi draw -s - -o x.npy'
fails 2 'nothing to mask' calib-roi mask -g geo.data -o x.npy
fails 2 'which geometry?' calib-roi mask -b 1 -o x.npy
ok 'outside' sh -c 'echo "Line 0 50 0 0 1 k True False" | calib-roi draw -s - --size 5,20 -o x.npy'
has .err 'standard input:1: 31 points of the line lie outside'

# the geometry is remembered
ok 'text' calib-roi mask -g geo.data -b 1 -o t.txt
grep -q '^# GEOMETRY_CRC [0-9a-f]\{8\}$' t.txt || die 'no mark of the geometry'
echo 'mask row 1' >shapes2
ok 'image as text' calib-roi image -g geo.data -o img.txt
ok 'mask image as text' calib-roi draw -s shapes2 -i img.txt -o mi.txt
ok 'the same geometry' calib-roi nda -g geo.data -m mi.txt -o x.npy
lacks .err 'another geometry'
sed 's/0 -300 /0 301 /; s/0 300 /0 -300 /; s/0 301 /0 300 /' geo.data >near.data
ok 'another one of the same size' calib-roi nda -g near.data -m mi.txt -o x.npy
has .err 'mi.txt: was made on another geometry ('

# conversions
ok 'to SVG' calib-roi convert --to svg -o s.svg <<'E2'
keep circle 5 5 4
mask wedge 5 5 1 3 -30 40
size 10 12
E2
ok 'and back' calib-roi convert s.svg -o back.txt
printf '# calib-roi shapes 1\nsize 10 12\nkeep circle 5 5 4\nmask wedge 5 5 1 3 -30 40\n' >want
same back.txt want
fails 1 "standard input:1: ring has no place in JSON" sh -c 'echo "mask ring 1 2 3 4" | calib-roi convert --to json -o x.json'
[ ! -e x.json ] || die 'something was written'
ok 'to JSON' sh -c 'echo "keep circle 5 5 4" | calib-roi convert --to json -o c.json'
has c.json '"roi_type": 128, "points": [[1, 1], [9, 9]]'; has c.json '"mode": 32'
cat >bad.geom <<'E2'
photon_energy = 9000
badbeam/min_fs = 2
badbeam/max_fs = 4
badbeam/min_ss = 6
badbeam/max_ss = 9
E2
ok 'bad regions' calib-roi convert bad.geom -g geo.data -o bad.txt
printf 'mask seg=0 rect 2 6 2 1\nmask seg=1 rect 2 0 2 1\n' >want
grep seg bad.txt >got; same got want
ok 'and back' calib-roi convert bad.txt -g geo.data --to crystfel -o again.geom
printf 'bad0/min_fs = 2\nbad0/max_fs = 4\nbad0/min_ss = 6\nbad0/max_ss = 7\nbad1/min_fs = 2\nbad1/max_fs = 4\nbad1/min_ss = 8\nbad1/max_ss = 9\n' >want
same again.geom want
fails 1 'convert --to crystfel-h5 makes a mask' sh -c 'echo "mask circle 1 1 1" | calib-roi convert -g geo.data --to crystfel -o x.geom'
ok 'HDF5' calib-roi convert bad.geom -g geo.data -o mask.h5
printf 'mask = /entry_1/data_1/mask\nmask_good = 0x1\nmask_bad = 0x0\n' >want; same .out want
ok 'its mask' calib-nda convert mask.h5:/entry_1/data_1/mask -o h.npy
py "h = np.load('h.npy'); w = np.ones((16, 10), 'u1'); w[6:10, 2:5] = 0; assert (h == w).all()"
ok 'bad regions in x and y act on the corner of the pixels' sh -c 'printf "bada/min_x = -100\nbada/max_x = 0\nbada/min_y=-1.5\n" | calib-roi mask -g geo.data -s - -o xy.npy'
py "
import subprocess, io
x, y, z = np.load(io.BytesIO(subprocess.run(['calib-geom', 'coords', '-g', 'geo.data'], stdout=subprocess.PIPE, check=True).stdout))
hx = (x[:, :1, 1:2] - x[:, :1, :1] + x[:, 1:2, :1] - x[:, :1, :1]) / 2; hy = (y[:, :1, 1:2] - y[:, :1, :1] + y[:, 1:2, :1] - y[:, :1, :1]) / 2
X, Y = -(y - hy) / 50, -(x - hx) / 50
w = ~((X > -100) & (X < 0) & (Y > -1.5)); m = np.load('xy.npy')
assert (m == w).all() and 0 < m.sum() < m.size, (m != w).sum()"

# a mask deployed, and found again
ok 'deploy' sh -c "calib-geom new Epix100a -o e.data && echo 'mask circle 350 350 40' | calib-roi mask -g e.data -s - -b 3 -o - |
	calib-deploy put -c calib -s XppEndstation.0:Epix100a.0 -t pixel_mask -v 12-end"
ok 'found' calib-deploy find -c calib -s XppEndstation.0:Epix100a.0 -t pixel_mask -r 20

# the letters of roicon
ok '-p 1' calib-roi -p 1 -g geo.data -i ones.txt -c 0
has .out 'mean 1.000000, standard deviation 0.000000'
[ "$(grep -c . ones.txt)" -eq "$rows" ] && ! grep -q '#' ones.txt || die 'the image of -p 1'
ok '-p 3' calib-roi -p 3 -g geo.data -m mi.npy -n n.txt -c 1
[ "$(wc -l <n.txt)" -eq 16 ] || die 'the text of -p 3'
py "n = np.loadtxt('n.txt', dtype='u1').reshape(2, 8, 10); w = np.load('n.npy'); w[:, [0, -1]] = 0; w[:, :, [0, -1]] = 0; assert (n == w).all()"
fails 2 'which geometry' calib-roi -p 3 -m mi.npy
printf 'size %s %s\nmask wedge 5 5 1 3 -30 40\n' "$rows" "$cols" >w.txt
ok 'a picture for an editor' calib-roi edit -g geo.data -i user.npy -s w.txt -o e.svg
has e.svg 'href="data:image/png;base64,'
ok 'its shapes' calib-roi convert e.svg -o w2.txt
printf '# calib-roi shapes 1\n' | cat - w.txt >want; same w2.txt want
fails 1 'bad.txt:1' sh -c 'echo "blob 3" >bad.txt; calib-roi edit -g geo.data -s bad.txt -o x.html'
[ ! -e x.html ] || die 'a page of wrong shapes'
