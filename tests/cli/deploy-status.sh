# calib-deploy status: long rows, selection by run, names for pipes, the page, hostile names.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1' cs='XppGon.0:Cspad.0'
CALIB_NOW=1429300000 CALIB_USER=poc CALIB_HOST=psana1201
export CALIB_NOW CALIB_USER CALIB_HOST
printf '1 2\n3 4\n' >p.txt; printf '1 2\n3 5\n' >p2.txt
for v in 1-end 50-60 173-end; do
	ok "put $v" calib-deploy put -c calib -e xppi0613 -s "$cam" -t pedestals -v $v p.txt
done
ok 'replace' calib-deploy put -c calib -e xppi0613 -s "$cam" -t pedestals -v 50-60 --force -r 48 p2.txt
d="calib/Camera::CalibV1/$cam/pedestals"

# only what rules the runs asked for
ok 'run 60' calib-deploy status -c calib -r 60 --paths
echo "$d/50-60.data" | cmp - .out || die 'run 60'
ok 'runs 60 to 61 and 172' calib-deploy status -c calib -r 60-61,172 --paths
printf '%s\n' "$d/1-end.data" "$d/50-60.data" | cmp - .out || die 'runs 60-61,172'
ok 'run 0' calib-deploy status -c calib -r 0 --paths
[ ! -s .out ] || die 'run 0 has none'
fails 2 'is beyond the last run, 9999' calib-deploy status -c calib -r 10000
fails 2 'only one of them' calib-deploy status -c calib --paths --html x
fails 2 'add --paths' calib-deploy status -c calib -0

# long rows: what HISTORY says, backups, links; plain rows keep their columns
ln -s ../../../../elsewhere "$d/300-301.data"
ok 'long' calib-deploy status -c calib --long
awk -F'\t' 'NR == 1 { n = NF } NF != n { exit 1 } END { exit n != 22 }' .out || die 'columns'
grep '	50-60.data	' .out | cut -f 15-22 >got
printf '1\t2015-04-17T19:46:40\txppi0613\t0048\tpoc\tpsana1201\tcalib-deploy\tp2.txt\n' | cmp - got || die 'what is known of 50-60'
grep '	300-301.data	' .out | cut -f 7,14-16 >got
printf '300-301\t../../../../elsewhere\t0\t-\n' | cmp - got || die 'a link that leads nowhere'
ok 'plain' calib-deploy status -c calib
[ "$(head -n 1 .out | tr '\t' '\n' | wc -l)" -eq 11 ] || die 'plain columns'
ok 'json' calib-deploy status -c calib --long --json -r 50
has .out '"file":"50-60.data","begin":50,"end":60,"effective-intervals":"50-60"'
has .out '"backups":1,"deployed":"2015-04-17T19:46:40"'
rm "$d/300-301.data"

# the true intervals of every golden directory
if [ -d "$here/../shared/golden/deploy" ]; then g=$here/../shared/golden/deploy; else g=$own_golden/deploy; fi
for python in /usr/bin/python3 python3; do command -v $python >/dev/null && break; done
if [ -f "$g/finder.json" ] && command -v $python >/dev/null; then
	$python - "$g/finder.json" <<'X' || die 'golden intervals'
import json, os, subprocess, sys
cases = json.load(open(sys.argv[1]))
for i, c in enumerate(cases):
    d = 'golden/Camera::CalibV1/Xpp.%d:Opal1000.0/pedestals' % i
    os.makedirs(d)
    for name in c['files']: open(d + '/' + name, 'w').close()
p = subprocess.run(['calib-deploy', 'status', '-c', 'golden', '--json'], capture_output=True, check=True)
got = {}
for row in map(json.loads, p.stdout.decode().splitlines()):
    e = row['effective-intervals']
    spans = []
    for part in e.split(',') if e else []:
        b, _, end = part.partition('-')
        assert end != 'end' or row['end'] == 'end', row
        spans.append([int(b), 9999 if end == 'end' else int(end)])
    got.setdefault(int(row['source'][4:].split(':')[0]), {})[row['file']] = spans
n = 0
for i, c in enumerate(cases):
    for name, spans in c['effective'].items():
        assert got[i][name] == spans, (c['name'], name, got[i][name], spans)
        n += len(spans)
    for name, spans in got.get(i, {}).items():
        assert spans == c['effective'].get(name, []), (c['name'], name, spans)
assert len(cases) == 72 and n > 200, n
X
fi

