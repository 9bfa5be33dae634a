# _mote_node, what mote.asyncio stands on: a module with an engine of its own inside, whose limits are those of a program and not of a chip.

if(MOTE_CORE_ONLY OR MOTE_BENCH)
    return()
endif()
find_program(MOTE_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(MOTE_PYTHON python3)
if(MOTE_PYTHON)
    execute_process(COMMAND ${MOTE_PYTHON} -c "import sysconfig; print(sysconfig.get_path('include'))"
        OUTPUT_VARIABLE python_include OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT EXISTS "${python_include}/Python.h")
    message(STATUS "No Python.h (Debian: python3-dev): mote.asyncio is left out")
    return()
endif()

set(python_root ${PROJECT_SOURCE_DIR}/python)
set(python_directory ${PROJECT_BINARY_DIR}/python)
file(GLOB node_sources CONFIGURE_DEPENDS ${python_root}/native/node_*.c)
add_library(mote-python-node MODULE
    ${node_sources} ${core_sources} ${setup_source} ${board_sources} ${port_sources})
set_target_properties(mote-python-node PROPERTIES
    PREFIX "" OUTPUT_NAME _mote_node SUFFIX .abi3.so LIBRARY_OUTPUT_DIRECTORY ${python_directory}/mote)
target_compile_options(mote-python-node PRIVATE -fvisibility=hidden)
# Not more under way at once than on a chip: before MQTT 5 a broker does not say what it takes, and mosquitto takes 20.
target_compile_definitions(mote-python-node PRIVATE
    _GNU_SOURCE Py_LIMITED_API=0x030b0000
    MOTE_RECEIVE_SIZE=65535 MOTE_SEND_SIZE=65535 MOTE_STORE_SIZE=1048576 MOTE_RECEIVED_MAX=1024
    MOTE_SUBSCRIPTIONS_MAX=255 MOTE_FALLBACKS_MAX=7 MOTE_URL_SIZE=8192)
target_include_directories(mote-python-node SYSTEM PRIVATE ${python_include})
target_link_libraries(mote-python-node PRIVATE mote_inside PkgConfig::cares PkgConfig::gpiod PkgConfig::openssl)

# The Python side is copied, so that the folder is all that a program needs. Where there is a package mote, that brings it.
file(GLOB_RECURSE node_modules CONFIGURE_DEPENDS RELATIVE ${python_root} ${python_root}/mote/asyncio/*.py)
list(APPEND node_modules mote/__init__.py mote/py.typed)
if(TARGET mote-python-package)
    set(node_modules)
endif()
list(APPEND node_modules mote/_mote_node.pyi)
set(node_copies)
foreach(module ${node_modules})
    add_custom_command(OUTPUT ${python_directory}/${module}
        COMMAND ${CMAKE_COMMAND} -E copy ${python_root}/${module} ${python_directory}/${module}
        DEPENDS ${python_root}/${module} COMMENT "Copying ${module}" VERBATIM)
    list(APPEND node_copies ${python_directory}/${module})
endforeach()
add_custom_target(mote-python-asyncio ALL DEPENDS ${node_copies} mote-python-node)
