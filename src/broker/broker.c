#include "engine.h"

#define FIRST_ITEMS 8
#define MEBI 1048576u

static uint32_t default_of(uint32_t value, uint32_t otherwise)
{
    return value == 0 ? otherwise : value;
}

static void fill_defaults(struct mote_broker_config *config)
{
    if (config->memory_max == 0)
        config->memory_max = (size_t)128 * MEBI;
    config->clients_max = default_of(config->clients_max, 10000);
    config->sessions_max = default_of(config->sessions_max, 20000);
    config->subscriptions_max = default_of(config->subscriptions_max, 1000);
    config->topic_levels_max = default_of(config->topic_levels_max, MOTE_BROKER_LEVELS_MAX);
    config->queue_max = default_of(config->queue_max, 1000);
    config->queue_bytes_max = default_of(config->queue_bytes_max, 8 * MEBI);
    config->output_max = default_of(config->output_max, MEBI);
    config->retained_max = default_of(config->retained_max, 10000);
    config->retained_bytes_max = default_of(config->retained_bytes_max, 32 * MEBI);
    config->packet_size_max = default_of(config->packet_size_max, 2 * MEBI);
    config->connect_size_max = default_of(config->connect_size_max, 16384);
    config->receive_size = default_of(config->receive_size, 32768);
    config->receive_max = (uint16_t)default_of(config->receive_max, 256);
    config->topic_alias_max = (uint16_t)default_of(config->topic_alias_max, 16);
    config->topic_alias_out_max = (uint16_t)default_of(config->topic_alias_out_max, 16);
    if (config->without_topic_alias)
        config->topic_alias_max = config->topic_alias_out_max = 0;
    config->connect_timeout_ms = default_of(config->connect_timeout_ms, 10000);
    config->close_timeout_ms = default_of(config->close_timeout_ms, 5000);
    config->sys_interval_ms = default_of(config->sys_interval_ms, 10000);
}

static bool is_legal(const struct mote_broker_config *config)
{
    const uint32_t most = UINT32_MAX >> 2; /* so that sums of them stay within 32 bits */

    return config->resize != NULL && config->receive_size >= 256 && config->receive_size <= most &&
           config->topic_levels_max <= MOTE_BROKER_LEVELS_MAX && config->output_max <= most &&
           config->queue_max <= most && config->retained_max <= most && config->queue_bytes_max <= most &&
           config->packet_size_max <= 200 * MEBI && config->connect_size_max <= 200 * MEBI;
}

static uint64_t clock(void *context)
{
    return ((struct mote_broker *)context)->now_ms;
}

static bool make_tables(struct mote_broker *broker)
{
    broker->receive_buffer = mote_broker_resize(broker, NULL, 0, broker->config.receive_size);
    broker->items = mote_broker_allocate(broker, FIRST_ITEMS * sizeof broker->items[0]);
    broker->item_count = broker->items == NULL ? 0 : FIRST_ITEMS;
    return broker->receive_buffer != NULL && broker->items != NULL && mote_broker_sessions_init(broker) &&
           mote_broker_tree_init(broker, &broker->subscriptions) && mote_broker_tree_init(broker, &broker->retained);
}

enum mote_reason mote_broker_init(struct mote_broker *broker, const struct mote_broker_config *config, uint64_t now_ms)
{
    *broker = (struct mote_broker){.config = *config, .now_ms = now_ms};
    fill_defaults(&broker->config);
    if (!is_legal(&broker->config))
        return MOTE_CONFIG_INVALID;
    broker->seed = config->random == NULL ? 0 : config->random(config->context);
    broker->sched.now_ms = now_ms;
    broker->sched.clock = clock;
    broker->sched.clock_context = broker;
    for (size_t i = 0; i < sizeof broker->clients / sizeof broker->clients[0]; i++)
        mote_broker_list_init(&broker->clients[i]);
    mote_broker_list_init(&broker->ready);
    if (!make_tables(broker)) {
        mote_broker_free(broker);
        return MOTE_MQTT_QUOTA;
    }
    mote_broker_sys_changed(broker);
    return MOTE_OK;
}

void mote_broker_set_time(struct mote_broker *broker, uint64_t now_ms)
{
    if (now_ms > broker->now_ms)
        broker->now_ms = now_ms;
}

void mote_broker_timer_at(struct mote_broker *broker, struct mote_timer *timer, uint64_t when_ms, mote_timer_run *run,
                          void *context)
{
    uint64_t delay_ms = when_ms > broker->now_ms ? when_ms - broker->now_ms : 0;

    if (when_ms == MOTE_NEVER)
        mote_timer_stop(&broker->sched, timer);
    else
        mote_after(&broker->sched, timer, delay_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)delay_ms, run, context);
}

