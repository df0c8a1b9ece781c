# calib-deploy store: the golden store answers every query; what is written has the reference's
# structure, appears whole, and keeps what was there.
. "$(dirname "$0")/../lib.sh"
need_golden hdf5
f=$(echo "$g"/epix100a-*.h5)
[ -f "$f" ] || skip 'golden store not here'
CALIB_NOW=1700000000
export CALIB_NOW

# every query of the golden data
need_numpy
"$python" - "$g/dcstore_expected.json" "$f" <<'X' || die 'a query of the golden store'
import io, json, subprocess, sys
import numpy as np
n = 0
for q in json.load(open(sys.argv[1]))['queries']:
    cmd = ['calib-deploy', 'store', 'get', sys.argv[2], '-t', q['ctype'], '--time', repr(q['tsec'])]
    if q['vers']:
        cmd += ['--edition', str(q['vers'])]
    p = subprocess.run(cmd, capture_output=True)
    r = q['result']
    n += 1
    if r is None:
        assert p.returncode == 1 and p.stderr and not p.stdout, (q, p)
        continue
    assert p.returncode == 0, (q, p.stderr)
    if 'text' in r:
        assert p.stdout.decode() == r['text'], (q, p.stdout)
        continue
    x = np.load(io.BytesIO(p.stdout))
    assert x.dtype == r['dtype'] and list(x.shape) == r['shape'], (q, x.dtype, x.shape)
    assert x.flat[0] == r['first'] and abs(x.sum(dtype='f8') - r['sum']) < 1e-9, q
assert n == 13, n
X
ok 'list' calib-deploy store list "$f"
cut -f 1,2,5,6 .out | tr '\t' ' ' >got
cat >want <<'X'
#type range version default
geometry 1471285222-end 1 yes
pedestals 1471285222-end 1 no
pedestals 1471285222-end 2 yes
pedestals 1471999999-end 1 yes
pixel_status 1471285222-end 1 yes
X
same want got
ok 'history' calib-deploy store history "$f"
has .out '/pedestals/1471285222-end	1700000015.000000	2023-11-14T22:13:35	add version 2: second dark'
ok 'info' calib-deploy store info "$f" --json
has .out '"first":1471285222.123456,"predecessor":"epix100a-1","successor":"epix100a-2","types":3'
ok 'by date' calib-deploy store get "$f" -t geometry --time 2020-01-01
has .out 'IP 0 EPIX100:V1'
fails 1 'no range of pedestals records a run up to 5' calib-deploy store get "$f" -t pedestals -r 5

# writing: a new store, found by its source; ranges and versions
cam='XppEndstation.0:Opal1000.1'
printf '1 2\n3 4\n' >p1.txt; printf '5 6\n7 8.5\n' >p2.txt; printf '0 1\n2 65535\n' >s.txt
printf '# TITLE x\nIP 0 CAMERA:V1 0 0 0 0 0 0 0 0 0 0\n' >geo.txt
mkdir calib
add() { calib-deploy store add -c calib -s "$cam" "$@"; }
ok 'first' add -t pedestals --begin 1000.25 -e xppi0613 -r 12 --comment 'first dark' p1.txt
h=calib/opal1000/opal1000-XppEndstation.0-Opal1000.1.h5
printf '%s\tpedestals\t1\n' "$h" | cmp - .out || die 'what add prints'
ok 'second version' add -t pedestals --begin 1000.25 --comment second p2.txt
printf '%s\tpedestals\t2\n' "$h" | cmp - .out || die 'the next version'
ok 'version 7' add -t pedestals --begin 1000.25 --edition 7 p1.txt
ok 'closed range' add -t pedestals --begin 2000.5 --until 3000.125 -e xppi0613 -r 20 p2.txt
ok 'status' add -t pixel_status --begin 1000.25 s.txt
ok 'geometry' add -t geometry --begin 1000.25 geo.txt
[ "$(stat -c %a "$h")" = 664 ] && [ "$(stat -c %a calib/opal1000)" = 2775 ] || die 'modes'
get() { calib-deploy store get -c calib -s "$cam" "$@" -o got.txt; }
value() { grep -v '^#' got.txt | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; }
want() { [ "$(value)" = "$1" ] || { cat got.txt; die "got '$(value)', expected '$1'"; }; }
ok 'before' get -t pedestals --time 2000.4; want '1.00 2.00 3.00 4.00'
ok 'edition 2' get -t pedestals --time 2000.4 --edition 2; want '5.00 6.00 7.00 8.50'
ok 'inclusive end' get -t pedestals --time 3000.125; want '5.00 6.00 7.00 8.50'
ok 'behind it' get -t pedestals --time 3000.126; want '1.00 2.00 3.00 4.00'
ok 'status' get -t pixel_status --time 5000; want '0 1 2 65535'
fails 1 'no pedestals for the time 1000' get -t pedestals --time 1000
fails 1 'has no version 3' get -t pedestals --time 2000 --edition 3
ok 'by run' get -t pedestals -r 25; want '5.00 6.00 7.00 8.50'
ok 'by an earlier run' get -t pedestals -r 19; want '1.00 2.00 3.00 4.00'
fails 1 'records a run up to 11' get -t pedestals -r 11
ok 'text' calib-deploy store get "$h" -t geometry --time 1e9 -o geo.out; same geo.txt geo.out
ok 'default' calib-deploy store default "$h" -t pedestals --range 1000-end --edition 2
ok 'now version 2' get -t pedestals --time 1500; want '5.00 6.00 7.00 8.50'
ok 'a run of data' calib-sim -e xppi0613 -r 30 -d Opal1000 --size 2,2 -n 3 -o root
mkdir -p root/xpp/xppi0613/calib
ok 'add by its time' calib-deploy store add -e xppi0613 --root root -s "$cam" -t pedestals -r 30 p2.txt
ok 'get by its time' calib-deploy store get -e xppi0613 --root root -s "$cam" -t pedestals -r 30 -o got.txt
want '5.00 6.00 7.00 8.50'
mkdir -p root/detector/calib/opal1000; cp "$h" root/detector/calib/opal1000
ok 'the store of all experiments' calib-deploy store get -e xppi0613 --root root -s "$cam" -t geometry -r 30 -o geo.out
same geo.txt geo.out

