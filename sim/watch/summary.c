#include "sim/watch/summary.h"

#include "sim/watch/time.h"

#include <inttypes.h>
#include <stdio.h>

double summary_speed(const struct summary *summary)
{
    double hours = (double)summary->result->ended_ms / 3600000 * summary->config->device_count;

    return summary->cpu_s > 0 ? hours / summary->cpu_s : 0;
}

static void print_faults(const struct world_result *result)
{
    uint64_t total = 0;
    int shown = 0;

    for (int i = 0; i < FAULT_KINDS; i++) {
        total += result->faults[i];
    }
    printf("faults       %" PRIu64, total);
    for (int i = 0; i < FAULT_KINDS; i++) {
        if (result->faults[i] == 0) {
            continue;
        }
        printf("%s%s %" PRIu64,
               shown == 0       ? ": "
               : shown % 5 == 0 ? ",\n             "
                                : ", ",
               fault_name((enum fault_kind)i), result->faults[i]);
        shown++;
    }
    putchar('\n');
}

/* Of a program it is not known what it has accepted. */
static void print_taken(const struct world_result *result)
{
    printf("messages     the broker has taken %" PRIu64 " of QoS 0, %" PRIu64 " of QoS 1, %" PRIu64 " of QoS 2\n",
           result->messages[0].delivered, result->messages[1].delivered, result->messages[2].delivered);
}

static void print_messages(const struct world_result *result)
{
    for (int qos = 0; qos < 3; qos++) {
        const struct world_messages *const messages = &result->messages[qos];

        printf("QoS %d        %" PRIu64 " sent, %" PRIu64 " delivered, %" PRIu64 " duplicated, %" PRIu64 " lost", qos,
               messages->accepted, messages->delivered, messages->duplicates, messages->lost);
        printf(qos == 0 ? ", %" PRIu64 " refused\n" : ", %" PRIu64 " refused, ", messages->refused);
        if (qos > 0) {
            printf("%" PRIu64 " given up by policy\n", messages->given_up);
        }
    }
    if (result->messages[2].duplicates > 0) {
        printf("             of QoS 2 twice only where the broker had lost the session\n");
    }
}

static void print_outages(const struct world_result *result)
{
    char longest[32];
    char recovery[32];

    printf("sessions     %" PRIu64 ", and %" PRIu64 " outages, the longest of %s\n", result->connections,
           result->outages, time_span(result->outage_ms_max, longest, sizeof(longest)));
    printf("recovery     %s was the longest outage after the last fault, in %" PRIu64 " calms\n",
           time_span(result->recovery_ms_max, recovery, sizeof(recovery)), result->calms);
}

static void print_broken(const struct summary *summary)
{
    const struct world_result *const result = summary->result;
    char when[32];

    if (result->broken == PROMISES) {
        return;
    }
    printf("\nbroken       %s: %s\n", promise_name(result->broken), promise_words(result->broken));
    printf("at           %s", time_clock(result->broken_ms, when, sizeof(when)));
    if (result->broken_device >= 0) {
        printf(", device %d", result->broken_device + 1);
    }
    printf("\nwhat         %s\nagain        %s\n", result->broken_words, summary->replay);
}

void summary_print(const struct summary *summary)
{
    const struct world_config *const config = summary->config;
    const struct world_result *const result = summary->result;
    char span[32];

    printf("seed         %" PRIu64 "\n", config->seed);
    printf("simulated    %s, %u device%s, %" PRIu64 " turns, %" PRIu64 " starts\n",
           time_span(result->ended_ms, span, sizeof(span)), config->device_count, config->device_count == 1 ? "" : "s",
           result->turns, result->boots);
    print_faults(result);
    if (config->program != NULL)
        print_taken(result);
    else
        print_messages(result);
    printf("commands     %" PRIu64 " that reached a device\n", result->commands);
    print_outages(result);
    if (result->erasures > 0) {
        printf("flash        %" PRIu64 " erasures, %u of the sector that had most, spread %u\n", result->erasures,
               result->wear_max, result->wear_spread);
    }
    printf("speed        %.0f device-hours a CPU second\n", summary_speed(summary));
    printf("trace        %016" PRIx64 "\n", result->trace_hash);
    print_broken(summary);
}
