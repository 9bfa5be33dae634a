#!/bin/bash
# Installs the release build into a folder of its own, and uses it from there as an outside program does.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

try() { # NAME: runs the function case_NAME
    if ("case_$1") >&2; then
        echo "ok unit/install/$1"
    else
        echo "not ok unit/install/$1 - see the log (run alone: test/repository/install.sh)"
        failed=1
    fi
}

compile() {
    cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$@"
}

case_program() {
    "$prefix/bin/mote" --help >"$folder/help" && [ -s "$folder/help" ]
}

case_headers() {
    local header status=0
    for header in "$prefix"/include/mote/*.h; do
        printf "#include <mote/%s>\nextern int not_empty;\n" "$(basename "$header")" >"$folder/header.c"
        compile -I"$prefix/include" -fsyntax-only "$folder/header.c" || status=1
    done
    return $status
}

case_pkg-config() {
    compile "$folder/outside.c" $(pkg-config --cflags --libs mote) -o "$folder/outside" &&
        LD_LIBRARY_PATH=$libraries "$folder/outside"
}

case_archive() {
    compile "$folder/outside.c" $(pkg-config --cflags mote) "$libraries/libmote.a" \
        $(pkg-config --static --libs-only-l mote | sed 's/-lmote//') -o "$folder/outside-static" &&
        "$folder/outside-static"
}

case_cmake() {
    mkdir "$folder/package" && cp "$folder/outside.c" "$folder/package" &&
        cat >"$folder/package/CMakeLists.txt" <<END &&
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
find_package(Mote 0.1 REQUIRED)
add_executable(shared outside.c)
target_link_libraries(shared Mote::mote)
add_executable(static outside.c)
target_link_libraries(static Mote::mote-static)
END
        cmake -G Ninja -S "$folder/package" -B "$folder/package/build" -DCMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$folder/package/build" && "$folder/package/build/shared" && "$folder/package/build/static"
}

prefix=$folder/prefix
cmake --install "$root/build" --prefix "$prefix" >&2
libraries=$(dirname "$(find "$prefix" -name libmote.a)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
cat >"$folder/outside.c" <<END
#include <mote/mote.h>

int main(void)
{
    return mote_text_equals_nocase(MOTE_TEXT("ON"), "on") ? 0 : 1;
}
END

for name in program headers pkg-config archive cmake; do
    try "$name"
done
exit $failed
