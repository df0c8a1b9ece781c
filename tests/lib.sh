# tests/lib.sh - sourced by the shell tests: a private directory, and claims that fail loudly
# A test is a sequence of:
#   ok 'claim' COMMAND...            COMMAND exits 0
#   fails STATUS 'text' COMMAND...   COMMAND exits STATUS and stderr holds 'text'
#   same FILE FILE                   equal bytes
# The first false claim ends the test with status 1.
set -u
LC_ALL=C
TZ=UTC
export LC_ALL TZ
here=$(cd "$(dirname "$0")/../.." && pwd)
golden=
for d in "$here/../shared/golden" "$here/tests/golden"; do
	[ -z "$golden" ] && [ -d "$d" ] && golden=$d
done
own_golden=$here/tests/golden
tmp=$(mktemp -d "${TMPDIR:-/tmp}/calibtest.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
cd "$tmp" || exit 1
# the configuration of this machine is none of the tests'
XDG_CONFIG_HOME=$tmp/.config
export XDG_CONFIG_HOME
for v in $(env | sed -n 's/^\(CALIB_[A-Z_]*\)=.*/\1/p'); do unset "$v"; done
[ ! -e /etc/calibtools.yaml ] || { CALIB_CONFIG=/dev/null; export CALIB_CONFIG; }

die() { echo "FAILED: $*"; exit 1; }
skip() { echo "$*"; exit 77; }
ok() {
	claim=$1; shift
	"$@" >"$tmp/.out" 2>"$tmp/.err" || { st=$?; cat "$tmp/.out" "$tmp/.err"; die "$claim (status $st): $*"; }
}
fails() {
	want=$1 text=$2; shift 2
	st=0
	"$@" >"$tmp/.out" 2>"$tmp/.err" || st=$?
	[ "$st" -eq "$want" ] || { cat "$tmp/.err"; die "status $st, expected $want: $*"; }
	grep -qF -- "$text" "$tmp/.err" || { cat "$tmp/.err"; die "stderr lacks '$text': $*"; }
}
same() { cmp "$1" "$2" || die "$1 and $2 differ"; }
has() { grep -qF -- "$2" "$1" || { cat "$1"; die "$1 lacks '$2'"; }; }
lacks() { ! grep -qF -- "$2" "$1" || { cat "$1"; die "$1 has '$2'"; }; }
# A golden directory: of the project's own copies, or beside the project; else skip.
need_golden() {
	if [ -d "$here/../shared/golden/$1" ]; then g=$here/../shared/golden/$1
	elif [ -d "$own_golden/$1" ]; then g=$own_golden/$1
	else skip "golden data '$1' not here"; fi
}
# Python with numpy (Debian's python3-numpy serves /usr/bin/python3).
need_numpy() {
	for python in /usr/bin/python3 python3; do
		"$python" -c 'import numpy' 2>/dev/null && return
	done
	skip "python3-numpy is not installed"
}
