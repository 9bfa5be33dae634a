# The fuzz targets, one for each file test/fuzz/NAME.c; script/fuzz runs them. They need clang's libFuzzer. What is meant
# to wrap around (hashes, words of text) does so in unsigned numbers: that is not among the errors looked for.

option(MOTE_FUZZ "Build the fuzz targets" OFF)
if(NOT MOTE_FUZZ)
    return()
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(cyaml REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson)

add_custom_target(fuzz)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/fuzz/*.c)
foreach(source ${fuzz_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(fuzz-${name} ${source} $<TARGET_OBJECTS:mote_core>)
    target_link_libraries(fuzz-${name} PRIVATE mote_inside)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
    target_compile_definitions(fuzz-${name} PRIVATE _GNU_SOURCE)
    set_target_properties(fuzz-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/fuzz)
    add_dependencies(fuzz fuzz-${name})
endforeach()

target_sources(fuzz-certificate PRIVATE ${PROJECT_SOURCE_DIR}/port/chip/certificate.c ${PROJECT_SOURCE_DIR}/port/chip/date.c)
target_sources(fuzz-umqtt PRIVATE $<TARGET_OBJECTS:mote_umqtt>)

# The parts of the program that read files and command lines.
set(cli ${PROJECT_SOURCE_DIR}/cli)
file(GLOB fuzz_config_sources CONFIGURE_DEPENDS ${cli}/config/*.c)
list(APPEND fuzz_config_sources ${cli}/broker_config.c ${cli}/cli.c)
file(GLOB fuzz_options_sources CONFIGURE_DEPENDS ${cli}/options/*.c ${cli}/format/*.c)
list(APPEND fuzz_options_sources ${cli}/client/client_config.c ${cli}/cli.c)
foreach(name config options)
    target_sources(fuzz-${name} PRIVATE ${fuzz_${name}_sources})
    target_include_directories(fuzz-${name} PRIVATE ${cli})
    target_link_libraries(fuzz-${name} PRIVATE PkgConfig::cyaml PkgConfig::cjson)
endforeach()
