/* Report: a run as one HTML file, without anything from outside. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/watch/summary.h"

#include <stdio.h>

/* The page, around its data. Made by the build from web/report/page.html. */
extern const char sim_report_head[];
extern const char sim_report_tail[];

/* Opens the file, before the run: what cannot be written is told then. Returns NULL if it cannot, after saying why. */
FILE *sim_report_open(const char *path);

/* Writes it, and closes the file. Returns false if it cannot, after saying why. */
bool sim_report_write(FILE *stream, const char *path, const struct summary *summary);

#endif