# hostile names: one row is one line, one path one item, nothing leaves its quotes
t=$(printf 'a\nb\t<i>"&\377')
evil="calib/Camera::CalibV1/X'\$(touch no) <b>.0:Opal1000.0/$t"
mkdir -p "$evil"; cp p.txt "$evil/1-end.data"; cp p.txt "$evil/$(printf '9-\033[31m&<x>.data')"
long=$(printf '%0250d' 0 | tr 0 7); : >"$evil/$long.data"; : >"$evil/$long"
ok 'evil rows' calib-deploy status -c calib
[ "$(wc -l <.out)" -eq 5 ] || { cat .out; die 'rows'; }
awk -F'\t' 'NF != 11 { exit 1 }' .out || die 'cells'
ok 'evil json' calib-deploy status -c calib --json
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(rows) == 4, rows
assert [r["type"] for r in rows if "<b>" in r["source"]] == ["a\nb\t<i>\"&\ufffd"], rows' .out || die 'JSON'
fi
fails 1 'the name has a newline, list it with -0' calib-deploy status -c calib --paths
[ "$(wc -l <.out)" -eq 3 ] || die 'the other names are listed'
ok 'with NUL' calib-deploy status -c calib --paths -0
tr '\n\0' '?\n' <.out >got
[ "$(wc -l <got)" -eq 4 ] || die 'names ended by NUL'
xargs -0 ls -- <.out >ls.out 2>&1 || { cat ls.out; die 'the names do not lead to the files'; }

# the page: bars as wide as the runs, text escaped, nothing from elsewhere
ok 'page' calib-deploy status -c calib --html page.html
has page.html '<rect class="n1" x="50" y="0" width="11" height="10"><title>50-60.data: runs 50-60</title></rect>'
has page.html '<title>1-end.data: runs 61-172</title>'
has page.html '<title>173-end.data: runs 173-end</title>'
has page.html 'No constants for runs 0.'
has page.html '&lt;b&gt;'
has page.html '<td>0048</td>'
lacks page.html '<b>'
lacks page.html '<x>'
lacks page.html 'src='
lacks page.html 'url('
lacks page.html '<script'
lacks page.html "$(printf '\033')"
if command -v python3 >/dev/null; then
	python3 - <<'X' || die 'the page is not well formed'
import html.parser
class P(html.parser.HTMLParser):
    stack = []
    def handle_starttag(self, tag, attrs):
        if tag not in ('meta',): self.stack.append(tag)
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, (tag, self.getpos())
p = P(); p.feed(open('page.html', encoding='utf-8').read()); assert not p.stack, p.stack
X
fi
ok 'page of one run' calib-deploy status -c calib --html - -r 55 -s "$cam"
has .out '50-60.data: runs 50-60'
lacks .out '173-end.data: runs'
cp page.html before.html
fails 1 'no such directory' calib-deploy status -c missing --html page.html
same before.html page.html

# directories that cannot be read: the others are listed, and status 1 says it is not all
mkdir -p loop/CsPad::CalibV1; ln -s . loop/CsPad::CalibV1/X.0:Cspad.0; ln -s a loop/a::; : >loop/x::y
ok 'links in a circle' calib-deploy status -c loop --paths
drop=none
if [ "$(id -u)" -ne 0 ]; then drop=; elif command -v setpriv >/dev/null; then
	drop='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$tmp"; cp "$(command -v calib-deploy)" "$tmp/calib-deploy" && PATH=$tmp:$PATH
fi
if [ "$drop" != none ] && $drop calib-deploy --version >/dev/null 2>&1; then
	rm -rf "${evil%/*}"
	mkdir -p "calib/CsPad::CalibV1/$cs/pedestals" calib/Secret::CalibV1
	chmod 0 "calib/CsPad::CalibV1/$cs/pedestals" calib/Secret::CalibV1
	fails 1 '2 of the files and directories could not be read' $drop calib-deploy status -c calib --paths
	[ "$(wc -l <.out)" -eq 3 ] || die 'the others are not listed'
	has .err 'Secret::CalibV1: cannot read the directory: Permission denied'
	fails 1 '2 of the files' $drop calib-deploy status -c calib --html -
	has .out 'Not complete: 2 of'
	[ "$(grep -c 'cannot read' .err)" -eq 2 ] || die 'each is named once'
	chmod 755 calib/Secret::CalibV1
	fails 1 '1 of the files' $drop calib-deploy status -c calib --reference -d CSPAD,Opal1000
	has .out '50-60.data'
	chmod 644 "$d/HISTORY"; chown root "$d/HISTORY" 2>/dev/null; chmod 600 "$d/HISTORY"
	[ -z "$drop" ] || fails 1 'HISTORY: cannot' $drop calib-deploy status -c calib -t pedestals --long
fi
exit 0
