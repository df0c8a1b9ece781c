# calib-sim --hdf5: the file of the Translator holds the integers that the truth says, event by
# event; h5py reads what hdf5.md describes.
. "$(dirname "$0")/../lib.sh"
need_numpy
"$python" -c 'import h5py' 2>/dev/null || skip "python3-h5py is not installed"

some=CSPAD,CSPAD2x2,Princeton,pnCCD,Opal1000,Epix100a,DualAndor,Jungfrau,Rayonix,Zyla,StreakC7700
some=$some,Epix,Timepix,Imp
sim() { calib-sim -e xppi0613 -r 173 --size 17,22 "$@"; }
ok 'write' sim -d $some -n 13 --steps 2 --gains 0,2 --streams 2 --drop 0.1 --damage 0.1 \
	--control --codes 40,140:0.5 --hdf5 -o both --truth truth
has .err 'XppEndstation.0:Zyla.0: Zyla data have no form in HDF5: left out'
[ "$(wc -l <.err)" -eq 1 ] || die 'one warning'
h5=xpp/xppi0613/hdf5/xppi0613-r0173.h5

# the same without XTC files, twice; another compression has the same content
ok 'only' sim -d $some -n 13 --steps 2 --gains 0,2 --streams 2 --drop 0.1 --damage 0.1 \
	--control --codes 40,140:0.5 --hdf5=only -o only
same both/$h5 only/$h5
[ ! -e only/xpp/xppi0613/xtc ] || die 'XTC files in spite of only'
ok 'deflate' sim -d Opal1000,CSPAD2x2 -n 5 --hdf5=only --deflate 0 -o plain
ok 'compress' sim -d Opal1000,CSPAD2x2 -n 5 --hdf5 --compress --deflate 0 -o packed
same plain/$h5 packed/$h5
fails 2 "the Translator has no form for 'Zyla'" sim -d Zyla --hdf5=only -o none
fails 2 "'all' is not 'only'" sim -d Zyla --hdf5=all -o none
fails 2 'not a whole number from 0 to 9' sim -d Opal1000 --hdf5 --deflate 10 -o none
fails 1 'exists' sim -d Opal1000 -n 5 --hdf5=only --no-clobber -o plain
[ ! -e none ] || die 'a refused plan wrote something'

cat >check.py <<'P'
import csv, glob, os, sys
import h5py, numpy as np
f = h5py.File(sys.argv[1], 'r')
what = {}
for row in list(csv.reader(open('truth/truth.tsv'), delimiter='\t'))[1:]:
    if row[3] == '-':
        what.setdefault(row[0], {})[int(row[2])] = row[1]
