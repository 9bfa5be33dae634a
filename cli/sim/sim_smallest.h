/* Smallest: the fewest faults that break a promise, kept as a scenario. */
#ifndef SIM_SMALLEST_H
#define SIM_SMALLEST_H

#include "sim/world.h"

/* Makes a run that has broken a promise again with fewer and fewer faults, for a minute at most, and keeps those that it takes in
 * mote-sim-SEED.yaml; says so. `file`: the node's, for the command that runs it again. */
void sim_smallest_keep(const struct world_config *world, const struct world_result *result, const char *file);

#endif
