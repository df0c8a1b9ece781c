# Names from users are data: used literally or refused, never outside the directory, never in a shell.
. "$(dirname "$0")/../lib.sh"

cam='XppEndstation.0:Opal1000.1'
printf '1 2\n3 4\n' >p.txt; printf '5 6\n7 8\n' >q.txt
mkdir outside; echo outside >outside/secret; cp p.txt outside/173-end.data
untouched() { # nothing outside, no command was run, no file has an odd name
	[ "$(cat outside/secret)" = outside ] && same p.txt outside/173-end.data && [ "$(ls -A outside | wc -l)" -eq 2 ] || die "$1: outside was touched"
	[ ! -e hacked ] || die "$1: a shell ran it"
}
# every place a name can stand in, with everything that is special somewhere
n=0
while IFS= read -r bad; do
	n=$((n + 1))
	# as a source it is one directory, when it names a device, else refused
	src="$bad:Opal1000.1"
	if calib-deploy put -c "c$n" -s "$src" -t pedestals -v 1-end p.txt >.out 2>.err; then
		[ -e "c$n/Camera::CalibV1/$src/pedestals/1-end.data" ] || die "source '$src': is elsewhere"
		[ "$(cat .out)" = "c$n/Camera::CalibV1/$src/pedestals/1-end.data" ] || die "source '$src': is said to be elsewhere"
		calib-deploy copy -c "c$n" -v 2-3 "c$n/Camera::CalibV1/$src/pedestals/1-end.data" >.out 2>.err || { cat .err; die "source '$src': copy"; }
		calib-deploy undo -c "c$n" >.out 2>.err || { cat .err; die "source '$src': undo"; }
		calib-deploy delete -y -c "c$n" "c$n/Camera::CalibV1/$src/pedestals/1-end.data" --dry-run >cmd 2>.err && sh -eu cmd || { cat cmd; die "source '$src': commands"; }
		[ ! -e "c$n/Camera::CalibV1/$src/pedestals/1-end.data" ] || die "source '$src': commands do nothing"
	else
		has .err 'cannot be the name of a directory'
		[ ! -e "c$n" ] || die "source '$src': refused, but something was written"
	fi
	# as a type it is refused, and with --force one directory
	fails 1 '' calib-deploy put -c t$n -s $cam -t "$bad" -v 1-end p.txt
	[ ! -e t$n ] || die "type '$bad': refused, but something was written"
	if calib-deploy put --force -c t$n -s $cam -t "$bad" -v 1-end p.txt >.out 2>.err; then
		[ -e "t$n/Camera::CalibV1/$cam/$bad/1-end.data" ] || die "type '$bad': is elsewhere"
	else
		[ ! -e t$n ] || die "type '$bad': refused with --force, but something was written"
	fi
	# as a range it is refused, with and without --force, and in a list
	fails 2 'run range' calib-deploy put -c r$n -s $cam -t pedestals -v "$bad" p.txt
	[ "$bad" = end ] || fails 1 "run range" calib-deploy put --force -c r$n -s $cam -t pedestals -v "1-$bad" p.txt
	printf 'p.txt\t%s\tpedestals\t%s\n' "$cam" "$bad" | calib-deploy put --list -c r$n >.out 2>.err && die "range '$bad' in a list"
	[ ! -e r$n ] || die "range '$bad': refused, but something was written"
	# as the name of HISTORY it is refused, or one file
	calib-deploy put --history-file "$bad" -c h$n -s $cam -t pedestals -v 1-end p.txt >.out 2>.err ||
		{ has .err 'cannot be the name'; [ ! -e h$n ] || die "HISTORY '$bad'"; }
	# as a file and as the directory it is what it says
	case $bad in /*|*/*|..|.|'') ;; *)
		cp p.txt "./f$bad"
		calib-deploy put -c "$bad.c" -s $cam -t pedestals -v 1-end "f$bad" >.out 2>.err || { cat .err; die "file '$bad'"; }
		same p.txt "./$bad.c/Camera::CalibV1/$cam/pedestals/1-end.data"
		rm -rf "./$bad.c"
		calib-deploy put --dry-run -c "$bad.c" -s $cam -t pedestals -v 1-end "f$bad" >cmd && sh -eu cmd || { cat cmd; die "file '$bad': commands"; }
		same p.txt "./$bad.c/Camera::CalibV1/$cam/pedestals/1-end.data"
		rm -rf "./$bad.c" "./f$bad" ;;
	esac
	untouched "'$bad'"
