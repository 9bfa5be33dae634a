/* The life of an outbox, from a seed: messages are put, sent to a model broker by a real session, and answered; connections are
 * lost, time goes by, the program starts anew, and the flash loses its power. What the broker gets, and what is in the outbox
 * after each start, is compared with what was accepted. */
#ifndef OUTBOX_LIFE_H
#define OUTBOX_LIFE_H

#include "outbox_rig.h"

#include <mote/session.h>

#include <stdlib.h>

enum { LIFE_MESSAGES_MAX = 400, LIFE_TOPICS = 6, LIFE_IN_MAX = 64, LIFE_QUEUE = 65536, LIFE_EXPIRE_MS = 60000 };

enum life_state {
    LIFE_NONE,
    LIFE_UNSURE, /* the power went before it was known to be accepted, or kept */
    LIFE_ACCEPTED,
    LIFE_FORGOTTEN, /* by a clear */
    LIFE_GONE,      /* it was not kept, and had not to be */
};

struct life_message {
    uint8_t topic;
    uint8_t qos;
    uint8_t state;
    uint64_t put_ms;
    uint64_t asked;     /* of the flash, until it is kept */
    uint64_t forgotten; /* likewise, until that is kept */
    unsigned delivered;
    bool listed;
    bool was_forgotten; /* so it need not be there again, but may be, if the power went before that was kept */
    bool may_repeat;    /* the broker has lost its session since */
};

/* To the client, QoS 2. */
struct life_incoming {
    uint8_t state; /* 0: not sent yet, 1: PUBLISH, 2: PUBREL, 3: done */
    unsigned taken;
    bool pending; /* the program has it, but the outbox has not said that it is kept */
    bool maybe;
};

static struct {
    const char *wrong; /* the first thing that was */
    uint32_t seed;
    uint32_t random;
    unsigned boots, cuts;
    uint64_t next_cut; /* after the one to come */
    bool failed;       /* the connection */
    struct mote_session session;
    struct mote_session_config config;
    uint8_t receive_buffer[256], send_buffer[512], store[512];
    struct mote_inflight inflight[8];
    uint16_t received_ids[4];

    struct life_message messages[LIFE_MESSAGES_MAX];
    unsigned count; /* of messages; numbers begin at 1 */
    struct life_incoming incoming[LIFE_IN_MAX];
    unsigned incoming_count;
    unsigned last_delivered[LIFE_TOPICS];
    uint64_t dropped, accepted, delivered;

    struct {
        bool has_session, is_connected;
        uint8_t taken[8192]; /* a bit for each identifier of QoS 2 that is not released */
        uint8_t out[LIFE_QUEUE];
        size_t out_begin, out_end;
        uint8_t in[2048];
        size_t in_size;
    } broker;
} life;

static const char *const life_topics[LIFE_TOPICS] = {"a/all",  "latest/one", "latest/two",
                                                     "drop/x", "expire/e",   "b/all"};

static inline uint32_t life_draw(uint32_t below)
{
    life.random = life.random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(life.random >> 8) * below >> 24);
}

static inline void life_require(bool condition, const char *words)
{
    if (!condition && life.wrong == NULL)
        life.wrong = words;
}

/* --- Messages by number --- */

static inline size_t life_payload(unsigned number, char payload[64])
{
    size_t size = (size_t)snprintf(payload, 64, "%u:", number);
    size_t more = number * 7 % 23;

    memset(payload + size, (int)('a' + number % 26), more);
    return size + more;
}

static inline unsigned life_number(struct mote_text payload)
{
    char text[16] = "", expected[64];
    unsigned number;

    memcpy(text, payload.data, payload.length < 15 ? payload.length : 15);
    number = (unsigned)strtoul(text, NULL, 10);
    bool right = number >= 1 && number <= life.count && payload.length == life_payload(number, expected) &&
                 memcmp(payload.data, expected, payload.length) == 0;
    life_require(right, "a message is not as it was");
    return right ? number : 0;
}

static inline bool life_is_kept(const struct life_message *message)
{
    return rig.nor.known >= message->asked;
}

/* --- The broker --- */

static inline void life_broker_say(const void *bytes, size_t size)
{
    life_require(life.broker.out_end + size <= LIFE_QUEUE, "the broker has said too much");
    if (life.broker.out_end + size > LIFE_QUEUE)
        return;
    memcpy(life.broker.out + life.broker.out_end, bytes, size);
    life.broker.out_end += size;
}

