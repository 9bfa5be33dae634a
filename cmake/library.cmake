# The portable core, and with the ports of this machine libmote.a and libmote.so.

file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.c)

# The setup page is carried by the core, in flash.
set(setup_root ${PROJECT_SOURCE_DIR}/web/setup)
set(setup_files page.html form.html row.html failed.html trying.html confirmed.html dropped.html not_kept.html closed.html
    setup.css setup.js)
list(TRANSFORM setup_files PREPEND ${setup_root}/ OUTPUT_VARIABLE setup_paths)
set(setup_source ${PROJECT_BINARY_DIR}/setup/files.c)
add_custom_command(
    OUTPUT ${setup_source}
    COMMAND ${CMAKE_COMMAND} -DROOT=${setup_root} "-DFILES=${setup_files}" -DOUTPUT=${setup_source}
        -P ${PROJECT_SOURCE_DIR}/cmake/embed_setup.cmake
    DEPENDS ${setup_paths} ${PROJECT_SOURCE_DIR}/cmake/embed_setup.cmake
    COMMENT "Embedding web/setup/" VERBATIM)

add_library(mote_core OBJECT ${core_sources} ${setup_source})
target_link_libraries(mote_core PRIVATE mote_inside)
if(on_chip)
    target_compile_options(mote_core PRIVATE -ffreestanding -ffunction-sections -fdata-sections)
elseif(CMAKE_C_COMPILER_ID MATCHES "Clang")
    # clang writes bcmp() for a memcmp() compared with 0.
    target_compile_options(mote_core PRIVATE -fno-builtin-bcmp)
endif()

# What the core may ask of its surroundings. Checked for every chip as part of the build.
set(core_symbols_checked ${PROJECT_BINARY_DIR}/core-symbols.checked)
add_custom_command(
    OUTPUT ${core_symbols_checked}
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} "-DOBJECTS=$<TARGET_OBJECTS:mote_core>"
        "-DALLOWED=memcpy;memmove;memset;memcmp;strlen" -P ${PROJECT_SOURCE_DIR}/cmake/check_symbols.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${core_symbols_checked}
    DEPENDS mote_core $<TARGET_OBJECTS:mote_core> ${PROJECT_SOURCE_DIR}/cmake/check_symbols.cmake
    COMMENT "Checking the symbols that the core needs" VERBATIM)
if(on_chip)
    add_custom_target(mote-core-symbols ALL DEPENDS ${core_symbols_checked})
else()
    add_custom_target(mote-core-symbols DEPENDS ${core_symbols_checked})
endif()

if(MOTE_CORE_ONLY)
    add_library(mote-static STATIC $<TARGET_OBJECTS:mote_core>)
else()
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
    pkg_check_modules(gpiod REQUIRED IMPORTED_TARGET libgpiod)
    pkg_check_modules(openssl REQUIRED IMPORTED_TARGET libssl libcrypto)

    file(GLOB board_sources CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/port/blocking/*.c
        ${PROJECT_SOURCE_DIR}/port/sim/*.c)
    add_library(mote_board OBJECT ${board_sources}) # what needs no operating system
    target_link_libraries(mote_board PRIVATE mote_inside)
    target_compile_definitions(mote_board PRIVATE _GNU_SOURCE)

    file(GLOB port_sources CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/port/*.c
        ${PROJECT_SOURCE_DIR}/port/linux/*.c
        ${PROJECT_SOURCE_DIR}/port/linux/link/*.c
        ${PROJECT_SOURCE_DIR}/port/linux/radio/*.c)
    add_library(mote_port OBJECT ${port_sources})
    target_link_libraries(mote_port PRIVATE mote_inside PkgConfig::cares PkgConfig::gpiod PkgConfig::openssl)
    target_compile_definitions(mote_port PRIVATE _GNU_SOURCE)

    add_library(mote-shared SHARED
        $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_board> $<TARGET_OBJECTS:mote_port>)
    set_target_properties(mote-shared PROPERTIES
        OUTPUT_NAME mote EXPORT_NAME mote LINKER_LANGUAGE C
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
    target_link_libraries(mote-shared PRIVATE PkgConfig::cares PkgConfig::gpiod PkgConfig::openssl)
    target_link_options(mote-shared PRIVATE -Wl,--no-undefined)

    # The port installs itself by a constructor that nothing refers to: a linker would leave its object in the archive.
    # So the archive holds a single object, which is taken whole.
    set(whole_object ${PROJECT_BINARY_DIR}/mote.o)
    string(REGEX MATCHALL "-m[^ ]+" machine_flags "${CMAKE_C_FLAGS}")
    add_custom_command(
        OUTPUT ${whole_object}
        COMMAND ${CMAKE_C_COMPILER} ${machine_flags} -r -nostdlib -o ${whole_object}
            $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_board> $<TARGET_OBJECTS:mote_port>
        DEPENDS mote_core mote_board mote_port
            $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_board> $<TARGET_OBJECTS:mote_port>
        COMMENT "Joining the objects of libmote.a" COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties(${whole_object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    add_library(mote-static STATIC ${whole_object})
    target_link_libraries(mote-static INTERFACE
        "$<BUILD_INTERFACE:PkgConfig::cares;PkgConfig::gpiod;PkgConfig::openssl>"
        "$<INSTALL_INTERFACE:cares;gpiod;ssl;crypto>")
endif()
set_target_properties(mote-static PROPERTIES OUTPUT_NAME mote EXPORT_NAME mote-static LINKER_LANGUAGE C)

foreach(library mote-static mote-shared)
    if(TARGET ${library})
        target_include_directories(${library} INTERFACE
            "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
    endif()
endforeach()
