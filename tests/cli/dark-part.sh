# A run shared out among tasks: the union of the shares has the bytes of one task.
. "$(dirname "$0")/../lib.sh"

out=	# options of the output
share() { # share N what... : all parts, in another order, then their union, against one task
	n=$1; shift
	rm -rf one all parts
	ok "one task: $*" calib-dark "$@" -w one -j 2 $out
	sed 's/\tone\//\t/; s/^one.//' .out | sort >rows.one
	sort .err | grep -v 'averaged of' >err.one || :
	i=$n
	while [ "$i" -ge 1 ]; do
		ok "part $i/$n: $*" calib-dark "$@" -w parts --part "$i/$n" -j 1
		[ "$(grep -c "part-$i-of-$n-.*	part	-	-$" .out)" -eq "$(grep -c statistics rows.one)" ] ||
			die "rows of a part: $(cat .out)"
		i=$((i - 1))
	done
	ok "union: $*" calib-dark --merge $(ls parts/*-part-*.h5 | sort -r) -w all $out
	sed 's/^all.//' .out | sort >rows.all
	cmp -s rows.one rows.all || die "$* $(diff rows.one rows.all)"
	diff -r one all || die "$*: the union of $n parts differs"
}

ok 'a run' calib-sim -e xppi0613 -r 7 -o data -d CSPAD2x2,Opal1000,pnCCD --size 40,60 -n 61 --streams 2 \
	--damage 0.05 --drop 0.1 --bright 0.08 --hot 0.01 --dead 0.01 --codes 40,140:0.5
run='-e xppi0613 -r 7 --root data'
share 1 $run
share 3 $run -d CSPAD2x2,OPAL1000
has err.one 'bright or dim events left out'
share 8 $run -d OPAL1000 -n 9 -s 5 --every 2 -f 140 --keep-bright
share 4 $run -d CSPAD2x2 --algo plain
share 5 $run -d CSPAD2x2,OPAL1000 --algo calibrun2024
share 70 $run -d OPAL1000 --algo plain --thr_int_min 900 --thr_int_max 1100

# more than a fifth bright: none is left out, which only the union can know
ok 'light' calib-sim -e xppi0613 -r 8 -o data -d CSPAD2x2 -n 40 --bright 0.3
share 4 -e xppi0613 -r 8 --root data -d CSPAD2x2
has err.one 'more than 20 % of the events are bright'

# gain ranges: wrong gain bits are counted, cycles of one run are shared out together
ok 'gains' calib-sim -e xppi0613 -r 9 -o data -d Jungfrau,Epix10ka -n 60 --steps 5 --bright 0.1
share 3 -e xppi0613 -r 9 --root data -d Epix10ka
share 2 -e xppi0613 -r 9 --root data -d Epix10ka --algo epix10ka
out='--default-gains -v 5-7 --prefix p- --names=2024'
share 3 -e xppi0613 -r 9 --root data -d Jungfrau
out=

# other options at the union, one source to a stream
ok parts calib-dark $run -d CSPAD2x2 -w p --part 1/2
ok parts calib-dark $run -d CSPAD2x2 -w p --part 2/2
ok 'a stream' calib-dark --merge p/*.h5 -o a.npy
ok 'of one task' calib-dark $run -d CSPAD2x2 -o b.npy
same a.npy b.npy

# what does not belong together
ok other calib-dark $run -d CSPAD2x2 -w q --part 2/3
ok other calib-dark $run -d CSPAD2x2 -w q2 --part 2/2 -n 30
p=p/clb-xppi0613-r0007-part
src=$(basename p/*part-1-of-2-*.h5 .h5 | sed 's/.*of-2-//')
fails 1 'of 2 parts these are missing: 2' calib-dark --merge $p-1-of-2-$src.h5 -w x
fails 1 'are the same part 1 of 2' calib-dark --merge $p-1-of-2-$src.h5 $p-1-of-2-$src.h5 -w x
fails 1 'are not shares of the same run' calib-dark --merge $p-1-of-2-$src.h5 q/*.h5 -w x
fails 1 'are not shares of the same run' calib-dark --merge $p-1-of-2-$src.h5 q2/*.h5 -w x
fails 1 'is no share of calib-dark --part' calib-dark --merge one/*peds-stat-*.h5 -w x
head -c 30000 $p-2-of-2-$src.h5 >cut.h5
fails 1 'cut.h5' calib-dark --merge $p-1-of-2-$src.h5 cut.h5 -w x
[ -z "$(find x -type f 2>/dev/null)" ] || die 'something was written'
fails 2 "'3' is not a share such as 2/8" calib-dark $run -w x --part 3
fails 2 'from 1 to 2' calib-dark $run -w x --part 3/2
fails 2 'without --merge and --step' calib-dark $run -w x --part 1/2 --step all
fails 2 'goes with -w DIR' calib-dark $run -o x --part 1/2
fails 2 'name the files of the shares' calib-dark --merge -w x
fails 1 'cannot be shared out with the algorithm gated2016' calib-dark $run -d OPAL1000 -w x --part 1/2 --algo gated2016
fails 1 'cannot be shared out with --common-mode' calib-dark $run -d OPAL1000 -w x --part 1/2 --common-mode

# a detector that is not in the run: the shares are good, their union says it as the run does
fails 1 'CSPAD: not in' calib-dark $run -d CSPAD2x2,CSPAD -w absent
ok 'first share' calib-dark $run -d CSPAD2x2,CSPAD -w pa --part 1/2
has .err 'warning: CSPAD: not in'
ok 'second share' calib-dark $run -d CSPAD2x2,CSPAD -w pa --part 2/2
fails 1 'CSPAD: not in' calib-dark --merge pa/*.h5 -w pm
for f in absent/*; do same "$f" "pm/${f##*/}"; done
fails 1 'none of the detectors' calib-dark $run -d CSPAD -w pn --part 1/2
