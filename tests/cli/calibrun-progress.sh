# Progress: on a terminal and where it is asked for; nothing of it in records, pipes and logs.
. "$(dirname "$0")/../lib.sh"
ok 'run' calib-sim -e xppi0613 -r 5 -o data -d CSPAD -n 40
state='calib-dark: [a-z ]* *[0-9]* %'
none() { ! grep -q "$state" "$1" || { cat "$1"; die "progress in $1"; }; }
cmd='calibrun -e xppi0613 -d CSPAD --root data -r 5 -P -w w'
ok 'in a pipe' $cmd
none .out; none .err
ok 'not wanted' $cmd --no-progress
none .err
ok 'asked for' $cmd --progress
grep -q "$state" .err || { cat .err; die 'no progress'; }
none .out
f=$(ls w/*-log.txt | tail -n 1)
none "$f"
ok 'calib-dark' calib-dark -e xppi0613 -d CSPAD --root data -r 5 -w w2 --progress
tr '\r' '\n' <.err | grep -q ' 100 %' || die 'no end of the progress'
/usr/bin/python3 -c 'import pty' 2>/dev/null || skip 'python3 is not installed'
cat >term.py <<'P'
import os, pty, sys
out = b''
def read(fd):
    global out
    data = os.read(fd, 65536)
    out += data
    return data
status = pty.spawn(sys.argv[1:], read)
sys.stderr.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(status))
P
ok 'on a terminal' /usr/bin/python3 term.py $cmd </dev/null
grep -q "$state" .err || { cat .err; die 'no progress on a terminal'; }
# a record takes the place of the line of progress
tr '\n' ' ' <.err | grep -q "$(printf '\r\033')\[K[0-9-]* [0-9:]* (info) calib-dark" || die 'records and progress in one line'
ok 'a terminal, not wanted' /usr/bin/python3 term.py $cmd --no-progress </dev/null
none .err