assert f.attrs[':schema:version'] == 5 and f.attrs['experiment'] == 'xppi0613'
assert f.attrs['instrument'] == 'XPP' and f.attrs['expNum'] == 0
cycles = [f['Configure:0000/Run:0000/CalibCycle:%04d' % i] for i in range(2)]
assert len(f['Configure:0000/Run:0000']) == 2
pixels = {'data', 'image', 'frame', 'samples'}
chunk_target = 1703936
def rule(size, target):
    n = min(max(target // size, 50), 2048)
    return max(min(n, 10649600 // size), 1)
found = {}
for c in cycles:
    assert c.attrs['start.seconds'] < c.attrs['end.seconds']
    for t in c:
        if 'Config' in t:
            continue
        assert c[t].attrs['_ndarray'] == 0
        for s in c[t]:
            g = c[t][s]
            assert g.attrs['_eventKeyStr'] == '' and g.attrs['_schemaVersion'] == 0
            n = len(g['time'])
            for d in g.values():
                assert d.ndim == 0 or len(d) == n, d.name
                size = d.id.get_type().get_size()
                want = rule(size, 16384 if d.name.endswith('/time') else chunk_target)
                assert d.chunks == (want,), (d.name, d.chunks, want)
                assert d.maxshape == (None,) and d.compression == 'gzip'
                assert d.compression_opts == 1
                assert d.shuffle == (not d.name.endswith('/_damage'))
            found.setdefault(s, []).append((t, g))
for s, groups in found.items():
    if s == 'NoDetector.0:Evr.0':
        n140 = 0
        for t, g in groups:
            assert t == 'EvrData::DataV4'
            for e, p, m in zip(g['data'], g['present'], g['_mask']):
                codes = [x[2] for x in e[0]]
                assert codes in ([40], [40, 140]) and m == 1
                assert list(np.flatnonzero(p)) == codes
                n140 += 140 in codes
        assert 0 < n140 < 13
        continue
    seen = [e for e in sorted(what[s]) if what[s][e] != 'dropped']
    time = np.concatenate([g['time'][:] for _, g in groups])
    assert list(time['vector']) == [e + 1 for e in seen], s
    mask = np.concatenate([g['_mask'][:] for _, g in groups])
    assert list(mask) == [int(what[s][e] in ('good', 'bright')) for e in seen], s
    dmg = np.concatenate([g['_damage'][:] for _, g in groups])
    assert ((dmg['bits'] != 0) == (mask == 0)).all()
    assert (dmg['OutOfSynch'] == (dmg['bits'] >> 13 & 1)).all()
    assert (dmg['userBits'] == dmg['bits'] >> 24).all()
    big = max((d for d in groups[0][1].values() if d.name.rsplit('/', 1)[1] in pixels),
              key=lambda d: d.id.get_type().get_size()).name.rsplit('/', 1)[1]
    a = np.concatenate([g[big][:] for _, g in groups])
    if a.dtype.names:
        a = a['channels']
    assert not a[mask == 0].any()
    if s.endswith('Jungfrau.0'):
        a = a & 0x3fff
    a = a[mask == 1].astype('u8')
    for name, v in (('sum', a.sum(0)), ('sum2', (a * a).sum(0))):
        want = np.load('truth/%s-%s.npy' % (s, name))
        assert (v.reshape(want.shape) == want).all(), (s, name)
assert set(found) - {'NoDetector.0:Evr.0'} == set(what) - {'XppEndstation.0:Zyla.0'}

conf = f['Configure:0000']
c = conf['CsPad::ConfigV5/XppGon.0:Cspad.0/config'][()]
assert (c['sections'] == np.arange(32).reshape(4, 8)).all() and c['roiMask'] == 0xffffffff
e = found['XppGon.0:Cspad.0'][0][1]['element'][:]
assert (e['quad'] == np.arange(4)).all() and (e['sectionMask'] == 255).all()
c = conf['Rayonix::ConfigV2/MfxEndstation.0:Rayonix.0/config'][()]
assert c['deviceID'] == b'MX170-HS:7' and (c['width'], c['height']) == (22, 17)
modes = ['Normal', 'ForcedGain2']
for i, g in enumerate([conf] + cycles[1:]):
    d = g['Jungfrau::ConfigV1/CxiEndstation.0:Jungfrau.0/config']
    names = h5py.check_enum_dtype(d.dtype['gainMode'])
    assert d[()]['gainMode'] == names[modes[i]] and d[()]['numPixels'] == 512 * 1024
assert conf['Opal1k::ConfigV1/XppEndstation.0:Opal1000.0/config'][()]['output_resolution'] == 2
c = conf['Epix::Config100aV2/XcsEndstation.0:Epix100a.1/config'][()]
assert (c['numberOfRows'], c['numberOfColumns'], c['numberOfAsics']) == (704, 768, 4)
g = found['XcsEndstation.0:Epix100a.1'][0][1]
rows = g['environmentalRows'][:]
assert rows.dtype == np.uint32 and rows.shape[1:] == (4, 384)
assert g['calibrationRows'][:].shape[1:] == (8, 768)
assert not any('Streak' in t for t in conf)
P
ok 'h5py reads the truth' "$python" check.py both/$h5

# a full disk, wherever it strikes: status 1, a sentence, and nothing of the file
if [ -n "${B:-}" ] && [ -f "$here/$B/tests/tools/fault.so" ] \
	&& ! grep -qa __asan_init "$(command -v calib-sim)"; then
	for n in 1 2 5 9; do
		for c in "calib-sim -e xppi0613 -r 3 -d Opal1000 --size 9,9 -n 3 --hdf5=only -o full" \
			"calib-nda convert truth/XppGon.0:Cspad.0-ave.npy -o full/x.h5"; do
			mkdir -p full
			st=0
			FAULT=write:$n LD_PRELOAD=$here/$B/tests/tools/fault.so $c >.out 2>.err || st=$?
			[ $st -eq 0 ] && continue	# fewer writes than that
			[ $st -eq 1 ] || die "status $st: $c with a full disk at write $n"
			has .err 'No space left on device'
			[ -z "$(find full -name '*.h5*')" ] || die 'a part of a file'
		done
		rm -rf full
	done
fi

# scan records: --steps of the translated run is that of the run; texts of any length, old versions
ok 'a scan' calib-sim -e xppi0613 -r 3 -o scan -n 30 -d Opal1000,Epix10ka --size 20,30 --steps 5 --hdf5
scan=scan/xpp/xppi0613/hdf5/xppi0613-r0003.h5
ok 'steps of XTC' calib-scan --steps -e xppi0613 -r 3 --root scan
mv .out want
has want 'step=4; MfxEndstation-0|Epix10ka-0 offset scan=dark Auto Medium to Low'
ok 'steps of HDF5' calib-scan --steps $scan
same want .out
"$python" - $scan <<'P' || die 'another record'
import sys
import h5py, numpy as np
f = h5py.File(sys.argv[1], 'r+')
for step in range(5):
    c = f['Configure:0000/Run:0000/CalibCycle:%04d' % step]
    del c['ControlData::ConfigV4']
    if step == 3:
        continue	# keeps what was set before
    g = c.create_group('ControlData::ConfigV3/Control')
    text = h5py.string_dtype()
    g['pvControls'] = np.array([('motor', 7, step / 2), ('lxt', -1, -1e-12)],
                               [('name', text), ('index', 'i4'), ('value', '>f8')])
    if step == 1:
        g['pvLabels'] = np.array([('mode', 'x' * 300)], [('name', 'S32'), ('value', text)])
    if step == 4:
        del g['pvControls']
        g['pvControls'] = np.zeros(3, [('title', 'S3')])
P
ok 'old records' calib-scan --steps $scan
cut -f4 .out >have
{ echo controls
echo 'motor[7]=0; lxt=-1e-12'
echo "motor[7]=0.5; lxt=-1e-12; mode=$(printf '%0255d' 0 | tr 0 x)"
echo 'motor[7]=1; lxt=-1e-12'
echo 'motor[7]=1; lxt=-1e-12'
echo '-'; } >want
same want have
