# Writes OUTPUT, which holds the page FILE in two parts: before the mark <!--DATA-->, and behind it.
#   cmake -DFILE=web/report/page.html -DOUTPUT=build/report/page.c -P embed_report.cmake
cmake_minimum_required(VERSION 3.25)

file(READ ${FILE} bytes HEX)
string(HEX "<!--DATA-->" mark)
string(FIND "${bytes}" "${mark}" at)
string(LENGTH "${mark}" size)
math(EXPR behind "${at} + ${size}")
string(SUBSTRING "${bytes}" 0 ${at} head)
string(SUBSTRING "${bytes}" ${behind} -1 tail)
foreach(part head tail)
    string(REGEX REPLACE "(..)" "0x\\1," ${part} "${${part}}")
    string(REGEX REPLACE "((0x..,)(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?(0x..,)?)" "\\1\n" ${part} "${${part}}")
endforeach()
file(WRITE ${OUTPUT} "#include \"sim/sim_report.h\"\n\n"
    "const char sim_report_head[] = {\n${head}0x00};\n\nconst char sim_report_tail[] = {\n${tail}0x00};\n")
