# What of the Python modules needs no Python: compiled for every machine, linked by its tests alone.

file(GLOB umqtt_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/python/micropython/umqtt*.c)
if(umqtt_sources)
    add_library(mote_umqtt OBJECT ${umqtt_sources})
    target_link_libraries(mote_umqtt PRIVATE mote_inside)
endif()
