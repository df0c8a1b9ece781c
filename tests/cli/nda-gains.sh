# calib-nda gains: shapes and factors of every detector, maps of CSPAD pixels; what it writes can
# be deployed.
. "$(dirname "$0")/../lib.sh"
gains() { calib-nda gains "$@"; }
CALIB_USER=poc CALIB_HOST=psana1201 CALIB_NOW=1429300000
export CALIB_USER CALIB_HOST CALIB_NOW

# every detector: calib-deploy takes the text as it is
calib-scan --list-detectors | awk -F '\t' '!/^#/ { print $1, $2 }' >names
[ "$(wc -l <names)" -ge 36 ] || die "names of detectors: $(cat names)"
deployed=0
while read -r det dev; do
	case $det in
	Acqiris) fails 1 'Acqiris has no constants of pixels' gains -d Acqiris; continue ;;
	CSPAD|CSPAD2x2|pnCCD|Epix100a|Epix10ka|Epix10ka2M|Epix10kaQuad|Imp) shape= ;;
	Jungfrau) shape='--modules 2' ;;
	DualAndor|Uxi) shape='--modules 2 --shape 17,22' ;;
	*) shape='--shape 17,22'
		fails 1 "$det has no fixed shape: --shape ROWS,COLUMNS is needed" gains -d $det ;;
	esac
	ok "$det" gains -d $det $shape -o "$det.data"
	[ $det != Opal1600 ] || continue	# the reference names no place for its constants
	ok "deploy $det" calib-deploy put -c calib -s "XppEndstation.0:$dev.0" -t pixel_gain -v 1-end "$det.data"
	[ ! -s .err ] || { cat .err; die "a warning about $det"; }
	deployed=$((deployed + 1))
done <names
[ "$deployed" -ge 35 ] || die "only $deployed detectors"

# shapes and values
shape_of() { calib-nda info "$1" | awk -F '\t' '!/^#/ { printf "%s %g %g\n", $4, $6, $7 }'; }
is() { got=$(shape_of "$1"); [ "$got" = "$2" ] || die "$1: $got, expected $2"; }
is Epix10ka.data '7x1x352x384 0.164 16.4'
is Epix10ka2M.data '7x16x352x384 0.164 16.4'
is Epix10kaQuad.data '7x4x352x384 0.164 16.4'
is Jungfrau.data '3x2x512x1024 1 1'
is CSPAD.data '5920x388 1 1'
is pnCCD.data '4x512x512 1 1'
is DualAndor.data '2x17x22 1 1'
is Imp.data '4x1023 1 1'
lacks CSPAD.data '#'
has Opal1000.data '1.000000 '
i=0
for f in 16.4 5.466 0.164 16.4 5.466 0.164 0.164; do
	calib-nda slice Epix10ka.data $i -o one.npy
	is one.npy "1x352x384 $f $f"
	i=$((i + 1))
done
ok 'factors' gains -d CxiEndstation.0:Jungfrau.0 --modules 1 --factors 41.5,1.39,0.11 -o jf.npy
is jf.npy '3x1x512x1024 0.11 41.5'
ok 'one factor' gains -d Opal1000 --shape 3,2 --factors 2.5 --fmt %.2f
[ "$(grep -c '2.50 2.50' .out)" -eq 3 ] || die 'one factor'
fails 2 'Jungfrau has 3 gain ranges, 2 factors given' gains -d Jungfrau --modules 1 --factors 1,2
fails 2 "'-1' is not" gains -d Jungfrau --modules 1 --factors=1,2,-1
fails 1 '--modules N' gains -d Jungfrau
fails 1 '--shape: dimension 2 of Jungfrau is 512, not 511' gains -d Jungfrau --shape 1,511,1024
fails 1 '--modules: dimension 1 of Epix10ka2M is 16, not 4' gains -d Epix10ka2M --modules 4
fails 1 '--shape: Opal1000 has 2 dimensions, 3 given' gains -d Opal1000 --shape 1,2,3
fails 2 "'Vogon' is neither" gains -d Vogon
fails 2 '-d DET is needed' gains

# maps: 1 + map * (factor - 1)
calib-nda gains -d CSPAD -o ones.npy
calib-nda math ones.npy sub 1 -o zero.npy
calib-nda slice zero.npy :16,:,: -o a.npy
calib-nda slice ones.npy 16:,:,: -o b.npy
calib-nda cat a.npy b.npy -o map.npy
ok 'map' gains -d CSPAD --map map.npy -o cspad.data
ok 'first half' sh -c 'head -n 2960 cspad.data | sort -u | tr " " "\n" | sort -u'
[ "$(tr -d '\n' <.out)" = 1.000000 ] || die 'high gain'
ok 'second half' sh -c 'tail -n 2960 cspad.data | sort -u | tr " " "\n" | sort -u'
[ "$(tr -d '\n' <.out)" = 6.850000 ] || die 'low gain'
ok 'low' gains -d CSPAD --map map.npy --low 7.2 -o low.npy
is low.npy '32x185x388 1 7.2'
fails 1 'not 0 (high gain) or 1 (low gain)' gains -d CSPAD --map low.npy
fails 1 'shape 16x185x388, a map of CSPAD has 32x185x388' gains -d CSPAD --map a.npy
fails 2 'CSPAD and CSPAD2x2 have' gains -d Opal1000 --shape 2,2 --map a.npy
fails 2 '--low is the factor for --map' gains -d CSPAD --low 7
fails 2 'exclude each other' gains -d CSPAD --map a.npy --factors 2

# a CSPAD2x2: section by section, or in the deployed order, gives the same file
calib-nda slice zero.npy 0,:,: -o s0.npy
calib-nda slice ones.npy 0,:,: -o s1.npy
calib-nda stack s0.npy s1.npy -o sections.npy
ok 'by section' gains -d CSPAD2x2 --map sections.npy -o by-section.data
ok 'pairs' sh -c 'tr -s " \n" "\n" <by-section.data | sed "/^$/d" | paste - - | sort -u'
[ "$(cat .out)" = "$(printf '1.000000\t6.850000')" ] || die 'order of sections'
calib-nda convert by-section.data -o deployed.npy
calib-nda math deployed.npy gt 1 -o deployed-map.npy
ok 'deployed order' gains -d CSPAD2x2 --map deployed-map.npy -o again.data
same by-section.data again.data
ok 'deploy' calib-deploy put -c calib -s XppGon.0:Cspad2x2.0 -t pixel_gain -v 1-end again.data
