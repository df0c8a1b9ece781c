# calib-plot: pixels, tables, geometry, texts with room, odd arrays, the terminal.
. "$(dirname "$0")/../lib.sh"
need_golden pictures
need_numpy
ok 'pictures' env PYTHONPATH="$here/tests/cli" "$python" "$here/tests/cli/plot.py" "$g"
