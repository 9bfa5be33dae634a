/* How `mote doctor` prints what it has found. */
#ifndef DOCTOR_PRINT_H
#define DOCTOR_PRINT_H

#include "doctor.h"

/* For on_step: a line for each step when it is done, and on a terminal what is under way. */
void doctor_print_step(const struct doctor_case *patient, enum doctor_step step, bool done);

/* What is wrong, and what to do next. */
void doctor_print_verdict(const struct doctor_case *patient);

void doctor_print_json(const struct doctor_case *patient);

#endif
