#!/bin/sh
# scripts/embed.sh FILE - a text file as C: an array named after it, cmd/roi/edit.js -> cmd_roi_edit_js,
# with a NUL at its end
set -eu
name=$(printf '%s' "$1" | tr -c 'A-Za-z0-9' '_')
printf '/* made of %s */\nextern const char %s[];\nconst char %s[] = {\n' "$1" "$name" "$name"
od -An -v -td1 "$1" | sed 's/  */ /g; s/^ //; s/ /,/g; s/$/,/'
printf '0};\n'
