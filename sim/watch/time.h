/* Simulated times as people read them, and the time that it takes to simulate them. */
#ifndef SIM_TIME_H
#define SIM_TIME_H

#include <stddef.h>
#include <stdint.h>

/* A span, as `365d` or `2h 4m` or `3.2s`. Returns `into`. */
const char *time_span(uint64_t span_ms, char *into, size_t size);

/* A moment, as `day 12, 03:04:05.678`. Returns `into`. */
const char *time_clock(uint64_t now_ms, char *into, size_t size);

/* Seconds that this process has computed for. */
double time_cpu_s(void);

#endif
