#include "engine.h"

#include <string.h>

#define FIRST_BUCKETS 64

struct mote_text mote_broker_session_id(const struct mote_broker_session *session)
{
    return (struct mote_text){session->id, session->id_size};
}

bool mote_broker_sessions_init(struct mote_broker *broker)
{
    broker->sessions = mote_broker_allocate(broker, FIRST_BUCKETS * sizeof broker->sessions[0]);
    broker->session_buckets = broker->sessions == NULL ? 0 : FIRST_BUCKETS;
    return broker->sessions != NULL;
}

struct mote_broker_session *mote_broker_session_find(const struct mote_broker *broker, struct mote_text client_id)
{
    uint32_t hash = mote_broker_hash(broker->seed, client_id);
    struct mote_broker_session *session = broker->sessions[hash & (broker->session_buckets - 1)];

    while (session != NULL && !(session->hash == hash && mote_text_same(mote_broker_session_id(session), client_id)))
        session = session->bucket_next;
    return session;
}

/* Without memory for a larger table the old one goes on, only slower. */
static void grow(struct mote_broker *broker)
{
    uint32_t count = broker->session_buckets << 1;
    struct mote_broker_session **buckets = mote_broker_allocate(broker, count * sizeof buckets[0]);

    if (buckets == NULL)
        return;
    for (uint32_t i = 0; i < broker->session_buckets; i++) {
        for (struct mote_broker_session *session = broker->sessions[i], *next; session != NULL; session = next) {
            next = session->bucket_next;
            session->bucket_next = buckets[session->hash & (count - 1)];
            buckets[session->hash & (count - 1)] = session;
        }
    }
    mote_broker_release(broker, broker->sessions, broker->session_buckets * sizeof buckets[0]);
    broker->sessions = buckets;
    broker->session_buckets = count;
}

struct mote_broker_session *mote_broker_session_new(struct mote_broker *broker, struct mote_text client_id)
{
    struct mote_broker_session *session;
    struct mote_broker_session **bucket;

    if (broker->counters.sessions >= broker->config.sessions_max)
        return NULL;
    session = mote_broker_allocate(broker, sizeof *session + client_id.length);
    if (session == NULL)
        return NULL;
    if (broker->counters.sessions >= broker->session_buckets)
        grow(broker);
    memcpy(session->id, client_id.data, client_id.length);
    session->broker = broker;
    session->id_size = (uint16_t)client_id.length;
    session->hash = mote_broker_hash(broker->seed, client_id);
    broker->serial++;
    session->serial = broker->serial;
    bucket = &broker->sessions[session->hash & (broker->session_buckets - 1)];
    session->bucket_next = *bucket;
    *bucket = session;
    broker->counters.sessions++;
    return session;
}

void mote_broker_session_free(struct mote_broker_session *session)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_session **place = &broker->sessions[session->hash & (broker->session_buckets - 1)];

    MOTE_ASSERT(session->client == NULL);
    while (*place != session)
        place = &(*place)->bucket_next;
    *place = session->bucket_next;
    broker->counters.sessions--;
    mote_timer_stop(&broker->sched, &session->timer);
    mote_broker_unsubscribe_all(session);
    mote_broker_queue_free(session);
    mote_broker_session_drop_will(session);
    mote_broker_release(broker, session->username, (size_t)session->username_size + 1);
    mote_broker_release(broker, session, sizeof *session + session->id_size);
}

void mote_broker_session_drop_will(struct mote_broker_session *session)
{
    mote_broker_message_drop(session->broker, session->will);
    session->will = NULL;
}

void mote_broker_session_publish_will(struct mote_broker_session *session)
{
    struct mote_broker *broker = session->broker;
    struct mote_broker_message *will = session->will;
    struct mote_broker_publication publication;

    if (will == NULL)
        return;
    session->will = NULL;
    if (session->will_expiry_s != UINT32_MAX)
        will->expires_ms = mote_broker_after_s(broker->now_ms, session->will_expiry_s);
    mote_broker_publication_of(will, &publication);
    if (mote_broker_take(broker, &publication, session) == BROKER_REFUSED)
        broker->counters.dropped_input++;
    mote_broker_message_drop(broker, will);
}

