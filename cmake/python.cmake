# What of the Python modules needs no Python: compiled for every machine, linked by its tests alone.

file(GLOB umqtt_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/micropython/umqtt*.c)
if(umqtt_sources)
    add_library(mote_umqtt OBJECT ${umqtt_sources})
    target_link_libraries(mote_umqtt PRIVATE mote_inside)
endif()
if(MOTE_CORE_ONLY OR MOTE_BENCH)
    return()
endif()

# What a script finds around it, for any interpreter.
file(GLOB script_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/native/script*.c)
add_library(mote_script OBJECT ${script_sources})
target_link_libraries(mote_script PRIVATE mote_inside)
target_compile_definitions(mote_script PRIVATE _GNU_SOURCE)

# The same for another interpreter: what test/python/micropython/ loads.
if(MOTE_TESTS)
    add_library(mote-script SHARED $<TARGET_OBJECTS:mote_script> $<TARGET_OBJECTS:mote_umqtt>)
    target_link_libraries(mote-script PRIVATE mote_inside mote-static)
    set_target_properties(mote-script PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/python)
endif()

# build/python, to be named by PYTHONPATH: the package with its extension. Debian's Python comes first: it is the one whose headers a
# package brings. Any from 3.11 on will do, for the extension needs no more than the stable interface.
find_program(MOTE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(MOTE_PYTHON python3)
set(python_include)
if(MOTE_PYTHON)
    execute_process(COMMAND ${MOTE_PYTHON} -c "import sysconfig; print(sysconfig.get_path('include'))"
        OUTPUT_VARIABLE python_include OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT EXISTS "${python_include}/Python.h")
    message(NOTICE "No Python.h (Debian: python3-dev): build/python, the Python modules, is left out")
    return()
endif()

set(python_root ${PROJECT_SOURCE_DIR}/python)
set(python_directory ${PROJECT_BINARY_DIR}/python)
file(GLOB extension_sources CONFIGURE_DEPENDS ${python_root}/extension/*.c)
add_library(mote-python MODULE ${extension_sources}
    $<TARGET_OBJECTS:mote_script> $<TARGET_OBJECTS:mote_umqtt>)
target_link_libraries(mote-python PRIVATE mote_inside mote-static)
target_include_directories(mote-python SYSTEM PRIVATE ${python_include})
target_compile_definitions(mote-python PRIVATE _GNU_SOURCE Py_LIMITED_API=0x030b0000)
# The table of a type's slots, as Python wants it, has functions as `void *`.
set_source_files_properties(${extension_sources} PROPERTIES COMPILE_OPTIONS -Wno-pedantic)
# Others' copies of the library in the same process are none of its business.
target_compile_options(mote-python PRIVATE -fvisibility=hidden)
target_link_options(mote-python PRIVATE -Wl,--exclude-libs,ALL)
set_target_properties(mote-python PROPERTIES
    PREFIX "" OUTPUT_NAME _mote SUFFIX .abi3.so LIBRARY_OUTPUT_DIRECTORY ${python_directory}/mote)

# The package's files are copied, so that the folder is all that a program needs.
set(package_copies)
function(copy_into_package file source)
    add_custom_command(OUTPUT ${python_directory}/mote/${file}
        COMMAND ${CMAKE_COMMAND} -E copy ${source} ${python_directory}/mote/${file}
        DEPENDS ${source} COMMENT "Copying mote/${file}" VERBATIM)
    set(package_copies ${package_copies} ${python_directory}/mote/${file} PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE package_files CONFIGURE_DEPENDS RELATIVE ${python_root}/mote
    ${python_root}/mote/*.py ${python_root}/mote/*.pyi ${python_root}/mote/py.typed)
foreach(file ${package_files})
    copy_into_package(${file} ${python_root}/mote/${file})
endforeach()
# umqtt.robust is that of chips, the virtual board's page that of the program mote.
copy_into_package(esp8266/umqtt/robust.py ${python_root}/micropython/lib/umqtt.robust/umqtt/robust.py)
file(GLOB page_files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/web ${PROJECT_SOURCE_DIR}/web/board/*)
foreach(file ${page_files})
    copy_into_package(${file} ${PROJECT_SOURCE_DIR}/web/${file})
endforeach()
add_custom_target(mote-python-package ALL DEPENDS ${package_copies})
