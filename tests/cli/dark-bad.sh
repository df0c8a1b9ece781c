# Data that are not as they should be: one clear line each, and nothing deployed half.
. "$(dirname "$0")/../lib.sh"
need_numpy
"$python" -c 'import h5py' 2>/dev/null || skip 'python3-h5py is not installed'

one_line() { # the sentence is the only error of the source
	[ "$(grep -c "$1" .err)" -eq 1 ] || die "not one line: $(cat .err)"
}

ok 'a run' calib-sim -e xppi0613 -r 1 -o . -n 24 -d Epix10kaQuad,Epix10ka,Jungfrau,CSPAD2x2 --gains 0
ok 'two shapes' calib-sim -e xppi0613 -r 2 -o . -n 12 -d Opal1000 --size 20,30 --steps 2 --hdf5=only
ok 'a step missing' calib-sim -e xppi0613 -r 3 -o . -n 60 -d Epix10ka --steps 4 --gains 0,1,3,4
ok 'six steps' calib-sim -e xppi0613 -r 4 -o . -n 60 -d Jungfrau --steps 6 --gains 0,1,2,0,2,1
"$python" - <<'E2' || die 'files'
import struct
import h5py, numpy as np
raw = open('xpp/xppi0613/xtc/e000-r0001-s00-c00.xtc', 'rb').read()
def find(data, type_, version):		# payloads of all leaves of a type
    word, at = struct.pack('<I', version << 16 | type_), 0
    while (at := data.find(word, at)) >= 0:
        if 20 <= struct.unpack_from('<I', data, at + 4)[0] < 5000000:
            yield at + 8
        at += 4
def write(name, change):
    data = bytearray(raw)
    change(data)
    open(name, 'wb').write(data)
def version(data):
    for type_, v in (120, 2), (112, 2), (107, 3):
        at = next(find(data, type_, v))
        struct.pack_into('<I', data, at - 8, 9 << 16 | type_)
def silent(data):			# a panel that sends zeros
    for at in find(data, 118, 1):
        at += 4 + 2 * 352 * 384 * 2
        data[at:at + 352 * 384 * 2] = bytes(352 * 384 * 2)
