#!/bin/sh
# The first process of the guest: runs /test.sh, tells how it has ended, and switches off.
#   ttyS0  the kernel's messages
#   ttyS1  what the test prints
#   ttyS2  "status N" at its end
export PATH=/sbin:/usr/sbin:/bin:/usr/bin HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /run/netns
ip link set lo up
for port in ttyS1 ttyS2; do stty -F /dev/$port raw -echo; done
cd /root || exit
set --
while IFS= read -r argument; do set -- "$@" "$argument"; done </test.args
/bin/sh /test.sh "$@" </dev/null >/dev/ttyS1 2>&1
echo "status $?" >/dev/ttyS2
sync
poweroff -f
