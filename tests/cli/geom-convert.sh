# CrystFEL files byte for byte as the reference writes them, psf numbers, JSON.
. "$(dirname "$0")/../lib.sh"
need_golden geometry
need_numpy
n=0
for gz in "$g"/crystfel/*-cframe[01].geom.gz; do
	name=$(basename "$gz" .geom.gz)
	frame=lab
	[ "${name##*-cframe}" = 1 ] || frame=psana
	name=${name%-cframe?}
	case $name in
	real-*) file=$g/real/${name#real-}.data ;;
	*) file=$g/defaults/geometry-def-$name.data ;;
	esac
	[ -f "$file" ] || die "$file is missing"
	gzip -dc "$gz" >want
	ok "$name $frame" calib-geom convert --to crystfel --frame $frame "$file" -o got
	same got want
	n=$((n + 1))
done
[ $n -ge 20 ] || die "only $n files"
cat >psf.py <<'X'
import gzip, json, subprocess, sys, glob, os
top, n = sys.argv[1], 0
for gz in sorted(glob.glob(top + '/json/*.json.gz')):
    want = json.load(gzip.open(gz))
    name = os.path.basename(gz)[:-8]
    if 'psf_cframe0' not in want or name == 'cspad2x2':  # the reference mixes its two sensors
        continue
    path = top + ('/real/%s.data' % name[5:] if name.startswith('real-') else '/defaults/geometry-def-%s.data' % name)
    for frame in '01':
        psf = want['psf_cframe' + frame]
        if not isinstance(psf, list):
            continue
        out = subprocess.run(['calib-geom', 'convert', '--to', 'psf', '--frame', ['psana', 'lab'][int(frame)], path],
                             stdout=subprocess.PIPE, check=True).stdout.decode()
        line = '\n%12.3f %12.3f %12.3f  %8.3f %8.3f %8.3f  %8.3f %8.3f %8.3f'
        text = ''.join(line % tuple(v for vec in chip for v in vec) for chip in psf)
        if out != text:
            sys.exit('%s frame %s: psf differs' % (name, frame))
        n += 1
if n < 20:
    sys.exit('only %d' % n)
X
ok 'psf' "$python" psf.py "$g"
ok 'json' sh -c 'calib-geom convert --to json "$1" | "$2" -c "import json,sys; o = json.load(sys.stdin); assert len(o) == 33 and o[0][\"parent\"] == \"CSPAD:V2\", o"' - "$g/defaults/geometry-def-cspad.data" "$python"
fails 2 "--to: 'x' is not" calib-geom convert --to x

# and back: the numbers of the reference, in its precision
n=0
while read -r name type; do
	for c in 0 1; do
		gzip -dc "$g/crystfel/$name-cframe$c.geom.gz" >in.geom
		ok "$name back" calib-geom convert --from "$type" --to psana --precise in.geom -o back.data
		grep -v '^#' "$g/crystfel/$name-cframe$c.back.data" >want.data
		ok "$name $c" calib-geom diff --deg 0.0000051 want.data back.data
		grep '^# CFELCMT' "$g/crystfel/$name-cframe$c.back.data" >want
		grep '^# CFELCMT' back.data >got
		same got want
		n=$((n + 1))
	done
done <<X
cspad cspadv2
epix10ka2m epix10ka
jungfrau4m jungfrau
pnccd pnccd
X
[ $n -eq 8 ] || die "only $n files"
awk '!/^p2a0\/fs/' in.geom >lacks.geom
fails 1 "panel p2a0 lacks fs, ss, corner_x or corner_y; 'pnccd' needs 4 sensors" \
	calib-geom convert --from pnccd --to psana lacks.geom
sed 's/^p1a0\/fs = .*/p1a0\/fs = 1 2 3/' in.geom >vector.geom
fails 1 "vector.geom:$(grep -n '^p1a0/fs' in.geom | cut -d: -f1): fs: '1 2 3' is not a vector" \
	calib-geom convert --from pnccd --to psana vector.geom
sed 's/^p0a0\/corner_y = .*/p0a0\/corner_y = 1e/' in.geom >number.geom
fails 1 "corner_y: '1e' is not a number" calib-geom convert --from pnccd --to psana number.geom
echo 'no equals' >line.geom
fails 1 "line.geom:1: 'no equals' is not KEY = VALUE" calib-geom convert --from pnccd --to psana line.geom
sed 's/ = /=/' in.geom >tight.geom
ok 'no blanks at =' calib-geom convert --from pnccd --to psana --precise tight.geom -o tight.data
grep -v '^#' back.data >a; grep -v '^#' tight.data >b; same a b
: >empty.geom
fails 1 'empty.geom: empty' calib-geom convert --from pnccd --to psana empty.geom
