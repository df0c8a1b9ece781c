#!/bin/sh
# tests/fuzz/run.sh - every fuzz target for TIME seconds, on a copy of its corpus
# Called by make check-fuzz with MAKE and TIME.  What breaks a target stays in build/fuzz/found;
# the other targets are still run.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=build/fuzz
found=$B/found
tmp=$(mktemp -d "${TMPDIR:-/tmp}/calibtools.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
san='-fsanitize=address,undefined -fno-sanitize-recover=undefined'

printf 'int LLVMFuzzerTestOneInput(const char *, unsigned long);\n' >"$tmp/probe.c"
printf 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p == 0 && n; }\n' >>"$tmp/probe.c"
# shellcheck disable=SC2086
if ! clang $san -fsanitize=fuzzer "$tmp/probe.c" -o "$tmp/probe" 2>/dev/null; then
	echo "check-fuzz: skipped: no clang with libFuzzer here (Debian: clang, libclang-rt-14-dev)"
	exit 0
fi
${MAKE:-make} B=$B CC=clang CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $san" \
	LDFLAGS=-fsanitize=fuzzer FUZZ_MAIN= fuzz || exit 1

mkdir -p "$found"
failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	cp -R "tests/fuzz/corpus/${name#fuzz_}" "$tmp/$name" || exit 1
	TMPDIR=$tmp "$B/tests/fuzz/$name" -max_total_time="${TIME:-60}" -timeout=20 \
		-rss_limit_mb=3000 -print_final_stats=1 -artifact_prefix="$found/$name-" \
		"$tmp/$name" >"$tmp/$name.log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/$name.log")
	if [ "$status" -eq 0 ]; then
		echo "ok    $name: ${runs:-0} runs"
	else
		failed=$((failed + 1))
		cp "$tmp/$name.log" "$found/$name.log"
		echo "FAIL  $name (status $status): $found/$name.log"
		grep -E 'ERROR|runtime error|broken promise|Test unit written' "$tmp/$name.log"
	fi
done
exit "$((failed > 0))"
