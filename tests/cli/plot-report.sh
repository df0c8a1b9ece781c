# calib-plot --report: what it tells, names as data, the same bytes, odd statistics.
. "$(dirname "$0")/../lib.sh"
ok 'data' calib-sim -e xppi0613 -r 5 -d CSPAD2x2,Opal1000,Epix100a --size 20,30 -n 40 --dead 0.01 -o data
ok 'statistics' calib-dark -e xppi0613 -r 5 --root data -w w
for f in w/*-stat-*.h5; do
	ok "status of $f" calib-hotpix --max-bad 1 "$f" -o status.txt
	ok "report of $f" calib-plot --report "$f" --status status.txt -o r.html
	for word in 'Is the run dark?' 'Numbers' 'Bad pixels' 'constant' 'Sensors' 'Noise against position' 'data-palette' \
		'calib-dark --reproduce' 'calib-deploy put -e xppi0613 -s '; do has r.html "$word"; done
	grep -q 'https\?://' r.html && die 'it names another place'
	ok 'again' calib-plot --report "$f" --status status.txt -o r2.html
	same r.html r2.html
done
cp w/*-stat-*Opal1000.0.h5 '<b>&"x.h5'
ok 'names are data' calib-plot --report '<b>&"x.h5' -o '<i>.html' --title '<script>alert(1)</script>'
has '<i>.html' '&lt;script&gt;alert(1)&lt;/script&gt;'
lacks '<i>.html' '<b>&'; lacks '<i>.html' '<script>alert'
fails 2 'give -o FILE.html' calib-plot --report w/*-stat-*Opal1000.0.h5 -o x.png
fails 1 'cannot open' calib-plot --report none.h5 -o x.html
echo text >text.h5
fails 1 'text.h5' calib-plot --report text.h5 -o x.html
printf '1 2\n3 4\n' >small.txt
fails 1 'small.txt: 4 values, the statistics have' calib-plot --report w/*-stat-*Opal1000.0.h5 --status small.txt -o x.html
[ ! -e x.html ] || die 'a page of nothing'
# gain ranges have sensors of their own
ok 'multi' calib-sim -e xppi0613 -r 8 -d Jungfrau -n 20 -o data
ok 'multi' calib-dark -e xppi0613 -r 8 --root data -w w --partial
ok 'its report' calib-plot --report w/*r0008*-stat-*.h5 -o j.html
has j.html 'Sensors'
# the commands of the page deploy
f=$(ls w/*r0005*-stat-*Cspad2x2.0.h5)
ok 'status' calib-hotpix --max-bad 1 "$f" -o 'st.txt'
ok 'page' calib-plot --report "$f" --status st.txt --constants c/calib -o r.html
mkdir -p c/calib
sed -n '/Deploy them/,/<\/pre>/p' r.html | sed 's/<[^>]*>//g; s/&#39;/'"'"'/g' | grep '^calib-deploy' >job.sh
[ "$(wc -l <job.sh)" -eq 3 ] || { cat job.sh; die 'three commands'; }
ok 'the commands' sh -e job.sh
[ "$(find c/calib -name 5-end.data | wc -l)" -eq 3 ] || die 'not deployed'
