# What the core takes on a chip, or home_switch on a board, printed by the build, which fails if that is more than
# bench/budget/budget.toml allows. A program that sets its own limits (limits.h), or has another compiler than Debian 12's, has figures of
# its own: MOTE_BUDGET=OFF.

option(MOTE_BUDGET "Hold what is built for a chip to its budgets" ON)
if(NOT MOTE_BUDGET OR NOT CMAKE_BUILD_TYPE STREQUAL "MinSizeRel")
    return()
endif()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

set(budget ${PROJECT_SOURCE_DIR}/bench/budget)

# Not what somebody has added to it: authorities, or words for the program.
if(MOTE_BOARD)
    if(NOT MOTE_AUTHORITIES AND MOTE_COMMAND_LINE STREQUAL "firmware")
        add_custom_target(mote-budget ALL
            COMMAND ${Python3_EXECUTABLE} ${budget}/budget.py firmware ${MOTE_BOARD} ${PROJECT_BINARY_DIR}
            DEPENDS firmware-home_switch COMMENT "Budgets" VERBATIM USES_TERMINAL)
    endif()
    return()
endif()

# ccache keeps objects, but not the call graphs beside them.
target_compile_options(mote_core PRIVATE -fcallgraph-info=su)
set_target_properties(mote_core PROPERTIES C_COMPILER_LAUNCHER "")

add_library(mote_budget OBJECT ${budget}/objects.c)
target_link_libraries(mote_budget PRIVATE mote_inside)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/budget.objects CONTENT "$<JOIN:$<TARGET_OBJECTS:mote_core>,\n>\n")
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/budget.structs CONTENT "$<TARGET_OBJECTS:mote_budget>\n")

# With something left out there may be less than what is declared.
set(budget_partial)
foreach(part ${MOTE_PARTS})
    if(${part})
        set(budget_partial --partial)
    endif()
endforeach()
add_custom_target(mote-budget ALL
    COMMAND ${Python3_EXECUTABLE} ${budget}/budget.py check ${CMAKE_SYSTEM_PROCESSOR} ${PROJECT_BINARY_DIR} ${budget_partial}
    DEPENDS $<TARGET_OBJECTS:mote_core> $<TARGET_OBJECTS:mote_budget>
    COMMENT "Budgets" VERBATIM USES_TERMINAL)
