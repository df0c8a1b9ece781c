#!/bin/sh
# Fail when a file in lib/ includes a header of a directory it may not use, or uses an outside
# library that belongs to another file (architecture: one home for each library).
cd "$(dirname "$0")/.." || exit 1
awk 'BEGIN {
	ok["base"] = ok["kern"] = ""
	ok["nda"] = "base kern";  ok["src"] = "base nda";   ok["det"] = "base kern nda src"
	ok["algo"] = "base kern nda det";  ok["store"] = "base nda det algo"
	ok["geo"] = "base kern nda det"
	ok["form"] = "base nda det algo geo"
	ok["conf"] = "base";      ok["render"] = "base nda algo geo";  ok["sim"] = "base kern nda src det"
	home["zlib.h"] = "lib/base/in.c lib/base/out.c lib/src/hdf5raw.c lib/render/page.c"
	home["hdf5.h"] = "lib/nda/h5.c lib/src/hdf5.h lib/store/dcstore.c lib/sim/hdf5.c lib/sim/h5control.c"
	home["libdeflate.h"] = "lib/src/hdf5raw.c"
	home["yaml.h"] = "lib/conf/yaml.c"
	home["expat.h"] = "lib/form/xlsx.c lib/form/svg.c"
	home["png.h"] = "lib/render/png.c"
	home["cairo.h"] = "lib/render/plot.c"
}
/^[ \t]*#[ \t]*include[ \t]+"/ {
	split(FILENAME, f, "/"); split($0, q, "\""); split(q[2], h, "/")
	if (h[1] != f[2] && index(" " ok[f[2]] " ", " " h[1] " ") == 0) {
		printf "%s:%d: lib/%s may not include %s\n", FILENAME, FNR, f[2], q[2]
		bad = 1
	}
}
/^[ \t]*#[ \t]*include[ \t]+</ {
	split($0, q, /[<>]/); n = split(q[2], h, "/"); name = h[n]
	if (name in home && index(" " home[name] " ", " " FILENAME " ") == 0) {
		printf "%s:%d: only %s may use %s\n", FILENAME, FNR, home[name], q[2]
		bad = 1
	}
}
END { exit bad }' lib/*/*.[ch]
