# idf.py -D USER_C_MODULES=.../mote/python/micropython/micropython.cmake, and likewise with make
get_filename_component(mote_dir ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
file(GLOB mote_session ${mote_dir}/src/mqtt/*.c)

add_library(usermod_mote_mqtt INTERFACE)
target_sources(usermod_mote_mqtt INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/mote_mqtt.c
    ${CMAKE_CURRENT_LIST_DIR}/mote_mqtt_port.c
    ${CMAKE_CURRENT_LIST_DIR}/mote_mqtt_message.c
    ${CMAKE_CURRENT_LIST_DIR}/umqtt.c
    ${CMAKE_CURRENT_LIST_DIR}/umqtt_calls.c
    ${CMAKE_CURRENT_LIST_DIR}/umqtt_filter.c
    ${CMAKE_CURRENT_LIST_DIR}/umqtt_publish.c
    ${mote_session}
    ${mote_dir}/src/text/text.c
    ${mote_dir}/src/text/reason.c
    ${mote_dir}/src/text/wipe.c
    ${mote_dir}/src/sched/backoff.c)
target_include_directories(usermod_mote_mqtt INTERFACE
    ${CMAKE_CURRENT_LIST_DIR} ${mote_dir}/include ${mote_dir}/src)
target_link_libraries(usermod INTERFACE usermod_mote_mqtt)