static inline void life_broker_ack(unsigned first, unsigned id)
{
    uint8_t packet[4] = {(uint8_t)first, 2, (uint8_t)(id >> 8), (uint8_t)id};

    life_broker_say(packet, sizeof packet);
}

static inline void life_broker_send_incoming(unsigned index, bool again)
{
    struct life_incoming *incoming = &life.incoming[index];
    uint8_t packet[9] = {(uint8_t)(again ? 0x3C : 0x34), 7, 0, 2, 'i', 'n', 0, (uint8_t)(index + 1), (uint8_t)index};

    if (incoming->state == 2)
        life_broker_ack(0x62, index + 1);
    else if (incoming->state < 2)
        life_broker_say(packet, sizeof packet);
    if (incoming->state == 0)
        incoming->state = 1;
}

static inline void life_broker_connect(void)
{
    uint8_t connack[4] = {0x20, 2, life.broker.has_session, 0};

    life_broker_say(connack, sizeof connack);
    life.broker.has_session = true;
    life.broker.is_connected = true;
    for (unsigned i = 0; i < life.incoming_count; i++) {
        if (life.incoming[i].state != 3)
            life_broker_send_incoming(i, life.incoming[i].state == 1);
    }
}

static inline void life_deliver(unsigned number, unsigned topic, unsigned qos)
{
    struct life_message *message = &life.messages[number];

    life_require(message->topic == topic && message->qos == qos, "a message has another topic or QoS");
    life_require(message->state != LIFE_NONE && message->state != LIFE_GONE, "a message that was never accepted");
    life_require(qos == 1 || life_is_kept(message), "QoS 2 has left before it was kept");
    if (message->delivered == 0) {
        life_require(life.last_delivered[topic] < number, "out of order");
        life.last_delivered[topic] = number;
    }
    message->delivered++;
    life_require(qos == 1 || message->delivered == 1 || message->may_repeat, "QoS 2 was delivered twice");
}

static inline void life_broker_publish(unsigned flags, const uint8_t *body, size_t size)
{
    size_t length = (size_t)body[0] << 8 | body[1];
    unsigned id = (unsigned)body[2 + length] << 8 | body[3 + length];
    unsigned qos = flags >> 1 & 3, topic = 0;
    unsigned number = life_number((struct mote_text){(const char *)body + 4 + length, size - 4 - length});
    uint8_t *taken = &life.broker.taken[id >> 3];

    while (topic + 1 < LIFE_TOPICS &&
           !mote_text_equals((struct mote_text){(const char *)body + 2, length}, life_topics[topic]))
        topic++;
    if (number != 0 && (qos == 1 || (*taken & 1u << (id & 7)) == 0))
        life_deliver(number, topic, qos);
    if (qos == 2)
        *taken |= (uint8_t)(1u << (id & 7));
    life_broker_ack(qos == 1 ? 0x40 : 0x50, id);
}

static inline void life_broker_take(const uint8_t *packet, const uint8_t *body, size_t size)
{
    unsigned id = size >= 2 ? (unsigned)body[0] << 8 | body[1] : 0;

    switch (packet[0] >> 4) {
    case 1:
        life_broker_connect();
        break;
    case 3:
        life_broker_publish(packet[0], body, size);
        break;
    case 5: /* PUBREC */
        life_require(id >= 1 && id <= life.incoming_count, "PUBREC of nothing");
        life.incoming[id - 1].state = life.incoming[id - 1].state == 3 ? 3 : 2;
        life_broker_ack(0x62, id);
        break;
    case 6: /* PUBREL */
        life.broker.taken[id >> 3] &= (uint8_t) ~(1u << (id & 7));
        life_broker_ack(0x70, id);
        break;
    case 7: /* PUBCOMP */
        life_require(id >= 1 && id <= life.incoming_count, "PUBCOMP of nothing");
        life.incoming[id - 1].state = 3;
        break;
    default:
        break;
    }
}

