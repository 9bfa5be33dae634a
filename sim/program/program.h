/* Program: a C program with a main() of its own as what runs on a device of the world. */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H

#include "sim/world.h"

/* The program whose main() this process has; its variables are remembered as they are now. */
void program_begin(struct world_program *program, int argc, char **argv);

#endif
