# calibrun does what the documented calibrun did, for all command lines of golden/calibrun, but
# for the differences that its README lists.
. "$(dirname "$0")/../lib.sh"
need_golden calibrun
command -v python3 >/dev/null || skip 'python3 is not installed'
ok 'a run with the four sources' calib-sim -e xppi0613 -r 173 -n 30 --noise 1.5 --size 48,64 --codes 40:0.5,140 \
	-d CSPAD@XppGon.0:Cspad.0,Opal1000@XppEndstation.0:Opal1000.1,Opal1000@XppEndstation.0:Opal1000.0,CSPAD2x2@XppGon.0:Cspad2x2.0 \
	-o data
cat >run.py <<'E2'
import json, os, re, shlex, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

golden, data = sys.argv[1], os.path.abspath('data/xpp')
env = dict(os.environ, CALIB_USER='poc', CALIB_HOST='testhost')
usage = {'no run', 'no experiment', 'no detector', 'unknown detector', '-L without file',
         'unknown option'}
fails = {'no xtc files found', 'deploy only, nothing processed before'}
own = re.compile(r'-peds-stat-.*\.h5$|-peds-report-.*\.html$|-peds-done\.txt$')
dropped = re.compile(r'\.cfg$|-batch-log\.txt$')
log = re.compile(r'\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d-log\.txt$')

def expected_files(s):
    if s['name'] in usage:
        return set()
    if s['name'] == 'no xtc files found':
        return {'work/LOG'}
    if s['name'] == 'bad octal':        # decimal here: run 189, nothing is asked of it
        return {'work/LOG'}
    out = set()
    for f in s['files']:
        if dropped.search(f):
            continue
        f = re.sub(r'clb-(xpp|expt)-r\d{4}-', 'clb-xppi0613-r0173-', f)
        f = f.replace('/123.data', '/123-end.data')
        out.add(re.sub(r'YYYY-MM-DD-HH:MM:SS-log.txt$', 'LOG', f))
    return out

def found_files(top):
    out = set()
    for d, _, names in os.walk(top):
        for n in names:
            f = os.path.relpath(os.path.join(d, n), top)
            if f.startswith('psdm/xpp/xppi0613/xtc') or f == 'confpars-calibman.txt' or own.search(f):
                continue
            out.add(log.sub('LOG', f))
    return out

def parameters(top, files):
    for d, _, names in os.walk(top):
        for n in names:
            if log.search(n):
                text = open(os.path.join(d, n)).read()
                return text, dict((m[1].strip(), m[2].strip()) for m in
                    re.finditer(r'\(info\) calibrun: (\w+)\s*: (.*)', text))
    return '', {}

def run(s):
    top = re.sub(r'\W+', '_', s['name'])
    os.makedirs(top + '/psdm')
    os.symlink(data, top + '/psdm/xpp') if '-c' in s['args'] else None
    if '-c' not in s['args']:           # the calibration directory is created beside the data
        os.makedirs(top + '/psdm/xpp/xppi0613')
        os.symlink(data + '/xppi0613/xtc', top + '/psdm/xpp/xppi0613/xtc')
    if s['config'] is not None:
        open(top + '/confpars-calibman.txt', 'w').write(s['config'])
    args = shlex.split(s['args'])
    if s['name'].startswith('deploy only, results of an earlier'):
        first = [a for a in args if a != '-D'] + ['-P']
        subprocess.run(['calibrun'] + first, cwd=top, env=env, check=True, capture_output=True)
        for n in os.listdir(top + '/work'):
            if log.search(n):
                os.unlink(top + '/work/' + n)
    p = subprocess.run(['calibrun'] + args, cwd=top, env=env, capture_output=True, text=True)
    bad = []
    want = 2 if s['name'] in usage else 1 if s['name'] in fails else 0
    if p.returncode != want:
        bad.append('status %d, expected %d: %s' % (p.returncode, want, p.stderr))
    if expected_files(s) != found_files(top):
        bad.append('files differ: %s' % sorted(expected_files(s) ^ found_files(top)))
    text, have = parameters(top, None)
    for key, value in (s['parameters'] or {}).items():
        if s['name'] in usage or key in ('instr_name', 'queue'):
            continue
        if key == 'skip_events' and '-s ' not in s['args']:
            value = str(int(value) - 1)
        if key == 'runrange':
            value = value if '-' in value else value + '-end'
        if s['name'] == 'octal run number':
            value = value.replace('123', '173')
        got = have.get(key)
        if key == 'thr_rms':
            got, value = float(got), float(value)
        if key == 'det_name':
            got, value = got.replace(',', ' '), value.replace(',', ' ')
        if got != value:
            bad.append('%s is %r, expected %r' % (key, got, value))
    for name, lines in (s['history'] or {}).items():
        if not os.path.exists(top + '/' + name):
            continue                    # said above
        masked = re.sub(r'host:\S+', 'host:<host>', open(top + '/' + name).read())
        masked = re.sub(r'cptime:\S+', 'cptime:<time>', masked)
        masked = re.sub(r'zone:\S+', 'zone:<zone>', masked)
        lines = re.sub(r'clb-(xpp|expt)-r\d{4}-', 'clb-xppi0613-r0173-', lines)
        if '-v 123 ' in s['args'] + ' ':
            lines = lines.replace('file:123.data        ', 'file:123-end.data    ')
        if masked != lines:
            bad.append('%s: %r, expected %r' % (name, masked, lines))
    job = (s.get('job') or {}).get('average')
    m = re.search(r'(\d+) arrays averaged of (\d+) events read \((\d+) skipped', text)
    if job and want == 0:
        skip = re.search(r'-s (\d+)', s['args'])
        skip = int(skip[1]) if skip else 0
        if not m or int(m[3]) != skip:
            bad.append('skipped %s, expected %d' % (m and m[3], skip))
    return s['name'], bad

scenarios = json.load(open(golden))
with ThreadPoolExecutor(2) as pool:
    failed = 0
    for name, bad in pool.map(run, scenarios):
        for b in bad:
            print('%s: %s' % (name, b))
            failed += 1
print(len(scenarios), 'scenarios')
sys.exit(failed > 0)
E2
ok 'scenarios' python3 run.py "$g/scenarios.json"
[ "$(tail -1 "$tmp/.out")" = '32 scenarios' ] || die 'not all scenarios ran'
