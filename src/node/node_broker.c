/* Which broker: the list, from the first to the fallbacks and back. docs/RECONNECT.md has the rules. */
#include "node/inside.h"

#include "sched/backoff.h"

#include <string.h>

enum {
    ATTEMPTS = 2, /* in a row, before a broker that was there is left */
    WAY_BACK_MS = 300000,
    WAY_BACK_MS_MAX = 3600000,
};

/* --- The list --- */

void mote_node_brokers_check(struct mote_node *node)
{
    char memory[MOTE_URL_SIZE];
    struct mote_url url;
    const char *words;

    node->brokers.first = node->config.broker;
    if (node->config.way_back_ms == 0)
        node->config.way_back_ms = WAY_BACK_MS;
    for (unsigned i = 0; i < MOTE_FALLBACKS_MAX && node->config.fallbacks[i] != NULL; i++) {
        if (mote_url_parse(&url, mote_text(node->config.fallbacks[i]), memory, sizeof memory, &words) != MOTE_OK)
            mote_node_blame(node, MOTE_CONFIG_INVALID, "fallback broker", words);
    }
}

static unsigned count(const struct mote_node *node)
{
    const struct mote_node_config *config = &node->config;
    unsigned fallbacks = 0;

    if (config->broker == NULL || node->brokers.first == NULL ||
        !mote_text_equals(mote_text(config->broker), node->brokers.first))
        return 1;
    while (fallbacks < MOTE_FALLBACKS_MAX && config->fallbacks[fallbacks] != NULL)
        fallbacks++;
    return 1 + fallbacks;
}

void mote_node_brokers_locate(const struct mote_node *node, unsigned at, struct mote_url *url,
                              char memory[MOTE_URL_SIZE])
{
    const struct mote_node_brokers *brokers = &node->brokers;

    mote_url_parse(url, mote_text(at == 0 ? node->config.broker : node->config.fallbacks[at - 1]), memory,
                   MOTE_URL_SIZE, NULL);
    if (brokers->moved_at == at + 1) {
        url->host = mote_text(brokers->moved.host);
        url->port = brokers->moved.port;
    }
}

void mote_node_brokers_aim(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;

    node->url = (struct mote_url){.port = 0};
    if (node->config.broker != NULL)
        mote_node_brokers_locate(node, brokers->at, &node->url, node->url_memory);
    if (brokers->aside) {
        node->url.host = mote_text(brokers->other.host);
        node->url.port = brokers->other.port;
    }
    mote_node_introduce(node);
}

void mote_node_brokers_restart(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;

    brokers->count = (uint8_t)count(node);
    brokers->at = 0;
    brokers->attempts = ATTEMPTS;
    brokers->moved_at = 0;
    brokers->redirects = 0;
    brokers->aside = false;
    brokers->returning = false;
    brokers->way_back_ms = node->config.way_back_ms;
    mote_node_brokers_aim(node);
}

/* What an outbox has kept over a power cut is under way to one of them: a PUBREL for what this one has never seen would lose a message.
 * An outbox that does not say to which (it is new, or from an older version) may have been with any of several. */
void mote_node_brokers_begin(struct mote_node *node)
{
    mote_node_brokers_restart(node);
    if (node->config.outbox == NULL)
        return;
    node->brokers.session_mark = node->config.outbox->session_mark;
    if (node->brokers.session_mark == 0 && node->brokers.count > 1)
        node->brokers.session_mark = UINT32_MAX;
}

const struct mote_url *mote_node_broker(const struct mote_node *node)
{
    return &node->url;
}

/* --- Whose session it is --- */

/* FNV-1a; what stands for an unknown broker is left out. */
static uint32_t mix(uint32_t mark, struct mote_text bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        mark = (mark ^ (uint8_t)bytes.data[i]) * 16777619u;
    return (mark ^ (uint8_t)bytes.length) * 16777619u;
}

uint32_t mote_node_brokers_session_mark(const struct mote_node *node)
{
    uint32_t mark = mix(2166136261u ^ node->url.port, node->url.host);

    mark = mix(mark, node->url.path);
    mark = mix(mark, mote_text(node->config.id));
    return mark == 0 || mark == UINT32_MAX ? 1 : mark;
}

bool mote_node_brokers_are_new(const struct mote_node *node)
{
    return node->brokers.session_mark != 0 && node->brokers.session_mark != mote_node_brokers_session_mark(node);
}

void mote_node_brokers_take_session(struct mote_node *node)
{
    node->brokers.session_mark = mote_node_brokers_session_mark(node);
}

/* --- Failover --- */

