#!/bin/bash
# Debian's kernels leave out the GPIO simulator: builds it as a module from Debian's own source package.
#
#   build-gpio-sim.sh OUT CACHE KERNEL_VERSION
set -euo pipefail

mkdir -p "$1" "$2/debs"
out=$(cd "$1" && pwd) cache=$(cd "$2" && pwd) kernel=$3
series=$(cut -d. -f1,2 <<<"$kernel")

for package in "linux-headers-$kernel" "linux-headers-${kernel%-amd64}-common" "linux-kbuild-$series" \
    linux-compiler-gcc-12-x86 "linux-source-$series"; do
    ls "$cache/debs/$package"_*.deb >/dev/null 2>&1 ||
        (cd "$cache/debs" && apt-get -qq -o APT::Sandbox::User= download "$package")
done

# The headers, with their absolute paths pointed at where they are unpacked.
headers=$cache/headers-$kernel
if [ ! -e "$headers/done" ]; then
    mkdir -p "$headers"
    for file in "$cache"/debs/linux-{headers,kbuild,compiler}*.deb; do dpkg -x "$file" "$headers"; done
    sed -i "s,/usr/src/,$headers/usr/src/,g" "$headers/usr/src/linux-headers-$kernel/Makefile"
    : >"$headers/done"
fi

# The simulator, and that of interrupts, which it needs. A module may not call irq_to_desc(); what is exported does the same.
source=$cache/gpio-sim
rm -rf "$source"
mkdir -p "$source"
dpkg-deb --fsys-tarfile "$cache/debs/linux-source-$series"_*.deb |
    tar -xO "./usr/src/linux-source-$series.tar.xz" |
    tar -xJ -C "$source" --strip-components=3 --wildcards 'linux-source-*/drivers/gpio/gpio-sim.c' \
        'linux-source-*/drivers/gpio/gpiolib.h' 'linux-source-*/kernel/irq/irq_sim.c'
mv "$source/gpio-sim.c" "$source/gpio-sim-main.c"
sed -i 's/handle_simple_irq(irq_to_desc(\(.*\)));/generic_handle_irq(\1);/' "$source/irq_sim.c"
printf 'obj-m += gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n' >"$source/Makefile"
make -s -C "$headers/usr/src/linux-headers-$kernel" M="$source" modules
strip -g -o "$out/gpio-sim.ko" "$source/gpio-sim.ko"
