/* Shrink: of all the faults of a run that has broken a promise, those that it takes. */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/world.h"

/* Runs it again and again with fewer faults, and keeps what still breaks the same promise. `weather` gets the fewest that were found
 * and `result` what comes of them. Bounded: at most `runs` runs. Returns whether the run breaks its promise at all when it is
 * repeated. */
bool shrink(const struct world_config *config, const struct world_result *broken, unsigned runs,
            struct weather *weather, struct world_result *result);

#endif
