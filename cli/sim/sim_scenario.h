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

/* What counts whatever the file says of it; zero: nothing does. */
struct sim_scenario_told {
    uint64_t duration_ms;
    unsigned nodes;
};

/* Loads the file. Events that repeat do so to the end of the run: as long as it was told, or as the file says, or a year. Returns false
 * after saying on stderr what is wrong, every place with line and column. */
bool sim_scenario_load(struct sim_scenario *scenario, const char *path, const struct sim_scenario_told *told);

/* Writes one with these faults. `words` is a comment at its beginning. Returns false if the file cannot be written, which it says. */
bool sim_scenario_save(const char *path, const char *words, const struct world_config *config,
                       const struct weather *weather);

#endif
