# _mote_node, what mote.asyncio stands on: a module with an engine of its own inside, whose limits are those of a program and not of a chip.

if(NOT TARGET mote-python-package)
    return()
endif()

# All but the broker.
file(GLOB node_sources CONFIGURE_DEPENDS ${python_root}/node/*.c)
set(engine_sources ${core_sources} ${setup_source} ${board_sources} ${port_sources})
list(FILTER engine_sources EXCLUDE REGEX "/src/broker/|/port/linux/broker_")
add_library(mote-python-node MODULE ${node_sources} ${engine_sources})
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