done <<'X'
a b
..
.
../outside
../../../outside
/etc
/
$(touch hacked)
`touch hacked`
;touch hacked
|touch hacked
&touch hacked
>hacked
'
"
\
*
?
[a]
~
-v
--force
!x
#
%s%n
a	b
end
é
X
[ $n -ge 28 ] || die "only $n names"
# newlines, in whatever comes through -0 too
nl='x
y'
fails 1 'cannot be the name' calib-deploy put -c nl -s "$nl:Opal1000.1" -t pedestals -v 1-end p.txt
cp p.txt "$nl"
ok 'a file with a newline' sh -c "printf '%s\\t$cam\\tpedestals\\t1-end\\0' '$nl' | calib-deploy put --list -0 -c nl"
same p.txt "nl/Camera::CalibV1/$cam/pedestals/1-end.data"
[ "$(wc -l <"nl/Camera::CalibV1/$cam/pedestals/HISTORY")" -eq 1 ] || die 'HISTORY of two lines'
[ "$(find nl -type f | wc -l)" -eq 2 ] || die 'more files than two'
# a name that reads like fields of HISTORY is still a name
evil='p  cptime:1999-01-01T00:00:00  user:evil  comment:undo'
cp p.txt "$evil"
ok 'a name like HISTORY' env CALIB_USER=poc CALIB_NOW=1429300000 calib-deploy put -c evil -s $cam -t pedestals -v 1-end "$evil"
ok 'its record' calib-deploy history -c evil
tail -n 1 .out | cut -f 5,10,12 >got
printf '2015-04-17T19:46:40\tpoc\tcalib-deploy\n' | cmp - got || die 'a name was taken for fields'
ok 'undo' calib-deploy undo -c evil
[ -z "$(find evil -name '*.data')" ] || die 'undo of it'
fails 2 'is what the verb undo writes' calib-deploy put -c evil -s $cam -t pedestals -v 1-end --comment undo-2 p.txt
# 255 bytes are a name, 256 are none
long=$(printf '%0247d' 0)
ok '255 bytes' calib-deploy put -c long -s "$long:Evr.000" -t pedestals -v 1-end --force p.txt
ok '255 bytes' calib-deploy delete -y -c long "long/EvrData::CalibV1/$long:Evr.000/pedestals/1-end.data"
fails 1 'cannot be the name' calib-deploy put -c long2 -s "0$long:Evr.000" -t pedestals -v 1-end --force p.txt
cp p.txt "$(printf '%0255d' 0)"
ok '255 bytes' calib-deploy put -c long3 -s $cam -t pedestals -v 1-end "$(printf '%0255d' 0)"
fails 1 'cannot open' calib-deploy put -c long3 -s $cam -t pedestals -v 1-end "$(printf '%0256d' 0)"
deep=$(printf 'd%.0s/' $(seq 2100))
fails 1 'at most 4095 are allowed' calib-deploy put -c "$deep" -s $cam -t pedestals -v 1-end p.txt

