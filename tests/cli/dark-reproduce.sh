# calib-dark: what a statistics file says of its origin, and --reproduce
. "$(dirname "$0")/../lib.sh"
need_numpy
"$python" -c 'import h5py' 2>/dev/null || skip 'python3-h5py is not installed'
ok 'a run' calib-sim -e xppi0613 -r 7 -o data -d CSPAD2x2,Opal1000,Jungfrau --steps 3 --size 48,64 -n 60 --bright 0.05
common='calib-dark -e xppi0613 -r 7 --root data -d CSPAD2x2,Opal1000,Jungfrau'
ok 'robust' $common -w work --settle 2 -s 3 -n 50
ok 'plain' $common -w plain --algo plain --every 2 -B 3 -j 1
ok 'files' calib-dark data/xpp/xppi0613/xtc/*.xtc -d Opal1000 -w files --step 1 -f 40
ok 'quantiles' $common -w q --algo calibrun2024 --block 10
for k in 1 2; do ok 'part' $common -w parts --settle auto --part $k/2; done
ok 'merge' calib-dark --merge parts/*.h5 -w merged
mkdir elsewhere
cd elsewhere || exit 1
for f in ../work/*stat*.h5 ../plain/*stat*.h5 ../files/*stat*.h5 ../q/*stat*.h5 ../merged/*stat*.h5; do
	ok "$f" calib-dark --reproduce "$f" -j 1
	for a in ave rms n min max counts 'trace\(_G0\)*' verdict dropped_events events_used; do
		grep -q "^$a	identical	0	-	-	-$" "$tmp/.out" || die "$f: $a: $(cat "$tmp/.out")"
	done
	lacks "$tmp/.out" differs
	[ -z "$(ls)" ] || die "it writes: $(ls)"
done
cd ..
f=work/clb-xppi0613-r0007-peds-stat-XppEndstation.0:Opal1000.0.h5
"$python" - $f work/*Jungfrau*.h5 <<'E2' || die 'the origin'
import sys
import h5py
with h5py.File(sys.argv[1], 'r') as h:
	a = dict(h.attrs)
options = a['options'].split('\n')
for o in '--exp=xppi0613', '--run=7', '--num_events=50', '--skip_events=3', '--settle=2':
	assert o in options, (o, options)
assert any(o.startswith('--root=/') for o in options), options	# also from another directory
path, size, time = a['inputs'].split('\n')[0].split('\t')
import os
assert os.stat(path).st_size == int(size) and int(os.stat(path).st_mtime) == int(time)
rng, cycle, used, settled, first, last_time, last, _ = a['events_used'].split('\n')[0].split('\t')
assert (rng, cycle, used, settled, first, last) == ('-', '-', '48', '2', '3', '52'), a['events_used']
assert 'Opal1k::ConfigV1' in a['configuration'] and 'gain_percent\t100' in a['configuration']
j = h5py.File(sys.argv[2]).attrs
for line in 'G0\tgain_mode\t0', 'G1\tgain_mode\t3', 'G2\tgain_mode\t4':
	assert line in j['configuration'].split('\n'), j['configuration']
assert len(set(l for l in j['configuration'].split('\n') if 'Jungfrau::Config' in l)) == 3
assert [l.split('\t')[0] for l in j['events_used'].split('\n')[:-1]] == ['G0', 'G1', 'G2']
with h5py.File(sys.argv[1], 'r+') as h:	# one number, by its last bit
	h['rms'][7, 9] = __import__('numpy').nextafter(h['rms'][7, 9], 1e9)
	h['n'][2:4, 0] = 7
	h.attrs['verdict'] = 'ok '
E2
fails 1 '3 of its arrays and texts come out differently' calib-dark --reproduce $f
grep -q "^rms	differs	1	$((7 * 64 + 9))	" .out || die "the rms: $(cat .out)"
grep -q "^n	differs	2	128	7	4[0-9]$" .out || die "the counts: $(cat .out)"
ok 'json' sh -c "calib-dark --reproduce $f --json; true"
has .out '{"array":"rms","state":"differs","values":1,"first":457,'
# other data: what has changed is named
f=plain/clb-xppi0613-r0007-peds-stat-XppGon.0:Cspad2x2.0.h5
x=$(echo data/xpp/xppi0613/xtc/*.xtc)
touch -d '2001-01-01' "$x"
ok 'another time alone' calib-dark --reproduce $f
has .err "$x: was written again since"
ok 'another run' calib-sim -e xppi0613 -r 7 -o data -d CSPAD2x2 -n 60 --seed 2
fails 1 'come out differently' calib-dark --reproduce $f
has .err 'bytes, has'
rm "$x"
fails 1 'is not there any more' calib-dark --reproduce $f
fails 2 'takes the run and the options from FILE' calib-dark --reproduce $f -w w
fails 1 'no statistics file' calib-dark --reproduce "$0"
"$python" -c "import numpy; numpy.save('s.npy', numpy.random.default_rng(1).integers(90, 110, (20, 8, 9), 'u2'))"
ok 'a stack' calib-dark s.npy -d XppGon.0:Opal1000.0 -r 5 -w stack
ok 'a stack again' calib-dark --reproduce stack/*stat*.h5
lacks .out differs
ok 'a pipe' sh -c 'calib-dark -w pipe <s.npy'
fails 1 'standard input' calib-dark --reproduce pipe/*stat*.h5
