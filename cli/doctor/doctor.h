/* Doctor: the way from this machine to its broker, step by step, and where it ends. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <mote/limits.h>
#include <mote/link.h>
#include <mote/message.h>
#include <mote/url.h>
#include <stdbool.h>
#include <stdint.h>

enum doctor_step {
    DOCTOR_WIFI,
    DOCTOR_LEASE,
    DOCTOR_DNS,
    DOCTOR_TCP,
    DOCTOR_TLS,
    DOCTOR_CONNACK,
    DOCTOR_SUBACK,
    DOCTOR_STEPS,
};

enum doctor_result {
    DOCTOR_NOT_REACHED,
    DOCTOR_OK,
    DOCTOR_SKIPPED, /* there is nothing to look at, as `words` say */
    DOCTOR_FAILED,
};

enum { DOCTOR_WORDS_SIZE = 320 };

struct doctor_finding {
    enum doctor_result result;
    enum mote_reason reason; /* of what has failed */
    uint64_t took_ms;
    char words[DOCTOR_WORDS_SIZE]; /* never with a secret in it */
};

/* What is looked at. */
struct doctor_case {
    const char *broker; /* its URL */
    struct mote_url url;
    char memory[MOTE_URL_SIZE];
    char target[160]; /* the URL for people: without user and password */
    struct mote_link_options link;
    enum mote_mqtt_version version;
    const char *filter;  /* that is subscribed to */
    uint32_t timeout_ms; /* of each step */
    struct doctor_finding findings[DOCTOR_STEPS];
    /* Told when a step begins, and when it is done; NULL: nobody. */
    void (*on_step)(const struct doctor_case *patient, enum doctor_step step, bool done);
};

const char *doctor_step_name(enum doctor_step step);

/* Each looks at its steps in their order, as far as it gets. Returns whether all of them were right, or skipped. */
bool doctor_network(struct doctor_case *patient);
bool doctor_broker(struct doctor_case *patient);

/* --- For the steps --- */

void doctor_begin(struct doctor_case *patient, enum doctor_step step);
bool doctor_pass(struct doctor_case *patient, enum doctor_step step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool doctor_skip(struct doctor_case *patient, enum doctor_step step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* With the port's words, if it has some. Returns false. */
bool doctor_fail(struct doctor_case *patient, enum doctor_step step, enum mote_reason reason);

/* Is the broker on this machine, so that no network is in between? */
bool doctor_is_local(const struct doctor_case *patient);

#endif
