# What script/bench compares: clients, one for each file bench/clients/NAME.c: build/bench/clients/NAME; and queues, likewise. The
# peers are those of Debian.

option(MOTE_BENCH "Build what script/bench compares" OFF)
if(NOT MOTE_BENCH)
    return()
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(mosquitto REQUIRED IMPORTED_TARGET libmosquitto)

set(bench_clients ${PROJECT_SOURCE_DIR}/bench/clients)
set(libraries_mote mote-static)
set(libraries_flight mote-static)
set(libraries_mosquitto PkgConfig::mosquitto)
set(libraries_paho_async paho-mqtt3a)
set(libraries_paho_sync paho-mqtt3c)
foreach(name mote flight mosquitto paho_async paho_sync)
    add_executable(bench-${name} ${bench_clients}/${name}.c ${bench_clients}/client.c)
    target_link_libraries(bench-${name} PRIVATE mote_options ${libraries_${name}})
    target_compile_definitions(bench-${name} PRIVATE _GNU_SOURCE)
    set_target_properties(bench-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/clients)
endforeach()

pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
set(bench_queues ${PROJECT_SOURCE_DIR}/bench/queue)
set(libraries_outbox mote-static)
set(libraries_sqlite PkgConfig::sqlite)
foreach(name outbox sqlite)
    add_executable(bench-queue-${name} ${bench_queues}/${name}.c ${bench_queues}/queue.c)
    target_link_libraries(bench-queue-${name} PRIVATE mote_options ${libraries_${name}})
    target_compile_definitions(bench-queue-${name} PRIVATE _GNU_SOURCE)
    set_target_properties(bench-queue-${name} PROPERTIES
        OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/queues)
endforeach()
