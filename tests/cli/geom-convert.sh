# calib-geom convert: other programs' files byte by byte as the reference writes them, and back to
# the same pixels; what cannot be said is refused with file and line.
. "$(dirname "$0")/../lib.sh"
need_numpy
lines() { grep -v '^#' "$1"; }	# without the header, which says who and when

# without golden data: every form and back
for det in CSPAD CSPAD2x2 Epix10ka2M Jungfrau4M pnCCD; do
	calib-geom new $det --full -o g.data
	ok "json $det" calib-geom convert g.data --to json -o g.json
	ok "json back $det" calib-geom convert g.json --full -o back.data
	same g.data back.data
	case $det in
	CSPAD*) segment= ;;
	Epix*) segment='--segment EPIX10KA:V1' ;;
	Jung*) segment='--segment JUNGFRAU:V1' ;;
	*) segment='--segment MTRX:V2:512:512:75:75' ;;
	esac
	calib-geom coords -g g.data -o want.npy
	for how in 'crystfel --frame lab' 'crystfel --frame psana' 'crystfel --fit=all' 'cheetah --frame lab' \
		'cheetah --frame psana' 'cheetah --flip-x'; do
		case $how in *fit*) to=crystfel ;; *) to=${how#* } to="${how%% *} $to" ;; esac
		ok "$how $det" calib-geom convert g.data --to $to -o g.out
		ok "$how back $det" calib-geom convert g.out ${how#* } $segment --full -o back.data
		calib-geom coords -g back.data -o got.npy
		ok "$how pixels $det" calib-nda compare --abs 1.2 want.npy got.npy
	done
done
# coordinates of our own, and a group of a file
calib-geom new Jungfrau4M --full -o g.data; calib-geom coords -g g.data -o want.npy
for frame in psana lab; do
	ok "own $frame" calib-geom coords -g g.data --frame $frame -o own.h5
	ok "own back $frame" calib-geom convert own.h5 --segment JUNGFRAU:V1 --full -o back.data
	calib-geom coords -g back.data -o got.npy
	ok "own pixels $frame" calib-nda compare --abs 0.001 want.npy got.npy
done
if "$python" -c 'import h5py' 2>/dev/null; then
	"$python" -c 'import h5py
a, b = h5py.File("own.h5", "r"), h5py.File("own.cxi", "w")
for k in "xyz":
    b["entry_1/geometry/" + k] = a[k][:] * 1e-6
b["entry_1/bad/x"] = a["x"][:] * float("nan")
b["entry_1/bad/y"] = a["y"][:]'
	ok 'a group' calib-geom convert own.cxi:/entry_1/geometry --segment JUNGFRAU:V1 --full -o back.data
	calib-geom coords -g back.data -o got.npy
	ok 'a group has the pixels' calib-nda compare --abs 0.001 want.npy got.npy
	fails 1 'own.cxi:/entry_1/bad: /entry_1/bad/x: element 0 is not a finite number' \
		calib-geom convert own.cxi:/entry_1/bad --segment JUNGFRAU:V1
	fails 1 'own.cxi' calib-geom convert own.cxi
fi
calib-geom new pnCCD -o g.data
ok 'comments' calib-geom convert g.json --to json; has .out '{"comment": "DETECTOR   pnCCD"}'
ok 'psf' calib-geom convert g.data --to psf
[ "$(awk 'NF == 9' .out | wc -l)" -eq 4 ] || die 'lines of psf'
fails 2 'give -o FILE.h5' calib-geom convert g.data --to cheetah
fails 2 "--to: 'tiff' is not psana, crystfel, json, cheetah or psf" calib-geom convert g.data --to tiff
fails 1 "'EPIX9' is no type of sensor" calib-geom convert --segment EPIX9 g.out
fails 1 'does not consist of sensors SENS2X1:V1' calib-geom convert g.out

# refused with the line
calib-geom new Epix10kaQuad | calib-geom convert --to crystfel -o q.geom
refused() { # refused LINE TEXT: q.geom with line LINE replaced
	sed "${1}s|.*|$3|" q.geom >bad.geom
	fails 1 "bad.geom:${4:-$1}: $2" calib-geom convert bad.geom --frame lab
	[ "$(wc -l <.err)" -eq 1 ] || { cat .err; die 'not one line'; }
}
grep -n 'p0a0/\|p2a1/' q.geom | head -30 >numbers
line() { grep "$1" numbers | cut -d: -f1; }
refused "$(line p0a0/fs)" "fs: 'east' is not a vector" 'p0a0/fs = east'
refused "$(line p0a0/fs)" 'panel p0a0: fs has length 2' 'p0a0/fs = +2.0x'
refused "$(line p2a1/ss)" 'panel p2a1: fs and ss are not at right angles' 'p2a1/ss = +0.6x -0.8y'
refused "$(line p2a1/corner_x)" 'panel p2a1: 20600.0 um from its place in the EPIX10KA:V2 of panel p2a0' 'p2a1/corner_x = -3.0' "$(line p2a1/corner_y)"
refused "$(line p0a0/res)" "res: '10 m' is not" 'p0a0/res = 10 m'
refused "$(line p2a1/res)" 'panel p2a1: res 20000 is a pixel of 50 um' 'p2a1/res = 20000' "$(line p2a1/fs)"
refused "$(line p2a1/max_ss)" 'panel p2a1: ' 'p2a1/max_ss = 1000' "$(line p2a1/fs)"
refused "$(line p2a1/min_fs)" 'panel p2a1: ' 'p2a1/min_fs = 0' "$(line p2a1/fs)"
refused 7 "'adu per eV' is not KEY = VALUE" 'adu per eV'
echo '; nothing' >empty.geom; fails 1 'empty.geom: no panel in it' calib-geom convert empty.geom
grep -v p3a0 q.geom >less.geom
fails 1 'the first panel of its sensor is missing; --fit all' calib-geom convert less.geom
ok 'the rest' calib-geom convert less.geom --fit all --segment EPIX10KA:V1
fails 1 'bad.json:2: ' sh -c 'printf "[\n{\"parent\": 3}]" >bad.json; exec calib-geom convert bad.json'
fails 1 "key 'colour' is none of a geometry" sh -c 'printf "[{\"colour\": 3}]" | calib-geom convert'
# blanks around '=' may be missing, comments may follow, a value may hold for all panels
sed '/res = 10000/d; s/ = /=/; /no_index/s/$/ ; good/' q.geom | sed '1s/^/res=10000\n/' >tight.geom
calib-geom convert q.geom --frame lab -o want 2>err
calib-geom convert tight.geom --frame lab -o got 2>err
lines want >a; lines got >b; same a b

# older constants, without files: defaults; a directory of a run
dir='calib/CsPad::CalibV1/CxiDs1.0:Cspad.0'
mkdir -p "$dir/tilt"
fails 1 'no center, tilt, offset' calib-geom convert "$dir"
yes 0.25 2>/dev/null | head -n 32 >"$dir/tilt/0-end.data"
ok 'tilt alone' calib-geom convert "$dir"
has .out 'CSPAD:V2      0 SENS2X1:V1    0     57598   115636        0        90          0          0     0.25000'
cp .out whole
ok 'by run' calib-geom convert --from legacy -c calib -r 5 -d CxiDs1.0:Cspad.0; same whole .out
echo 1 >>"$dir/tilt/0-end.data"
fails 1 'tilt/0-end.data: 33 numbers, 32 expected of type tilt' calib-geom convert "$dir"
echo x >"$dir/tilt/0-end.data"
fails 1 "tilt/0-end.data:1: 'x' is not a number" calib-geom convert "$dir"

need_golden geometry
[ -d "$g/crystfel" ] || exit 0
n=0
for want in "$g"/crystfel/*.geom.gz; do
	name=$(basename "$want" .geom.gz) det=${name%-cframe*}
	case $det in real-*) in=$g/real/${det#real-}.data ;; *) in=$g/defaults/geometry-def-$det.data ;; esac
	case $name in *0) frame=psana ;; *) frame=lab ;; esac
	gunzip -c "$want" >want.geom
	ok "$name" calib-geom convert "$in" --to crystfel --frame $frame -o got.geom
	same want.geom got.geom
	back=$g/crystfel/$name.back.data
	n=$((n + 1))
	[ -f "$back" ] || continue
	ok "$name back" calib-geom convert got.geom -o back.data
	lines "$back" >a; lines back.data >b; same a b
	grep '^# \(CFELCMT\|HDR\)' "$back" >a; grep '^# \(CFELCMT\|HDR\)' back.data >b; same a b
	n=$((n + 1))
done
[ $n -eq 30 ] || die "$n files of CrystFEL"
"$python" - "$g" <<'PY' || die 'psf, pixel map and older constants'
import gzip, json, os, subprocess, sys, io
import numpy as np
g = sys.argv[1]

def run(*args):
    return subprocess.run(['calib-geom', *args], stdout=subprocess.PIPE, check=True).stdout

def coords(text):
    return np.load(io.BytesIO(subprocess.run(['calib-geom', 'coords'], input=text,
                   stdout=subprocess.PIPE, check=True).stdout))

done = 0
for name in sorted(os.listdir(g + '/json')):
    d = json.load(gzip.open(g + '/json/' + name))
    # of a CSPAD2x2 the reference takes neighbours in the re-ordered array, which are none
    if 'psf_cframe0' not in d or name.startswith('cspad2x2'):
        continue
    base = name[:-8]
    path = (g + '/real/' + base[5:] + '.data' if base.startswith('real-')
            else g + '/defaults/geometry-def-' + base + '.data')
    for frame, key in (('psana', 'psf_cframe0'), ('lab', 'psf_cframe1')):
        text = run('convert', path, '--to', 'psf', '--frame', frame).decode()
        want = ''.join('\n%12.3f %12.3f %12.3f  %8.3f %8.3f %8.3f  %8.3f %8.3f %8.3f'
                       % tuple(sum(asic, [])) for asic in d[key])
        assert text == want, (name, frame)
        done += 1
assert done >= 20, done

legacy = json.load(open(g + '/legacy/legacy.json'))
source = g + '/legacy/calib/CsPad::CalibV1/CxiDs1.0:Cspad.0'
text = run('convert', source, '--full')
rows = [l.split() for l in text.decode().split('\n') if 'SENS2X1' in l]
want = np.array(legacy['files']['center_global']).reshape(3, 32)
got = np.array([[float(v) for v in r[4:7]] for r in rows]).T / 109.92
assert np.abs(got - want).max() < 1e-3, np.abs(got - want).max()
assert [float(r[10]) for r in rows] == sum(legacy['files']['tilt'], [])
p = legacy['files']['pixcoords']['half_pixel_54.96']
xyz = coords(text).reshape(3, 32, 185, 388)
for s, points in enumerate(p['xy']):
    for (r, c), (x, y) in zip(p['points'], points):
        dx, dy = xyz[0, s, r, c] - xyz[0].min() - x, xyz[1, s, r, c] - xyz[1].min() - y
        assert abs(dx) < 0.1 and abs(dy) < 0.1, (s, r, c, dx, dy)

open('map.h5', 'wb').write(gzip.open(g + '/real/cspad-2x2-approx1.h5.gz').read())
a = coords(run('convert', 'map.h5', '--full'))
b = coords(run('convert', g + '/real/cspad-2x2-approx1.geom', '--frame', 'lab', '--full'))
assert a.shape == b.shape == (3, 185, 388, 2)
assert np.abs(a[:2] - b[:2]).max() < 120          # the map takes pixels of 110 um
PY
gunzip -c "$g/real/cspad-cxi-psgeom.geom.gz" >cxi.geom
ok "CSPAD of geoptimiser" calib-geom convert cxi.geom --fit all --full -o cxi.data
ok "check" calib-geom check -d CSPAD cxi.data
ok 'two panels of a pnCCD' calib-geom convert "$g/real/pnccd2.geom" --frame lab; has .out 'MTRX:V2:1024:512:75.0002:75.0002   1'
