/* Shrink: of all the faults of a run that has broken a promise, those that it takes. */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/world.h"

/* Asked before each run but the first: is it worth one more? `runs` have been made, and `faults` are the fewest that were found. */
typedef bool shrink_goes_on(void *context, unsigned runs, size_t faults);

/* Runs it again and again with fewer faults, and keeps what still breaks the same promise. `weather` gets the fewest that were found
 * and `result` what comes of them. Returns whether the run breaks its promise at all when it is repeated. */
bool shrink(const struct world_config *config, const struct world_result *broken, shrink_goes_on *goes_on,
            void *context, struct weather *weather, struct world_result *result);

#endif
