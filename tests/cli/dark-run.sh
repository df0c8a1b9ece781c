# calib-dark on runs of calib-sim: the exact truth, any number of threads, all bookkeeping.
. "$(dirname "$0")/../lib.sh"
need_numpy
run="-e xppi0613 -r 173 --root data"
ok 'a run' calib-sim -e xppi0613 -r 173 -o data --truth truth -n 60 --streams 2 --chunks 2 --size 60,70 \
	--hot 0.01 --dead 0.01 --noisy 0.01 --stuck 0.01 --flicker 0.005 --bright 0.05 --drop 0.05 \
	--damage 0.05 --codes 40:0.5,140 -d CSPAD2x2,Opal1000,pnCCD,Epix100a
d=CSPAD2x2,Opal1000,pnCCD,Epix100a

# plain: the truth of all frames; robust: that of the frames without light
ok 'plain' calib-dark $run -d $d --algo plain -w plain -j 2
has .out 'XppGon.0:Cspad2x2.0	pedestals	173-end'
[ "$(grep -vc '^#' .out)" -eq 12 ] || die 'not three rows a source'
has .err '0 skipped, 0 rejected by event code'
ok 'robust' calib-dark $run -d $d -w robust
has .err 'bright or dim events left out'
cat >truth.py <<'E2'
import glob, sys
import h5py, numpy as np
for f in sorted(glob.glob('plain/*.h5')):
    src = f.split('-peds-stat-')[1][:-3]
    t = lambda what: np.load('truth/%s-%s.npy' % (src, what))
    p, r = h5py.File(f), h5py.File(f.replace('plain', 'robust'))
    assert np.array_equal(p['n'], t('n')), src
    for k in ('min', 'max'):
        assert np.array_equal(p[k], t(k).astype(p[k].dtype)), (src, k)
    assert np.abs(p['ave'][:] - t('ave')).max() < 1e-9, src
    assert np.abs(p['rms'][:] - t('rms')).max() < 1e-6, src
    good = t('clean-n')
    # the gate cuts only pixels that jump; all others are the clean truth
    same = r['n'][:] == good
    assert same.mean() > 0.98, (src, same.mean())
    assert np.abs(r['ave'][:] - t('clean-ave'))[same].max() < 1e-9, src
    assert np.abs(r['rms'][:] - t('clean-rms'))[same].max() < 1e-6, src
    c = p['counts'][:]
    assert c[0] == 60 and c[1] == 0 and c[2] == 0 and c[3] + c[4] == 60, c
    assert c[4] == t('n').max(), c
    text = np.loadtxt(f.replace('peds-stat', 'peds-ave').replace('.h5', '.txt'))
    assert np.allclose(text.ravel(), p['ave'][:].ravel(), rtol=1e-8, atol=0), src
    assert r.attrs['algo'] == 'robust' and p.attrs['algo'] == 'plain'
    assert 'xppi0613' in str(r.attrs['inputs'])
E2
ok 'the truth' "$python" truth.py

# any number of threads, any order of the files: the same bytes
for a in robust plain gated2016 calibrun2024; do
	ok "$a -j 1" calib-dark $run -d $d --algo $a -w one -j 1
	ok "$a -j 7" calib-dark $run -d $d --algo $a -w seven -j 7
	diff -r one seven || die "$a: threads change the result"
	rm -r one seven
done

