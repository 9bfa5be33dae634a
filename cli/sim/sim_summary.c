#include "sim_summary.h"

#include "cli.h"
#include "sim_time.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

static double device_hours(const struct sim_summary *summary)
{
    return (double)summary->result->ended_ms / 3600000 * summary->config->device_count;
}

static double speed(const struct sim_summary *summary)
{
    return summary->cpu_s > 0 ? device_hours(summary) / summary->cpu_s : 0;
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

static void print_messages(const struct world_result *result)
{
    for (int qos = 0; qos < 3; qos++) {
        const struct world_messages *const messages = &result->messages[qos];

        printf("QoS %d        %" PRIu64 " accepted, %" PRIu64 " delivered, %" PRIu64 " duplicates, %" PRIu64
               " lost, %" PRIu64 " refused\n",
               qos, messages->accepted, messages->delivered, messages->duplicates, messages->lost, messages->refused);
    }
    printf("commands     %" PRIu64 " that reached a device\n", result->commands);
}

static void print_outages(const struct world_result *result)
{
    char longest[32];
    char recovery[32];

    printf("sessions     %" PRIu64 ", and %" PRIu64 " outages, the longest of %s\n", result->connections,
           result->outages, sim_time_span(result->outage_ms_max, longest, sizeof(longest)));
    printf("recovery     %s at most after the last fault, in %" PRIu64 " calms\n",
           sim_time_span(result->recovery_ms_max, recovery, sizeof(recovery)), result->calms);
}

static void print_broken(const struct sim_summary *summary)
{
    const struct world_result *const result = summary->result;
    char when[32];

    if (result->broken == PROMISES) {
        return;
    }
    printf("\nbroken       %s: %s\n", promise_name(result->broken), promise_words(result->broken));
    printf("at           %s", sim_time_clock(result->broken_ms, when, sizeof(when)));
    if (result->broken_device >= 0) {
        printf(", device %d", result->broken_device + 1);
    }
    printf("\nwhat         %s\nagain        %s\n", result->broken_words, summary->replay);
}

void sim_summary_print(const struct sim_summary *summary)
{
    const struct world_config *const config = summary->config;
    const struct world_result *const result = summary->result;
    char span[32];

    printf("seed         %" PRIu64 "\n", config->seed);
    printf("simulated    %s, %u device%s, %" PRIu64 " turns, %" PRIu64 " starts\n",
           sim_time_span(result->ended_ms, span, sizeof(span)), config->device_count,
           config->device_count == 1 ? "" : "s", result->turns, result->boots);
    print_faults(result);
    print_messages(result);
    print_outages(result);
    if (result->erasures > 0) {
        printf("flash        %" PRIu64 " erasures, %u of the sector that had most, spread %u\n", result->erasures,
               result->wear_max, result->wear_spread);
    }
    printf("speed        %.0f device-hours a CPU second\n", speed(summary));
    printf("trace        %016" PRIx64 "\n", result->trace_hash);
    print_broken(summary);
}

static void add_messages(cJSON *object, const struct world_result *result)
{
    cJSON *const list = cJSON_AddArrayToObject(object, "messages");

    for (int qos = 0; qos < 3; qos++) {
        const struct world_messages *const messages = &result->messages[qos];
        cJSON *const entry = cJSON_CreateObject();

        cJSON_AddNumberToObject(entry, "qos", qos);
        cJSON_AddNumberToObject(entry, "accepted", (double)messages->accepted);
        cJSON_AddNumberToObject(entry, "delivered", (double)messages->delivered);
        cJSON_AddNumberToObject(entry, "duplicates", (double)messages->duplicates);
        cJSON_AddNumberToObject(entry, "lost", (double)messages->lost);
        cJSON_AddNumberToObject(entry, "refused", (double)messages->refused);
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_broken(cJSON *object, const struct sim_summary *summary)
{
    const struct world_result *const result = summary->result;
    cJSON *const broken = cJSON_AddObjectToObject(object, "broken");

    cJSON_AddStringToObject(broken, "promise", promise_name(result->broken));
    cJSON_AddNumberToObject(broken, "at_ms", (double)result->broken_ms);
    cJSON_AddNumberToObject(broken, "device", result->broken_device + 1);
    cJSON_AddStringToObject(broken, "what", result->broken_words);
    cJSON_AddStringToObject(broken, "again", summary->replay);
}

static void add_numbers(cJSON *object, const struct world_result *result)
{
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {
        {"simulated_ms", result->ended_ms},
        {"turns", result->turns},
        {"starts", result->boots},
        {"sessions", result->connections},
        {"outages", result->outages},
        {"outage_ms_max", result->outage_ms_max},
        {"calms", result->calms},
        {"recovery_ms_max", result->recovery_ms_max},
        {"commands", result->commands},
        {"erasures", result->erasures},
        {"wear_max", result->wear_max},
        {"wear_spread", result->wear_spread},
        {"broker_bytes", result->broker_memory},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        cJSON_AddNumberToObject(object, numbers[i].name, (double)numbers[i].number);
    }
}

void sim_summary_print_json(const struct sim_summary *summary)
{
    const struct world_result *const result = summary->result;
    cJSON *const object = cJSON_CreateObject();
    cJSON *const faults = cJSON_AddObjectToObject(object, "faults");
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, summary->config->seed); /* more digits than a JSON number keeps */
    cJSON_AddStringToObject(object, "seed", text);
    cJSON_AddNumberToObject(object, "devices", summary->config->device_count);
    add_numbers(object, result);
    for (int i = 0; i < FAULT_KINDS; i++) {
        cJSON_AddNumberToObject(faults, fault_name((enum fault_kind)i), (double)result->faults[i]);
    }
    add_messages(object, result);
    cJSON_AddNumberToObject(object, "cpu_s", summary->cpu_s);
    cJSON_AddNumberToObject(object, "device_hours_per_cpu_s", speed(summary));
    snprintf(text, sizeof(text), "%016" PRIx64, result->trace_hash);
    cJSON_AddStringToObject(object, "trace", text);
    if (result->broken != PROMISES) {
        add_broken(object, summary);
    }
    cli_print_json(object);
}
