/* Report: a run as one HTML file, without anything from outside. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/watch/summary.h"

/* The page, around its data. Made by the build from web/report/page.html. */
extern const char sim_report_head[];
extern const char sim_report_tail[];

/* Writes it. Returns false if it cannot, after saying why. */
bool sim_report_write(const char *path, const struct summary *summary);

#endif
