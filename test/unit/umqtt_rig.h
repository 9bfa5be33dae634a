/* The client behind umqtt's names on a fake port. */
#ifndef UMQTT_RIG_H
#define UMQTT_RIG_H

#include "fake_port.h"
#include "session_memory.h"

#include "python/micropython/umqtt.h"

enum { FILTERS = 4, BUFFER = 128 };

static struct {
    struct mote_umqtt client;
    struct mote_umqtt_filter filters[FILTERS];
    uint8_t receive_buffer[BUFFER];
    uint8_t send_buffer[BUFFER];
    uint8_t store[BUFFER];
    struct mote_inflight inflight[4];
    uint16_t received_ids[8];
    char got[1000];            /* "TOPIC=PAYLOAD " of each message or piece */
    void (*in_callback)(void); /* what on_message does */
    bool refuses_to_go_on;     /* it returns false */
} rig;

static int owner;

static inline enum mote_reason publish(const char *payload, enum mote_qos qos)
{
    return mote_umqtt_publish(
        &rig.client, &(struct mote_message){.topic = MOTE_TEXT("out"), .payload = mote_text(payload), .qos = qos},
        &owner);
}

static inline enum mote_reason subscribe(const char *topic, enum mote_qos qos)
{
    return mote_umqtt_subscribe(&rig.client, mote_text(topic), qos, &owner);
}

static inline bool on_message(const struct mote_message *message, void *context)
{
    size_t used = strlen(rig.got);

    CHECK(context == &rig);
    snprintf(rig.got + used, sizeof rig.got - used, "%.*s=%.*s ", (int)message->topic.length, message->topic.data,
             (int)message->payload.length, message->payload.data);
    if (rig.in_callback != NULL)
        rig.in_callback();
    return !rig.refuses_to_go_on;
}

static inline void begin(void)
{
    fake_begin();
    fake.takes_qos_2 = true;
    memset(&rig, 0, sizeof rig);
    rig.client = (struct mote_umqtt){
        .port = &fake.port,
        .config = {.client_id = MOTE_TEXT("me"), SESSION_MEMORY(rig)},
        .url = {.scheme = MOTE_TEXT("mqtt"), .host = MOTE_TEXT("broker"), .port = 1883},
        .filters = rig.filters,
        .filter_max = FILTERS,
        .timeout_ms = 20000,
        .on_message = on_message,
        .context = &rig,
    };
    mote_umqtt_init(&rig.client);
}

static inline enum mote_reason connect(bool clean)
{
    return mote_umqtt_connect(&rig.client, clean, 20000);
}

static inline void connected(void)
{
    begin();
    CHECK_EQUAL(connect(true), MOTE_OK);
}

/* Turns, as a program's loop takes them, until nothing happens any more; no time passes. */
static inline void settle(void)
{
    unsigned lines, turns = 0;
    size_t bytes;

    do {
        lines = fake.line_count;
        bytes = fake.to_node_size;
        mote_umqtt_turn(&rig.client);
        CHECK(turns++ < 1000);
    } while (fake.line_count != lines || fake.to_node_size != bytes);
}

static inline void pass_ms(uint64_t duration_ms)
{
    uint64_t end_ms = fake.now_ms + duration_ms;

    settle();
    while (mote_umqtt_deadline(&rig.client) < end_ms) {
        uint64_t deadline_ms = mote_umqtt_deadline(&rig.client);

        fake.now_ms = deadline_ms > fake.now_ms ? deadline_ms : fake.now_ms + 1;
        settle();
    }
    fake.now_ms = end_ms;
    settle();
}

/* The broker sends these bytes. */
static inline void serve(const char *bytes, size_t size)
{
    memcpy(fake.to_node + fake.to_node_size, bytes, size);
    fake_reply(size);
}

#define SERVE(literal) serve("" literal, sizeof(literal) - 1)

/* Nobody listens there any more, until broker_returns(). */
static inline void broker_goes(void)
{
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
}

static inline void broker_returns(void)
{
    fake.dial = FAKE_ACCEPTS;
    fake.dial_reason = MOTE_OK;
}

#endif
