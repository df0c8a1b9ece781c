# The tree keeps its shape: layers, lengths, and these checks do catch a violation.
. "$(dirname "$0")/../lib.sh"

ok 'layers hold' sh "$here/scripts/check-layers.sh"

mkdir -p copy/scripts copy/lib/base copy/lib/nda copy/lib/kern
cp "$here/scripts/check-layers.sh" copy/scripts
echo '#include "nda/nda.h"' >copy/lib/base/x.c
echo '#include "base/err.h"' >copy/lib/nda/y.c
if sh copy/scripts/check-layers.sh >out; then die 'an upward include was not noticed'; fi
has out 'lib/base/x.c:1: lib/base may not include nda/nda.h'
lacks out 'lib/nda/y.c'
echo '#include <hdf5.h>' >copy/lib/base/x.c
if sh copy/scripts/check-layers.sh >out; then die 'a foreign library was not noticed'; fi
has out 'hdf5.h'

awk 'BEGIN { print "int f(void)\n{"; for (i = 0; i < 101; i++) print "\tg();"; print "}" }' >long.c
if awk -f "$here/scripts/check-lengths.awk" long.c >out; then die 'a long function was not noticed'; fi
has out 'long.c:2: function of 101 lines'
