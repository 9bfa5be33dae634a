/* Scenario: a weather of one's own, as a YAML file. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/world.h"

/* What a file says; zero where it says nothing. */
struct sim_scenario {
    bool has_seed;
    uint64_t seed;
    uint64_t duration_ms;
    unsigned nodes;
    bool is_drawn; /* and the weather of the seed besides */
    struct weather weather;
};

/* Loads the file. Events that repeat do so for `duration_ms`, or as long as the file says; with more devices than the file says the
 * events for all concern them, too. Returns false after saying on stderr what is wrong, every place with line and column. */
bool sim_scenario_load(struct sim_scenario *scenario, const char *path, uint64_t duration_ms);

/* Writes one with these faults. `words` is a comment at its beginning. Returns false if the file cannot be written, which it says. */
bool sim_scenario_save(const char *path, const char *words, const struct world_config *config,
                       const struct weather *weather);

#endif
