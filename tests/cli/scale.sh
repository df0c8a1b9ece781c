# Runs of many files and of many small events: the same constants, whatever the limit of open files.
. "$(dirname "$0")/../lib.sh"
sim='calib-sim -e xppi0613 -d Opal1000 --size 8,8 --seed 5 -n 4000'
ok 'one file' $sim -r 1 -o one
ok '200 files' $sim -r 1 -o many --streams 50 --chunks 4
[ "$(find many -name '*.xtc' | wc -l)" -eq 200 ] || die 'not 200 files'
ok 'of one' calib-dark -e xppi0613 -r 1 -d Opal1000 --root one -w w1
ok 'of many' sh -c 'ulimit -S -n 64; exec calib-dark -e xppi0613 -r 1 -d Opal1000 --root many -w w2'
for f in w1/*.txt; do same "$f" "w2/${f#w1/}"; done
# (calib-sim lets time pass between chunks)
ok 'the sources of many' calib-scan -e xppi0613 -r 1 --root many -m 0
cut -f 1-10 .out >a
ok 'as of one' calib-scan -e xppi0613 -r 1 --root one -m 0
cut -f 1-10 .out >b
same a b

# memory does not grow with the events
need_numpy
ok 'short' calib-sim -e xppi0613 -r 2 -d Opal1000 --size 8,8 -n 3000 -o one
ok 'long' calib-sim -e xppi0613 -r 3 -d Opal1000 --size 8,8 -n 150000 -o one
cat >peak.py <<'E2'
import resource, subprocess, sys
def peak(run):	# children are counted together, so the long run comes second
	subprocess.run(['calib-dark', '-e', 'xppi0613', '-r', run, '-d', 'Opal1000', '--root', 'one',
	                '-j', '2', '-o', '/dev/null'], check=True, stderr=subprocess.DEVNULL)
	return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
short, long = peak('2'), peak('3')
sys.exit('%d KiB for 3000 events, %d for 150000' % (short, long) if long > short + 4096 else 0)
E2
ok 'flat memory' "$python" peak.py
