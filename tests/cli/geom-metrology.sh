# calib-geom metrology, xlsx2txt: the golden measurements, tolerances, and bad workbooks.
. "$(dirname "$0")/../lib.sh"
need_golden geometry
m=$g/metrology
CALIB_NOW=1400000000 CALIB_USER=poc; export CALIB_NOW CALIB_USER
bare() { sed 's/^\(# DATE_TIME\|# METROLOGY\|# AUTHOR\|# EXPERIMENT\|# USER\).*/\1/; s/experiment:.*/experiment/' "$1" >"$2"; }
alike() { bare "$1" a; bare "$2" b; same a b; }

# ---- constants and tables, from text and from workbooks
for c in cspad-xpp-v2:cspad-v2:center_global cspad2x2-1:cspad2x2:; do
	n=${c%%:*} l=${c#*:} center=${c##*:}; l=${l%:*}
	ok "$n" calib-geom metrology --layout "$l" "$m/$n.txt" -o "c-$n" --exp TEST
	mv .out "t-$n"
	alike "$m/out-$n/geometry-0-end.data" "c-$n/geometry-0-end.data"
	grep -qF "$(grep 'Mean and Standard' "$m/out-$n/report.txt")" "t-$n" || die "$n: flatness"
	[ -z "$center" ] || for f in ${center}-0-end.data ${center}_um-0-end.data tilt-0-end.data; do same "$m/out-$n/$f" "c-$n/$f"; done
done
for n in cspad-cxi-v1.txt cspad-cxi-v1.xlsx cspad-cxi-v1-inline.xlsx; do
	fails 1 '4 warnings: the measurement is out of tolerance' calib-geom metrology --layout cspad-v1 "$m/$n" -o "v-$n" --exp TEST
	has .out '  WARNING segm 17:  |135| > 60.0'
	has .out '  WARNING segm 17:  |263.0| > 100.0'
	alike "$m/out-cspad-cxi-v1/geometry-0-end.data" "v-$n/geometry-0-end.data"
	same "$m/out-cspad-cxi-v1/center-0-end.data" "v-$n/center-0-end.data"
done
ok 'wider' calib-geom metrology --layout cspad-v1 "$m/cspad-cxi-v1.txt" --txy 170 --toz 300
fails 1 'out of tolerance' calib-geom metrology --layout cspad-v1 --check "$m/cspad-cxi-v1.txt"
same "$m/out-check-cspad-cxi-v1.txt" .out
ok 'epix' calib-geom metrology --layout epix10ka2m "$m/epix10ka2m.txt" -o e --exp abcd01234 --rot 3
alike "$m/out-epix10ka2m-v1-r3/geometry.txt" e/geometry-0-end.data
ok 'what is made can be read' calib-geom info -g c-cspad-xpp-v2/geometry-0-end.data
ok 'text' calib-geom xlsx2txt "$m/cspad-cxi-v1-inline.xlsx" -o q.txt
same "$m/cspad-cxi-v1.txt" q.txt
has .err 'Quad 0: row 1 is taken for a title'
ok 'two detectors' calib-geom xlsx2txt "$m/cspad2x2.xlsx" -o d.txt
same "$m/cspad2x2-1.txt" d-1.txt; same "$m/cspad2x2-2.txt" d-2.txt
fails 1 "'calib-geom xlsx2txt' makes a text of each" calib-geom metrology --layout cspad2x2 "$m/cspad2x2.xlsx"
# a wrong table for a detector that is turned: only the old programs have it
ok 'turned' calib-geom metrology --layout cspad-v2 -n 1 "$m/cspad-xpp-v2.txt" -o n1
calib-geom metrology --layout cspad-v2 -n 1 --compat "$m/cspad-xpp-v2.txt" -o n1c >/dev/null 2>&1
cmp -s n1/tilt-0-end.data n1c/tilt-0-end.data && die '--compat changes nothing'

# ---- bad text
bad() { # bad 'message' SED-SCRIPT
	sed "$2" "$m/cspad-xpp-v2.txt" >bad.txt
	fails 1 "$1" calib-geom metrology --layout cspad-v2 bad.txt -o never
	[ ! -e never ] || die 'something is written'
}
bad 'bad.txt:4: expected 4 numbers' '4s/ [0-9-]*$//'
bad "bad.txt:4: 'x' is no number of um" '4s/[0-9-]*$/x/'
bad 'has point 2 already, on line 4' '5s/^ *3/ 2/'
bad 'there are 127 points, which is not 4 for each sensor' '6d'
bad "line 2: point 1 belongs to no quad from 0 to 3" '1d'
fails 2 '--layout says' calib-geom metrology "$m/cspad-xpp-v2.txt"

# ---- bad workbooks
need_numpy
cat >book.py <<'P'
import sys, zipfile
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
def sheet(rows, head='', tail=''):
    body = ''.join('<row r="%d">%s</row>' % (r, ''.join(
        c if c.startswith('<') else '<c r="%s%d"><v>%s</v></c>' % ('ABC'[k], r, c)
        for k, c in enumerate(cells))) for r, cells in rows)
    return head + '<worksheet %s><sheetData>%s%s</sheetData></worksheet>' % (NS, body, tail)
def book(name, sheets, **more):
    with zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED) as z:
        for n, text in sheets.items():
            z.writestr('xl/worksheets/sheet%d.xml' % n, text)
        for n, text in more.items():
            z.writestr(n.replace('__', '/') + '.xml', text)
