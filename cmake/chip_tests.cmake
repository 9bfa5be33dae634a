# What a test needs around it on an emulated chip: where it begins, its memory, a C library that speaks to the emulator.

enable_language(ASM)
set(chip ${CMAKE_SYSTEM_PROCESSOR})
set(chip_folder ${PROJECT_SOURCE_DIR}/test/chip)
file(GLOB chip_sources ${chip_folder}/${chip}*.c ${chip_folder}/${chip}*.S)
list(FILTER chip_sources EXCLUDE REGEX "_client\\.c$")
add_library(mote_chip INTERFACE)
if(chip_sources)
    add_library(mote_chip_objects OBJECT ${chip_sources})
    target_link_libraries(mote_chip_objects PRIVATE mote_options)
    target_sources(mote_chip INTERFACE $<TARGET_OBJECTS:mote_chip_objects>)
endif()
if(chip STREQUAL "cortex-m3")
    target_link_options(mote_chip INTERFACE --specs=rdimon.specs -nostartfiles -T ${chip_folder}/cortex-m3.ld)
elseif(chip STREQUAL "lx106")
    target_compile_options(mote_chip_objects PRIVATE -mtext-section-literals) # the way from the reset is too far for others
    target_link_options(mote_chip INTERFACE -nostartfiles -T ${chip_folder}/lx106.ld)
elseif(chip STREQUAL "rv32imc")
    target_link_options(mote_chip INTERFACE --oslib=semihost --crt0=semihost
        -Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=4M,--defsym=__ram=0x80400000,--defsym=__ram_size=16M)
endif()

# A client of MQTT on the ESP8266's core, for which the emulator's serial line is the connection.
if(chip STREQUAL "lx106")
    add_executable(chip-client ${chip_folder}/lx106_client.c)
    target_link_libraries(chip-client PRIVATE mote_options mote-static mote_chip)
    set_target_properties(chip-client PROPERTIES OUTPUT_NAME client RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/chip)
endif()
