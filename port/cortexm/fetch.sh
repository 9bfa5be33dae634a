#!/bin/bash
# Gets a library's source into a folder, from Debian's source package, by its SHA-256. Nothing is installed and apt's own settings
# stay as they are. Does nothing if it is there already.
#   fetch.sh lwip|bearssl FOLDER
set -euo pipefail

case ${1-} in
lwip)
    version=2.1.3+dfsg1-2
    file=lwip_2.1.3+dfsg1.orig.tar.xz
    sha256=0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24
    ;;
bearssl)
    version=0.6+dfsg.1-3
    file=bearssl_0.6+dfsg.1.orig.tar.xz
    sha256=102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004
    ;;
*)
    echo "fetch: there is no library '${1-}'" >&2
    exit 1
    ;;
esac

mkdir -p "$2"
folder=$(cd "$2" && pwd)
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
(cd "$work" && apt_get source --download-only "$1=$version")
echo "$sha256  $work/$file" | sha256sum --check --quiet
# Upstream's tree as it is: Debian's patches of lwIP are for its port to Unix and for the sockets, neither of which is built; of
# BearSSL it has none.
tar -xJf "$work/$file" -C "$folder/source" --strip-components=1
rm -rf "$work"
echo "$version" >"$folder/version"
