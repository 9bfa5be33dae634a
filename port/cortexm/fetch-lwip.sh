#!/bin/bash
# Gets lwIP's source into a folder, from Debian's source package, by its SHA-256. Nothing is installed and apt's own settings stay as
# they are. Does nothing if it is there already.
#   fetch-lwip.sh FOLDER
set -euo pipefail

version=2.1.3+dfsg1-2
file=lwip_2.1.3+dfsg1.orig.tar.xz
sha256=0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24

mkdir -p "$1"
folder=$(cd "$1" && pwd)
exec 9>"$folder/lock" # two builds at once fetch it once
flock 9
[ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && exit
work=$folder/apt
rm -rf "$work" "$folder/source"
mkdir -p "$work"/{sources,lists/partial,cache/archives/partial} "$folder/source"

# The system's own sources, asked for source packages.
for list in /etc/apt/sources.list.d/*.sources; do
    [ -e "$list" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$list" >>"$work/sources/all.sources"
    echo >>"$work/sources/all.sources"
done
if [ -s /etc/apt/sources.list ]; then sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$work/sources/all.list"; fi
apt_get() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@"
}
apt_get update
(cd "$work" && apt_get source --download-only "lwip=$version")
echo "$sha256  $work/$file" | sha256sum --check --quiet
# Upstream's tree as it is: Debian's patches are for its port to Unix and for the sockets, neither of which is built.
tar -xJf "$work/$file" -C "$folder/source" --strip-components=1
rm -rf "$work"
echo "$version" >"$folder/version"
