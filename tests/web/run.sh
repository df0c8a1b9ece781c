#!/bin/sh
# tests/web/run.sh - pages of ours in a real browser: chromium without a screen, driven by
# python3-selenium.  Each test is a program tests/web/*.py; a missing package is a skip.
here=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-/usr/bin/python3}
missing=
for c in chromium chromedriver; do command -v $c >/dev/null || missing="$missing $c"; done
"$python" -c 'import selenium' 2>/dev/null || missing="$missing python3-selenium"
"$python" -c 'import numpy' 2>/dev/null || missing="$missing python3-numpy"
passed=0 failed=0 skipped=0
for t in "$here"/tests/web/test_*.py; do
	name=tests/web/$(basename "$t")
	if [ -n "$missing" ]; then
		echo "skip  $name: not installed:$missing"; skipped=$((skipped + 1)); continue
	fi
	dir=$(mktemp -d "${TMPDIR:-/tmp}/calibweb.XXXXXX")
	if (cd "$dir" && PYTHONPATH="$here/tests/web" timeout "${TEST_TIMEOUT:-300}" "$python" "$t") >"$dir/.log" 2>&1; then
		echo "ok    $name"; passed=$((passed + 1)); rm -rf "$dir"
	else
		echo "FAIL  $name"; sed 's/^/      /' "$dir/.log" | tail -30; failed=$((failed + 1)); rm -rf "$dir"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
