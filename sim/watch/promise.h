/* Promises: what Mote holds itself to, whatever the weather. Each has a checker, and each checker a sabotage that it must notice. */
#ifndef SIM_PROMISE_H
#define SIM_PROMISE_H

#include <stdbool.h>

enum promise {
    PROMISE_QOS0,
    PROMISE_QOS1,
    PROMISE_QOS2,
    PROMISE_ORDER,
    PROMISE_IDS,
    PROMISE_INFLIGHT,
    PROMISE_WIRE,
    PROMISE_KEEPALIVE,
    PROMISE_SUBSCRIPTIONS,
    PROMISE_SETTINGS,
    PROMISE_OUTPUTS,
    PROMISE_OUTBOX,
    PROMISE_CORRUPT,
    PROMISE_RETRY,
    PROMISE_LIVENESS,
    PROMISE_MEMORY,
    PROMISE_TIME,
    PROMISES, /* how many; also: none */
};

/* A static string, as `qos1`, and what is promised. */
const char *promise_name(enum promise promise);
const char *promise_words(enum promise promise);

/* Finds one by its name. Returns false if there is none. */
bool promise_find(const char *name, enum promise *promise);

struct world;

/* It is broken: the run ends with that. Only the first counts. `device` is its index, -1 for none. */
void promise_break(struct world *world, enum promise promise, int device, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
