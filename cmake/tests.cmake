# One program for each file: test/unit/NAME.c becomes test/unit/NAME in the build directory, on a board test/unit/NAME.elf.
# NAME_linux.c needs port/linux, the others run wherever the core does.

add_library(mote_check OBJECT ${PROJECT_SOURCE_DIR}/test/unit/check.c)
if(MOTE_CORE_ONLY)
    target_sources(mote_check PRIVATE ${PROJECT_SOURCE_DIR}/port/sim/nor.c) # the flash of the outbox's tests
endif()
target_link_libraries(mote_check PRIVATE mote_inside)

set(test_surroundings)
if(on_chip)
    include(cmake/chip_tests.cmake)
    set(test_surroundings mote_chip)
endif()

set(chip_input ${PROJECT_SOURCE_DIR}/port/chip/input.c)
set(esp_parts pin_limits.c shell_line.c join.c tls_reason.c wifi_reason.c)
set(test_kinds unit table)
if(NOT MOTE_CORE_ONLY)
    list(APPEND test_kinds sim)
endif()
foreach(kind ${test_kinds})
    file(GLOB test_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/${kind}/*.c)
    list(FILTER test_sources EXCLUDE REGEX "/check\\.c$")
    if(MOTE_CORE_ONLY)
        list(FILTER test_sources EXCLUDE REGEX "_linux\\.c$")
    endif()
    foreach(source ${test_sources})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${kind}-${name} ${source} $<TARGET_OBJECTS:mote_check>)
        target_link_libraries(${kind}-${name} PRIVATE mote_inside mote-static ${test_surroundings})
        if(kind STREQUAL "sim")
            target_sources(${kind}-${name} PRIVATE $<TARGET_OBJECTS:mote_simulator>)
        endif()
        target_include_directories(${kind}-${name} PRIVATE ${PROJECT_SOURCE_DIR}/test/unit)
        if(name MATCHES "^(umqtt|script)")
            target_sources(${kind}-${name} PRIVATE $<TARGET_OBJECTS:mote_umqtt>)
        endif()
        if(name MATCHES "^script")
            target_sources(${kind}-${name} PRIVATE $<TARGET_OBJECTS:mote_script>)
        endif()
        if(name MATCHES "_linux$")
            target_compile_definitions(${kind}-${name} PRIVATE _GNU_SOURCE)
        endif()
        set_target_properties(${kind}-${name} PROPERTIES
            OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/${kind})
    endforeach()
endforeach()

# What of the ports of chips needs none: neither an SDK nor a register.
list(TRANSFORM esp_parts PREPEND ${PROJECT_SOURCE_DIR}/port/esp/)
foreach(test esp_parts chip_input)
    if(TARGET unit-${test})
        target_sources(unit-${test} PRIVATE ${${test}})
    endif()
endforeach()

# Programs that run in the simulator: test/sim/programs/NAME.c becomes test/sim/programs/NAME, and so do some examples.
if(NOT MOTE_CORE_ONLY)
    file(GLOB sim_programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/test/sim/programs/*.c)
    foreach(source ${sim_programs} ${PROJECT_SOURCE_DIR}/examples/home_switch.c ${PROJECT_SOURCE_DIR}/examples/outbox.c)
        get_filename_component(name ${source} NAME_WE)
        add_executable(simulated-${name} ${source})
        target_link_libraries(simulated-${name} PRIVATE mote_options mote-sim)
        set_target_properties(simulated-${name} PROPERTIES
            OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/sim/programs)
    endforeach()
endif()

# The tests of what is left when parts of the library are left out (preset small).
add_custom_target(small-tests)
foreach(kind unit table)
    file(GLOB small_sources CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/test/${kind}/session*.c ${PROJECT_SOURCE_DIR}/test/${kind}/left_out.c)
    foreach(source ${small_sources})
        get_filename_component(name ${source} NAME_WE)
        add_dependencies(small-tests ${kind}-${name})
    endforeach()
endforeach()
