/* Summary: what a run of the simulator has come to, for people and for programs. */
#ifndef SIM_SUMMARY_H
#define SIM_SUMMARY_H

#include "sim/world.h"

struct sim_summary {
    const struct world_config *config;
    const struct world_result *result;
    double cpu_s;
    const char *replay; /* the command that runs it again */
};

/* Prints it on stdout. A broken promise comes last, with the command that shows it again. */
void sim_summary_print(const struct sim_summary *summary);
void sim_summary_print_json(const struct sim_summary *summary);

#endif