static inline void life_broker_hear(struct mote_text bytes)
{
    size_t at = 0;

    memcpy(life.broker.in + life.broker.in_size, bytes.data, bytes.length);
    life.broker.in_size += bytes.length;
    while (life.broker.in_size - at >= 2) {
        const uint8_t *packet = life.broker.in + at;
        size_t size = packet[1], head = 2;
        if ((packet[1] & 0x80) != 0) {
            if (life.broker.in_size - at < 3)
                break;
            size = (packet[1] & 0x7Fu) | (size_t)packet[2] << 7;
            head = 3;
        }
        if (life.broker.in_size - at < head + size)
            break;
        life_broker_take(packet, packet + head, size);
        at += head + size;
    }
    life.broker.in_size -= at;
    memmove(life.broker.in, life.broker.in + at, life.broker.in_size);
}

/* It starts anew, and knows nothing. */
static inline void life_broker_forget(void)
{
    memset(&life.broker, 0, sizeof life.broker);
    for (unsigned i = 1; i <= life.count; i++)
        life.messages[i].may_repeat = true;
    for (unsigned i = 0; i < life.incoming_count; i++) {
        life.incoming[i].maybe = life.incoming[i].maybe || life.incoming[i].state != 3;
        life.incoming[i].state = 3;
    }
}

/* --- The client --- */

static inline void life_disconnect(void)
{
    mote_session_closed(&life.session);
    life.broker.out_begin = 0;
    life.broker.out_end = 0;
    life.broker.in_size = 0;
    life.broker.is_connected = false;
}

static inline void life_connect(void)
{
    if (life.session.state == MOTE_SESSION_IDLE)
        life_require(mote_session_open(&life.session, rig.now_ms) == MOTE_OK, "the session does not open");
}

static inline void life_take_event(const struct mote_session_event *event)
{
    unsigned index;

    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        mote_outbox_connected(&rig.outbox, &life.session, event->session_present);
        break;
    case MOTE_EVENT_PUBLISHED:
        life_require(mote_outbox_answered(&rig.outbox, event->packet_id, event->reason_code), "not the outbox's");
        break;
    case MOTE_EVENT_MESSAGE:
        index = (uint8_t)event->message.payload.data[0];
        life_require(!life.incoming[index].pending, "an incoming message comes twice");
        life.incoming[index].pending = true;
        break;
    case MOTE_EVENT_FAILED:
        life_require(mote_text_equals(mote_text(event->words), "no CONNACK"), event->words);
        life.failed = true;
        break;
    default:
        break;
    }
}

/* What the program has taken counts once the outbox says that it is kept; if the power goes before, nobody knows. */
static inline void life_settle_incoming(bool is_sure)
{
    for (unsigned i = 0; i < life.incoming_count; i++) {
        if (life.incoming[i].pending && is_sure)
            life.incoming[i].taken++;
        else if (life.incoming[i].pending)
            life.incoming[i].maybe = true;
        life.incoming[i].pending = false;
    }
}

static inline void life_send(size_t most)
{
    struct mote_text output = mote_session_output(&life.session);

    while (output.length > 0 && most > 0) {
        size_t size = output.length < most ? output.length : most;
        life_broker_hear((struct mote_text){output.data, size});
        mote_session_sent(&life.session, size, rig.now_ms);
        most -= size;
        output = mote_session_output(&life.session);
    }
}

/* A turn as a node has it; so many bytes come, and so many go. */
static inline void life_turn(size_t in, size_t out)
{
    struct mote_session_event event;
    size_t room, waits = life.broker.out_end - life.broker.out_begin;
    uint8_t *space = mote_session_receive_space(&life.session, &room);

    in = in < room ? in : room;
    in = in < waits ? in : waits;
    if (life.session.state == MOTE_SESSION_IDLE)
        in = 0;
    memcpy(space, life.broker.out + life.broker.out_begin, in);
    life.broker.out_begin += in;
    if (in > 0)
        mote_session_received(&life.session, in, rig.now_ms);
    while (mote_session_next(&life.session, rig.now_ms, &event))
        life_take_event(&event);
    if (life.failed)
        life_disconnect();
    life.failed = false;
    mote_outbox_send(&rig.outbox, &life.session, rig.now_ms);
    bool kept = mote_outbox_commit(&rig.outbox, &life.session, rig.now_ms);
    if (rig.nor.off || !kept)
        return;
    life_settle_incoming(true);
    life_send(out);
}

/* --- After a start --- */

static inline bool life_must_be_there(const struct life_message *message)
{
    return message->state == LIFE_ACCEPTED && message->delivered == 0 && !message->was_forgotten;
}

