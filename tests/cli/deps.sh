# scripts/deps: silent where everything is there; elsewhere it names the packages and stops.
. "$(dirname "$0")/../lib.sh"

ok 'nothing to do here' sh "$here/scripts/deps" run
[ -s .out ] && die 'it printed something'

# A system with a shell and little more: no compiler, no apt-get.
mkdir bin
for t in sh cat id env grep; do ln -s "$(command -v $t)" bin/$t; done
st=0
PATH=$PWD/bin sh "$here/scripts/deps" run 2>err || st=$?
[ "$st" -eq 1 ] || die "status $st without apt-get"
has err 'this system has no apt-get; please install: gcc make pkg-config libhdf5-dev'
lacks err 'cmocka'
st=0
PATH=$PWD/bin sh "$here/scripts/deps" check 2>err || st=$?
has err 'libcmocka-dev'

# With apt-get it is called once, for exactly the missing ones.
printf '#!/bin/sh\necho "$@" >>%s/apt.log\n' "$PWD" >bin/apt-get
chmod +x bin/apt-get
[ "$(id -u)" -eq 0 ] || exit 0
PATH=$PWD/bin sh "$here/scripts/deps" run 2>err || die 'deps failed'
has apt.log 'update -qq'
has apt.log 'install -y -qq --no-install-recommends gcc make pkg-config'
