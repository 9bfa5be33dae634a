# The program mote, with the pages under web/ inside it: web/board/ is served at /, the others at /NAME/.

pkg_check_modules(cyaml REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(websockets REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(png REQUIRED IMPORTED_TARGET libpng)

set(web_root ${PROJECT_SOURCE_DIR}/web)
file(GLOB_RECURSE web_files CONFIGURE_DEPENDS RELATIVE ${web_root} ${web_root}/*)
list(FILTER web_files INCLUDE REGEX "/.*[^~]$")
list(FILTER web_files EXCLUDE REGEX "(^|/)\\.")
list(FILTER web_files EXCLUDE REGEX "^setup/")  # the core has it
list(FILTER web_files EXCLUDE REGEX "^report/") # is written, not served
list(TRANSFORM web_files PREPEND ${web_root}/ OUTPUT_VARIABLE web_paths)
set(web_directory ${PROJECT_BINARY_DIR}/web)
add_custom_command(
    OUTPUT ${web_directory}/web_files.c ${web_directory}/web_files.h
    COMMAND ${CMAKE_COMMAND} -DROOT=${web_root} "-DFILES=${web_files}"
        -DOUTPUT=${web_directory}/web_files -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${web_paths} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding web/" VERBATIM)

set(report_page ${PROJECT_BINARY_DIR}/report/page.c)
add_custom_command(
    OUTPUT ${report_page}
    COMMAND ${CMAKE_COMMAND} -DFILE=${web_root}/report/page.html -DOUTPUT=${report_page}
        -P ${PROJECT_SOURCE_DIR}/cmake/embed_report.cmake
    DEPENDS ${web_root}/report/page.html ${PROJECT_SOURCE_DIR}/cmake/embed_report.cmake
    COMMENT "Embedding web/report/" VERBATIM)

file(GLOB program_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c ${PROJECT_SOURCE_DIR}/cli/*/*.c)
add_executable(mote-cli ${program_sources} ${web_directory}/web_files.c ${web_directory}/web_files.h ${report_page}
    $<TARGET_OBJECTS:mote_simulator>)
set_target_properties(mote-cli PROPERTIES OUTPUT_NAME mote)
target_compile_definitions(mote-cli PRIVATE _GNU_SOURCE)
target_include_directories(mote-cli PRIVATE ${PROJECT_SOURCE_DIR}/cli ${web_directory})
target_link_libraries(mote-cli PRIVATE
    mote_inside mote-static PkgConfig::cyaml PkgConfig::websockets PkgConfig::cjson PkgConfig::qrencode PkgConfig::png)
