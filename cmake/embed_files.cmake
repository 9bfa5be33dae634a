# Writes OUTPUT.c and OUTPUT.h, which hold the FILES below ROOT.
#   cmake -DROOT=web "-DFILES=board/index.html;..." -DOUTPUT=build/web/web_files -P embed_files.cmake
cmake_minimum_required(VERSION 3.25)

set(type_css "text/css; charset=utf-8")
set(type_html "text/html; charset=utf-8")
set(type_ico image/x-icon)
set(type_jpg image/jpeg)
set(type_js "text/javascript; charset=utf-8")
set(type_json application/json)
set(type_png image/png)
set(type_svg image/svg+xml)
set(type_txt "text/plain; charset=utf-8")
set(type_webmanifest application/manifest+json)
set(type_woff2 font/woff2)

set(arrays "")
set(rows "")
set(count 0)
foreach(file ${FILES})
    string(REGEX REPLACE "^board/" "" path "${file}")
    string(REGEX MATCH "[^./]*$" extension "${path}")
    set(type "${type_${extension}}")
    if(NOT type)
        message(FATAL_ERROR "${file}: embed_files.cmake knows no content type for it")
    endif()
    file(SIZE ${ROOT}/${file} size)
    file(READ ${ROOT}/${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "((0x..,)(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?)" "\\1\n" bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${count}[] = {\n${bytes}0x00};\n\n")
    string(APPEND rows "    {\"/${path}\", \"${type}\", file_${count}, ${size}},\n")
    math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT}.h [[
/* The files of the pages, as they are served. Made by the build. */
#ifndef WEB_FILES_H
#define WEB_FILES_H

#include <stddef.h>

struct web_file {
    const char *path;          /* "/index.html" */
    const char *type;          /* the content type */
    const unsigned char *data; /* a NUL follows its last byte */
    size_t size;
};

extern const struct web_file web_files[];
extern const size_t web_file_count;

#endif
]])
# ISO C has no empty arrays: a row of zeros ends the table.
file(WRITE ${OUTPUT}.c "#include \"web_files.h\"\n\n${arrays}const struct web_file web_files[] = {\n${rows}"
    "    {NULL, NULL, NULL, 0},\n};\nconst size_t web_file_count = ${count};\n")
