#include "sim/watch/trace.h"

#include "sim/inside.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[TRACE_KINDS] = {
    [TRACE_BOOT] = "boot",       [TRACE_POWER_OFF] = "power off", [TRACE_STATE] = "state",
    [TRACE_DIAL] = "dial",       [TRACE_DIALLED] = "dialled",     [TRACE_CLOSE] = "close",
    [TRACE_SENT] = "sent",       [TRACE_RECEIVED] = "received",   [TRACE_PUBLISH] = "publish",
    [TRACE_REFUSED] = "refused", [TRACE_ARRIVED] = "arrived",     [TRACE_ERRAND] = "errand",
    [TRACE_PIN] = "pin",         [TRACE_COMMAND] = "command",     [TRACE_PRESS] = "press",
    [TRACE_FAULT] = "fault",     [TRACE_FAULT_OVER] = "is over",  [TRACE_SESSION] = "session",
    [TRACE_CALM] = "calm",
};

static const char *packet_name(uint64_t type)
{
    static const char *const packets[] = {"?",       "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
                                          "PUBREL",  "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
                                          "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};

    return packets[type & 15];
}

/* The two numbers, as names where they have one. */
static void write_words(enum trace_kind kind, uint64_t a, uint64_t b, char *into, size_t size)
{
    switch (kind) {
    case TRACE_STATE:
        snprintf(into, size, "%s %s", mote_node_state_name((enum mote_node_state)a),
                 mote_reason_code((enum mote_reason)b));
        break;
    case TRACE_DIALLED:
        snprintf(into, size, "%s", mote_reason_code((enum mote_reason)a));
        break;
    case TRACE_REFUSED:
        snprintf(into, size, "%" PRIu64 " %s", a, mote_reason_code((enum mote_reason)b));
        break;
    case TRACE_SENT:
    case TRACE_RECEIVED:
        snprintf(into, size, "%s %" PRIu64, packet_name(a), b);
        break;
    case TRACE_FAULT:
    case TRACE_FAULT_OVER:
        snprintf(into, size, "%s", fault_name((enum fault_kind)a));
        break;
    default:
        snprintf(into, size, "%" PRIu64 " %" PRIu64, a, b);
    }
}

static void tell(struct world *world, enum trace_kind kind, int device, uint64_t a, uint64_t b)
{
    char line[160], words[80], who[32] = "world", time[32];

    if (device >= 0)
        snprintf(who, sizeof who, "device %d", device + 1);
    write_words(kind, a, b, words, sizeof words);
    snprintf(line, sizeof line, "%s %-9s %s %s", world_time(world->now_ms, time, sizeof time), who, names[kind], words);
    world->config->on_trace(world->config->context, line);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

void trace(struct world *world, enum trace_kind kind, int device, uint64_t a, uint64_t b)
{
    uint64_t hash = world->result->trace_hash;

    hash = mix(hash, world->now_ms);
    hash = mix(hash, (uint64_t)kind << 32 | (uint32_t)device);
    world->result->trace_hash = mix(mix(hash, a), b);
    if (world->config->on_trace != NULL)
        tell(world, kind, device, a, b);
}
