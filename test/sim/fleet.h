/* Fleet: many whole nodes on a light port in virtual time, with embedded brokers that they reach at once. Who dials when is kept.
 *
 * Brokers are called b0 and b1. One that is down refuses; what it had is gone, unless only its connections are cut.
 */
#ifndef FLEET_H
#define FLEET_H

#include <mote/broker.h>
#include <mote/mote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLEET_NODES_MAX = 1000, FLEET_BROKERS = 2, FLEET_DIALS_MAX = 400000 };

/* A connection, at both ends. */
struct fleet_wire {
    struct fleet_wire *next;
    unsigned broker;
    unsigned node;
    struct mote_broker_client *client; /* NULL: the broker has closed it */
    struct mote_link *link;
    uint8_t *bytes; /* on their way to the node */
    size_t size, room;
};

struct fleet_dial {
    uint64_t at_ms;
    unsigned node;
    unsigned broker;
};

static struct fleet {
    struct mote_port port;
    uint64_t now_ms;
    uint32_t random;
    unsigned count;
    struct mote_node nodes[FLEET_NODES_MAX];
    uint64_t due_ms[FLEET_NODES_MAX];
    char ids[FLEET_NODES_MAX][12];
    struct mote_broker brokers[FLEET_BROKERS];
    struct mote_broker_config broker_config[FLEET_BROKERS];
    bool up[FLEET_BROKERS];
    bool begun[FLEET_BROKERS];
    struct fleet_wire *wires;
    struct fleet_dial dials[FLEET_DIALS_MAX];
    unsigned dial_count;
    const char *wrong;
    void (*observe)(unsigned broker, const struct mote_broker_event *event);
} fleet;

static inline void fleet_require(bool condition, const char *words)
{
    if (!condition && fleet.wrong == NULL)
        fleet.wrong = words;
}

static inline uint32_t fleet_random(void *context)
{
    (void)context;
    fleet.random ^= fleet.random << 13;
    fleet.random ^= fleet.random >> 17;
    fleet.random ^= fleet.random << 5;
    return fleet.random * 2654435761u;
}

/* Of 0 to below. */
static inline uint32_t fleet_draw(uint32_t below)
{
    return (uint32_t)((uint64_t)fleet_random(NULL) * below >> 32);
}

static inline uint64_t fleet_now_ms(void *context)
{
    (void)context;
    return fleet.now_ms;
}

/* --- Wires --- */

static inline unsigned fleet_node_of(const struct mote_link *link)
{
    return (unsigned)((size_t)((const char *)link - (const char *)fleet.nodes) / sizeof fleet.nodes[0]);
}

static inline enum mote_reason fleet_open(void *context, struct mote_link *link, const struct mote_url *url)
{
    unsigned broker = (unsigned)(url->host.data[1] - '0');
    struct fleet_wire *wire;

    (void)context;
    if (fleet.dial_count < FLEET_DIALS_MAX)
        fleet.dials[fleet.dial_count++] = (struct fleet_dial){fleet.now_ms, fleet_node_of(link), broker};
    link->reason = MOTE_TCP_REFUSED;
    link->state = MOTE_LINK_FAILED;
    if (!fleet.up[broker])
        return link->reason;
    wire = calloc(1, sizeof *wire);
    if (wire == NULL)
        abort();
    wire->link = link;
    wire->node = fleet_node_of(link);
    wire->broker = broker;
    wire->client = mote_broker_accept(&fleet.brokers[broker], wire, fleet.now_ms);
    wire->next = fleet.wires;
    fleet.wires = wire;
    link->hidden[0] = wire;
    link->state = MOTE_LINK_OPEN;
    link->reason = MOTE_OK;
    return MOTE_OK;
}

