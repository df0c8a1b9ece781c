# calibrun --reproduce: a logged command again, its files compared bit by bit.
. "$(dirname "$0")/../lib.sh"
cam=XppEndstation.0:Opal1000.0
TMPDIR=$tmp; export TMPDIR
mkdir 'the place'; cd 'the place' || exit 1
ok 'runs' sh -c 'for r in 4 5; do calib-sim -e xppi0613 -r $r -d Opal1000 --size 20,30 -n 20 --seed $r -o data || exit; done'
ok 'process' calibrun -e xppi0613 -d Opal1000 --root data -r 4-5 -P -D -w 'a b' -c c -t 9 -n 15 --summary s --record r
mv a?b/*-log.txt ../log
rm -r 'a b' c s r
cd ..
ok 'again' calibrun --reproduce log
[ "$(head -n 1 .out)" = "$(printf '#file\tstate\tbytes\tagain')" ] || die 'header'
[ "$(awk -F'\t' '!/^#/ && $2 == "identical" && $3 == $4 && $3 > 0' .out | wc -l)" -eq 8 ] || { cat .out; die 'not eight files'; }
for f in c s r 'a b'; do [ ! -e "the place/$f" ] || die "$f is written"; done
[ -z "$(find "$tmp" -maxdepth 1 -name 'calibrun.*' -newer log)" ] || die 'the work directory stays'

# a bit of difference, a file that is not made, one that is not there
f=$(ls the?place/data/xpp/xppi0613/xtc/*r0005*)
cp "$f" keep
printf '\377' | dd of="$f" bs=1 seek=$(($(stat -c %s "$f") - 9000)) conv=notrunc 2>/dev/null
fails 1 'the files differ' calibrun --reproduce log
[ "$(awk -F'\t' '$1 ~ /r0004/ && $2 == "identical"' .out | wc -l)" -eq 4 ] || die 'run 4 is the same'
grep -q "^clb-xppi0613-r0005-peds-stat-$cam.h5	differs	" .out || die 'run 5 is not'
rm "$f"
fails 1 'the files differ' calibrun --reproduce log
[ "$(awk -F'\t' '$1 ~ /r0005/ && $2 == "missing"' .out | wc -l)" -eq 4 ] || die 'missing'
has .err 'the command ended with an error'
cp keep "$f"

# no log
fails 1 'nolog: cannot' calibrun --reproduce nolog
printf 'something\n' >other
fails 1 'other: is no log of calibrun' calibrun --reproduce other
grep -v 'work file' log >nofiles
fails 1 'nofiles: has no work files to compare' calibrun --reproduce nofiles
mv 'the place' away
fails 1 'cannot go to the directory of the call' calibrun --reproduce log
