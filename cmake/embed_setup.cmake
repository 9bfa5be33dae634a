# Writes OUTPUT, which holds the FILES below ROOT as constants of the core, each line without the blanks at its beginning.
#   cmake -DROOT=web/setup "-DFILES=page.html;..." -DOUTPUT=build/setup/files.c -P embed_setup.cmake
cmake_minimum_required(VERSION 3.16) # as old as ESP-IDF's

set(arrays "")
set(rows "")
set(count 0)
foreach(file ${FILES})
    file(READ ${ROOT}/${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "0x0a,(0x20,|0x0a,)+" "0x0a," bytes "${bytes}")
    string(REGEX MATCHALL "0x" all "${bytes}")
    list(LENGTH all size)
    string(REGEX REPLACE "((0x..,)(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?)" "\\1\n" bytes "${bytes}")
    string(APPEND arrays "/* ${file} */\nstatic const unsigned char file_${count}[] = {\n${bytes}0x00};\n\n")
    string(APPEND rows "    {(const char *)file_${count}, ${size}},\n")
    math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "#include \"setup/files.h\"\n\n${arrays}const struct mote_text mote_setup_files[] = {\n${rows}};\n"
    "const size_t mote_setup_file_count = ${count};\n")
