/* What a run of the simulator has come to, for programs. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include "sim/watch/summary.h"

/* Prints it on stdout, as one line. */
void sim_json_print(const struct summary *summary);

#endif
