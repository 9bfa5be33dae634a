# The simulator: sim/ with the core and the virtual board, without the ports of this machine. It is a tool of this repository and is
# not installed; the program mote has the same objects.

file(GLOB simulator_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/*.c)
add_library(mote_simulator OBJECT ${simulator_sources})
target_link_libraries(mote_simulator PRIVATE mote_inside)
add_library(mote-sim STATIC
    $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_board> $<TARGET_OBJECTS:mote_simulator>)
set_target_properties(mote-sim PROPERTIES LINKER_LANGUAGE C)
