# tests/live.sh - sourced by the tests of runs that are being written, after tests/lib.sh
need_numpy
x=xpp/xppi0613/xtc src=$tmp/data/xpp/xppi0613/xtc
dets=Opal1000,CSPAD2x2
ok 'a run' calib-sim -e xppi0613 -r 12 -d $dets --size 20,30 -n 130 --streams 3 --chunks 3 \
	--steps 4 --drop 0.1 --bright 0.03 --seed 7 -o data
touch -d @1000000000 "$src"/*
record() { "$python" "$here/tests/tools/record.py" "$@" || die "the recorder: $*"; }
# follow NAME COMMAND... : run it while nothing is there yet; its output goes to NAME.out
follow() { name=$1; shift; "$@" >"$name.out" 2>"$name.err" & pid=$!; }
# ended STATUS: the follower is done
ended() { st=0; wait $pid || st=$?; [ $st -eq "$1" ] || { cat "$name.err"; die "$name: status $st, expected $1"; }; }
# The run of that name as the directory "run", so that no name of a file tells the results apart.
use() { rm -rf run; mkdir -p "run/$x"; }
# what the finished run gives, for OPTIONS
finished() { rm -rf want; ok "finished: $*" calib-dark -e xppi0613 -r 12 --root run -d $dets -w want "$@"; }
compare() { diff -r want got >differ || { cat differ; die "$1: not the result of the finished run"; }; }