pts = [(k + 1, [str(20000 * (k % 4 in (2, 3)) + 50000 * (k // 4)), str(10000 * (k % 4 in (1, 2))), '0']) for k in range(8)]
book('good.xlsx', {1: sheet(pts)})
book('few.xlsx', {1: sheet(pts[:7])})
book('word.xlsx', {1: sheet(pts[:3] + [(4, ['1', '<c r="B4" t="inlineStr"><is><t>wide</t></is></c>', '3'])] + pts[4:])})
book('formula.xlsx', {1: sheet(pts[:3] + [(4, ['1', '<c r="B4"><f>A1*2</f></c>', '3'])] + pts[4:])})
book('value.xlsx', {1: sheet(pts[:3] + [(4, ['0', '<c r="B4"><f>A1*2</f><v>0</v></c>', '0'])] + pts[4:])})
book('entity.xlsx', {1: sheet(pts, head='<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>')})
book('external.xlsx', {1: sheet(pts, head='<?xml version="1.0"?><!DOCTYPE w SYSTEM "file:///etc/passwd">')})
book('empty.xlsx', {1: sheet(pts, tail='<row r="9"/>' * 1000000)})
book('bomb.xlsx', {1: sheet(pts, tail=' ' * (80 << 20))})
book('deep.xlsx', {1: '<a>' * 100 + '</a>' * 100})
book('string.xlsx', {1: sheet(pts[:3] + [(4, ['1', '<c r="B4" t="s"><v>7</v></c>', '3'])])})
book('cut.xlsx', {1: sheet(pts)[:-30]})
book('none.xlsx', {}, xl__workbook='<workbook/>')
open('nozip.xlsx', 'w').write('PK not a zip')
P
ok 'workbooks' "$python" book.py
ok 'good' calib-geom xlsx2txt good.xlsx -o good.txt
[ "$(wc -l <good-1.txt)" -eq 9 ] || die 'eight points'
ok 'a formula with its value' calib-geom xlsx2txt value.xlsx -o value.txt
ok 'a million empty rows' calib-geom xlsx2txt empty.xlsx -o empty.txt
same good-1.txt empty-1.txt
no() { fails 1 "$2" calib-geom xlsx2txt "$1.xlsx" -o never.txt; [ "$(wc -l <.err)" -eq 1 ] || { cat .err; die 'not one line'; }; }
no few 'few.xlsx: sheet1: has 7 points'
no word "word.xlsx: sheet1!B4: 'wide' is no number of um"
no formula 'formula.xlsx: sheet1!B4: has a formula without its value'
no entity "declares the entity 'a'"
no bomb 'more than 64 MiB unpacked'
no deep 'nested deeper than 64'
no string 'sheet1!B4: names the text number 7 of 0'
no cut 'cut.xlsx: xl/worksheets/sheet1.xml:1: '
no none 'without worksheets'
no nozip 'is no workbook of the form .xlsx'
no missing 'missing.xlsx: cannot open: No such file'
ok 'external things are not looked at' calib-geom xlsx2txt external.xlsx -o external.txt
same good-1.txt external-1.txt
[ -z "$(ls never* 2>/dev/null)" ] || die 'something is written'