static void choose(struct mote_node *node, unsigned at)
{
    node->brokers.at = (uint8_t)at;
    node->brokers.attempts = 1;
}

/* Or would any other say the same? */
static bool another_may_do(enum mote_reason reason)
{
    return reason != MOTE_MQTT_CLIENT_ID && reason != MOTE_MQTT_TAKEN_OVER && reason != MOTE_MQTT_PACKET_TOO_LARGE &&
           reason != MOTE_CONFIG_INVALID;
}

/* The first broker can be reached, but that is all: it is looked at less often. */
static void go_on_with_fallback(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;

    brokers->returning = false;
    choose(node, brokers->back_to);
    if (brokers->way_back_ms < WAY_BACK_MS_MAX / 2)
        brokers->way_back_ms *= 2;
    else if (brokers->way_back_ms < WAY_BACK_MS_MAX)
        brokers->way_back_ms = WAY_BACK_MS_MAX;
}

void mote_node_brokers_failed(struct mote_node *node, enum mote_reason reason)
{
    struct mote_node_brokers *brokers = &node->brokers;
    bool counts = brokers->returning || another_may_do(reason);

    brokers->aside = false;
    if (counts && brokers->attempts > 1)
        brokers->attempts--;
    else if (counts && brokers->returning)
        go_on_with_fallback(node);
    else if (counts)
        choose(node, brokers->at + 1u < brokers->count ? brokers->at + 1u : 0);
    mote_node_brokers_aim(node);
}

/* --- The way back --- */

static void plan_look(struct mote_node *node)
{
    uint32_t way_back_ms = node->brokers.way_back_ms;
    uint32_t quarter_ms = way_back_ms / 4;
    uint32_t random = node->port->random(node->port->context);

    node->brokers.look_ms =
        node->sched.now_ms + (way_back_ms - quarter_ms) + mote_backoff_draw_ms(random, 0, 2 * quarter_ms);
}

void mote_node_brokers_online(struct mote_node *node)
{
    mote_node_brokers_take_session(node);
    node->brokers.attempts = ATTEMPTS;
    if (node->brokers.at > 0)
        plan_look(node);
}

void mote_node_brokers_held(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;

    brokers->redirects = 0;
    brokers->returning = false;
    if (brokers->at == 0)
        brokers->way_back_ms = node->config.way_back_ms;
}

static void close_look(struct mote_node *node)
{
    node->port->link->close(node->port->context, &node->brokers.look, false);
}

void mote_node_brokers_stop_looking(struct mote_node *node)
{
    node->brokers.leaving = false;
    if (node->brokers.look.state != MOTE_LINK_CLOSED)
        close_look(node);
}

static void look(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;
    char memory[MOTE_URL_SIZE];
    struct mote_url url;

    mote_node_brokers_locate(node, 0, &url, memory);
    brokers->look_ms = node->sched.now_ms + node->config.connect_timeout_ms;
    brokers->look.options = &node->config.link;
    node->port->link->open(node->port->context, &brokers->look, &url);
}

static void leave(struct mote_node *node)
{
    close_look(node);
    node->brokers.leaving = true;
    node->deadline_ms = node->sched.now_ms + MOTE_GOODBYE_MS;
    if (!node->config.no_status)
        mote_node_report(node, &node->status_report);
}

static bool is_with_fallback(const struct mote_node *node)
{
    return node->state == MOTE_NODE_ONLINE && node->brokers.at > 0 && !node->stopping && !node->brokers.leaving;
}

void mote_node_brokers_turn(struct mote_node *node)
{
    const struct mote_node_brokers *brokers = &node->brokers;

    if (!is_with_fallback(node))
        return;
    if (brokers->look.state == MOTE_LINK_CLOSED && node->sched.now_ms >= brokers->look_ms)
        look(node);
    if (brokers->look.state == MOTE_LINK_OPEN) {
        leave(node);
    } else if (brokers->look.state == MOTE_LINK_FAILED ||
               (brokers->look.state == MOTE_LINK_OPENING && node->sched.now_ms >= brokers->look_ms)) {
        close_look(node);
        plan_look(node);
    }
}

uint64_t mote_node_brokers_deadline(const struct mote_node *node)
{
    return is_with_fallback(node) ? node->brokers.look_ms : MOTE_NEVER;
}

void mote_node_brokers_return(struct mote_node *node)
{
    struct mote_node_brokers *brokers = &node->brokers;

    brokers->back_to = brokers->at;
    brokers->returning = true;
    brokers->aside = false;
    choose(node, 0);
    mote_node_brokers_aim(node);
}