static inline size_t fleet_receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct fleet_wire *wire = link->hidden[0];
    size_t got = wire->size < size ? wire->size : size;

    (void)context;
    if (got == 0 && wire->client == NULL) {
        link->state = MOTE_LINK_FAILED;
        link->reason = MOTE_TCP_RESET;
        return 0;
    }
    if (got > 0)
        memcpy(into, wire->bytes, got);
    if (wire->size > got)
        memmove(wire->bytes, wire->bytes + got, wire->size - got);
    wire->size -= got;
    return got;
}

static inline size_t fleet_send(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct fleet_wire *wire = link->hidden[0];
    size_t taken = 0;

    (void)context;
    while (taken < size && wire->client != NULL) {
        size_t room;
        uint8_t *into = mote_broker_receive_space(wire->client, &room);
        size_t part = size - taken < room ? size - taken : room;
        if (part == 0)
            break;
        memcpy(into, (const uint8_t *)bytes + taken, part);
        mote_broker_received(wire->client, part, fleet.now_ms);
        taken += part;
    }
    return wire->client == NULL ? size : taken;
}

static inline void fleet_close(void *context, struct mote_link *link, bool abort)
{
    struct fleet_wire *wire = link->hidden[0];

    (void)context, (void)abort;
    link->state = MOTE_LINK_CLOSED;
    link->hidden[0] = NULL;
    if (wire == NULL)
        return;
    if (wire->client != NULL)
        mote_broker_closed(wire->client, fleet.now_ms);
    for (struct fleet_wire **at = &fleet.wires; *at != NULL; at = &(*at)->next) {
        if (*at == wire) {
            *at = wire->next;
            break;
        }
    }
    free(wire->bytes);
    free(wire);
}

/* --- Brokers --- */

static inline void fleet_deliver(struct mote_broker_client *client)
{
    struct fleet_wire *wire = mote_broker_client_link(client);
    struct mote_text view;

    while (mote_broker_output(client, &view, 1) > 0) {
        if (wire->room < wire->size + view.length) {
            wire->room = 2 * (wire->size + view.length);
            wire->bytes = realloc(wire->bytes, wire->room);
            if (wire->bytes == NULL)
                abort();
        }
        memcpy(wire->bytes + wire->size, view.data, view.length);
        wire->size += view.length;
        mote_broker_sent(client, view.length, fleet.now_ms);
    }
    fleet.due_ms[wire->node] = fleet.now_ms;
    if (mote_broker_should_close(client)) {
        mote_broker_closed(client, fleet.now_ms);
        wire->client = NULL;
    }
}

static inline void fleet_serve(void)
{
    struct mote_broker_client *client;

    for (unsigned i = 0; i < FLEET_BROKERS; i++) {
        if (!fleet.up[i])
            continue;
        while (mote_broker_deadline(&fleet.brokers[i]) <= fleet.now_ms)
            mote_broker_turn(&fleet.brokers[i], fleet.now_ms);
        while ((client = mote_broker_next_ready(&fleet.brokers[i])) != NULL)
            fleet_deliver(client);
    }
}

/* Cuts all connections to it, without a word. */
static inline void fleet_cut(unsigned broker)
{
    for (struct fleet_wire *wire = fleet.wires; wire != NULL; wire = wire->next) {
        if (wire->broker != broker || wire->client == NULL)
            continue;
        mote_broker_closed(wire->client, fleet.now_ms);
        wire->client = NULL;
        fleet.due_ms[wire->node] = fleet.now_ms;
    }
}

/* What it has is gone. */
static inline void fleet_take_down(unsigned broker)
{
    if (!fleet.begun[broker])
        return;
    fleet_cut(broker);
    fleet.up[broker] = false;
    fleet.begun[broker] = false;
    mote_broker_free(&fleet.brokers[broker]);
}

static inline void *fleet_resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context, (void)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

static inline void fleet_observe_0(void *context, const struct mote_broker_event *event)
{
    (void)context;
    if (fleet.observe != NULL)
        fleet.observe(0, event);
}

static inline void fleet_observe_1(void *context, const struct mote_broker_event *event)
{
    (void)context;
    if (fleet.observe != NULL)
        fleet.observe(1, event);
}

