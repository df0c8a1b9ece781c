# The examples of every manual page work when pasted; --help and the pages list the same options.
. "$(dirname "$0")/../lib.sh"
SIT_PSDM_DATA=$tmp/none; export SIT_PSDM_DATA
n=0
for page in "$here"/man/*.1; do
	name=$(basename "$page" .1)
	awk '/^\.Sh / { on = /EXAMPLES/ } on && /^\$ / { sub(/^\$ /, ""); gsub(/\\e/, "\\"); print }' "$page" >commands
	[ -s commands ] || die "$name: no example"
	mkdir "$name"
	(cd "$name" && sh -eu ../commands) >out 2>err || { cat err; die "$name: an example fails"; }
	n=$((n + 1))
done
[ $n -ge 7 ] || die "only $n pages"
dir=$(dirname "$(command -v calibrun)")
ok 'options' sh "$here/scripts/check-help.sh" "$dir"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning "$here"/man/*.[157] | grep -v 'referenced manual not found' >lint
	[ ! -s lint ] || { cat lint; die 'mandoc complains'; }
fi
