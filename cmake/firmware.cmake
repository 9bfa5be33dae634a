# Firmware for a Cortex-M board: build/BOARD/firmware/NAME.elf for each program below, with its map beside it. The port is a list of
# files, and so is a board: what boards/BOARD/ has, and one file for whether there is a host to ask.

set(MOTE_SEMIHOSTING ON CACHE BOOL "There is a host that the firmware can ask: an emulator, or a debugger that is always there")
set(MOTE_COMMAND_LINE "firmware" CACHE STRING "What the firmware's program is started with, if there is no host that knows")
set(MOTE_FIRMWARE "" CACHE STRING "C files of programs to build as well, a program each")

set(MOTE_AUTHORITIES "" CACHE FILEPATH "The authorities that a firmware with TLS trusts, PEM, if its settings image names none")

set(cortexm ${PROJECT_SOURCE_DIR}/port/cortexm)
set(board ${cortexm}/boards/${MOTE_BOARD})
if(NOT EXISTS ${board}/board.c)
    message(FATAL_ERROR "MOTE_BOARD=${MOTE_BOARD}: there is no ${board}/board.c")
endif()
set(board_definitions)
set(board_tls OFF)
include(${board}/board.cmake)

# --- lwIP, which is fetched and not ours ---

set(lwip_folder ${PROJECT_SOURCE_DIR}/build/lwip)
execute_process(COMMAND ${cortexm}/fetch.sh lwip ${lwip_folder} COMMAND_ERROR_IS_FATAL ANY)
set(lwip ${lwip_folder}/source/src)

add_library(mote_lwip_headers INTERFACE)
target_include_directories(mote_lwip_headers SYSTEM INTERFACE ${lwip}/include ${cortexm}/lwip)
target_compile_definitions(mote_lwip_headers INTERFACE ${board_definitions})

set(lwip_sources init def dns mem memp netif pbuf tcp tcp_in tcp_out timeouts inet_chksum ip udp
    ipv4/ip4 ipv4/ip4_addr ipv4/etharp ipv4/icmp ipv4/dhcp)
list(TRANSFORM lwip_sources PREPEND ${lwip}/core/)
list(APPEND lwip_sources ${lwip}/netif/ethernet ${lwip}/apps/sntp/sntp)
list(TRANSFORM lwip_sources APPEND .c)
add_library(mote_lwip OBJECT ${lwip_sources})
target_link_libraries(mote_lwip PRIVATE mote_lwip_headers)
target_compile_options(mote_lwip PRIVATE -w -ffreestanding -ffunction-sections -fdata-sections)

# --- BearSSL, too, for boards with TLS: their stack has room for its arithmetic ---

add_library(mote_tls_headers INTERFACE)
if(board_tls)
    include(cmake/bearssl.cmake)
    set(tls_sources calendar tls tls_peer tls_trust tls_verdict)
    set(tls_library mote_bearssl)
    set(stack_size 8K)
else()
    set(tls_sources tls_none)
    set(tls_library)
    set(stack_size 4K)
endif()

# --- The port ---

set(port_sources clock command_line console fault flash image link network pins port random start ${tls_sources})
if(MOTE_SEMIHOSTING)
    list(APPEND port_sources host_semihosting)
else()
    list(APPEND port_sources host_none)
endif()
list(TRANSFORM port_sources PREPEND ${cortexm}/)
list(APPEND port_sources ${board}/board ${board}/ethernet
    ${PROJECT_SOURCE_DIR}/port/blocking/blocking
    ${PROJECT_SOURCE_DIR}/port/blocking/mqtt
    ${PROJECT_SOURCE_DIR}/port/blocking/node_run
    ${PROJECT_SOURCE_DIR}/port/chip/certificate
    ${PROJECT_SOURCE_DIR}/port/chip/date
    ${PROJECT_SOURCE_DIR}/port/chip/input
    ${PROJECT_SOURCE_DIR}/port/words)
list(TRANSFORM port_sources APPEND .c)
add_library(mote_port OBJECT ${port_sources})
target_link_libraries(mote_port PRIVATE mote_inside mote_lwip_headers mote_tls_headers)
target_compile_definitions(mote_port PRIVATE MOTE_WORDS_SIZE=160 "MOTE_COMMAND_LINE=\"${MOTE_COMMAND_LINE}\"")
if(MOTE_AUTHORITIES)
    target_compile_definitions(mote_port PRIVATE "MOTE_AUTHORITIES=\"${MOTE_AUTHORITIES}\"")
    set_source_files_properties(${cortexm}/image.c PROPERTIES OBJECT_DEPENDS ${MOTE_AUTHORITIES})
endif()
target_compile_options(mote_port PRIVATE -ffunction-sections -fdata-sections)

# --- The programs ---

# Makes an executable the board's firmware. Further arguments are options for the linker.
function(mote_firmware target)
    target_link_libraries(${target} PRIVATE
        $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_port> $<TARGET_OBJECTS:mote_lwip> ${tls_library})
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
    target_link_options(${target} PRIVATE --specs=nano.specs -nostartfiles -T ${cortexm}/firmware.ld -L ${board}
        -Wl,--gc-sections,--fatal-warnings,--defsym=mote_stack_size=${stack_size} ${ARGN})
    set_target_properties(${target} PROPERTIES SUFFIX .elf LINK_DEPENDS "${cortexm}/firmware.ld;${board}/memory.ld")
endfunction()

set(firmware_directory ${PROJECT_BINARY_DIR}/firmware)
set(firmware_sources ${PROJECT_SOURCE_DIR}/examples/home_switch.c
    ${PROJECT_SOURCE_DIR}/test/chip/firmware_probe.c ${PROJECT_SOURCE_DIR}/test/chip/firmware_fault.c ${MOTE_FIRMWARE})
foreach(source ${firmware_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(firmware-${name} ${source})
    target_link_libraries(firmware-${name} PRIVATE mote_options)
    mote_firmware(firmware-${name} -Wl,--print-memory-usage,-Map=${firmware_directory}/${name}.map)
    set_target_properties(firmware-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${firmware_directory})
    add_custom_command(TARGET firmware-${name} POST_BUILD
        COMMAND arm-none-eabi-size $<TARGET_FILE:firmware-${name}>
        COMMAND ${cortexm}/memory.py ${firmware_directory}/${name}.map VERBATIM)
endforeach()
