# calib-geom: every verb at the terminal; arrays checked by numpy; bad input is one line.
. "$(dirname "$0")/../lib.sh"
need_numpy
finds() { # finds COMMAND... : exits 1 because it found something, without a message
	st=0
	"$@" >.out 2>.err || st=$?
	{ [ $st -eq 1 ] && [ ! -s .err ]; } || { cat .err; die "status $st, expected 1: $*"; }
}
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA

# new: defaults and cameras
ok 'new' calib-geom new Epix10kaQuad -o quad.data
ok 'any case' calib-geom new epix10kaquad; same quad.data .out
ok 'source' calib-geom new MfxEndstation.0:Epix10kaQuad.0; same quad.data .out
ok 'list' calib-geom new --list
has .out 'Jungfrau4M	Jungfrau	8	JUNGFRAU:V1'
ok 'sizes' calib-geom new Jungfrau --sensors 2 -o jf1m.data
fails 1 'give the number of its sensors, --sensors N' calib-geom new Jungfrau
fails 1 "no detector 'Nikon'" calib-geom new Nikon
fails 1 "no detector 'Imp'" calib-geom new Imp
fails 1 'give --rows and --cols' calib-geom new Opal1000
fails 1 'give --pix UM' calib-geom new Opal1000 --rows 4 --cols 6
fails 2 "--pix: 'x' is not a number" calib-geom new Opal1000 --pix x
ok 'camera' calib-geom new Opal1000 --rows 4 --cols 6 --pix 5.5 -o cam.data
has cam.data 'IP            0 MTRX:V2:4:6:5.5:5.5   0         0        0'
ok 'oblong' calib-geom new Opal1000 --rows 4 --cols 6 --pix 5,10; has .out 'MTRX:V2:4:6:5:10'
ok 'binned' calib-geom new Rayonix --rows 1920; has .out 'MTRX:V2:1920:1920:89:89'
ok 'binning 3' calib-geom new Rayonix --rows 1280; has .out 'MTRX:V2:1280:1280:133.5:133.5'
ok 'dual' calib-geom new DualAndor --sensors 2 --rows 10 --cols 20 --pix 13.5; has .out 'CAMERA        0 MTRX:V2:10:20:13.5:13.5   1         0      -68'

# info
ok 'info' calib-geom info quad.data
[ "$(wc -l <.out)" -eq 7 ] || die 'rows of info'
printf 'EPIX10KA:V1:1\tQUAD:0\t20150\t20950\t0\t180\t0\t0\t0\t0\t0\tEPIX10KA:V1\t0\t352\t384\t100\t%s\n' \
	"$(grep -n 'EPIX10KA:V1   1' quad.data | cut -d: -f1)" >want
grep '^EPIX10KA:V1:1' .out >got; same want got
ok 'summary' calib-geom info --summary quad.data
tail -n 1 .out | cut -f3-11 >got
printf '6\t4\tEPIX10KA:V1\t4x352x384\t540672\t100\t774\t790\t-1000000\n' >want; same want got
ok 'json' calib-geom info --json --comments quad.data
has .out '{"comment":"TITLE      Default geometry of the Epix10kaQuad"}'

