# bash completion of calibtools: options and verbs from --help, so that they are always those of the
# programs installed; detectors from calib-scan --list-detectors
_calibtools()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local -a help=("${COMP_WORDS[0]}")
	local verbs
	verbs=$("${help[@]}" --help 2>/dev/null | awk '/^Usage: .* VERB/ { v = 1 } v && /^  [a-z0-9]+ / { print $1 }')
	if [ -n "$verbs" ]; then
		if [ "$COMP_CWORD" -eq 1 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$cur")
			return
		fi
		help+=("${COMP_WORDS[1]}")
	fi
	case $prev in
	-d|--detector)
		mapfile -t COMPREPLY < <(compgen -W "$(calib-scan --list-detectors 2>/dev/null | awk '!/^#/ { print $1 }')" -- "${cur##*,}")
		[[ $cur == *,* ]] && COMPREPLY=("${COMPREPLY[@]/#/${cur%,*},}")
		return ;;
	--algo)
		mapfile -t COMPREPLY < <(compgen -W "robust plain gated2016 calibrun2024" -- "$cur")
		return ;;
	esac
	# words to choose from, as in "Usage: calib-deploy store [OPTION...] info|list|get"
	if [[ $cur != -* ]] && [ "$COMP_CWORD" -eq "${#help[@]}" ]; then
		local words
		words=$("${help[@]}" --usage 2>/dev/null | tr ' ' '\n' | grep -E '^[a-z]+(\|[a-z]+)+$' | tr '|' ' ')
		if [ -n "$words" ]; then
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
			return
		fi
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$("${help[@]}" --help 2>/dev/null | grep -oE '(^|[ ,])--[a-z][a-z0-9_-]*' | tr -d ' ,')" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _calibtools calibrun calib-dark calib-deploy calib-geom calib-hotpix calib-nda calib-plot calib-roi calib-scan calib-sim