# symbolic links: of a file, of a directory on each level, of HISTORY, of what is deleted
d="calib/Camera::CalibV1/$cam/pedestals"
ok 'put' calib-deploy put -c calib -s $cam -t pedestals -v 1-end p.txt
link() { # link TARGET NAME TEXT: refused, and outside untouched
	ln -s "$1" "$2"
	fails 1 "$3" calib-deploy put --force -c calib -s $cam -t pedestals -v 173-end q.txt
	rm "$2"
	untouched "$2"
}
link "$PWD/outside/173-end.data" "$d/173-end.data" 'but a symbolic link: delete it first'
link "$PWD/outside/new" "$d/173-end.data" 'but a symbolic link: delete it first'
link ../../../../outside/secret "$d/173-end.data" 'but a symbolic link: delete it first'
mv "$d/HISTORY" kept; link "$PWD/outside/secret" "$d/HISTORY" 'HISTORY: is there and not a regular file'; mv kept "$d/HISTORY"
for dir in "$d" "calib/Camera::CalibV1/$cam" calib/Camera::CalibV1; do
	mv "$dir" kept; link "$PWD/outside" "$dir" 'leads out of the calibration directory'; mv kept "$dir"
done
rm "$d/HISTORY"; mkfifo "$d/HISTORY"
fails 1 'HISTORY: is there and not a regular file' timeout 10 calib-deploy put -c calib -s $cam -t pedestals -v 173-end q.txt
rm "$d/HISTORY"
# a link inside the directory is no way out; a directory may be a link itself
mv "calib/Camera::CalibV1/$cam" "calib/Camera::CalibV1/real"; ln -s real "calib/Camera::CalibV1/$cam"; ln -s calib link
ok 'a link inside' calib-deploy put -c link -s $cam -t pedestals -v 2-3 q.txt
same q.txt calib/Camera::CalibV1/real/pedestals/2-3.data
ok 'delete through links' calib-deploy delete -y "link/Camera::CalibV1/$cam/pedestals/2-3.data"
rm link "calib/Camera::CalibV1/$cam"; mv calib/Camera::CalibV1/real "calib/Camera::CalibV1/$cam"
# deleting a link deletes the link
ln -s "$PWD/outside/173-end.data" "$d/173-end.data"
ok 'delete a link' calib-deploy delete -y "$d/173-end.data"
[ ! -L "$d/173-end.data" ] || die 'the link stays'
untouched 'delete a link'
# deleting what is elsewhere
mv "$d" kept; ln -s "$PWD/outside" "$d"
fails 1 'leads out of the calibration directory' calib-deploy delete -y "$d/173-end.data"
rm "$d"; mv kept "$d"
fails 1 '' calib-deploy delete -y "calib/Camera::CalibV1/../../outside/x/173-end.data"
fails 1 '' calib-deploy delete -y -c calib "calib/Camera::CalibV1/$cam/../../../outside/173-end.data"
fails 1 '' calib-deploy delete -y "calib/Camera::CalibV1/$cam/pedestals/"
fails 1 '' calib-deploy delete -y outside/173-end.data "$PWD/outside/173-end.data" /
untouched 'delete'
# undo reads no names from elsewhere
printf 'file:../../../../outside/secret  cmd:rm    comment:x  user:x  host:x  cptime:2015-04-17T12:46:40  zone:PDT\n' >>"$d/HISTORY"
ln -s "$PWD/outside/secret" "$d/9-end.data-2015-04-17T10:00:00"
calib-deploy undo -c calib >.out 2>.err; [ $? -le 1 ] || die undo
untouched undo

# a pipe where constants should be keeps nobody waiting
d="pipes/Camera::CalibV1/$cam/pedestals" at="-c pipes -s $cam -t pedestals"
mkdir -p "$d"; mkfifo "$d/1-end.data" "$d/5-end.data"
fails 1 'not a regular file' timeout 10 calib-deploy put $at -v 5-end p.txt
ok 'between them' timeout 10 calib-deploy put $at -v 3-end p.txt
fails 1 'not a regular file' timeout 10 calib-deploy get $at -r 2
fails 1 'not a regular file' timeout 10 calib-deploy diff $at -r 2,4
fails 1 'not a regular file' timeout 10 calib-deploy copy -c c99 "$d/5-end.data"
fails 1 'is not a file' timeout 10 calib-deploy delete -y -c pipes "$d/5-end.data"
[ -p "$d/5-end.data" ] || die 'the pipe is gone'
