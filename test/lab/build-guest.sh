#!/bin/bash
# Makes a small Linux guest, kernel and initramfs, out of Debian's packages. Nothing is installed, root is not needed.
#
#   build-guest.sh OUT CACHE KERNEL_VERSION [MODULE.ko]...
#
# OUT gets vmlinuz, initrd.cpio and busybox, whose cpio run-guest.sh needs; CACHE keeps the packages for the next time.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" "$2/debs/partial" "$2/none/partial"
out=$(cd "$1" && pwd) cache=$(cd "$2" && pwd) kernel=$3
shift 3

packages=(dash busybox-static kmod iproute2 iw wireless-regdb wpasupplicant hostapd dnsmasq-base dhcpcd-base
          mosquitto mosquitto-clients)
programs=(dash busybox kmod ip tc iw wpa_supplicant wpa_cli hostapd dnsmasq dhcpcd mosquitto mosquitto_pub mosquitto_sub)
modules=(mac80211_hwsim ccm ctr cmac gcm ghash-generic sch_netem bridge configfs) # simulated radios; ciphers; loss on the air
stage=$cache/root kernel_tree=$cache/linux-$kernel root=$cache/initramfs

die() {
    echo "build-guest.sh: $*" >&2
    exit 1
}

# --- Packages: solved as if nothing were installed, so that the guest does not depend on this machine ---

: >"$cache/no-packages"
apt_get() {
    apt-get -qq -o Dir::State::status="$cache/no-packages" -o Dir::Cache::archives="$cache/debs" \
        -o APT::Sandbox::User= -o APT::Install-Recommends=false -o Debug::NoLocking=true "$@"
}
unpack() { # TREE FILE
    [ -e "$1/.have/$2" ] && return
    mkdir -p "$1/.have"
    dpkg -x "$cache/debs/$2" "$1"
    : >"$1/.have/$2"
}

apt_get -o Dir::Cache::archives="$cache/none" --print-uris install "${packages[@]}" |
    sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p" >"$cache/files"
apt_get --download-only install "${packages[@]}" >"$cache/apt.log" 2>&1 || die "apt-get failed: $(tail -n 3 "$cache/apt.log")"
while read -r file; do unpack "$stage" "$file"; done <"$cache/files"
if ! ls "$cache/debs/linux-image-${kernel}"_*.deb >/dev/null 2>&1; then
    (cd "$cache/debs" && apt-get -qq -o APT::Sandbox::User= download "linux-image-$kernel")
fi
unpack "$kernel_tree" "$(cd "$cache/debs" && ls "linux-image-${kernel}"_*.deb)"

# --- Programs and their libraries ---

rm -rf "$root"
mkdir -p "$root"/{bin,sbin,lib,lib64,proc,sys,dev,run,tmp,etc,root,usr/{bin,sbin,lib},var/lib/{misc,dhcpcd}}
ln -s ../run "$root/var/run"
loader=$stage/lib64/ld-linux-x86-64.so.2
libraries=$stage/lib/x86_64-linux-gnu:$stage/usr/lib/x86_64-linux-gnu
staged() { # NAME PROGRAM [ARGUMENT]...: runs a program of the packages here
    "$loader" --inhibit-cache --library-path "$libraries" --argv0 "$1" "${@:2}"
}
put() { # FILE PLACE
    mkdir -p "$root$(dirname "$2")"
    [ -e "$root$2" ] || cp -aL "$1" "$root$2"
}
for program in "${programs[@]}"; do
    source=
    for directory in bin sbin usr/bin usr/sbin; do
        if [ -e "$stage/$directory/$program" ]; then source=$stage/$directory/$program && break; fi
    done
    [ -n "$source" ] || die "no program '$program' in the packages"
    put "$source" "${source#"$stage"}"
    "$loader" --verify "$source" >/dev/null 2>&1 || continue # static
    staged "$program" --list "$source" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | while read -r library; do
        put "$library" "/lib/x86_64-linux-gnu/$(basename "$library")"
    done
done
put "$loader" /lib64/ld-linux-x86-64.so.2
put "$stage/usr/lib/dhcpcd" /usr/lib/dhcpcd
ln -sf dash "$root/bin/sh" # busybox's would run its own ip unasked
for name in modprobe insmod; do ln -sf ../bin/kmod "$root/sbin/$name"; done
for file in regulatory.db regulatory.db.p7s; do put "$stage/lib/firmware/$file-debian" "/lib/firmware/$file"; done
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
printf '%s:x:%s:%s::/:/bin/false\n' root 0 0 nobody 65534 65534 mosquitto 100 100 dhcpcd 101 101 _dhcpcd 101 101 \
    >"$root/etc/passwd"
printf '%s:x:%s:\n' root 0 nogroup 65534 mosquitto 100 dhcpcd 101 _dhcpcd 101 >"$root/etc/group"

# --- Kernel modules ---

[ -e "$kernel_tree/lib/modules/$kernel/modules.dep.bin" ] || staged depmod "$stage/bin/kmod" -b "$kernel_tree" "$kernel"
place=$root/lib/modules/$kernel
mkdir -p "$place/extra"
for module in "${modules[@]}"; do
    staged modprobe "$stage/bin/kmod" -d "$kernel_tree" -S "$kernel" --show-depends --ignore-install "$module" ||
        die "no module '$module' in linux-image-$kernel"
done | awk '$1 == "insmod" {print $2}' | sort -u >"$cache/modules"
while read -r file; do put "$file" "${file#"$kernel_tree"}"; done <"$cache/modules"
for file in "$@"; do cp "$file" "$place/extra/"; done
cp "$kernel_tree/lib/modules/$kernel"/modules.{builtin,builtin.modinfo,order} "$place/"
staged depmod "$stage/bin/kmod" -b "$root" "$kernel" 2>/dev/null

# --- The archive ---

install -m755 "$here/guest-init.sh" "$root/init"
"$stage/bin/busybox" --list | while read -r name; do
    [ -e "$root/bin/$name" ] || [ -e "$root/sbin/$name" ] || [ -e "$root/usr/bin/$name" ] ||
        [ -e "$root/usr/sbin/$name" ] || ln -s /bin/busybox "$root/bin/$name"
done
# QEMU boots the plain kernel, and loads an archive that is not packed, in no time; unpacking either would be emulated.
packed=$kernel_tree/boot/vmlinuz-$kernel
number() { od -An -tu4 -j"$1" -N4 "$packed" | tr -d ' '; }
sectors=$(od -An -tu1 -j497 -N1 "$packed" | tr -d ' ')
tail -c +$(((sectors + 1) * 512 + $(number 584) + 1)) "$packed" | head -c $(($(number 588) - 4)) >"$cache/kernel" || true
case $(od -An -tx1 -N4 "$cache/kernel" | tr -d ' ') in
fd377a58) xz -dc <"$cache/kernel" >"$out/vmlinuz" ;;
*) cp "$packed" "$out/vmlinuz" ;;
esac
(cd "$root" && find . -print0 | sort -z | "$stage/bin/busybox" cpio -0 -o -H newc -R 0:0 2>/dev/null) >"$out/initrd.cpio"
cp -L "$stage/bin/busybox" "$out/busybox"
