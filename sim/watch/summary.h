/* Summary: what a run has come to, for people. */
#ifndef SIM_SUMMARY_H
#define SIM_SUMMARY_H

#include "sim/world.h"

struct summary {
    const struct world_config *config;
    const struct world_result *result;
    double cpu_s;
    const char *replay; /* the command that runs it again */
};

/* Simulated hours of a device in a second of CPU time. */
double summary_speed(const struct summary *summary);

/* Prints it on stdout. A broken promise comes last, with the command that shows it again. */
void summary_print(const struct summary *summary);

#endif