void mote_broker_session_set_expiry(struct mote_broker_session *session, uint32_t expiry_s)
{
    uint32_t max_s = session->broker->config.session_expiry_max_s;

    session->expiry_s = max_s != 0 && expiry_s > max_s ? max_s : expiry_s;
}

void mote_broker_session_end(struct mote_broker_session *session)
{
    mote_broker_unsubscribe_all(session);
    mote_broker_session_publish_will(session); /* [MQTT-3.1.2-8] */
    mote_broker_observe(session->broker, &(struct mote_broker_event){
                                             .type = MOTE_BROKER_SESSION_ENDED,
                                             .client_id = mote_broker_session_id(session),
                                         });
    mote_broker_session_free(session);
}

static void start_timer(struct mote_broker_session *session);

static void check_keep_alive(struct mote_broker_session *session)
{
    struct mote_broker_client *client = session->client;
    uint64_t limit_ms = client->since_ms + client->keep_alive_s * UINT32_C(1500); /* [MQTT-3.1.2-22] */

    if (limit_ms <= session->broker->now_ms)
        mote_broker_doom(client, MOTE_CODE_KEEP_ALIVE_TIMEOUT, MOTE_TCP_TIMEOUT, "nothing heard for too long");
    else
        start_timer(session);
}

static void run_timer(void *context)
{
    struct mote_broker_session *session = context;
    uint64_t now_ms = session->broker->now_ms;

    if (session->client != NULL) {
        check_keep_alive(session);
        return;
    }
    if (session->expires_at_ms <= now_ms) {
        mote_broker_session_end(session);
        return;
    }
    if (session->will_at_ms <= now_ms) {
        session->will_at_ms = MOTE_NEVER;
        mote_broker_session_publish_will(session);
    }
    start_timer(session);
}

/* Connected, it waits for the keep alive, counted from the last bytes: not each of them starts it anew. */
static void start_timer(struct mote_broker_session *session)
{
    const struct mote_broker_client *client = session->client;
    uint64_t when_ms = session->will_at_ms < session->expires_at_ms ? session->will_at_ms : session->expires_at_ms;

    if (client != NULL)
        when_ms = client->keep_alive_s == 0 ? MOTE_NEVER : client->since_ms + client->keep_alive_s * UINT32_C(1500);
    mote_broker_timer_at(session->broker, &session->timer, when_ms, run_timer, session);
}

void mote_broker_session_attach(struct mote_broker_session *session, struct mote_broker_client *client)
{
    MOTE_ASSERT(session->client == NULL && client->session == NULL);
    session->client = client;
    session->version = client->version;
    client->session = session;
    session->broker->counters.connected++;
    mote_broker_queue_resume(session);
    start_timer(session);
}

void mote_broker_session_detach(struct mote_broker_session *session)
{
    MOTE_ASSERT(session->client != NULL && session->client->session == session);
    session->client->session = NULL;
    session->client = NULL;
    session->broker->counters.connected--;
    mote_timer_stop(&session->broker->sched, &session->timer);
}

void mote_broker_session_left(struct mote_broker_session *session, bool without_will)
{
    uint64_t now_ms = session->broker->now_ms;

    MOTE_ASSERT(session->client == NULL);
    if (without_will) /* [MQTT-3.14.4-3] */
        mote_broker_session_drop_will(session);
    if (session->expiry_s == 0) {
        mote_broker_session_end(session);
        return;
    }
    if (session->will_delay_s == 0)
        mote_broker_session_publish_will(session);
    session->will_at_ms = session->will == NULL ? MOTE_NEVER : mote_broker_after_s(now_ms, session->will_delay_s);
    session->expires_at_ms =
        session->expiry_s == UINT32_MAX ? MOTE_NEVER : mote_broker_after_s(now_ms, session->expiry_s);
    start_timer(session);
}

void mote_broker_sessions_free(struct mote_broker *broker)
{
    for (uint32_t i = 0; i < broker->session_buckets; i++) {
        while (broker->sessions[i] != NULL)
            mote_broker_session_free(broker->sessions[i]);
    }
    mote_broker_release(broker, broker->sessions, broker->session_buckets * sizeof broker->sessions[0]);
    broker->sessions = NULL;
    broker->session_buckets = 0;
}