static inline bool life_has_newer(unsigned number)
{
    for (unsigned i = number + 1; i <= life.count; i++) {
        if (life.messages[i].topic == life.messages[number].topic &&
            (life.messages[i].listed || life.messages[i].delivered > 0 || life.messages[i].state == LIFE_FORGOTTEN))
            return true;
    }
    return false;
}

/* May a message that was accepted be neither in the outbox nor at the broker? */
static inline void life_check_missing(unsigned number, unsigned *dropped)
{
    const struct life_message *message = &life.messages[number];

    switch (message->topic) {
    case 1:
    case 2:
        life_require(life_has_newer(number), "the latest of a topic is missing");
        break;
    case 3:
        (*dropped)++;
        break;
    case 4:
        life_require(rig.now_ms - message->put_ms >= LIFE_EXPIRE_MS - 1000, "a message has expired too early");
        break;
    default:
        life_require(false, "a message is missing");
    }
}

static inline void life_list(void)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    unsigned before = 0;
    uint32_t age_s;

    for (unsigned i = 1; i <= life.count; i++)
        life.messages[i].listed = false;
    while (mote_outbox_list(&rig.outbox, &place, &message, &age_s)) {
        unsigned number = life_number(message.payload);
        life_require(number > before, "the list is out of order");
        before = number;
        struct life_message *known = &life.messages[number];
        life_require(mote_text_equals(message.topic, life_topics[known->topic]) && message.qos == known->qos,
                     "a message has another topic or QoS");
        life_require(known->state == LIFE_ACCEPTED || known->state == LIFE_UNSURE, "what is listed was never accepted");
        known->listed = true;
    }
}

static inline void life_check_outbox(void)
{
    unsigned dropped = 0;

    life_list();
    for (unsigned i = 1; i <= life.count; i++) {
        if (life_must_be_there(&life.messages[i]) && !life.messages[i].listed)
            life_check_missing(i, &dropped);
    }
    life_require(dropped <= life.dropped + rig.outbox.counters.dropped, "more are dropped than were counted");
}

/* What was not known is known now, but for what may have been given up. */
static inline void life_learn(void)
{
    for (unsigned i = 1; i <= life.count; i++) {
        struct life_message *message = &life.messages[i];
        if (message->state != LIFE_UNSURE)
            continue;
        message->asked = 0;
        if (message->listed)
            message->state = LIFE_ACCEPTED;
        else if (message->delivered > 0)
            message->state = LIFE_FORGOTTEN;
        else if (message->topic == 0 || message->topic == 5)
            message->state = LIFE_GONE;
    }
}

static inline void life_start(enum mote_reason expected)
{
    life.boots++;
    life.config = (struct mote_session_config){
        .client_id = MOTE_TEXT("life"),
        .keep_session = true,
        .own_ids_from = MOTE_OUTBOX_IDS,
        .receive_buffer = life.receive_buffer,
        .receive_size = sizeof life.receive_buffer,
        .send_buffer = life.send_buffer,
        .send_size = sizeof life.send_buffer,
        .store = life.store,
        .store_size = sizeof life.store,
        .inflight = life.inflight,
        .inflight_count = 8,
        .received_ids = life.received_ids,
        .received_count = 4,
    };
    life_require(mote_session_init(&life.session, &life.config) == MOTE_OK, "the session is not possible");
    life_require(rig_open() == expected, "the outbox does not open as it should");
    life_disconnect();
    life_check_outbox();
    life_learn();
    mote_outbox_restore(&rig.outbox, &life.session);
}

/* The program has ended, by a power cut or without one. */
static inline void life_restart(void)
{
    uint64_t cut_in = rig.nor.cut_in;
    bool is_cut = rig.nor.off;

    life.dropped += rig.outbox.counters.dropped;
    for (unsigned i = 1; i <= life.count; i++) {
        uint8_t state = life.messages[i].state;
        if (is_cut && ((state == LIFE_ACCEPTED && !life_is_kept(&life.messages[i])) ||
                       (state == LIFE_FORGOTTEN && life.messages[i].forgotten > rig.nor.known)))
            life.messages[i].state = LIFE_UNSURE;
    }
    life_settle_incoming(false);
    if (!is_cut)
        rig_sync();
    mote_sim_nor_power_on(&rig.nor);
    if (is_cut) {
        life.cuts++;
        cut_in = life.next_cut;
        life.next_cut = UINT64_MAX;
    }
    life_start(MOTE_OK);
    rig.nor.cut_in = cut_in;
}

