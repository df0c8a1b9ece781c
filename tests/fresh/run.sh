#!/bin/sh
# tests/fresh/run.sh - README's two commands on a bare Debian 12, as a new user types them
# Needs root and debootstrap (77 else); FRESH_DIR holds the system (default: a new directory).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" -eq 0 ] || { echo "needs root"; exit 77; }
command -v debootstrap >/dev/null || { echo "debootstrap is not installed"; exit 77; }
dir=${FRESH_DIR:-$(mktemp -d)}
[ -x "$dir/bin/sh" ] || debootstrap --variant=minbase bookworm "$dir" >/dev/null
cleanup() { umount "$dir/proc" 2>/dev/null || :; umount "$dir/dev" 2>/dev/null || :; }
trap cleanup EXIT
cp /etc/resolv.conf "$dir/etc/" 2>/dev/null || :
cp /etc/apt/apt.conf.d/* "$dir/etc/apt/apt.conf.d/" 2>/dev/null || :
mount -t proc proc "$dir/proc"
mount --bind /dev "$dir/dev"
rm -rf "$dir/root/calibtools"
git clone -q "$top" "$dir/root/calibtools"
for command in demo check; do
	echo "== sh scripts/$command"
	chroot "$dir" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		sh -c "cd /root/calibtools && sh scripts/$command"
done
