#!/bin/sh
# tests/run.sh - run tests side by side; status 0 passed, 77 skipped, anything else failed
# Prints one line a test, the output of those that fail, and a closing count.
set -u
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/calibtools.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat >"$tmp/one" <<'ONE'
t=$1 dir=$2
name=$(printf '%s' "$t" | tr / _)
case $t in
*.sh) timeout "${TEST_TIMEOUT:-300}" sh "$t" ;;
*) timeout "${TEST_TIMEOUT:-300}" "$t" ;;
esac >"$dir/$name.out" 2>&1 </dev/null
status=$?
case $status in
0)  echo "ok    $t"; echo p >>"$dir/results" ;;
77) echo "skip  $t: $(tail -n 1 "$dir/$name.out")"; echo s >>"$dir/results" ;;
*)  { echo "FAIL  $t (status $status)"; sed 's/^/      /' "$dir/$name.out" | tail -n "${LINES_SHOWN:-60}"; }
    echo f >>"$dir/results" ;;
esac
ONE
: >"$tmp/results"
printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh "$tmp/one" '{}' "$tmp"
count() { grep -c "^$1" "$tmp/results"; }
failed=$(count f)
echo "$(count p) passed, $failed failed, $(count s) skipped"
[ "$failed" -eq 0 ]
