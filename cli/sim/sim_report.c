#include "sim_report.h"

#include "cli.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which of the page's rows a kind of fault is in: WiFi, connections, broker, power, people. */
static int group_of(enum fault_kind kind)
{
    return kind <= FAULT_RADIO_RESET ? 0
           : kind <= FAULT_NARROW    ? 1
           : kind <= FAULT_HELD_ACKS ? 2
           : kind <= FAULT_BIT_ROT   ? 3
                                     : 4;
}

static void add_kinds(cJSON *root, const struct world_result *result)
{
    cJSON *const list = cJSON_AddArrayToObject(root, "kinds");

    for (int i = 0; i < FAULT_KINDS; i++) {
        cJSON *const entry = cJSON_CreateObject();

        cJSON_AddStringToObject(entry, "name", fault_name((enum fault_kind)i));
        cJSON_AddStringToObject(entry, "words", fault_words((enum fault_kind)i));
        cJSON_AddNumberToObject(entry, "group", group_of((enum fault_kind)i));
        cJSON_AddNumberToObject(entry, "count", (double)result->faults[i]);
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_messages(cJSON *root, const struct world_result *result)
{
    cJSON *const list = cJSON_AddArrayToObject(root, "messages");

    for (int qos = 0; qos < 3; qos++) {
        const struct world_messages *const messages = &result->messages[qos];
        cJSON *const entry = cJSON_CreateObject();

        cJSON_AddNumberToObject(entry, "accepted", (double)messages->accepted);
        cJSON_AddNumberToObject(entry, "delivered", (double)messages->delivered);
        cJSON_AddNumberToObject(entry, "duplicates", (double)messages->duplicates);
        cJSON_AddNumberToObject(entry, "lost", (double)messages->lost);
        cJSON_AddNumberToObject(entry, "given_up", (double)messages->given_up);
        cJSON_AddNumberToObject(entry, "refused", (double)messages->refused);
        cJSON_AddItemToArray(list, entry);
    }
}

static void add_broken(cJSON *root, const struct world_result *result)
{
    cJSON *broken;

    if (result->broken == PROMISES) {
        cJSON_AddNullToObject(root, "broken");
        return;
    }
    broken = cJSON_AddObjectToObject(root, "broken");
    cJSON_AddStringToObject(broken, "promise", promise_name(result->broken));
    cJSON_AddNumberToObject(broken, "at", (double)result->broken_ms);
    cJSON_AddStringToObject(broken, "what", result->broken_words);
}

static void add_reasons(cJSON *root)
{
    cJSON *const list = cJSON_AddArrayToObject(root, "reasons");

    for (int i = 0; i < UINT8_MAX; i++) {
        const char *const code = mote_reason_code((enum mote_reason)i);

        cJSON_AddItemToArray(list, cJSON_CreateString(code != NULL ? code : ""));
    }
}

static void add_numbers(cJSON *root, const struct summary *summary)
{
    const struct world_result *const result = summary->result;
    double faults = 0;

    for (int i = 0; i < FAULT_KINDS; i++) {
        faults += (double)result->faults[i];
    }
    cJSON_AddNumberToObject(root, "faultCount", faults);
    cJSON_AddNumberToObject(root, "devices", summary->config->device_count);
    cJSON_AddNumberToObject(root, "ended", (double)result->ended_ms);
    cJSON_AddNumberToObject(root, "duration", (double)result->ended_ms);
    cJSON_AddNumberToObject(root, "recovery", (double)result->recovery_ms_max);
    cJSON_AddNumberToObject(root, "starts", (double)result->boots);
    cJSON_AddNumberToObject(root, "erasures", (double)result->erasures);
    cJSON_AddNumberToObject(root, "wear", result->wear_max);
    cJSON_AddNumberToObject(root, "bin", (double)(summary->config->timeline->duration_ms / TIMELINE_BINS + 1));
}

/* Text inside a script's element must not end it. */
static void print_safely(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<') {
            fputs("\\u003c", stream);
        } else {
            fputc(*text, stream);
        }
    }
}

static void print_root(FILE *stream, const struct summary *summary)
{
    cJSON *const root = cJSON_CreateObject();
    char seed[32];
    char *text;

    snprintf(seed, sizeof(seed), "%" PRIu64, summary->config->seed);
    cJSON_AddStringToObject(root, "name", summary->config->node->id);
    cJSON_AddStringToObject(root, "seed", seed);
    cJSON_AddStringToObject(root, "again", summary->replay);
    add_numbers(root, summary);
    add_messages(root, summary->result);
    add_kinds(root, summary->result);
    add_broken(root, summary->result);
    add_reasons(root);
    text = cJSON_PrintUnformatted(root);
    if (text == NULL) {
        abort();
    }
    text[strlen(text) - 1] = '\0'; /* the lists come before its last brace */
    print_safely(stream, text);
    free(text);
    cJSON_Delete(root);
}

static void print_bins(FILE *stream, const char *name, const uint32_t *bins)
{
    fprintf(stream, ",\"%s\":[", name);
    for (int i = 0; i < TIMELINE_BINS; i++) {
        fprintf(stream, "%s%u", i == 0 ? "" : ",", bins[i]);
    }
    fputc(']', stream);
}

static void print_lists(FILE *stream, const struct timeline *timeline)
{
    fputs(",\"states\":[", stream);
    for (size_t i = 0; i < timeline->state_count; i++) {
        const struct timeline_state *const state = &timeline->states[i];

        fprintf(stream, "%s[%" PRIu64 ",%d,%u,%u]", i == 0 ? "" : ",\n", state->at_ms, state->device, state->state,
                state->reason);
    }
    fputs("],\"faults\":[", stream);
    for (size_t i = 0; i < timeline->fault_count; i++) {
        const struct timeline_fault *const fault = &timeline->faults[i];

        fprintf(stream, "%s[%" PRIu64 ",%" PRIu64 ",%d,%d]", i == 0 ? "" : ",\n", fault->begin_ms, fault->end_ms,
                (int)fault->kind, fault->device);
    }
    fputc(']', stream);
    print_bins(stream, "accepted", timeline->accepted);
    print_bins(stream, "delivered", timeline->delivered);
    fputc('}', stream);
}

FILE *sim_report_open(const char *path)
{
    FILE *const stream = fopen(path, "w");

    if (stream == NULL) {
        cli_errorf("sim", MOTE_CONFIG_INVALID, "--report %s: %s", path, strerror(errno));
    }
    return stream;
}

bool sim_report_write(FILE *stream, const char *path, const struct summary *summary)
{
    bool failed;

    fputs(sim_report_head, stream);
    print_root(stream, summary);
    print_lists(stream, summary->config->timeline);
    fputs(sim_report_tail, stream);
    failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
        return false;
    }
    return true;
}
