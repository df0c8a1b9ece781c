# calib-plot: pixels, tables, geometry, texts with room, odd arrays, the terminal.
. "$(dirname "$0")/../lib.sh"
need_golden pictures
need_numpy
# what fontconfig keeps until the end is not ours
printf 'leak:libfontconfig\n' >lsan
LSAN_OPTIONS=suppressions=$PWD/lsan:print_suppressions=0; export LSAN_OPTIONS
ok 'pictures' env PYTHONPATH="$here/tests/cli" "$python" "$here/tests/cli/plot.py" "$g"
