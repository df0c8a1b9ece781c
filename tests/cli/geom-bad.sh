# Geometry files that are wrong end in one line with file and line; odd but valid ones are read.
. "$(dirname "$0")/../lib.sh"
line() { printf '%s\n' "$@"; }
seg='MTRX:V2:4:6:50:50'
good="IP 0 $seg 0 0 0 -9 0 0 0 0 0 0"
bad() { # bad 'text in the message' LINE...
	text=$1; shift
	line "$@" >bad.data
	fails 1 "$text" calib-geom info bad.data
	[ "$(wc -l <.err)" -eq 1 ] || die "more than one line: $(cat .err)"
}
bad 'bad.data:2: 12 columns, 13 expected' '# c' "IP 0 $seg 0 0 0 -9 0 0 0 0 0"
bad 'bad.data:1: 15 columns' "$good # text"
bad "bad.data:1: tilt_y: '0.0x1' is not a number" "IP 0 $seg 0 0 0 -9 0 0 0 0 0.0x1 0"
bad "bad.data:1: z0: 'nan' is not a number" "IP 0 $seg 0 0 0 nan 0 0 0 0 0 0"
bad "x0: 'inf' is not" "IP 0 $seg 0 inf 0 0 0 0 0 0 0 0"
bad "object index: '-1' is not" "IP 0 $seg -1 0 0 0 0 0 0 0 0 0"
bad "parent index: '0.5' is not" "IP 0.5 $seg 1 0 0 0 0 0 0 0 0 0"
bad 'bad.data:2: second root CAM 0, the first is IP 0' "$good" "CAM 0 $seg 1 0 0 0 0 0 0 0 0 0"
bad 'bad.data:1: A 0 is its own parent' "A 0 A 0 0 0 0 0 0 0 0 0 0"
bad 'is its own ancestor' "$good" "A 0 B 0 0 0 0 0 0 0 0 0 0" "B 0 A 0 0 0 0 0 0 0 0 0 0"
bad 'bad.data:1: SENS3X1:V1 0 is no known segment type' "IP 0 SENS3X1:V1 0 0 0 0 0 0 0 0 0 0"
bad "bad.data:1: 'MTRX:V2:4:x:50:50' is not MTRX:ROWS" "IP 0 MTRX:V2:4:x:50:50 0 0 0 0 0 0 0 0 0 0"
bad "'MTRX:V2:4:5:0:50' is not" "IP 0 MTRX:V2:4:5:0:50 0 0 0 0 0 0 0 0 0 0"
bad 'bad.data:3: CAM 0 was already described in line 1' "IP 0 CAM 0 0 0 0 0 0 0 0 0 0" \
	"CAM 0 $seg 0 0 0 0 0 0 0 0 0 0" "IP 0 CAM 0 0 0 0 0 0 0 0 0 0"
bad 'bad.data:2: SENS2X1:V1 0 has another shape' "$good" 'IP 0 SENS2X1:V1 0 0 0 0 0 0 0 0 0 0'
bad 'no object is described' '# nothing'
printf 'IP 0 A\0B 0\n' >nul.data
fails 1 'nul.data:1: a NUL byte' calib-geom info nul.data
fails 1 'cannot open' calib-geom info none.data
awk 'BEGIN { for (i = 0; i < 40; i++) print "L" i, 0, "L" i + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	print "L40 0 MTRX:V2:2:2:1:1 0 0 0 0 0 0 0 0 0 0" }' >deep.data
fails 1 'below a loop or more than 32 levels' calib-geom info deep.data

# tabs, CR LF, no newline at the end, a child before its parent
printf 'CAM\t0\t%s\t0\t1\t2\t3\t90\t0\t0\t0\t0\t0\r\n\r\nIP 0 CAM 0 0 0 7 0 0 0 0 0 0' "$seg" >odd.data
ok 'odd forms are read' calib-geom move -g odd.data CAM:0 1 1 1
cat >want <<'X'

CAM           0 MTRX:V2:4:6:50:50   0         1        2        3        90          0          0     0.00000  0.00000  0.00000
IP            0 CAM           0         1        1       -6         0          0          0     0.00000  0.00000  0.00000
X
same .out want
line '###   two words  ' '#' '# x' "$good" >comments.data
ok 'comments' calib-geom move -g comments.data $seg:0 0 0 0
printf '# two words\n# \n\n' >want
head -n 3 .out >got
same got want
ok 'half numbers round to even' sh -c "printf 'IP 0 $seg 0 0.5 1.5 -2.5 0.0005 0 0 0 0 0\n' | calib-geom move $seg:0 0 0 0"
has .out '0        2       -2'
ok 'all digits on request' sh -c "printf 'IP 0 $seg 0 0.5 1.5 -2.5 0.0005 0 0 0 0 0\n' | calib-geom move --precise $seg:0 0 0 0"
has .out '0.5      1.5     -2.5    0.0005'

# a million lines, all in one group: read, and an array too large for memory refused in time
awk 'BEGIN { for (i = 0; i < 1000000; i++) print "IP 0 MTRX:V2:1:1:1:1", i, i, 0, 0, 0, 0, 0, 0, 0, 0 }' >many.data
ok 'a million objects' sh -c 'calib-geom coords --axis x many.data -o x.npy'
line "IP 0 MTRX:V2:100000:100000:1:1 0 0 0 0 0 0 0 0 0 0" >huge.data
fails 1 '' sh -c 'ulimit -v 4000000; calib-geom coords huge.data -o x.npy'
[ -s .err ] || die 'no message'
line "IP 0 MTRXANY:V1 0 0 0 0 0 0 0 0 0 0" >any.data
fails 1 'the size of MTRXANY:V1 is that of the data' calib-geom coords any.data -o x.npy
line "$good" >good.data
fails 1 'the geometry has no object Q:1; it has' calib-geom coords Q:1 -g good.data -o x.npy
fails 1 'IP:0 is the root' calib-geom move -g good.data IP:0 1 1 1
fails 2 '3 numbers' calib-geom move -g good.data IP:0 1 1
fails 2 'nothing to set' calib-geom set -g good.data $seg:0
fails 2 'needs -r RUN' calib-geom info -e xppi0613
ok 'set keeps what is not given' calib-geom set -g good.data $seg:0 --x0=5 --tilt_y=0.25
has .out '5        0       -9         0          0          0     0.00000  0.25000  0.00000'
ok 'tilts are called x y z' calib-geom tilt -g good.data -- $seg:0 1 2 -3
has .out ' -3.00000  2.00000  1.00000'
ok 'an array of the wrong size' sh -c 'printf "1 2\n3 4\n" >small.txt'
fails 1 'small.txt: shape 2x2, 4 values; the geometry has 1x4x6, 24 pixels' \
	calib-geom image -g good.data small.txt -o x.npy

# the geometry in force for a run
d='calib/CsPad::CalibV1/XppGon.0:Cspad.0/geometry'
mkdir -p "$d"
line "IP 0 SENS2X1:V1 0 7 0 0 0 0 0 0 0 0" >"$d/0-end.data"
line "IP 0 SENS2X1:V1 0 8 0 0 0 0 0 0 0 0" >"$d/100-120.data"
for run in 99:7 100:8 121:7; do
	ok "run $run" calib-geom info --json -c calib -r "${run%:*}" -d XppGon.0:Cspad.0
	has .out "\"x0_um\":${run#*:}"
done
fails 1 'no geometry for run 5' calib-geom info -c calib -r 5 -d XppGon.0:Cspad.1
