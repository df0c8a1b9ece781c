# bash completion offers the options of --help, the verbs and the detectors, and nothing else.
. "$(dirname "$0")/../lib.sh"
command -v bash >/dev/null || skip 'bash is not installed'
offer() { # offer WORD... : what completes the last word
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _calibtools; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$here/scripts/completion/calibtools.bash" "$@" | sort -u
}
dir=$(dirname "$(command -v calibrun)")
for p in "$dir"/calib*; do
	name=$(basename "$p")
	grep -q "^complete .* $name\( \|\$\)" "$here/scripts/completion/calibtools.bash" || die "$name is not completed"
	case $name in calib-nda|calib-deploy|calib-geom|calib-roi) continue ;; esac
	offer "$name" -- >got
	"$name" --help | grep -oE '(^|[ ,])--[a-z][a-z0-9_-]*' | tr -d ' ,' | sort -u >want
	same got want
	[ "$(wc -l <got)" -gt 8 ] || die "$name: hardly any option"
done
offer calib-nda co >got; printf 'compare\nconvert\n' >want; same got want
offer calib-geom x >got; echo xlsx2txt >want; same got want
offer calib-geom metrology --la >got; echo --layout >want; same got want
offer calib-geom in >got; printf "index\ninfo\n" >want; same got want
offer calib-geom move --d >got; printf -- "--detector\n--dx\n--dy\n--dz\n" >want; same got want
offer calib-roi m >got; printf 'mask\nmerge\n' >want; same got want
offer calib-roi merge --st >got; printf -- '--status\n--status-bits\n' >want; same got want
offer calib-deploy put --runr >got; echo --runrange >want; same got want
offer calib-deploy store de >got; printf 'default\ndelete\n' >want; same got want
offer calib-deploy status --re >got; echo --reference >want; same got want
offer calibrun -d CSPAD,Opal10 >got; echo CSPAD,Opal1000 >want; same got want