# edits keep comments and change one line
grep '^#' quad.data >comments
ok 'move' sh -c 'calib-geom move EPIX10KA:V1:2 --dx 110 --dy=-55.6 <quad.data >moved.data'
grep '^#' moved.data >got; same comments got
diff quad.data moved.data >changes
grep -c '^[<>]' changes >got; echo 2 >want; same want got
has changes '> QUAD          0 EPIX10KA:V1   2    -20040   -21006        0       180'
has .err 'written in whole um'
ok 'full' calib-geom move EPIX10KA:V1:2 --dy=-55.6 -g quad.data --full; has .out ' -21005.6 '
lacks .err 'whole um'
ok 'tilt' calib-geom tilt QUAD:0 --dz 0.5 --dx=-0.25 -g quad.data -o tilted.data
has tilted.data 'IP            0 QUAD          0         0        0 -1000000        90          0          0     0.50000  0.00000 -0.25000'
ok 'set' calib-geom set EPIX10KA:V1:0 --rot_y 180 --tilt_z 1.5 -g quad.data
has .out 'QUAD          0 EPIX10KA:V1   0    -20150    20950        0       180        180          0     1.50000'
ok 'zero' calib-geom set EPIX10KA:V1:0 --x0 7 --others-zero -g quad.data
has .out 'QUAD          0 EPIX10KA:V1   0         7        0        0         0          0          0     0.00000'
fails 2 'which object?' calib-geom move --dx 1 -g quad.data
fails 2 'nothing to change' calib-geom move QUAD:0 -g quad.data
fails 1 "no object 'QUAD:7', expected NAME:INDEX, one of: EPIX10KA:V1:0" calib-geom move QUAD:7 --dx 1 -g quad.data
fails 1 'IP:0 is the root' calib-geom move IP:0 --dx 1 -g quad.data
fails 2 "--dx: 'nan'" calib-geom move QUAD:0 --dx nan -g quad.data
echo old >keep; fails 1 'keep' calib-geom move QUAD:0 --dx 1 -g quad.data -o keep --no-clobber

# diff and check
ok 'no difference' calib-geom diff quad.data quad.data
[ "$(wc -l <.out)" -eq 1 ] || die 'rows of an empty difference'
finds calib-geom diff quad.data moved.data
printf '%s\tmoved\t%s\t0.000\t0.00000\t0.00000\t0.00000\t%s\t0.000\t0.00000\n' \
	EPIX10KA:V1:2 '110.000	-56.000' '56.000	110.000' QUAD:0 '0.000	0.000' '14.000	27.500' \
	IP:0 '0.000	0.000' '14.000	27.500' >want
tail -n +2 .out >got; same want got
finds calib-geom diff --summary quad.data tilted.data
tail -n 1 .out | cut -f1,5 >got; printf '4\t0.500\n' >want; same want got
fails 2 'expected two files' calib-geom diff quad.data
ok 'check' calib-geom check quad.data -d Epix10kaQuad --against moved.data
has .out 'moved by -14.0 -27.5 0.0 um'
finds calib-geom check moved.data --against quad.data --max-shift 100
has .out 'warning	'
finds calib-geom check quad.data -d CSPAD
has .out 'a CSPAD has 32x185x388'
calib-geom set EPIX10KA:V1:1 --x0 -20150 -g quad.data -o over.data
finds calib-geom check over.data
has .out 'lies over EPIX10KA:V1:0'
fails 2 'no such detector' calib-geom check quad.data -d Nikon

