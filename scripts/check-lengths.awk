# Functions at most 100 lines, files at most 800, lines at most 100 columns (a tab is 8).
# A function begins at a line "{" in the first column and ends at "}" in the first column;
# tables (= {) do not count.
function columns(s,   i, n, c) {
	n = 0
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		n += c == "\t" ? 8 - n % 8 : 1
	}
	return n
}
FNR == 1 { if (last != "" && lines > 800) { printf "%s: %d lines, at most 800\n", last, lines; bad = 1 } start = 0 }
{ last = FILENAME; lines = FNR }
/^\{/ { start = FNR }
/^\}/ {
	if (start && FNR - start - 1 > 100) {
		printf "%s:%d: function of %d lines, at most 100\n", FILENAME, start, FNR - start - 1
		bad = 1
	}
	start = 0
}
columns($0) > 100 { printf "%s:%d: %d columns, at most 100\n", FILENAME, FNR, columns($0); bad = 1 }
END { if (lines > 800) { printf "%s: %d lines, at most 800\n", last, lines; bad = 1 } exit bad }
