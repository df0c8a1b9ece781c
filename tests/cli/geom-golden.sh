# Every golden geometry: text written back, coordinates, indexes, images, areas and masks bit for bit.
. "$(dirname "$0")/../lib.sh"
need_golden geometry
need_numpy
ok 'golden geometries' "$python" "$here/tests/cli/geom-golden.py" "$g"
cat "$tmp/.out"
