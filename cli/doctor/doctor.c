#include "doctor.h"

#include <mote/mqtt.h>
#include <mote/port.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *doctor_step_name(enum doctor_step step)
{
    static const char *const names[DOCTOR_STEPS] = {"wifi", "lease", "dns", "tcp", "tls", "connack", "suback"};

    return names[step];
}

/* Until the step is done, its time is when it began. */
void doctor_begin(struct doctor_case *patient, enum doctor_step step)
{
    patient->findings[step].took_ms = mote_now_ms();
    if (patient->on_step != NULL) {
        patient->on_step(patient, step, false);
    }
}

static void finish(struct doctor_case *patient, enum doctor_step step, enum doctor_result result)
{
    struct doctor_finding *finding = &patient->findings[step];

    finding->result = result;
    finding->took_ms = result == DOCTOR_SKIPPED ? 0 : mote_now_ms() - finding->took_ms;
    if (patient->on_step != NULL) {
        patient->on_step(patient, step, true);
    }
}

static void write_words(struct doctor_finding *finding, const char *format, va_list arguments)
{
    vsnprintf(finding->words, sizeof finding->words, format, arguments);
}

bool doctor_pass(struct doctor_case *patient, enum doctor_step step, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_words(&patient->findings[step], format, arguments);
    va_end(arguments);
    finish(patient, step, DOCTOR_OK);
    return true;
}

bool doctor_skip(struct doctor_case *patient, enum doctor_step step, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_words(&patient->findings[step], format, arguments);
    va_end(arguments);
    finish(patient, step, DOCTOR_SKIPPED);
    return true;
}

bool doctor_fail(struct doctor_case *patient, enum doctor_step step, enum mote_reason reason)
{
    struct doctor_finding *finding = &patient->findings[step];
    const struct mote_port *port = mote_port();

    if (finding->words[0] == '\0' && port->words != NULL) {
        snprintf(finding->words, sizeof finding->words, "%s", port->words(port->context));
    }
    finding->reason = reason;
    finish(patient, step, DOCTOR_FAILED);
    return false;
}

bool doctor_is_local(const struct doctor_case *patient)
{
    const struct mote_text host = patient->url.host;

    return host.length == 0 || mote_text_equals_nocase(host, "localhost") || mote_text_equals(host, "::1") ||
           (host.length > 4 && memcmp(host.data, "127.", 4) == 0);
}
