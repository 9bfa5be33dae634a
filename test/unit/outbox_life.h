/* The life of an outbox, from a seed: messages are put, sent to a model broker by a real session, and answered; connections are
 * lost, time goes by, the program starts anew, and the flash loses its power. What the broker gets, and what is in the outbox
 * after each start, is compared with what was accepted. */
#ifndef OUTBOX_LIFE_H
#define OUTBOX_LIFE_H

#include "outbox_model.h"

/* --- The client --- */

/* One that may have two brokers numbers their sessions. */
static inline uint32_t life_mark(void)
{
    return life.moves ? 0x5E550000u + life.at : 0;
}

/* What the session before was in the middle of sending is no longer of use to anybody. */
static inline void life_take_session(void)
{
    for (unsigned i = 0; i < life.incoming_count && life.session_mark != 0 && life.session_mark != life_mark(); i++)
        life_give_up_incoming(&life.incoming[i]);
    life.session_mark = life_mark();
}

static inline void life_disconnect(void)
{
    mote_session_closed(&life.session);
    life.broker.out_begin = 0;
    life.broker.out_end = 0;
    life.broker.in_size = 0;
    life.broker.is_connected = false;
}

/* To the other broker, which has what it had. */
static inline void life_move(void)
{
    life_disconnect();
    life.at ^= 1;
    life_broker_swap();
    for (unsigned i = 1; i <= life.count; i++)
        life.messages[i].may_repeat = true;
}

static inline void life_connect(void)
{
    life.config.clean_start = life.session_mark != 0 && life.session_mark != life_mark();
    if (life.session.state == MOTE_SESSION_IDLE)
        life_require(mote_session_open(&life.session, rig.now_ms) == MOTE_OK, "the session does not open");
}

static inline void life_take_event(const struct mote_session_event *event)
{
    unsigned index;

    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        mote_outbox_connected(&rig.outbox, life_mark(), event->session_present);
        life_take_session();
        break;
    case MOTE_EVENT_CLEARED:
        mote_outbox_connected(&rig.outbox, life_mark(), false);
        life_take_session();
        life.failed = true;
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
        life_require(mote_text_equals(mote_text(mote_session_words(event)), "no CONNACK"), mote_session_words(event));
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
        SESSION_MEMORY(life),
    };
    life_require(mote_session_init(&life.session, &life.config) == MOTE_OK, "the session is not possible");
    life_require(rig_open() == expected, "the outbox does not open as it should");
    life_disconnect();
    life_check_outbox();
    life_learn();
    mote_outbox_restore(&rig.outbox, &life.session);
    life.session_mark = rig.outbox.session_mark;
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
        if (life.messages[i].state == LIFE_ACCEPTED || life.messages[i].state == LIFE_UNSURE)
            life.messages[i].was_forgotten = true;
        if (life.messages[i].state != LIFE_ACCEPTED)
            continue;
        life.messages[i].state = reason == MOTE_OK ? LIFE_FORGOTTEN : LIFE_UNSURE;
        life.messages[i].forgotten = rig.nor.asked;
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
    if (life.moves && what >= 84 && life_draw(3) == 0)
        life_move();
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

/* What was done, and a broker has still not been told to pass on, it never will. */
static inline void life_check_passed_on(void)
{
    for (unsigned i = 1; i <= life.count; i++) {
        const struct life_message *message = &life.messages[i];
        unsigned held = life_is_held(&life.broker.kept, message) + life_is_held(&life.other, message);
        life_require(message->delivered == 0 || message->was_forgotten || message->delivered > held,
                     "a message of QoS 2 was left behind at a broker");
    }
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
    life_check_passed_on();
    for (unsigned i = 0; i < life.incoming_count; i++) {
        life_require(life.incoming[i].state == 3, "an incoming message has not ended");
        life_require(life.incoming[i].taken <= 1 || life.incoming[i].may_repeat, "an incoming message was taken twice");
        life_require(life.incoming[i].taken + life.incoming[i].maybe >= 1, "an incoming message was not taken");
    }
}

/* `moves`: there are two brokers, and the client goes from one to the other. */
static inline void life_begin_with(uint32_t seed, bool moves)
{
    memset(&life, 0, sizeof life);
    life.seed = seed;
    life.moves = moves;
    life.next_cut = UINT64_MAX;
    rig.nor.sync_polls = seed % 3;
    life_start(MOTE_OK);
    life_connect();
}

static inline void life_begin(uint32_t seed)
{
    life_begin_with(seed, false);
}

#endif
