#include "cli.h"
#include "doctor_print.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *name_of(enum doctor_result result)
{
    static const char *const names[] = {[DOCTOR_NOT_REACHED] = "not_reached",
                                        [DOCTOR_OK] = "ok",
                                        [DOCTOR_SKIPPED] = "skipped",
                                        [DOCTOR_FAILED] = "failed"};

    return names[result];
}

/* The step that has failed; NULL: none has. */
static const struct doctor_finding *failure_of(const struct doctor_case *patient)
{
    for (enum doctor_step step = 0; step < DOCTOR_STEPS; step++) {
        if (patient->findings[step].result == DOCTOR_FAILED) {
            return &patient->findings[step];
        }
    }
    return NULL;
}

static enum mote_reason reason_of(const struct doctor_case *patient)
{
    const struct doctor_finding *failure = failure_of(patient);

    return failure == NULL ? MOTE_OK : failure->reason;
}

/* --- For people --- */

static const char *colour_of(enum doctor_result result)
{
    static const char *const colours[] = {[DOCTOR_NOT_REACHED] = "\033[2m",
                                          [DOCTOR_OK] = "\033[32m",
                                          [DOCTOR_SKIPPED] = "\033[2m",
                                          [DOCTOR_FAILED] = "\033[31m"};

    return isatty(STDOUT_FILENO) ? colours[result] : "";
}

static void print_line(enum doctor_step step, const struct doctor_finding *finding)
{
    const char *colour = colour_of(finding->result);
    const bool timed = finding->result == DOCTOR_OK || finding->result == DOCTOR_FAILED;

    printf("  %-8s %s%-8s%s", doctor_step_name(step), colour,
           finding->result == DOCTOR_NOT_REACHED ? "-" : name_of(finding->result), colour[0] != '\0' ? "\033[0m" : "");
    if (timed) {
        printf("%6llu ms  %s\n", (unsigned long long)finding->took_ms, finding->words);
    } else {
        printf("%9s  %s\n", "", finding->words);
    }
    fflush(stdout);
}

void doctor_print_step(const struct doctor_case *patient, enum doctor_step step, bool done)
{
    const bool terminal = isatty(STDOUT_FILENO) != 0;

    if (!done && terminal) {
        printf("  %-8s ...", doctor_step_name(step));
        fflush(stdout);
    } else if (done) {
        fputs(terminal ? "\r\033[K" : "", stdout);
        print_line(step, &patient->findings[step]);
    }
}

void doctor_print_verdict(const struct doctor_case *patient)
{
    const enum mote_reason reason = reason_of(patient);

    for (enum doctor_step step = 0; step < DOCTOR_STEPS; step++) {
        if (patient->findings[step].result == DOCTOR_NOT_REACHED) {
            print_line(step, &patient->findings[step]);
        }
    }
    if (reason == MOTE_OK) {
        puts("All is well.");
        return;
    }
    printf("%s: %s\nNext: %s\n", mote_reason_code(reason), mote_reason_words(reason), mote_reason_next(reason));
}

/* --- For programs --- */

static void add_step(cJSON *steps, enum doctor_step step, const struct doctor_finding *finding)
{
    cJSON *entry = cJSON_CreateObject();
    const bool timed = finding->result == DOCTOR_OK || finding->result == DOCTOR_FAILED;

    cJSON_AddStringToObject(entry, "step", doctor_step_name(step));
    cJSON_AddStringToObject(entry, "result", name_of(finding->result));
    if (timed) {
        cJSON_AddNumberToObject(entry, "ms", (double)finding->took_ms);
    } else {
        cJSON_AddNullToObject(entry, "ms");
    }
    cJSON_AddStringToObject(entry, "reason", mote_reason_code(finding->reason));
    cJSON_AddStringToObject(entry, "words", finding->words);
    cJSON_AddItemToArray(steps, entry);
}

void doctor_print_json(const struct doctor_case *patient)
{
    const enum mote_reason reason = reason_of(patient);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "broker", patient->target);
    cJSON *steps = cJSON_AddArrayToObject(object, "steps");

    for (enum doctor_step step = 0; step < DOCTOR_STEPS; step++) {
        add_step(steps, step, &patient->findings[step]);
    }
    cJSON_AddBoolToObject(object, "well", reason == MOTE_OK);
    cJSON_AddStringToObject(object, "reason", mote_reason_code(reason));
    cJSON_AddStringToObject(object, "sentence", reason == MOTE_OK ? "All is well." : mote_reason_words(reason));
    cJSON_AddStringToObject(object, "next", mote_reason_next(reason));
    cli_print_json(object);
}