def short(data):			# a panel less than the configuration has: words of another type
    for at in find(data, 118, 1):
        struct.pack_into('<I', data, at - 4, 20 + 3 * (1099812 // 4))
        struct.pack_into('<I', data, at + 3 * (1099812 // 4) + 12, 1 << 16 | 13)
        struct.pack_into('<I', data, at + 3 * (1099812 // 4) + 16, 1099812 // 4)
def mixed(data):			# half of the pixels in another range
    at = next(find(data, 112, 2)) + 936
    data[at:at + 352 * 384] = struct.pack('<H', 8) * (352 * 384 // 2)
for name, change in ('version', version), ('silent', silent), ('short', short), ('mixed', mixed):
    write(name + '.xtc', change)
with h5py.File('xpp/xppi0613/hdf5/xppi0613-r0002.h5', 'r+') as h:
    group = h['Configure:0000/Run:0000/CalibCycle:0001/Camera::FrameV1/XppEndstation.0:Opal1000.0']
    old = group['image'][:]
    del group['image'], group['data']
    group['image'] = np.ones((6, 22, 30), old.dtype)
    old = h['Configure:0000/Run:0000/CalibCycle:0000/Camera::FrameV1/XppEndstation.0:Opal1000.0/data']
    new = np.zeros(6, old.dtype)
    for name in new.dtype.names:
        if new.dtype[name].kind in 'iu':
            new[name] = old[0][name]
    new['width'], new['height'] = 30, 22
    group.create_dataset('data', data=new, dtype=old.dtype)
rng = np.random.default_rng(1)
a = rng.normal(100, 3, (20, 2, 30, 40)).astype('f4')
a[7, 1, 5, 6] = a[3:5, 0, 0, 0] = np.nan
a[:, 1, 2, 3] = np.nan
a[11] = np.nan				# an event of nothing else counts for none
with h5py.File('nan.h5', 'w') as f:
    f['d'] = a
np.save('nan.npy', a)
E2

fails 1 'is of type Epix10kaQuadConfig version 9, which this version cannot use for Epix::ArrayV1' \
	calib-dark version.xtc -d Epix10kaQuad,Epix10ka,Jungfrau,CSPAD2x2 -w w
has .err 'is of type Epix10kaConfig version 9, which'
has .err 'is of type JungfrauConfig version 9, which'
grep -q Cspad2x2 .out || die 'the good detector is not done'
[ "$(grep -vc '^#' .out)" -eq 3 ] || die "files of others: $(cat .out)"

fails 1 'sets no gain range for more than half of the pixels (FH 50 %, FL 50 %, unknown 0 %)' \
	calib-dark mixed.xtc -d Epix10ka -w w --partial
one_line Epix10ka.0
fails 1 'Epix10kaQuad.0: no good array in 24 events; the first was: ' \
	calib-dark short.xtc -d Epix10kaQuad -w w --partial
has .err '824859 bytes of data'
one_line Epix10kaQuad.0
fails 1 'have the gain ranges FH, FM, AHL-H, AML-M and lack FL: give all runs' \
	calib-dark -e xppi0613 -r 3 --root . -d Epix10ka -w none
[ ! -e none ] || [ -z "$(ls none)" ] || die 'something was written'
fails 1 'lack FL' calibrun -e xppi0613 -r 3 --root . -d Epix10ka -P -D -w none -c calib
[ ! -e calib ] || die 'half a set is deployed'

# ranges that come twice are put together, wherever they are
ok 'six steps' calib-dark -e xppi0613 -r 4 --root . -d Jungfrau -w six
has .err 'G1: 20 arrays averaged'

ok 'a silent panel' calib-dark silent.xtc -d Epix10kaQuad -w silent --partial
ok 'is flagged' calib-hotpix silent/*peds-stat*.h5 -w silent
has .err '135168 pixels are of segments without any data (2 of 0 to 3): they are flagged'

fails 1 'the arrays change within the run, from 20x30' calib-dark xpp/xppi0613/hdf5/xppi0613-r0002.h5 -d Opal1000 -w w
one_line Opal1000
ok 'its first cycle' calib-dark xpp/xppi0613/hdf5/xppi0613-r0002.h5 -d Opal1000 -n 6 --algo plain -w w

for f in nan.h5:/d nan.npy; do
	ok "$f" calib-dark $f -w nan
	one_line 'pixels have values that are not numbers (NaN), they are left out; 1 pixels have no other'
	"$python" - <<'E2' || die "values of $f"
import glob
import h5py, numpy as np
a = np.load('nan.npy').astype(float)
h = h5py.File(glob.glob('nan/*.h5')[0])
keep = np.delete(a, 11, 0) if h.attrs.get('frames', h['n'][0, 5, 5]) == 19 else a
n = np.isfinite(a).sum(0)
assert np.array_equal(h['n'][:], n), (h['n'][:].max(), n.max())
with np.errstate(invalid='ignore', divide='ignore'):
    ave = np.where(n > 0, np.nansum(a, 0) / n, 0)
assert np.abs(h['ave'][:] - ave).max() < 1e-9
assert h['ave'][1, 2, 3] == 0 and h['rms'][1, 2, 3] == 0
E2
	rm -r nan
done

# a file that is open for single-writer, multiple-reader use, and one whose writer has died
"$python" - <<'E2' || die 'SWMR'
import os, subprocess
import h5py
with h5py.File('swmr.h5', 'w', libver='latest') as f:
    d = f.create_dataset('d', (9, 30, 40), maxshape=(None, 30, 40), chunks=(1, 30, 40), dtype='u2')
    f.swmr_mode = True
    d[:] = 5
    d.flush()
    for lock in 'TRUE', 'FALSE':
        run = subprocess.run(['calib-dark', 'swmr.h5:/d', '-w', 'w'], capture_output=True, text=True,
                             env=dict(os.environ, HDF5_USE_FILE_LOCKING=lock))
        assert run.returncode == 1 and 'is being written by another program' in run.stderr, run
        assert run.stderr.count('\n') == 1, run.stderr
    os._exit(0)
E2
fails 1 'if none is running: h5clear -s FILE' calib-dark swmr.h5:/d -w w
