# calib-dark --dark-check: runs that are dark, and runs that are not
. "$(dirname "$0")/../lib.sh"
need_numpy
run=0
# sim OPTIONS: the next run; dark OPTIONS: its statistics in work/, its verdict in v
sim() { run=$((run + 1)); ok "run $run" calib-sim -e xppi0613 -r "$run" -o data --size 48,64 "$@"; }
dark() { ok "dark of run $run" calib-dark -e xppi0613 -r "$run" --root data -w work --verdict v "$@"; }
# state CHECK STATE 'text': the check's state, with a sentence
state() {
	awk -F'\t' -v c="$1" -v s="$2" -v t="$3" '$2 == c && $5 == s && index($6, t) { n++ } END { exit !n }' v ||
		{ cat v; die "$1 is not $2: $3"; }
}
# all checks but the named ones are ok
others_ok() {
	awk -F'\t' -v c=" $* " '!/^#/ && !index(c, " " $2 " ") && $5 != "ok" { print; n++ } END { exit n > 0 }' v ||
		die "false alarm: $(cat v)"
}

# stacks: light in one of three segments, and photons here and there
"$python" - <<'E2'
import numpy as np
rng = np.random.default_rng(1)
a = rng.normal(1000, 5, (400, 3, 32, 64))
np.save('dark.npy', a.round().astype('u2'))
for name, light in (('ramp', np.linspace(0, 30, 400)), ('flash', rng.random(400) < 0.04),
                    ('gauss', rng.normal(0, 40, 400))):
    b = a.copy()
    b[:, 1] += (60 * light if name == 'flash' else light)[:, None, None]
    np.save(name + '.npy', b.round().astype('u2'))
b = a + (rng.random(a.shape) < 0.01) * 100	# one photon in a hundred pixels
np.save('photons.npy', b.round().astype('u2'))
E2
stack() { ok "$1" calib-dark "$1.npy" -w work --verdict v; }
stack dark; others_ok
stack ramp; state drift failed 'segment 1: its level drifts by'
stack flash; state bright warning 'events are bright'
stack gauss; state scatter failed 'segment 1: its level moves'; state segment failed 'segment 1 moves'
stack photons; state tail failed 'the upper tail'; has .err 'not a good dark run'

# light that follows the beam, in one segment, far below the noise
sim -d pnCCD -n 160 --codes 40,140:0.5 --light 2:3
for a in robust plain calibrun2024; do
	dark -d pnCCD --algo $a
	state beam failed 'segment 3: beam moves its level by'
	state codes ok 'events have codes of beam'
done
# shares and threads: the same verdict, trace and all
ok 'one thread' calib-dark -e xppi0613 -r $run --root data -d pnCCD --algo plain -w one -j 1 --verdict v1
for k in 1 2 3; do
	ok part calib-dark -e xppi0613 -r $run --root data -d pnCCD --algo plain -w parts --part $k/3
done
ok union calib-dark --merge parts/*part*.h5 -w all --verdict v2
same v1 v2
same one/*stat*.h5 all/*stat*.h5
# the same events without beam are dark
dark -d pnCCD -f -140
others_ok

# beam on, from shot to shot another light
sim -d pnCCD -n 60 --light 300
dark -d pnCCD
state scatter failed 'times the noise of a pixel from event to event'
sim -d CSPAD2x2 -n 60 --drift 40
dark -d CSPAD2x2
state drift failed 'its level drifts by'
sim -d CSPAD2x2 -n 120 --bright 0.02
dark -d CSPAD2x2
others_ok bright
state bright warning 'they are left out'
sim -d CSPAD2x2 -n 40 --bright 0.4
dark -d CSPAD2x2
state scatter failed 'close the shutter'

# the head that settles, and what is left when it is left out: the same as skipping it
sim -d CSPAD2x2 -n 200 --settling 40:30
dark -d CSPAD2x2 --algo plain
state settling warning '--settle auto leaves them out'
dark -d CSPAD2x2 --settle auto
others_ok bright # robust takes the end of it, a tenth of the noise, for bright
n=$(sed -n 's/.*the first \([0-9]*\) arrays are left out: they settle.*/\1/p' .err)
[ "${n:-0}" -ge 20 ] && [ "$n" -le 30 ] || die "the head: $(cat .err)"
ok 'skipped' calib-dark -e xppi0613 -r $run --root data -d CSPAD2x2 -s "$n" -w skip
same work/clb-xppi0613-r000$run-peds-rms-XppGon.0:Cspad2x2.0.txt skip/clb-xppi0613-r000$run-peds-rms-XppGon.0:Cspad2x2.0.txt
same work/clb-xppi0613-r000$run-peds-ave-XppGon.0:Cspad2x2.0.txt skip/clb-xppi0613-r000$run-peds-ave-XppGon.0:Cspad2x2.0.txt
cp work/*-r000$run-peds-stat-* auto.h5
dark -d CSPAD2x2 --settle "$n"
same work/clb-xppi0613-r000$run-peds-ave-XppGon.0:Cspad2x2.0.txt skip/clb-xppi0613-r000$run-peds-ave-XppGon.0:Cspad2x2.0.txt
for k in 1 2; do
	ok part calib-dark -e xppi0613 -r $run --root data -d CSPAD2x2 --settle auto -w settled --part $k/2
done
ok union calib-dark --merge settled/*part*.h5 -w all2
same all2/*stat*.h5 auto.h5
fails 2 '--settle belongs to --algo robust' calib-dark -e xppi0613 -r $run --root data --settle auto --algo calibrun2024 -w w
fails 1 'leaves none of 200 arrays' calib-dark -e xppi0613 -r $run --root data --settle 200 -w w
fails 2 "--settle: 'x'" calib-dark -e xppi0613 -r $run --root data --settle x -w w
# of a drift that goes on all the time there is no head
sim -d CSPAD2x2 -n 200 --drift 8
dark -d CSPAD2x2 --settle auto
lacks .err 'left out'

# forms
dark -d CSPAD2x2 --json
grep -q '^{"source":"XppGon.0:Cspad2x2.0","check":"codes","value":' v || die "json: $(cat v)"
ok 'none' calib-dark -e xppi0613 -r $run --root data -d CSPAD2x2 --no-dark-check -w none
grep -q 'statistics	7\{0\}.*-end	-$' .out || die "rows: $(cat .out)"
fails 2 '--verdict: name a file' calib-dark -e xppi0613 -r $run --root data --verdict - -w w
fails 2 '--verdict goes with' calib-dark -e xppi0613 -r $run --root data --verdict v --no-dark-check -w w
"$python" -c 'import h5py' 2>/dev/null || exit 0
"$python" - "$(echo work/*-r000$run-peds-stat-*.h5)" "$(echo none/*stat*.h5)" <<'E2' || die 'the file'
import sys
import h5py
f = h5py.File(sys.argv[1])
assert f['trace'].shape == (200, 1) and f['trace_events'][:].sum() == 200 and f['trace_noise'][0] > 3
assert f.attrs['trace_block'] == 1 and f.attrs['verdict'] == 'warning'
assert [r.split('\t')[0] for r in f.attrs['verdict_rows'].split('\n')[:-1]] == \
	['codes', 'beam', 'bright', 'scatter', 'segment', 'tail', 'settling', 'drift']
g = h5py.File(sys.argv[2])
assert 'trace' not in g and g.attrs['verdict'] == '-'
assert (f['ave'][:] == g['ave'][:]).all() and (f['rms'][:] == g['rms'][:]).all()
E2
