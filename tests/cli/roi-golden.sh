# calib-roi: shapes on ten default geometries, masks of images, pixels and sensors, bit by bit.
. "$(dirname "$0")/../lib.sh"
need_golden roi/geo/geometry
need_numpy
ok 'golden masks' "$python" "$here/tests/cli/roi-golden.py" "$g/.."
cat "$tmp/.out"