void mote_broker_observe(struct mote_broker *broker, const struct mote_broker_event *event)
{
    if (broker->config.observe != NULL)
        broker->config.observe(broker->config.context, event);
}

static struct mote_broker_client *first_in(struct mote_broker *broker, enum mote_broker_client_state state)
{
    struct mote_broker_link *list = &broker->clients[state];

    return mote_broker_list_is_empty(list) ? NULL : mote_broker_client_in_state(list->next);
}

void mote_broker_settle(struct mote_broker *broker)
{
    struct mote_broker_client *client;

    while ((client = first_in(broker, BROKER_DOOMED)) != NULL) {
        struct mote_broker_session *session = client->session;
        bool without_will = client->without_will || broker->stopping;
        mote_broker_client_cut(client);
        if (session != NULL) {
            mote_broker_session_left(session, without_will);
            mote_broker_sys_changed(broker);
        }
    }
}

struct mote_broker_client *mote_broker_next_ready(struct mote_broker *broker)
{
    struct mote_broker_link *link = broker->ready.next;

    mote_broker_settle(broker);
    link = broker->ready.next;
    if (link == &broker->ready)
        return NULL;
    mote_broker_list_remove(link);
    return mote_broker_client_in_ready(link);
}

void mote_broker_stop(struct mote_broker *broker, uint64_t now_ms)
{
    struct mote_broker_client *client;

    mote_broker_set_time(broker, now_ms);
    broker->stopping = true;
    while ((client = first_in(broker, BROKER_CONNECTING)) != NULL)
        mote_broker_doom(client, 0, MOTE_TCP_RESET, "the broker stops");
    while ((client = first_in(broker, BROKER_CONNECTED)) != NULL)
        mote_broker_doom(client, MOTE_CODE_SERVER_SHUTTING_DOWN, MOTE_TCP_RESET, "the broker stops");
    mote_broker_settle(broker);
}

void mote_broker_free(struct mote_broker *broker)
{
    struct mote_broker_client *client;

    for (size_t state = 0; state < sizeof broker->clients / sizeof broker->clients[0]; state++) {
        while ((client = first_in(broker, (enum mote_broker_client_state)state)) != NULL) {
            if (client->session != NULL)
                mote_broker_session_detach(client->session);
            mote_broker_client_free(client);
        }
    }
    mote_timer_stop(&broker->sched, &broker->sys_timer);
    mote_timer_stop(&broker->sched, &broker->sweep_timer);
    mote_broker_sessions_free(broker);
    if (broker->retained.root != NULL)
        mote_broker_retained_free(broker);
    mote_broker_tree_free(broker, &broker->retained);
    mote_broker_tree_free(broker, &broker->subscriptions);
    mote_broker_release(broker, broker->items, broker->item_count * sizeof broker->items[0]);
    mote_broker_release(broker, broker->receive_buffer, broker->config.receive_size);
    MOTE_ASSERT(broker->counters.memory == 0);
}

uint64_t mote_broker_deadline(const struct mote_broker *broker)
{
    uint64_t deadline_ms = mote_sched_deadline(&broker->sched);
    const enum mote_broker_client_state states[] = {BROKER_CONNECTING, BROKER_CLOSING};
    const uint32_t timeouts_ms[] = {broker->config.connect_timeout_ms, broker->config.close_timeout_ms};

    for (size_t i = 0; i < 2; i++) {
        const struct mote_broker_link *list = &broker->clients[states[i]];
        if (!mote_broker_list_is_empty(list)) {
            uint64_t end_ms = mote_broker_client_in_state(list->next)->since_ms + timeouts_ms[i];
            deadline_ms = end_ms < deadline_ms ? end_ms : deadline_ms;
        }
    }
    return deadline_ms;
}

/* The first that has been in this state for so long. */
static struct mote_broker_client *first_late(struct mote_broker *broker, enum mote_broker_client_state state,
                                             uint32_t timeout_ms)
{
    struct mote_broker_client *client = first_in(broker, state);

    return client != NULL && client->since_ms + timeout_ms <= broker->now_ms ? client : NULL;
}

void mote_broker_turn(struct mote_broker *broker, uint64_t now_ms)
{
    struct mote_broker_client *client;

    mote_broker_set_time(broker, now_ms);
    mote_sched_turn(&broker->sched, broker->now_ms);
    while ((client = first_late(broker, BROKER_CONNECTING, broker->config.connect_timeout_ms)) != NULL)
        mote_broker_doom(client, MOTE_CODE_MAXIMUM_CONNECT_TIME, MOTE_TCP_TIMEOUT, "no CONNECT in time");
    while ((client = first_late(broker, BROKER_CLOSING, broker->config.close_timeout_ms)) != NULL) {
        mote_broker_client_set_state(client, BROKER_EXPIRED);
        mote_broker_output_free(client);
        mote_broker_client_ready(client);
    }
    mote_broker_settle(broker);
}
