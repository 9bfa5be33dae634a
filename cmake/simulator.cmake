# The simulator: sim/ with the core and the virtual board, without the ports of this machine. The program mote has the same objects; a
# program of one's own runs in it when it is linked with libmote-sim.so.

file(GLOB simulator_sources CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/sim/*.c ${PROJECT_SOURCE_DIR}/sim/weather/*.c ${PROJECT_SOURCE_DIR}/sim/watch/*.c)
add_library(mote_simulator OBJECT ${simulator_sources})
target_link_libraries(mote_simulator PRIVATE mote_inside)

# It takes the place of main(), which the program has.
file(GLOB launcher_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sim/program/*.c)
add_library(mote-sim SHARED ${launcher_sources}
    $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_board> $<TARGET_OBJECTS:mote_simulator>)
target_link_libraries(mote-sim PRIVATE mote_inside)
target_include_directories(mote-sim INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(mote-sim PRIVATE _GNU_SOURCE)
set_target_properties(mote-sim PROPERTIES LINKER_LANGUAGE C)
