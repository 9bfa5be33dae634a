/* A few figures about the broker, as retained messages under $SYS/broker/. An idle broker publishes nothing. */
#include "engine.h"

#ifndef MOTE_VERSION
#define MOTE_VERSION "unknown"
#endif

struct figure {
    const char *topic;
    uint32_t value;
};

#define FIGURES 7
_Static_assert(FIGURES <= sizeof((struct mote_broker *)NULL)->sys_published / sizeof(uint32_t), "too many figures");

static void get_figures(const struct mote_broker *broker, struct figure figures[FIGURES])
{
    const struct mote_broker_counters *c = &broker->counters;

    figures[0] = (struct figure){"$SYS/broker/clients/connected", c->connected};
    figures[1] = (struct figure){"$SYS/broker/clients/total", c->sessions};
    figures[2] = (struct figure){"$SYS/broker/subscriptions/count", c->subscriptions};
    figures[3] = (struct figure){"$SYS/broker/retained messages/count", c->retained};
    figures[4] = (struct figure){"$SYS/broker/publish/messages/received", c->messages_received};
    figures[5] = (struct figure){"$SYS/broker/publish/messages/sent", c->messages_sent};
    figures[6] = (struct figure){"$SYS/broker/publish/messages/dropped",
                                 c->dropped_output + c->dropped_queue + c->dropped_input + c->dropped_size};
}

static void publish(struct mote_broker *broker, const char *topic, struct mote_text payload)
{
    struct mote_broker_publication publication = {
        .message = {.topic = mote_text(topic), .payload = payload, .retain = true},
        .expires_ms = MOTE_NEVER,
    };

    if (mote_broker_retain(broker, &publication) == MOTE_OK)
        mote_broker_route(broker, &publication);
    mote_broker_message_drop(broker, publication.stored);
}

static void run(void *context)
{
    struct mote_broker *broker = context;
    struct figure figures[FIGURES];
    char digits[11];

    if (!broker->sys_begun)
        publish(broker, "$SYS/broker/version", MOTE_TEXT("mote " MOTE_VERSION));
    get_figures(broker, figures);
    for (size_t i = 0; i < FIGURES; i++) {
        if (!broker->sys_begun || figures[i].value != broker->sys_published[i])
            publish(broker, figures[i].topic, mote_text_from_number(figures[i].value, digits));
        broker->sys_published[i] = figures[i].value;
    }
    broker->sys_begun = true;
}

void mote_broker_sys_changed(struct mote_broker *broker)
{
    if (!broker->config.without_sys && !mote_timer_is_running(&broker->sys_timer))
        mote_after(&broker->sched, &broker->sys_timer, broker->sys_begun ? broker->config.sys_interval_ms : 0, run,
                   broker);
}
