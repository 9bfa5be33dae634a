/* What the life of an outbox (outbox_life.h) knows of its messages, and a broker that takes them: it requires that each was accepted,
 * is as it was, and comes in order and not too often. */
#ifndef OUTBOX_MODEL_H
#define OUTBOX_MODEL_H

#include "outbox_rig.h"
#include "session_memory.h"

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
    uint16_t packet_id; /* the last one, of QoS 2 */
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
    bool may_repeat; /* as above */
};

/* What a broker has of the client's session. */
struct life_kept {
    bool has_session;
    uint8_t taken[8192]; /* a bit for each identifier of QoS 2 that is not released */
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
        struct life_kept kept;
        bool is_connected, is_clean;
        uint8_t out[LIFE_QUEUE];
        size_t out_begin, out_end;
        uint8_t in[2048];
        size_t in_size;
    } broker;
    struct life_kept other; /* of the broker that the client is not with */
    bool moves;             /* it goes from one to the other... */
    unsigned at;            /* ...and is with this one */
    uint32_t session_mark;  /* of the session that the client has, as it knows */
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

static inline bool life_is_held(const struct life_kept *kept, const struct life_message *message)
{
    unsigned id = message->packet_id;

    return id != 0 && (kept->taken[id >> 3] & 1u << (id & 7)) != 0;
}

static inline void life_give_up_incoming(struct life_incoming *incoming)
{
    incoming->maybe = incoming->maybe || incoming->state != 3;
    incoming->state = 3;
}

/* With a new session. What was not released it has not passed on. */
static inline void life_broker_begin_anew(void)
{
    for (unsigned i = 1; i <= life.count; i++)
        life.messages[i].delivered -= life_is_held(&life.broker.kept, &life.messages[i]);
    memset(&life.broker.kept, 0, sizeof life.broker.kept);
}

static inline void life_broker_connect(bool is_clean)
{
    if (is_clean)
        life_broker_begin_anew();
    life.broker.is_clean = is_clean;
    uint8_t connack[4] = {0x20, 2, life.broker.kept.has_session, 0};

    life_broker_say(connack, sizeof connack);
    life.broker.is_connected = true;
    for (unsigned i = 0; i < life.incoming_count; i++) {
        life.incoming[i].may_repeat = life.incoming[i].may_repeat || !life.broker.kept.has_session;
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
    if (message->delivered == 0 && !message->may_repeat) {
        life_require(life.last_delivered[topic] < number, "out of order");
        life.last_delivered[topic] = number;
    }
    message->delivered++;
    life_require(qos == 1 || message->delivered == 1 || message->may_repeat, "QoS 2 was delivered twice");
}

/* What has been sent before says so. [MQTT-3.3.1-1] For QoS 1 the outbox does not wait until a flash has kept that it was. */
static inline void life_require_duplicate(const struct life_message *message, bool is_duplicate)
{
    bool is_known = message->delivered > 0 && !message->may_repeat;

    life_require(!is_known || is_duplicate || (message->qos == 1 && rig.nor.config.kept != NULL),
                 "a message comes again as if it were new");
}

static inline void life_broker_publish(unsigned flags, const uint8_t *body, size_t size)
{
    size_t length = (size_t)body[0] << 8 | body[1];
    unsigned id = (unsigned)body[2 + length] << 8 | body[3 + length];
    unsigned qos = flags >> 1 & 3, topic = 0;
    unsigned number = life_number((struct mote_text){(const char *)body + 4 + length, size - 4 - length});
    uint8_t *taken = &life.broker.kept.taken[id >> 3];

    while (topic + 1 < LIFE_TOPICS &&
           !mote_text_equals((struct mote_text){(const char *)body + 2, length}, life_topics[topic]))
        topic++;
    if (number != 0)
        life_require_duplicate(&life.messages[number], (flags & 8) != 0);
    if (number != 0 && (qos == 1 || (*taken & 1u << (id & 7)) == 0))
        life_deliver(number, topic, qos);
    if (qos == 2) {
        *taken |= (uint8_t)(1u << (id & 7));
        life.messages[number].packet_id = (uint16_t)id;
    }
    life_broker_ack(qos == 1 ? 0x40 : 0x50, id);
}

static inline void life_broker_take(const uint8_t *packet, const uint8_t *body, size_t size)
{
    unsigned id = size >= 2 ? (unsigned)body[0] << 8 | body[1] : 0;

    /* A client that has not heard that its session is lost cannot know it: no protocol helps against that. */
    life.broker.kept.has_session = life.broker.kept.has_session || (packet[0] >> 4 != 1 && !life.broker.is_clean);
    switch (packet[0] >> 4) {
    case 1:
        life_broker_connect((body[7] & 2) != 0);
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
        life.broker.kept.taken[id >> 3] &= (uint8_t) ~(1u << (id & 7));
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
    life_broker_begin_anew();
    memset(&life.broker, 0, sizeof life.broker);
    for (unsigned i = 1; i <= life.count; i++)
        life.messages[i].may_repeat = true;
    for (unsigned i = 0; i < life.incoming_count; i++)
        life_give_up_incoming(&life.incoming[i]);
}

static inline void life_broker_swap(void)
{
    struct life_kept kept = life.broker.kept;

    life.broker.kept = life.other;
    life.other = kept;
}

#endif
