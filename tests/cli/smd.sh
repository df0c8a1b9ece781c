# Small-data files: the result is that of the large files, whatever the small ones lack.
. "$(dirname "$0")/../lib.sh"

same_run() {	# text, then what names the run
	text=$1; shift
	rm -rf large small
	for way in large small; do
		smd=; [ $way = small ] && smd=--smd
		for what in '-m 0' --codes --steps --files; do
			ok "$text $what" calib-scan "$@" $what $smd
			mv .out "$way.${what##*-}"
		done
		ok "$text dark" calib-dark "$@" --algo plain -w $way $smd
		sed "s/$way/dir/" .out >"$way.rows"
	done
	for what in 'm 0' codes steps files rows; do same "large.$what" "small.$what"; done
	diff -r large small || die "$text: another result"
}

# golden: a camera of odd size, which the small files lack, with all that follows it
golden=$here/../shared/golden/xtc/smd
[ -d "$golden" ] || golden=$own_golden/xtc/smd
if [ -d "$golden" ]; then
	mkdir -p smd/smalldata
	for f in "$golden"/*.xtc.gz "$golden"/smalldata/*.gz; do
		to=${f#"$golden"/}
		gzip -dc "$f" >"smd/${to%.gz}"
	done
	same_run golden -e xpptut13 -r 46 -x smd
	grep -q Opal1000.1 'small.m 0' || die 'the odd camera is lost'
	ok 'the files by name' calib-dark smd/smalldata/*.smd.xtc --algo plain -w named
	ok 'large ones' calib-dark smd/*.xtc --algo plain -w named2
	diff -r named named2 || die 'small files by name'
	ok 'their own tree' calib-scan --dump=3 smd/smalldata/e271-r0046-s00-c00.smd.xtc
	has .out SmlDataConfig
fi

ok 'a run' calib-sim -e xppi0613 -r 9 -o data --smd -d CSPAD,Princeton,Opal1000 --size 40,60 -n 60 \
	--streams 3 --chunks 2 --steps 3 --damage 0.1 --drop 0.1 --control --bright 0.1
run='-e xppi0613 -r 9 --root data'
xtc=data/xpp/xppi0613/xtc
same_run simulated $run
same_run 'dataset text' -x "exp=xppi0613:run=9:dir=$xtc:smd"

# less is read of the large files: only their transitions
if command -v strace >/dev/null; then
	for smd in '' --smd; do
		# the leak check of an instrumented program cannot be traced
		ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace=pread64 -o trace calib-scan $run -m 0 $smd >scan.out 2>.err ||
			die "$(cat .err)"
		grep -c 's0[0-2]-c0[01].xtc>' trace >"n$smd"
	done
	[ $((2 * $(cat n--smd))) -lt "$(cat n)" ] || die "reads: $(cat n--smd) with, $(cat n) without"
fi

# bad small files: cut, of another run, empty, zeros, an offset that is wrong
small=$xtc/smalldata/e000-r0009-s00-c00.smd.xtc
cp $small good
bytes=$(wc -c <good)
for cut in 0 39 41 $((bytes / 2)) $((bytes - 7)); do
	head -c $cut good >$small
	same_run "cut at $cut" $run
done
cp $xtc/smalldata/e000-r0009-s01-c01.smd.xtc $small
same_run 'of another file' $run
head -c "$bytes" /dev/zero >$small
same_run zeros $run
if command -v python3 >/dev/null; then
	for seed in 1 2 3 4 5 6; do
		python3 - good $small $seed <<'E2'
import random, sys
b = bytearray(open(sys.argv[1], 'rb').read())
random.seed(int(sys.argv[3]))
for _ in range(20):
    b[random.randrange(2000, len(b))] = random.randrange(256)
open(sys.argv[2], 'wb').write(b)
E2
		calib-dark $run --algo plain -w d --smd >/dev/null 2>.err
		[ $? -lt 2 ] || die "damaged bytes: $(cat .err)"
	done
fi
rm -r $xtc/smalldata
ok 'without' calib-scan $run --smd
has .err 'there are no small-data files'
fails 1 'the large file it is of' calib-scan x/smalldata/none.smd.xtc
