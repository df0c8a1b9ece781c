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