# -s -n -f --every -m
ok '-s 10 -n 20' calib-dark $run -d CSPAD2x2 -s 10 -n 20 -w w
has .err '(10 skipped'
ok '-f' calib-dark $run -d CSPAD2x2 -f 40 -w w
k=$(sed -n 's/.*skipped, \([0-9]*\) rejected.*/\1/p' .err); [ "$k" -gt 10 ] && [ "$k" -lt 50 ] || die "-f 40: $k rejected"
ok '-f negative' calib-dark $run -d CSPAD2x2 -f -40 -w w
[ "$(sed -n 's/.*skipped, \([0-9]*\) rejected.*/\1/p' .err)" -eq $((60 - k)) ] || die '-f -40 is not the rest'
ok '--every' calib-dark $run -d Opal1000 --every 3 --algo plain -w w
k=$(sed -n 's/.*: \([0-9]*\) arrays averaged.*/\1/p' .err)
[ "$k" -ge 15 ] && [ "$k" -le 20 ] || die "--every 3: $k arrays"
ok 'an alias' calib-dark $run -d "$(calib-scan $run | awk -F'\t' '$3 == "Opal1000" { print $5 }')" -w alias
ok 'a file' calib-dark -d Opal1000 -w f data/xpp/xppi0613/xtc/*.xtc
ok 'a stream' calib-dark $run -d Opal1000 -o stream.npy
ok '8 arrays' "$python" -c '
import numpy as np
f = open("stream.npy", "rb")
a = [np.load(f) for _ in range(8)]
assert a[0].shape == (60, 70) and a[0].dtype == np.float64 and a[7].dtype == np.int64 and len(a[7]) == 5'

# one line that says what is wrong, and the right status
fails 1 'XppGon.0:Cspad.0: not in the run; what is there: ' calib-dark $run -d XppGon.0:Cspad.0 -w x
fails 1 'runs 173' calib-dark -e xppi0613 -r 174 --root data -d CSPAD2x2 -w x
fails 1 'no event is left' calib-dark $run -d CSPAD2x2 -f 99 -w x
fails 1 'no event is left' calib-dark $run -d CSPAD2x2 -s 60 -w x
fails 1 'arrays' calib-dark $run -d CSPAD2x2 -n 7 -w x
ok 'plain takes 7' calib-dark $run -d CSPAD2x2 -n 7 --algo plain -w x
fails 1 '-o takes one source' calib-dark $run -d CSPAD2x2,Opal1000 -o x.npy
fails 1 'No such file or directory' calib-dark -w x missing.xtc
fails 2 'which run' calib-dark -e xppi0613 -d CSPAD2x2 -w x </dev/null
fails 2 "is none of robust" calib-dark $run --algo best -w x
fails 2 'say where the result goes' calib-dark $run -d CSPAD2x2
fails 2 'is above -T' calib-dark $run -d CSPAD2x2 -B 9 -T 8 -w x
fails 2 '-1' calib-dark $run -d CSPAD2x2 -n -1 -w x

# one detector fails, the others are done
fails 1 'XppGon.0:Cspad.0: not in the run' calib-dark $run -d XppGon.0:Cspad.0,Opal1000 -w partly
[ "$(ls partly | wc -l)" -eq 3 ] || die 'the other detector is not there'

# a truncated tail: every good event counts, and the status says so
ok 'cut' calib-sim -e xppi0613 -r 9 -o cut --truth cuttruth -n 20 --size 60,70 -d Opal1000 --truncate 5000
fails 1 'byte' calib-dark -e xppi0613 -r 9 --root cut -d Opal1000 --algo plain -w cutw
ok 'cut truth' "$python" -c '
import glob, h5py, numpy as np
f = h5py.File(glob.glob("cutw/*.h5")[0])
n = np.load(glob.glob("cuttruth/*[01]-n.npy")[0])
assert np.array_equal(f["n"], n) and n.max() < 20
assert np.abs(f["ave"][:] - np.load(glob.glob("cuttruth/*[01]-ave.npy")[0])).max() < 1e-9'

# -m: a detector that begins later is left out, and its first event is named
ok 'a run whose camera begins late' calib-sim -e xppi0613 -r 60 -n 60 --size 8,8 --drop 0.9 -d Opal1000 -o late
late="-e xppi0613 -r 60 --root late -d Opal1000 --algo plain -w w"
fails 1 'first data are in event' calib-dark $late -m 1
k=$(sed -n 's/.*data are in event \([0-9]*\),.*/\1/p' .err)
[ "$k" -gt 2 ] || die "the camera begins in event $k"
fails 1 "-m $k finds it" calib-dark $late -m $((k - 1))
ok 'found where the message says' calib-dark $late -m "$k"

# data or a configuration of a version that nobody knows: type and version, no guess
ok 'two cameras' calib-sim -e xppi0613 -r 61 -n 10 --size 8,8 -d Zyla,Opal1000 -o ver
f=ver/xpp/xppi0613/xtc/e000-r0061-s00-c00.xtc
cp $f plain.xtc
version() { # version TYPE TYPE-WORD: every object of that type gets version 9
	for o in $(calib-scan --dump=100 $f | awk -F'\t' -v t="$1" '$7 ~ t {print $2}'); do
		printf "%b" "$2\\000\\011\\000" | dd of=$f bs=1 seek=$((o + 12)) conv=notrunc 2>/dev/null
	done
}
version 'Zyla::FrameV' '\0157'
fails 1 'type ZylaFrame version 9 is not image data' calib-dark -d Zyla,Opal1000 --algo plain -w ver $f
[ "$(ls ver/*stat*.h5)" = 'ver/clb-e000-r0061-peds-stat-XppEndstation.0:Opal1000.0.h5' ] || die 'the other camera is not done'
cp plain.xtc $f
version 'Zyla::ConfigV' '\0156'
fails 1 'its configuration is of type ZylaConfig version 9, which' calib-dark -d Zyla --algo plain -w ver $f
fails 1 'its data are of type EvrData version 4, no images' calib-dark -d NoDetector.0:Evr.0 -w ver $f
