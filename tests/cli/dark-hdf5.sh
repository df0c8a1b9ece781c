# calib-dark on HDF5: the same numbers as from XTC, bit by bit; what is no raw run.
. "$(dirname "$0")/../lib.sh"
need_numpy

# one simulated run in both forms
ok 'a run' calib-sim -e xppi0613 -r 12 -o data --hdf5 -n 40 --size 60,70 --damage 0.05 --drop 0.05 \
	--codes 40:0.5,140 -d CSPAD,CSPAD2x2,Opal1000,pnCCD,Epix100a
h5=$(echo data/xpp/xppi0613/hdf5/*r0012*.h5)
d=CSPAD,CSPAD2x2,Opal1000,pnCCD,Epix100a
for a in robust plain calibrun2024; do
	ok "$a of XTC" calib-dark -e xppi0613 -r 12 --root data -d $d --algo $a -w xtc
	ok "$a of HDF5" calib-dark --algo $a -d $d -w hdf5 "$h5" --prefix clb-
	for f in xtc/*.txt; do
		g=hdf5/$(basename "$f")
		[ -f "$g" ] || g=$(echo hdf5/*"${f##*r0012}")
		grep -v '^#' "$f" >x; grep -v '^#' "$g" >h
		same x h
	done
	[ "$(find xtc -name '*.txt' | wc -l)" -eq 10 ] || die 'not two files a detector'
	rm -r xtc hdf5
done
ok 'by event code, XTC' calib-dark -e xppi0613 -r 12 --root data -d Opal1000 -f 40 -s 3 -n 9 -o x.npy
ok 'by event code, HDF5' calib-dark -d Opal1000 -f 40 -s 3 -n 9 -o h.npy "$h5"
ok 'the same arrays' "$python" -c "
import numpy as np
f, g = open('x.npy', 'rb'), open('h.npy', 'rb')
for i in range(7): assert np.array_equal(np.load(f), np.load(g)), i"

# three gain ranges of a Jungfrau
ok 'cycles' calib-sim -e xppi0613 -r 13 -o data --hdf5 -n 30 --steps 3 -d Jungfrau
ok 'XTC' calib-dark -e xppi0613 -r 13 --root data -d Jungfrau -o x.npy
ok 'HDF5' calib-dark -d Jungfrau -o h.npy data/xpp/xppi0613/hdf5/*r0013*.h5
ok 'the same arrays' "$python" -c "
import numpy as np
f, g = open('x.npy', 'rb'), open('h.npy', 'rb')
a = np.load(f), np.load(g)
assert a[0].shape[0] == 3 and np.array_equal(*a)
for i in range(6): assert np.array_equal(np.load(f), np.load(g)), i"

# a run that is there in HDF5 only, by its number, and the whole way
mv data/xpp/xppi0613/xtc data/xpp/xppi0613/elsewhere
ok 'scan' calib-scan -e xppi0613 -r 12 --root data
has .out 'Opal1000'
ok 'calibrun' calibrun -e xppi0613 -r 12 --root data -d Opal1000 -P -D -w w -c c
has .out 'hdf5 file'
set -- c/Camera::CalibV1/*/pedestals/12-end.data
[ -s "$1" ] || die 'not deployed'

# a file that a limit cuts short: a sentence, status 1, no crash, no half file
(ulimit -f 4; trap '' XFSZ; calib-dark -e xppi0613 -r 12 --root data -d Opal1000 -w small >/dev/null 2>err); st=$?
[ "$st" -eq 1 ] || { cat err; die "status $st"; }
[ -z "$(ls -A small)" ] || die 'half a file'

# any array by name; what is corrected already is not taken for raw
ok 'a plain set' "$python" -c "
import h5py, numpy as np
r = np.random.RandomState(5)
f = h5py.File('any.h5', 'w')
f.create_dataset('a/b', data=r.normal(1000, 4, (30, 6, 7)).astype('>i2'), chunks=(4, 6, 7), compression='gzip', shuffle=True)
f.create_dataset('c', data=r.normal(10, 1, (30, 6, 7)).astype('f4'))"
ok 'by name' calib-dark --algo plain any.h5:/a/b -o x.npy
ok 'real numbers' calib-dark any.h5:/c -o y.npy
ok 'numpy agrees' "$python" -c "
import h5py, numpy as np
f = h5py.File('any.h5')
for name, out in (('a/b', 'x.npy'), ('c', 'y.npy')):
    d = f[name][:].astype('f8'); o = open(out, 'rb')
    assert np.abs(np.load(o) - d.mean(0)).max() < 1e-9 and np.abs(np.load(o) - d.std(0)).max() < 1e-6, name"
fails 1 'which data set' calib-dark any.h5 -o x.npy
fails 1 "no data set '/no'" calib-dark any.h5:/no -o x.npy
need_golden hdf5
f=$g/translator-calibrated-cxitut13-r0011.h5
fails 1 'has no raw data' calib-dark -w w "$f"
ok '--calibrated' calib-dark --calibrated --algo plain -w w "$f"
head -c 300000 "$g/translator-cxitut13-r0010.h5" >cut.h5
fails 1 cut.h5 calib-dark -w w cut.h5