# the structure, read by h5py: types, shapes, texts, as the golden store has them
if "$python" -c 'import h5py' 2>/dev/null; then
	"$python" - "$f" "$h" <<'X' || die 'the structure'
import re, sys
import h5py
def tree(path):
    out = {}
    def visit(name, o):
        if isinstance(o, h5py.Group):
            assert not o.attrs
            out[name] = 'group'
            return
        t = o.id.get_type()
        kind = o.dtype.str
        if t.get_class() == h5py.h5t.STRING:
            assert not t.is_variable_str() and t.get_strpad() == h5py.h5t.STR_NULLPAD
            assert t.get_size() == max(1, len(o[0])), name
            kind = 'S'
        assert o.chunks is None and not o.attrs
        out[name] = (kind, o.shape if not name.endswith('/data') or kind == 'S' else 'array')
    with h5py.File(path, 'r') as f:
        f.visititems(visit)
    return out
def shape(t):   # names that differ from file to file made equal
    res = set()
    for name, what in t.items():
        name = re.sub(r'\d+\.\d{6}$', 'TIME', name)
        name = re.sub(r'\d+-(end|\d+)', 'RANGE', name)
        res.add((re.sub(r'v\d{4}', 'VERSION', name), what))
    return res
ref, ours = shape(tree(sys.argv[1])), shape(tree(sys.argv[2]))
ref -= {('predecessor', ('S', (1,))), ('successor', ('S', (1,)))}
ours -= {('pedestals/RANGE/end', ('<f8', (1,)))}        # a closed range; the golden store has none
assert ref == ours, (ref - ours, ours - ref)
f = h5py.File(sys.argv[2], 'r')
assert f['detname'][0] == b'opal1000-XppEndstation.0-Opal1000.1' and f['dettype'][0] == b'opal1000'
assert f['tscfile'][0] == 1000.25
r = f['pedestals/2000-3001']
assert r['begin'][0] == 2000.5 and r['end'][0] == 3000.125 and r['range'][0] == b'2000-3001'
assert r['_parameters/experiment'][0] == b'xppi0613' and r['_parameters/run'][0] == b'20'
assert f['pedestals/1000-end/end'][0] == b'end' and f['pedestals/1000-end/versdef'][0] == 2
assert f['pedestals/1000-end/v0002/version'][0] == 2
assert f['pedestals/1000-end/v0002/tsprod'][0] == 1700000000.0
assert f['pedestals/1000-end/v0001/data'].dtype == 'f4' and f['pixel_status/1000-end/v0001/data'].dtype == 'u2'
h = f['pedestals/1000-end/_history']
assert sorted(h) == ['1700000000.000000', '1700000000.001000', '1700000000.002000', '1700000000.003000'], sorted(h)
assert h['1700000000.000000'][0] == b'add version 1: first dark'
assert f['pedestals/_history/1700000000.000000'][0] == b'add range 1000-end: exp=xppi0613:run=12'
assert sorted(x[0] for x in f['_history'].values()) == [b'add ctype geometry: ', b'add ctype pedestals: ', b'add ctype pixel_status: ']
X
fi

