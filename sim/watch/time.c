#include "sim/watch/time.h"

#include <stdio.h>
#include <time.h>

const char *time_span(uint64_t span_ms, char *into, size_t size)
{
    const unsigned days = (unsigned)(span_ms / 86400000);
    const unsigned hours = (unsigned)(span_ms / 3600000 % 24);
    const unsigned minutes = (unsigned)(span_ms / 60000 % 60);

    if (days > 0) {
        snprintf(into, size, hours > 0 ? "%ud %uh" : "%ud", days, hours);
    } else if (hours > 0) {
        snprintf(into, size, minutes > 0 ? "%uh %um" : "%uh", hours, minutes);
    } else if (minutes > 0) {
        snprintf(into, size, "%um %us", minutes, (unsigned)(span_ms / 1000 % 60));
    } else {
        snprintf(into, size, "%.1fs", (double)span_ms / 1000);
    }
    return into;
}

const char *time_clock(uint64_t now_ms, char *into, size_t size)
{
    const uint64_t s = now_ms / 1000;

    snprintf(into, size, "day %u, %02u:%02u:%02u.%03u", (unsigned)(s / 86400 + 1), (unsigned)(s / 3600 % 24),
             (unsigned)(s / 60 % 60), (unsigned)(s % 60), (unsigned)(now_ms % 1000));
    return into;
}

double time_cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}
