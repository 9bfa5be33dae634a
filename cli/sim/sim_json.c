#include "sim_json.h"

#include "cli.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

static void add_messages(cJSON *object, const struct world_result *result)
{
    cJSON *const list = cJSON_AddArrayToObject(object, "messages");

    for (int qos = 0; qos < 3; qos++) {
        const struct world_messages *const messages = &result->messages[qos];
        cJSON *const entry = cJSON_CreateObject();

        cJSON_AddNumberToObject(entry, "qos", qos);
        cJSON_AddNumberToObject(entry, "sent", (double)messages->accepted);
        cJSON_AddNumberToObject(entry, "delivered", (double)messages->delivered);
        cJSON_AddNumberToObject(entry, "duplicated", (double)messages->duplicates);
        cJSON_AddNumberToObject(entry, "lost", (double)messages->lost);
        cJSON_AddNumberToObject(entry, "given_up", (double)messages->given_up);
        cJSON_AddNumberToObject(entry, "refused", (double)messages->refused);
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_broken(cJSON *object, const struct summary *summary)
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

void sim_json_print(const struct summary *summary)
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
    cJSON_AddNumberToObject(object, "device_hours_per_cpu_s", summary_speed(summary));
    snprintf(text, sizeof(text), "%016" PRIx64, result->trace_hash);
    cJSON_AddStringToObject(object, "trace", text);
    if (result->broken != PROMISES) {
        add_broken(object, summary);
    }
    cli_print_json(object);
}
