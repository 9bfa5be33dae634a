#!/bin/bash
# Boots a guest that build-guest.sh has made, runs one script in it, and ends with that script's exit status.
#
#   run-guest.sh GUEST LIMIT_S SCRIPT [-f PROGRAM:PLACE]... [ARGUMENT]...
#
# Each program comes with its shared libraries; other files may come as well. What the script prints is printed here as it comes. Exit status: the script's,
# 124 if the time ran out, 125 if the guest did not come so far.
set -euo pipefail

guest=$(cd "$1" && pwd) limit=$2 script=$3
shift 3
work=$(mktemp -d)
qemu='' reader=''
clean_up() {
    [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
    [ -z "$reader" ] || kill "$reader" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

put() { # FILE PLACE
    mkdir -p "$work/over$(dirname "$2")"
    cp -aL "$1" "$work/over$2"
}
while [ "${1:-}" = -f ]; do
    put "${2%%:*}" "${2#*:}"
    { ldd "${2%%:*}" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | while read -r library; do put "$library" "$library"; done
    shift 2
done
put "$script" /test.sh
printf '%s\n' "$@" >"$work/over/test.args"

# The kernel unpacks one archive behind the other.
{   cat "$guest/initrd.cpio"
    (cd "$work/over" && find . -print | "$guest/busybox" cpio -o -H newc -R 0:0 2>/dev/null); } >"$work/initrd"
: >"$work/out"
: >"$work/status"
# The guest's time goes by the instructions that it has carried out, and while it sleeps no time is lost: how busy this machine
# is makes no difference to it.
nice qemu-system-x86_64 -accel tcg -icount shift=1,sleep=off -machine pc -cpu max -m 768 -nodefaults -no-user-config -no-reboot -display none \
    -kernel "$guest/vmlinuz" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off nokaslr tsc=reliable" \
    -serial "file:$work/kernel" -serial "file:$work/out" -serial "file:$work/status" </dev/null 2>"$work/qemu" &
qemu=$!
tail -n +1 -f "$work/out" &
reader=$!
status=
for ((i = 0; i < limit * 2; i++)); do
    status=$(sed -n 's/^status \([0-9]*\).*/\1/p' "$work/status")
    if [ -n "$status" ] || ! kill -0 "$qemu" 2>/dev/null; then break; fi
    sleep 0.5
done
sleep 1 # for the reader
if [ -z "$status" ]; then
    status=125
    if kill -0 "$qemu" 2>/dev/null; then status=124; fi
    echo "run-guest.sh: the guest has not ended after $limit s, or not well" >&2
    cat "$work/qemu" >&2
    tail -n 20 "$work/kernel" >&2
fi
exit "$status"
