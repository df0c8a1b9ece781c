# calib-plot --report: tables of sensors, ASICs, bits and files against numpy; the geometry of its pictures.
. "$(dirname "$0")/../lib.sh"
need_numpy
"$python" -c 'import h5py' 2>/dev/null || skip 'python3-h5py is not installed'
cat >check.py <<'EOF'
import re, sys, zlib
import h5py, numpy as np
page, stat, status = sys.argv[1:4]
shape, asic = eval(sys.argv[4]), eval(sys.argv[5])
text = open(page).read()
h = h5py.File(stat)
ave, rms = h["ave"][()].reshape(shape), h["rms"][()].reshape(shape)
word = np.loadtxt(status, dtype=np.uint64).reshape(shape)

def rows(title):
    part = text[text.index(title):]
    body = re.search("<tbody>(.*?)</tbody>", part, re.S).group(1)
    return [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in re.findall("<tr>(.*?)</tr>", body, re.S)]

def part(box):
    cut = []
    for side in box.split(", "):
        first, last = (side.split("-") * 2)[:2] if "-" in side else (side, side)
        cut.append(slice(int(first), int(last) + 1))
    return tuple(cut)

def check(row, a, r, w):
    good = (w == 0) & np.isfinite(a) & np.isfinite(r)
    want = [a[good].mean(), a[good].min(), a[good].max(), r[good].mean()]
    assert np.allclose([float(v) for v in row[:4]], want, rtol=2e-5), (row, want)
    assert int(row[4]) == (w != 0).sum(), row
    assert abs(float(row[5]) - 100 * (w != 0).mean()) < 6e-4, row

gains = shape[0] if len(shape) == 4 else 1
asics = rows("ASICs</summary>")
names = set()
for i, row in enumerate(asics):
    gain = i // (len(asics) // gains)
    if gains > 1:
        row = row[1:]
    cut = part(row[0])
    names.add((gain, row[0]))
    one = [x[gain] if gains > 1 else x for x in (ave, rms, word)]
    assert one[0][cut].size == np.prod(asic), row
    check(row[1:], *(x[cut] for x in one))
assert len(names) == ave.size // np.prod(asic), len(names)
# the bits of all sensors are those of the table of bits
whole = {row[1]: int(row[2]) for row in rows("<h2>Bad pixels</h2>") if len(row) > 3}
head = re.search("<tr>(.*?)</tr>", text[text.index("by bit</summary>"):], re.S).group(1)
head = re.findall("<th>(.*?)</th>", head)
by = rows("by bit</summary>")
first = head.index("Sensor") + 1
for k, name in enumerate(head[first:]):
    assert sum(int(row[first + k]) for row in by) == whole[name] > 0, name
assert set(head[first:]) == set(whole), (head, whole)
for what, name, size, crc in rows("<h2>Files</h2>"):
    data = open(name, "rb").read()
    assert len(data) == int(size) and zlib.crc32(data) == int(crc, 16), name
assert len(rows("<h2>Files</h2>")) == 4
EOF
report() {	# DET RUN SHAPE ASIC
	ok "data of $1" calib-sim -e xppi0613 -r "$2" -d "$1" -n 30 --dead 0.002 --hot 0.002 -o data
	ok "statistics of $1" calib-dark -e xppi0613 -r "$2" --root data -w w --partial
	f=$(ls w/*r000"$2"*-stat-*.h5)
	ok "status of $1" calib-hotpix --max-bad 1 "$f" -o "s$2.txt"
	ok "report of $1" calib-plot --report "$f" --status "s$2.txt" -o "r$2.html"
	ok "numbers of $1" "$python" check.py "r$2.html" "$f" "s$2.txt" "$3" "$4"
}
report CSPAD2x2 5 '(185, 388, 2)' '(185, 194, 1)'
report Jungfrau 6 '(3, 1, 512, 1024)' '(1, 256, 256)'
# a picture of its own for each gain range
[ "$(grep -c 'data-palette' r6.html)" -eq 15 ] || die 'five pictures for each of three gain ranges, bad pixels among them'
has r6.html 'Pedestals, G2'; lacks r5.html 'Pedestals, '
# the geometry in force; one that is named; one of another detector
has r5.html 'Sensors beside each other'
f=$(ls w/*r0005*-stat-*.h5)
mkdir -p c/calib
ok 'geometry' calib-geom new CSPAD2x2 -o g2x2.data
src=$(echo "$f" | sed 's/.*-stat-\(.*\)\.h5/\1/')
ok 'deployed' calib-deploy put -c c/calib -s "$src" -t geometry -v 0-end g2x2.data
ok 'in force' calib-plot --report "$f" --constants c/calib -o in.html
has in.html 'Pixels where the geometry has them'; has in.html '0-end.data'
ok 'table all the same' calib-plot --report "$f" --constants c/calib --view table -o t.html
has t.html 'Sensors beside each other'
ok 'named' calib-plot --report "$f" -g g2x2.data -o named.html
has named.html 'g2x2.data'
ok 'another' calib-geom new Jungfrau --sensors 2 -o other.data
fails 1 'the geometry has 1048576 pixels' calib-plot --report "$f" -g other.data -o no.html
[ ! -e no.html ] || die 'a page of nothing'
ok 'another in force' calib-deploy put -c c/calib -s "$src" -t geometry -v 1-end other.data --force
ok 'is passed over' calib-plot --report "$f" --constants c/calib -o over.html
has .err 'the pictures are without geometry'; has over.html 'Sensors beside each other'
