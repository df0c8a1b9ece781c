# calib-deploy put lets nothing wrong in: light in the run, another gain, another detector, cut files.
. "$(dirname "$0")/../lib.sh"

op='XppEndstation.0:Opal1000.0' ep='MfxEndstation.0:Epix10ka.0'
dark() { # dark RUN SIM-OPTION...: constants of a run, as rows of a list in rowsRUN
	run=$1; shift
	calib-sim -e xppi0613 -r $run -d Opal1000,Epix10ka --size 64,64 -n 100 --steps 5 -o . "$@" >/dev/null &&
	calib-dark -e xppi0613 -r $run -d Opal1000,Epix10ka --root . -w w$run --keep-bright >rows$run 2>err &&
	calib-hotpix w$run/*stat*.h5 -w w$run --max-bad 1 >>rows$run 2>>err || { cat err; die "run $run"; }
}
of() { echo "w$1/clb-xppi0613-r000$1-peds-$2-$3.txt"; }
refused() { # refused TEXT COMMAND...
	text=$1; shift
	fails 1 "$text" "$@"
	has .err '(--force deploys it all the same)'
	[ -z "$(diff -rq calib before)" ] || die "refused, but something changed: $*"
}
put() { calib-deploy put -c calib "$@"; }

# a good run, the next good run
dark 1; dark 2 --seed 1
ok 'the first' calib-deploy put --list -c calib <rows1
rm -rf first; cp -r calib first
ok 'the next' calib-deploy put --list -c calib <rows2
lacks .err 'not checked'
rm -rf calib; cp -r first calib; cp -r calib before

# light in every frame: the whole set is refused, with the numbers
dark 3 --bright 1
refused 'Opal1000.0.txt: the pedestals differ from those in force for run 3 by ' calib-deploy put --list -c calib <rows3
has .err 'Epix10ka.0.txt: the pedestals of gain range FH differ from those in force'
has .err 'times the rms (median), more than --max-shift 20, and 100.0 % of the pixels by more than 5 rms'
has .err 'files are refused, nothing is deployed'
ok 'as it is meant' calib-deploy put --list -c forced --force <rows3
# light on a part of it; a uniform drift is no such light
f=$(of 1 ave $op)
awk '/^#/ || NF == 0 { print; next } { n++; for (i = 1; i <= NF; i++) printf "%s%.3f", (i > 1 ? " " : ""), $i + (n <= 24 ? 40 : 6); print "" }' $f >part
refused '37.5 % of the pedestals have left those in force for run 5 by more than 5 rms otherwise than the median pixel, more than --max-moved 0.25' put -s $op -t pedestals -v 5-end part
ok 'it may' put -s $op -t pedestals -v 5-end --max-moved 0.5 part
rm -r calib; cp -r before calib
awk '/^#/ || NF == 0 { print; next } { for (i = 1; i <= NF; i++) printf "%s%.3f", (i > 1 ? " " : ""), $i + 9; print "" }' $f >drift
ok 'drift' put -s $op -t pedestals -v 5-end drift
rm -r calib; cp -r before calib

# gain ranges in another order: two of seven, which the median of all would not show
f=$(of 1 ave $ep)
swap() { # swap A B: the lines of two of the seven ranges of 352 lines change places
	awk -v a=$1 -v b=$2 '/^#/ || NF == 0 { print; next } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) { g = int(i / 352); g = g == a ? b : g == b ? a : g; print line[g * 352 + i % 352] } }' $f
}
swap 0 2 >swapped
refused 'the pedestals of gain range FH differ from those in force' put -s $ep -t pedestals -v 5-end swapped
swap 4 6 >swapped
refused 'the pedestals of gain range AML-M differ from those in force' put -s $ep -t pedestals -v 5-end swapped

# constants of another detector: by their header, by their size, by the others of the list
f=$(of 1 ave $op)
refused "is of '$op', as its line # SOURCE says, not of 'XppEndstation.0:Opal1000.1'" put -s XppEndstation.0:Opal1000.1 -t pedestals -v 5-end $f
refused "holds 'rms', as its header says, no pedestals" put -s $op -t pedestals -v 5-end $(of 1 rms $op)
refused "holds 'status', as its header says, no pixel_rms" put -s $op -t pixel_rms -v 5-end w1/*mask-hot*$op.txt
ok 'a background is an average' put -s $op -t pixel_bkgd -v 5-end $f
rm -r calib; cp -r before calib
grep -v '^#' $f >bare
refused "must have 352x384 or 7x that" put -s $ep -t pedestals -v 5-end bare
awk 'BEGIN { for (i = 0; i < 48; i++) { for (j = 0; j < 64; j++) printf "100 "; print "" } }' >other
refused 'shape 48x64, the pedestals in force for run 5 have 64x64: another detector, or another binning?' put -s $op -t pedestals -v 5-end other
refused 'shape 48x64, the pedestals in force for run 5 have 64x64' put -s $op -t pixel_gain -v 5-end other
{ echo "# SOURCE  $op"; cat other; } >binned
ok 'of this source, binned' put -s $op -t pedestals -v 5-end binned
has .err 'have 64x64: the change is not checked'
rm -r calib; cp -r before calib
awk 'BEGIN { for (i = 0; i < 64; i++) { for (j = 0; j < 64; j++) printf "1 "; print "" } }' >ones
printf 'other\tXppEndstation.0:Opal1000.1\tpedestals\t1-end\nones\tXppEndstation.0:Opal1000.1\tpixel_rms\t1-end\n' >list
fails 1 "'ones' has 4096 values, 'other' of the same source has 3072" calib-deploy put --list -c none <list
[ ! -e none ] || die 'refused, but something was written'

# cut files: within a number, within a line, at the end of a line, with the header alone
n=$(wc -c <$f)
for cut in 3 100 $((n / 2)); do
	head -c $((n - cut)) $f >cut.txt
	refused '' put -s $op -t pedestals -v 5-end cut.txt
	grep -q 'cut.txt: .*\(is it cut off\|fields\|numbers\|values\)' .err || { cat .err; die "cut by $cut"; }
done
head -n 40 $f >cut.txt
refused 'values, the shape 64x64 of the header wants 4096' put -s $op -t pedestals -v 5-end cut.txt
grep -v '^#' $f | head -n 40 >cut.txt
refused 'shape 38x64' put -s $op -t pedestals -v 5-end cut.txt
printf '1 2\n3 4' >cut.txt
fails 1 'ends within its last line, is it cut off?' calib-deploy put -c none -s $op -t pedestals -v 5-end cut.txt

# status: what it gains and loses
s=$(ls w1/*mask-hot*$op.txt)
awk '/^#/ || NF == 0 { print; next } { n++; for (i = 1; i <= NF; i++) printf "%s%d", (i > 1 ? " " : ""), n <= 4 ? 1 : 0; print "" }' $s >worse
refused 'pixels turn bad and ' put -s $op -t pixel_status -v 5-end worse
has .err '% of all, more than --max-flipped 0.05'
ok 'it may' put -s $op -t pixel_status -v 5-end --max-flipped 0.1 worse
rm -rf before; cp -r calib before
refused '256 good' put -s $op -t pixel_status -v 6-end $s

# every limit is an option of its own, with the same spelling everywhere
ok 'help' calib-deploy put --help; cp .out help
for o in max-bad max-shift max-moved max-flipped; do
	has help "--$o"
	fails 2 "--$o: 'x' is not a number" put --$o x -s $op -t pedestals -v 5-end $f
	ok 'with an underscore' put --dry-run "--$(echo $o | tr - _)" 1 -s $op -t pedestals -v 5-end $f
done
