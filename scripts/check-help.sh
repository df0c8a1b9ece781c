#!/bin/sh
# Options of --help = options of the manual page, for every program and verb.
# usage: check-help.sh BINDIR
cd "$(dirname "$0")/.." || exit 1
bin=$1
bad=0
options() { # long options that --help lists, one a line
	"$@" --help 2>&1 | grep -oE '(^|[ ,])--[a-z][a-z0-9_-]*' | sed 's/^[ ,]*//' | sort -u
}
compare() { # compare PAGE TEXT... : every option of the command's help stands in the page
	page=$1; shift
	for o in $(options "$@"); do
		plain=${o#--}
		grep -qE -- "(Fl Fl|\\\\-\\\\-) ?$plain([ =]|\$)" "$page" || {
			echo "$page: $* --help has $o, the manual has not"; bad=1; }
	done
	# --help fits 80 columns
	"$@" --help 2>&1 | awk -v c="$*" 'length($0) > 80 { print c " --help: line of " length($0) " columns"; bad = 1 } END { exit bad }' || bad=1
}
for prog in "$bin"/calib*; do
	name=$(basename "$prog")
	page=man/$name.1
	[ -f "$page" ] || { echo "$page is missing"; bad=1; continue; }
	verbs=$("$prog" --help | awk '/^Usage: .* VERB/ {v=1} v && /^  [a-z0-9]+ / {print $1}')
	if [ -n "$verbs" ]; then
		all=
		for v in $verbs; do
			compare "$page" "$prog" "$v"
			all="$all $(options "$prog" "$v")"
		done
	else
		compare "$page" "$prog"
		all=$(options "$prog")
	fi
	# the other way round: nothing in the manual that the program lacks
	for o in $(grep -oE '^\.It .*' "$page" | grep -oE 'Fl Fl [a-z][a-z0-9_-]*' | sed 's/Fl Fl //' | sort -u); do
		echo "$all" | tr ' ' '\n' | grep -qx -- "--$o" || { echo "$page has --$o, $name --help has not"; bad=1; }
	done
done
exit $bad