static inline void fleet_bring_up(unsigned broker)
{
    fleet.broker_config[broker] =
        (struct mote_broker_config){.resize = fleet_resize,
                                    .random = fleet_random,
                                    .observe = broker == 0 ? fleet_observe_0 : fleet_observe_1,
                                    .without_sys = true};
    if (!fleet.begun[broker] &&
        mote_broker_init(&fleet.brokers[broker], &fleet.broker_config[broker], fleet.now_ms) != MOTE_OK)
        abort();
    fleet.begun[broker] = true;
    fleet.up[broker] = true;
}

/* --- Nodes --- */

static inline void fleet_begin(uint32_t seed, unsigned count, struct mote_node_config config)
{
    static const struct mote_link_port links = {fleet_open, fleet_receive, fleet_send, fleet_close};
    bool has_own_ids = config.id == NULL;

    memset(&fleet, 0, sizeof fleet);
    fleet.random = seed * 2654435761u + 1;
    fleet.now_ms = 1000;
    fleet.count = count;
    fleet.port = (struct mote_port){.now_ms = fleet_now_ms, .random = fleet_random, .link = &links};
    mote_port_install(&fleet.port);
    for (unsigned i = 0; i < count; i++) {
        snprintf(fleet.ids[i], sizeof fleet.ids[i], "n%u", i);
        if (has_own_ids)
            config.id = fleet.ids[i];
        fleet_require(mote_node_init(&fleet.nodes[i], &config) == MOTE_OK, "the config cannot work");
    }
}

static inline void fleet_end(void)
{
    for (unsigned i = 0; i < fleet.count; i++)
        mote_node_abort(&fleet.nodes[i]);
    for (unsigned i = 0; i < FLEET_BROKERS; i++)
        fleet_take_down(i);
}

static inline uint64_t fleet_next_ms(void)
{
    uint64_t next_ms = MOTE_NEVER;

    for (unsigned i = 0; i < fleet.count; i++)
        next_ms = fleet.due_ms[i] < next_ms ? fleet.due_ms[i] : next_ms;
    for (unsigned i = 0; i < FLEET_BROKERS; i++) {
        if (fleet.up[i] && mote_broker_deadline(&fleet.brokers[i]) < next_ms)
            next_ms = mote_broker_deadline(&fleet.brokers[i]);
    }
    return next_ms;
}

/* Lets time pass, from one thing that somebody has to do to the next. */
static inline void fleet_pass(uint64_t duration_ms)
{
    uint64_t end_ms = fleet.now_ms + duration_ms;

    for (uint64_t next_ms = fleet_next_ms(); next_ms <= end_ms; next_ms = fleet_next_ms()) {
        fleet.now_ms = next_ms > fleet.now_ms ? next_ms : fleet.now_ms;
        for (unsigned i = 0; i < fleet.count; i++) {
            if (fleet.due_ms[i] <= fleet.now_ms)
                fleet.due_ms[i] = mote_node_turn(&fleet.nodes[i]);
        }
        fleet_serve();
    }
    fleet.now_ms = end_ms;
}

static inline unsigned fleet_online(void)
{
    unsigned online = 0;

    for (unsigned i = 0; i < fleet.count; i++)
        online += mote_node_state(&fleet.nodes[i]) == MOTE_NODE_ONLINE;
    return online;
}

/* The most attempts in any second from `from_ms` on. */
static inline unsigned fleet_rate_max(uint64_t from_ms)
{
    unsigned first = 0, most = 0;

    for (unsigned i = 0; i < fleet.dial_count; i++) {
        while (fleet.dials[first].at_ms + 1000 <= fleet.dials[i].at_ms || fleet.dials[first].at_ms < from_ms)
            if (++first > i)
                break;
        if (fleet.dials[i].at_ms >= from_ms && i - first + 1 > most)
            most = i - first + 1;
    }
    return most;
}

#endif
