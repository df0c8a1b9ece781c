# calib-dark --dark-check: no alarm on runs that are dark, of any detector
. "$(dirname "$0")/../lib.sh"
run=0
# sim OPTIONS: the next run; dark OPTIONS: its statistics in work/, its verdict in v
sim() { run=$((run + 1)); ok "run $run" calib-sim -e xppi0613 -r "$run" -o data --size 48,64 "$@"; }
dark() { ok "dark of run $run" calib-dark -e xppi0613 -r "$run" --root data -w work --verdict v "$@"; }
# all checks but the named ones are ok
others_ok() {
	awk -F'\t' -v c=" $* " '!/^#/ && !index(c, " " $2 " ") && $5 != "ok" { print; n++ } END { exit n > 0 }' v ||
		die "false alarm: $(cat v)"
}

# every detector, long and short, whatever the algorithm and the pixels: no alarm
for d in $(calib-sim --list); do
	case $d in
	EpixS|Imp|Opal2000|Opal4000|Opal8000) continue ;; # no images for psana; as Opal1000
	Jungfrau) steps=3 ;;
	Epix10ka*) steps=5 ;;
	*) steps=1 ;;
	esac
	sim -d "$d" -n $((10 * steps)) --steps $steps --hot 0.01 --dead 0.01 --noisy 0.01 --stuck 0.01 --flicker 0.01
	dark -d "$d"
	others_ok
	grep -q "	bright	0	" v || die "$d: no verdict: $(cat v)"
	lacks .err 'not a good dark run'
	rm -rf data
done
for options in '--algo robust' '--algo plain' '--algo gated2016' '--algo calibrun2024' '--noise 0.3' '--noise 80'; do
	case $options in
	--algo*) sim -d pnCCD -n 40 --hot 0.01 --flicker 0.01 --codes 40,140:0.5; dark -d pnCCD $options ;;
	*) sim -d pnCCD -n 40 $options; dark -d pnCCD ;;
	esac
	others_ok
	grep -q '	tail	[01]' v || die "no tails: $(cat v)"
	rm -rf data
done

# the stacks of the reference programs: nothing but the one bright event that each of them has
need_golden dark
find "$g" -name raw.npy >stacks
while read -r f; do
	for a in robust plain; do
		case $f in *float*) continue ;; esac
		ok "$f" calib-dark --algo $a "$f" -w work --verdict v
		others_ok bright
	done
done <stacks