/* --- What happens --- */

static inline void life_put(unsigned topic, unsigned qos)
{
    struct life_message *message = &life.messages[life.count + 1];
    char payload[64];

    if (life.count + 1 >= LIFE_MESSAGES_MAX)
        return;
    life.count++;
    *message = (struct life_message){.topic = (uint8_t)topic, .qos = (uint8_t)qos, .put_ms = rig.now_ms};
    struct mote_message put = {
        .topic = mote_text(life_topics[topic]),
        .payload = {payload, life_payload(life.count, payload)},
        .qos = (enum mote_qos)qos,
    };
    enum mote_reason reason = mote_outbox_put(&rig.outbox, &put, rig.now_ms);
    message->asked = rig.nor.asked;
    message->state = reason == MOTE_OK ? LIFE_ACCEPTED : rig.nor.off ? LIFE_UNSURE : LIFE_NONE;
    life_require(reason == MOTE_OK || reason == MOTE_OUTBOX_FULL || rig.nor.off, "a put has failed");
}

static inline void life_clear(void)
{
    enum mote_reason reason = mote_outbox_clear(&rig.outbox);

    if (reason == MOTE_OUTBOX_FULL)
        return;
    for (unsigned i = 1; i <= life.count; i++) {
        if (life.messages[i].state != LIFE_ACCEPTED)
            continue;
        life.messages[i].state = reason == MOTE_OK ? LIFE_FORGOTTEN : LIFE_UNSURE;
        life.messages[i].forgotten = rig.nor.asked;
        life.messages[i].was_forgotten = true;
    }
    life_require(reason == MOTE_OK || rig.nor.off, "a clear has failed");
}

static inline void life_say_something(void)
{
    if (life.incoming_count == LIFE_IN_MAX)
        return;
    for (unsigned i = 0; i < life.incoming_count; i++) {
        if (life.incoming[i].state != 3)
            return;
    }
    life.incoming[life.incoming_count++] = (struct life_incoming){0};
    if (life.broker.is_connected)
        life_broker_send_incoming(life.incoming_count - 1, false);
}

/* What happens in a step depends on nothing but the seed and its number. */
static inline void life_step(unsigned step)
{
    life.random = (life.seed * 2654435761u) ^ (step * 40503u + 77u);
    life_draw(2);
    uint32_t what = life_draw(100);

    rig.now_ms += life_draw(50);
    if (what < 42)
        life_put(life_draw(LIFE_TOPICS), 1 + life_draw(2));
    else if (what < 84)
        life_turn(life_draw(60), life_draw(3) == 0 ? life_draw(80) : 4096);
    else if (what < 90)
        life_disconnect();
    else if (what < 93)
        rig.now_ms += life_draw(30000);
    else if (what < 96)
        life_say_something();
    else if (what < 99)
        life_restart();
    else
        life_clear();
    if (what >= 84)
        life_connect();
    if (rig.nor.off)
        life_restart();
}

static inline bool life_is_over(void)
{
    for (unsigned i = 0; i < life.incoming_count; i++) {
        if (life.incoming[i].state != 3)
            return false;
    }
    return rig_count() == 0 && mote_session_is_idle(&life.session);
}

/* From here on nothing goes wrong: all has to arrive. */
static inline void life_end(void)
{
    for (unsigned i = 0; i < 4000 && !life_is_over(); i++) {
        if (life.session.state == MOTE_SESSION_IDLE)
            life_connect();
        rig.now_ms += 20;
        life_turn(256, 4096);
        if (rig.nor.off)
            life_restart();
    }
    life_require(rig_count() == 0, "not all has arrived");
    life_check_outbox();
    for (unsigned i = 0; i < life.incoming_count; i++) {
        life_require(life.incoming[i].state == 3, "an incoming message has not ended");
        life_require(life.incoming[i].taken <= 1 && life.incoming[i].taken + life.incoming[i].maybe >= 1,
                     "an incoming message was not taken exactly once");
    }
}

static inline void life_begin(uint32_t seed)
{
    memset(&life, 0, sizeof life);
    life.seed = seed;
    life.next_cut = UINT64_MAX;
    rig.nor.sync_polls = seed % 3;
    life_start(MOTE_OK);
    life_connect();
}

#endif