# deleting; nothing else changes
ok 'delete a version' calib-deploy store delete "$h" -t pedestals --range 1000-end --edition 7 --comment wrong
ok 'list' calib-deploy store list "$h" -t pedestals
cut -f 2,5 .out | tr '\t' ' ' >got
printf 'range version\n1000-end 1\n1000-end 2\n2000-3001 1\n' | cmp - got || die 'after delete'
ok 'history' calib-deploy store history "$h"; has .out 'del version 7: wrong'
ok 'delete a range' calib-deploy store delete "$h" -t pedestals --range 2000-3001
ok 'delete a type' calib-deploy store delete "$h" -t geometry
fails 1 "has no '/geometry'" calib-deploy store delete "$h" -t geometry
ok 'types' calib-deploy store info "$h"
[ "$(tail -n 1 .out | cut -f 7)" = 2 ] || die 'types left'

# refused, and the file as it was
cp "$h" before.h5
fails 1 "exists already" add -t pedestals --begin 1000.25 --edition 2 p1.txt
fails 1 'cannot also be that of 1000.5' add -t pedestals --begin 1000.5 p1.txt
printf '1 nan\n3 4\n' >nan.txt
fails 1 'expected a finite number' add -t pedestals --begin 9 nan.txt
printf '0 -1\n2 3\n' >neg.txt
fails 1 'expected uint16' add -t pixel_status --begin 9 neg.txt
fails 1 "has no constants of type 'center'" add -t center --begin 9 --force p1.txt
fails 1 'is not a calibration type' add -t pixel_glow --begin 9 p1.txt
fails 2 '--begin TIME is needed' add -t pedestals p1.txt
fails 1 'the end not before the begin' add -t pedestals --begin 9 --until 8 p1.txt
fails 1 'must have 2296960' calib-deploy store add cspad-XppGon.0-Cspad.0.h5 -t pedestals --begin 9 p1.txt
[ ! -e cspad-XppGon.0-Cspad.0.h5 ] || die 'a refused array made a store'
fails 1 'the name of a new store is that of its detector' add -t pedestals --begin 9 --id . plain.h5 p1.txt
same before.h5 "$h"
echo 'not HDF5' >text.h5
fails 1 'text.h5: not an HDF5 file' calib-deploy store list text.h5
fails 1 'text.h5: not an HDF5 file' calib-deploy store add text.h5 -t pedestals --begin 9 p1.txt
cp "$g/generic.h5" other.h5
fails 1 'is an HDF5 file, but not a calibration store' calib-deploy store list other.h5
fails 1 'is an HDF5 file, but not a calibration store' calib-deploy store add other.h5 -t pixel_mask --begin 9 --force p1.txt
same "$g/generic.h5" other.h5
head -c 3000 "$h" >cut.h5
fails 1 'cut.h5: HDF5 cannot open the file' calib-deploy store list cut.h5
fails 1 'gone.h5: no such file' calib-deploy store delete gone.h5 -t pedestals
fails 1 'gone.h5: cannot open' calib-deploy store list gone.h5
mkdir calib/epix100a; cp "$f" calib/epix100a
ok 'the one store of panels' calib-deploy store info -c calib -s MfxEndstation.0:Epix100a.0
cp "$f" calib/epix100a/epix100a-1.h5
fails 1 'has 2 stores of a epix100a' calib-deploy store info -c calib -s MfxEndstation.0:Epix100a.0
ok 'by panels' calib-deploy store info -c calib -s MfxEndstation.0:Epix100a.0 --id 1

# two writers at once, and a full disk: no version is lost, no half file appears
i=0; pids=
while [ $i -lt 8 ]; do
	calib-deploy store add -c calib -s "$cam" -t pixel_rms --begin 50 p1.txt >/dev/null 2>&1 & pids="$pids $!"
	i=$((i + 1))
done
for p in $pids; do wait "$p" || die 'one of eight writers'; done
[ "$(calib-deploy store list "$h" -t pixel_rms | grep -c pixel_rms)" -eq 8 ] || die 'a version is lost'
cp "$h" before.h5
if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] && ! grep -qa __asan_init "$(command -v calib-deploy)"; then
	for fault in fsync:1 rename:1; do
		st=0
		FAULT=$fault LD_PRELOAD=$here/$B/tests/tools/fault.so calib-deploy store add "$h" -t pixel_rms --begin 50 p1.txt >/dev/null 2>.err || st=$?
		[ $st -ne 0 ] || die "$fault: status 0"
		same before.h5 "$h"
		[ "$(find calib -name '*.tmp' | wc -l)" -eq 0 ] || die "$fault: a temporary file stays"
	done
fi
st=0
awk 'BEGIN { for (i = 0; i < 500; i++) for (j = 0; j < 500; j++) printf "%d%s", i + j, j < 499 ? " " : "\n" }' >big.txt
sh -c 'trap "" XFSZ; ulimit -f 300; exec calib-deploy store add "$0" -t pixel_rms --begin 50 big.txt' "$h" >/dev/null 2>.err || st=$?
[ $st -eq 1 ] || { cat .err; die "a full disk: status $st"; }
has .err 'File too large'
same before.h5 "$h"
[ "$(find calib -name '*.tmp' | wc -l)" -eq 0 ] || die 'a full disk: a temporary file stays'
exit 0