# arrays
ok 'coords' calib-geom coords -g quad.data -o xyz.npy
ok 'one axis' calib-geom coords EPIX10KA:V1:3 --axis y -g quad.data -o y.npy
ok 'named' calib-geom coords QUAD:0 -g quad.data -o quad.npy; same xyz.npy quad.npy
ok 'lab' sh -c 'calib-geom coords --frame lab -g quad.data | cat >lab.npy'
ok 'index' calib-geom index -g quad.data -o index.npy
ok 'point' calib-geom index -g quad.data --point 0,0 --fract
printf '#row\tcol\n387\t395\n' >want; same want .out
ok 'areas' calib-geom coords --areas -g quad.data -o areas.npy
ok 'mask' calib-geom mask -g quad.data -b 0b11 --width 2 -o mask.npy
ok 'image' calib-geom image -g quad.data mask.npy --vbase 9 -o image.npy
ok 'a stack' sh -c 'calib-nda stack mask.npy mask.npy | calib-geom image -g quad.data -o images.npy'
ok 'at a plane' calib-geom coords --zplane=-500000 --axis x -g quad.data -o half.npy
"$python" - <<'PY' || die 'arrays'
import numpy as np
xyz, lab, y, index = (np.load(f + '.npy') for f in ('xyz', 'lab', 'y', 'index'))
assert xyz.shape == (3, 4, 352, 384) and xyz.dtype == np.float64
assert (lab[0] == -xyz[1]).all() and (lab[1] == -xyz[0]).all() and (lab[2] == -xyz[2]).all()
assert y.shape == (352, 384)
assert index.dtype == np.uint32 and index.shape == xyz[:2].shape
x0 = xyz[0].min() - 50
assert (index[0] == np.trunc((xyz[0] - x0) / 100)).all()
mask, areas = np.load('mask.npy'), np.load('areas.npy')
assert mask.dtype == np.uint8 and (mask[:, :2] == 0).all() and (mask[:, 2:10, 2:10] == 1).all()
assert sorted(set(areas.ravel())) == [1.0, 2.5, 6.25]
want = np.full(index.reshape(2, -1).max(axis=1) + 1, 9, np.float32)
want[index[0].ravel(), index[1].ravel()] = mask.ravel()
image, images = np.load('image.npy'), np.load('images.npy')
assert image.dtype == np.float32 and (image == want).all()
assert images.shape == (2,) + image.shape
assert np.abs(np.load('half.npy') * 2 - xyz[0]).max() < 1e-6
PY
fails 1 'mask.npy: an array of shape 4x352x384 for 24 pixels, 4x6' calib-geom image -g cam.data mask.npy
ok 'ready indexes' calib-geom image --index index.npy mask.npy --vbase 9 -o again.npy; same image.npy again.npy
calib-nda slice index.npy :,0:3 -o three.npy
fails 1 'mask.npy: an array of shape 4x352x384 for 405504 pixels, 3x352x384' \
	calib-geom image --index three.npy mask.npy
fails 1 'y.npy: an array of shape 352x384, rows and columns with a first axis of 2' calib-geom image --index y.npy mask.npy
ok 'negative' calib-nda math --dtype int64 -o minus.npy -- index.npy sub 9
fails 1 'minus.npy: ' calib-geom image --index minus.npy mask.npy
ok 'LCLS-II' calib-geom coords --lcls2 --axis y -g quad.data -o y2.npy
"$python" -c 'import numpy as np; assert np.load("y2.npy").max() == np.load("xyz.npy")[1].max() - 25' || die 'lcls2'
fails 2 'which geometry?' calib-geom image mask.npy
fails 2 "--axis: 'w' is not x, y or z" calib-geom coords --axis w -g quad.data
fails 2 "--off: '1' is not two numbers" calib-geom index --off 1 -g quad.data
fails 1 'is too large' calib-geom index --pix 0.01 -g quad.data
ok 'table' calib-geom table mask.npy --columns 2 --hspace 1 --vspace 1 -o table.npy
ok 'table info' calib-nda info table.npy; has .out '705x769'
ok 'bare text' calib-geom mask -g cam.data -b 1 --format text-bare
printf '0 0 0 0 0 0\n0 1 1 1 1 0\n0 1 1 1 1 0\n0 0 0 0 0 0\n' >want; same want .out
if "$python" -c 'import h5py' 2>/dev/null; then
	ok 'HDF5' calib-geom coords -g quad.data --frame lab -o xyz.h5
	"$python" - <<'PY' || die 'HDF5'
import h5py, numpy as np
f = h5py.File('xyz.h5', 'r')
assert (f['x'][:] == np.load('lab.npy')[0]).all() and f['z'].shape == (4, 352, 384)
assert f.attrs['do_tilt'] == 1 and 'EPIX10KA:V1' in str(f.attrs['geometry'])
PY
fi

# the geometry that is valid for a run
src=MfxEndstation.0:Epix10kaQuad.0
mkdir -p data/mfx/mfxx1/calib
for f in quad:0-end moved:10-19; do
	ok "put ${f#*:}" calib-deploy put -c data/mfx/mfxx1/calib -s $src -t geometry -v "${f#*:}" "${f%:*}.data"
