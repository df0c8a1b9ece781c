# Runs that are being written: the result of following one is, byte by byte, that of the finished run.
. "$(dirname "$0")/../lib.sh"
. "$here/tests/live.sh"

# names of every kind, streams that begin late
i=0
for plan in 'names=late' 'names=final' 'names=mixed first=01' 'names=mixed first=00'; do
	i=$((i + 1))
	use; rm -rf got
	follow "follow$i" calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=60
	record "$src" "run/$x" $i $plan
	ended 0
	finished -j 1
	compare "$plan"
done
lacks follow1.err 'still being written'
# every algorithm
for algo in plain gated2016 calibrun2024; do
	use; rm -rf got
	follow $algo calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=60 --algo $algo --every 2 -j 3
	record "$src" "run/$x" 20 names=mixed
	ended 0
	finished --algo $algo --every 2
	compare "$algo"
done

# the first arrays of a run that still grows; the error of the pedestals; cycles one by one; one share
for opts in '-n 50' '-s 20 -n 30 -m 100' '--until-error 0.5'; do
	use; rm -rf got
	follow some calib-dark -e xppi0613 -r 12 --root run -d $dets -o - --live=60 -d Opal1000 $opts
	record "$src" "run/$x" 30 names=mixed first=02
	ended 0
	ok "finished $opts" calib-dark -e xppi0613 -r 12 --root run -o - -d Opal1000 $opts
	same .out some.out
done
has some.err 'the pedestal error of the median pixel is 0.4'
has some.err 'after 96 arrays'
for opts in '--step all' '--part 2/3'; do
	use; rm -rf got
	follow cycles calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=60 $opts
	record "$src" "run/$x" 31 first=01
	ended 0
	finished $opts
	compare "$opts"
done

# --until-error is by the data alone; what cannot be reached is said
ok 'a quiet run' calib-sim -e xppi0613 -r 13 -d Opal1000 --size 20,30 -n 200 --flicker 0.02 --dead 0.6 -o run
cat >until.py <<'P'
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1]); e = f['rms'][:] / np.sqrt(f['n'][:])
v = np.sort(e[e > 0].ravel()); print(len(v) and v[len(v) // 2], f['counts'][4])
P
for u in 0.9 0.5 0.45; do
	ok "until $u" calib-dark -e xppi0613 -r 13 --root run -d Opal1000 -w until --until-error $u --algo plain
	said=$(sed -n 's/.* the pedestal error of the median pixel is \([0-9.]*\) ADU after \([0-9]*\) arrays$/\1 \2/p' .err)
	"$python" until.py until/*stat*.h5 | awk -v s="$said" -v u=$u '{ split(s, a, " ")
		if (!($1 < u && $1 - a[1] < 0.001 && a[1] - $1 < 0.001 && $2 == a[2] && $2 % 32 == 0)) exit 1 }' ||
		die "--until-error $u: said $said, found $("$python" until.py until/*stat*.h5)"
done
ok 'until nothing' calib-dark -e xppi0613 -r 13 --root run -d Opal1000 -w until --until-error 0.001
has .err 'all there are: it was to be less'
fails 2 'of a run' calib-dark --until-error 1 -o x.npy
ok 'a stack' "$python" -c 'import numpy; numpy.save("u.npy", numpy.zeros((9, 4, 4), "u2"))'
fails 2 'of a run' calib-dark --live -w x u.npy
fails 2 'is not a number from' calib-dark --until-error 0 -e xppi0613 -r 12 -w x
fails 2 'is not a number from' calib-dark --live=0 -e xppi0613 -r 12 -w x

# several runs, of which the last begins when the first has ended; a run that is an HDF5 file
use; rm -rf got
cp -p "$src"/*s00* "$src"/*s01* "run/$x"
for f in "$src"/*s02*; do cp -p "$f" "run/$x/$(basename "$f" | sed 's/s02/s03/').inprogress"; done
follow both calib-dark -e xppi0613 -r 12,13 --root run -d $dets -w got --live=60
for _ in $(seq 200); do grep -qs 'run 13 has no files yet: waiting for it' both.err && break; sleep 0.05; done
for f in "run/$x"/*.inprogress; do mv "$f" "${f%.inprogress}"; done
for f in "$src"/*s00*; do cp -p "$f" "run/$x/$(basename "$f" | sed 's/r0012/r0013/')"; done
ended 0
rm -rf want; ok 'both runs' calib-dark -e xppi0613 -r 12,13 --root run -d $dets -w want
compare 'two runs'
ok 'HDF5' calib-sim -e xppi0613 -r 15 -d Opal1000 --size 20,30 -n 20 --hdf5=only -o run
ok 'HDF5 is read as it is' calib-dark -e xppi0613 -r 15 --root run -d Opal1000 -w h5 --live=60

# written from elsewhere: the kernel says nothing, so polls must do
use; rm -rf got outside; mkdir outside
follow polls calib-dark -e xppi0613 -r 12 --root run -d $dets -w got --live=60
record "$src" "run/$x" 50 outside=outside
ended 0
finished -j 1
compare 'polls'

# control streams and calib-sim as the DAQ: rehearsal of the real thing
rm -rf run got
calib-sim -e xppi0613 -r 14 -d Opal1000 --size 20,30 -n 200 --streams 2 --chunks 2 --control --live=10 -o run & sim=$!
ok 'a rehearsal' calib-dark -e xppi0613 -r 14 --root run -d Opal1000 -w got --live=30
wait $sim || die 'calib-sim --live'
rm -rf want; ok 'after it' calib-dark -e xppi0613 -r 14 --root run -d Opal1000 -w want
compare 'a rehearsal'
ok 'the same at once' calib-sim -e xppi0613 -r 14 -d Opal1000 --size 20,30 -n 200 --streams 2 --chunks 2 --control -o once
diff -r "run/$x" "once/$x" || die 'calib-sim --live writes other bytes'
