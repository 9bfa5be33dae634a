# How all of our own targets are compiled.

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
if(NOT DEFINED CMAKE_COMPILE_WARNING_AS_ERROR)
    set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(on_chip)
    set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
endif()

# The tests start programs thousands of times. When one ends, LeakSanitizer looks through all that can be written, also the 6 MB of
# UBSan's own library, and where the program lies is moved by ninety thousand relocations: without both a start takes 100 ms, not 150.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_FLAGS MATCHES "-fsanitize=address,undefined")
    string(APPEND CMAKE_EXE_LINKER_FLAGS " -no-pie -static-libubsan")
endif()

# Assertions stay on in every build type.
foreach(type RELEASE RELWITHDEBINFO MINSIZEREL)
    string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${type} "${CMAKE_C_FLAGS_${type}}")
endforeach()

add_library(mote_options INTERFACE)
target_compile_options(mote_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wmissing-prototypes -Wstrict-prototypes -Wvla
    # File names in messages and debug information are those of the repository, wherever it was built.
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_compile_definitions(mote_options INTERFACE MOTE_VERSION="${PROJECT_VERSION}")
target_include_directories(mote_options INTERFACE ${PROJECT_SOURCE_DIR}/include)

# What can be left out. The headers are the same; a program that asks for it nevertheless is told so at run time.
option(MOTE_WITHOUT_MQTT5 "Leave MQTT 5 out: 3.1 and 3.1.1 remain" OFF)
option(MOTE_WITHOUT_WIFI "Leave out what keeps a node in its WiFi networks: the board's network is somebody else's business" OFF)
option(MOTE_WITHOUT_WORDS "Leave out the words that explain a fault to people: codes and reasons remain" OFF)
set(MOTE_PARTS MOTE_WITHOUT_MQTT5 MOTE_WITHOUT_WIFI MOTE_WITHOUT_WORDS)
foreach(part ${MOTE_PARTS})
    if(${part})
        target_compile_definitions(mote_options INTERFACE ${part})
    endif()
endforeach()

# What sees the rooms behind the public headers: the library, the program and the tests.
add_library(mote_inside INTERFACE)
target_link_libraries(mote_inside INTERFACE mote_options)
target_include_directories(mote_inside INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