done
for how in "-c data/mfx/mfxx1/calib -d $src" "--root data -e mfxx1 -d $src" "-c data/mfx/mfxx1/calib/ -d epix10kaquad" \
	"-c data/mfx/mfxx1/calib -d DetInfo($src)"; do
	ok "run 15 $how" calib-geom coords -r 15 $how --axis x -o 15.npy
	ok "run 20 $how" calib-geom coords -r 20 $how --axis x -o 20.npy
	calib-geom coords -g moved.data --axis x -o want.npy; same want.npy 15.npy
	calib-geom coords -g quad.data --axis x -o want.npy; same want.npy 20.npy
done
fails 2 'to look a geometry up: -r RUN, -d DET' calib-geom coords -c data/mfx/mfxx1/calib -r 1
fails 2 'give either a geometry file' calib-geom coords -g quad.data -r 1 -d CSPAD -c data
fails 1 'there is no such calibration directory' calib-geom coords -c none -r 1 -d CSPAD
fails 1 'no geometry of CSPAD for run 1; ' calib-geom coords -c data/mfx/mfxx1/calib -r 1 -d CSPAD
fails 1 'neither a source such as' calib-geom coords -c data/mfx/mfxx1/calib -r 1 -d Nikon
ok 'second' calib-deploy put -c data/mfx/mfxx1/calib -s MfxEndstation.0:Epix10kaQuad.1 -t geometry -v 0-end quad.data
fails 1 'there are 2 with a geometry, name one: MfxEndstation.0:Epix10kaQuad.0 MfxEndstation' \
	calib-geom coords -c data/mfx/mfxx1/calib -r 1 -d Epix10kaQuad

# trouble is one line, and no file is left
one_line() { # one_line TEXT COMMAND...
	text=$1; shift
	fails 1 "$text" "$@"
	[ "$(wc -l <.err)" -eq 1 ] || { cat .err; die "not one line: $*"; }
}
printf 'QUAD 0 EPIX10KA:V1 0 0 0 0 0 0 0 0 0\n' >short.data
one_line 'short.data:1: 12 fields' calib-geom info short.data
one_line 'standard input:1: 12 fields' sh -c 'calib-geom coords <short.data'
printf 'A 0 B 0 0 0 0 0 0 0 0 0 0\nB 0 A 0 0 0 0 0 0 0 0 0 0\n' >loop.data
one_line 'loop.data:1: B:0 is in a loop' calib-geom coords -g loop.data
one_line 'none.data' calib-geom info none.data
one_line 'is a directory' calib-geom info data
head -c 100000 /dev/urandom >noise.data 2>/dev/null
fails 1 'noise.data' calib-geom info noise.data
head -c 20 mask.npy >cut.npy
one_line 'cut.npy' calib-geom image -g quad.data cut.npy
[ -w /dev/full ] && one_line 'No space left on device' sh -c 'calib-geom info quad.data >/dev/full'
if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] && ! grep -qa __asan_init "$(command -v calib-geom)"; then
	fault=$here/$B/tests/tools/fault.so
	fails 1 'No space left on device' sh -c "FAULT=write:1 LD_PRELOAD=$fault exec calib-geom move QUAD:0 --dx 1 -g quad.data -o new.data"
	[ ! -e new.data ] || die 'half a file'
	n=1
	while [ $n -le 60 ]; do	# out of memory at any place: a message, no crash
		st=0
		FAULT=malloc:$n FAULT_LOG=log LD_PRELOAD=$fault calib-geom move QUAD:0 --dx 1 -g quad.data >out 2>err || st=$?
		[ $st -le 1 ] || { cat err; die "malloc $n: status $st"; }
		[ $st -eq 0 ] || [ -s err ] || die "malloc $n: no message"
		n=$((n + 1))
	done
fi
