#include "sim/watch/promise.h"

#include "sim/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *words;
} promises[PROMISES] = {
    [PROMISE_QOS0] = {"qos0", "a message of QoS 0 arrives at most once"},
    [PROMISE_QOS1] = {"qos1", "a message of QoS 1 that was accepted arrives at least once"},
    [PROMISE_QOS2] = {"qos2", "a message of QoS 2 arrives exactly once while the broker keeps the session"},
    [PROMISE_ORDER] = {"order", "messages of one topic and QoS arrive in the order in which they were published"},
    [PROMISE_IDS] = {"ids", "no packet identifier is used for two messages at once"},
    [PROMISE_INFLIGHT] = {"inflight", "no more messages are under way than the broker allows"},
    [PROMISE_WIRE] = {"wire", "every byte is MQTT, at its time: nothing before CONNECT, nothing after DISCONNECT"},
    [PROMISE_KEEPALIVE] = {"keepalive", "the broker hears of the node within one and a half keep-alives"},
    [PROMISE_SUBSCRIPTIONS] = {"subscriptions", "every subscription is there again after a reconnect"},
    [PROMISE_SETTINGS] = {"settings", "settings are the old ones or the new ones after a power cut, never mixed"},
    [PROMISE_OUTPUTS] = {"outputs", "an output changes by a command, a button or its declared boot state only"},
    [PROMISE_OUTBOX] = {"outbox", "what the outbox took is delivered, given up by its policy, or still there"},
    [PROMISE_CORRUPT] = {"corrupt", "a damaged record is noticed and never sent"},
    [PROMISE_RETRY] = {"retry", "attempts to connect keep their distance, and devices do not come all at once"},
    [PROMISE_LIVENESS] = {"liveness", "once the faults are over, everything is connected and delivered before long"},
    [PROMISE_MEMORY] = {"memory", "nothing grows: the broker's memory, the wear of one sector of the flash"},
    [PROMISE_TIME] = {"time", "each turn of a node does a bounded amount of work"},
};

const char *promise_name(enum promise promise)
{
    return promise < PROMISES ? promises[promise].name : "none";
}

const char *promise_words(enum promise promise)
{
    return promise < PROMISES ? promises[promise].words : "";
}

bool promise_find(const char *name, enum promise *promise)
{
    for (int i = 0; i < PROMISES; i++) {
        if (strcmp(promises[i].name, name) != 0)
            continue;
        *promise = (enum promise)i;
        return true;
    }
    return false;
}

void promise_break(struct world *world, enum promise promise, int device, const char *format, ...)
{
    struct world_result *result = world->result;
    va_list arguments;

    if (result->broken != PROMISES)
        return;
    result->broken = promise;
    result->broken_ms = world->now_ms;
    result->broken_device = device;
    va_start(arguments, format);
    vsnprintf(result->broken_words, sizeof result->broken_words, format, arguments);
    va_end(arguments);
}
