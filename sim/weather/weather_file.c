/* A weather as lines of text, a fault each: when it begins, how long it lasts, its name, which device, which variant. */
#include "sim/weather/fault.h"

#include <inttypes.h>

bool weather_write(const struct weather *weather, FILE *file)
{
    for (size_t i = 0; i < weather->count; i++) {
        const struct fault *fault = &weather->faults[i];
        fprintf(file, "%" PRIu64 " %" PRIu64 " %s %d %" PRIu32 "\n", fault->at_ms, fault->for_ms,
                fault_name(fault->kind), fault->device, fault->value);
    }
    return fflush(file) == 0;
}

bool weather_read(struct weather *weather, FILE *file)
{
    char line[160], name[40];
    struct fault fault;

    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%" SCNu64 " %" SCNu64 " %39s %d %" SCNu32, &fault.at_ms, &fault.for_ms, name, &fault.device,
                   &fault.value) != 5 ||
            !fault_find(name, &fault.kind))
            return false;
        weather_add(weather, &fault);
    }
    weather_sort(weather);
    return !ferror(file);
}
