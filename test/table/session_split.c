/* However the bytes come and go, in whatever pieces, a session tells and sends the same; and wherever they end,
 * nothing is made up. */
#include "../unit/session_rig.h"

#define TRACE_SIZE 8192u

/* What a session has told and sent. */
struct trace {
    char text[TRACE_SIZE];
    size_t length;
    unsigned events;
};

static struct trace whole, other;

static void note(struct trace *trace, const void *bytes, size_t size)
{
    CHECK(size <= TRACE_SIZE - trace->length);
    if (size > 0)
        memcpy(trace->text + trace->length, bytes, size);
    trace->length += size;
}

static void note_number(struct trace *trace, uint32_t number)
{
    char digits[11];
    struct mote_text text = mote_text_from_number(number, digits);

    note(trace, text.data, text.length);
    note(trace, " ", 1);
}

static void note_text(struct trace *trace, struct mote_text text)
{
    note_number(trace, (uint32_t)text.length);
    note(trace, text.data, text.length);
    note(trace, " ", 1);
}

static void note_event(struct trace *trace)
{
    const struct mote_session_event *event = &rig.event;
    const struct mote_message *message = &event->message;

    trace->events++;
    note_number(trace, event->type);
    note_number(trace, event->reason);
    note_number(trace, event->reason_code);
    note_number(trace, event->packet_id);
    switch (event->type) {
    case MOTE_EVENT_MESSAGE:
        note_text(trace, message->topic);
        note_text(trace, message->payload);
        note_text(trace, message->properties.encoded);
        note_number(trace, message->payload_offset);
        note_number(trace, message->payload_size);
        note_number(trace, message->packet_id);
        note_number(trace, message->qos);
        note_number(trace, message->retain);
        break;
    case MOTE_EVENT_DROPPED:
        note_number(trace, message->payload_size);
        break;
    case MOTE_EVENT_CONNECTED:
        note_number(trace, event->session_present);
        note_text(trace, event->properties.encoded);
        break;
    case MOTE_EVENT_SUBSCRIBED:
    case MOTE_EVENT_UNSUBSCRIBED:
        note_text(trace, event->codes);
        break;
    case MOTE_EVENT_FAILED:
        note_text(trace, mote_text(mote_session_words(event)));
        break;
    default:
        note_text(trace, event->properties.encoded);
    }
    note(trace, "\n", 1);
}

/* --- What the server sends --- */

struct script {
    uint8_t bytes[3000];
    size_t size;
};

static void add(struct script *script, size_t size)
{
    CHECK(size > 0);
    script->size += size;
}

#define ADD(script, literal) add_bytes(script, "" literal, sizeof(literal) - 1)

static void add_bytes(struct script *script, const void *bytes, size_t size)
{
    memcpy(script->bytes + script->size, bytes, size);
    add(script, size);
}

static void add_message(struct script *script, enum mote_mqtt_version version, enum mote_qos qos, size_t size,
                        uint16_t alias)
{
    static char payload[1000];
    const struct mote_property items[] = {{.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text/plain")},
                                          {.id = MOTE_TOPIC_ALIAS, .number = alias}};
    const struct mote_message message = {.topic = size % 2 == 0 || alias == 0 ? MOTE_TEXT("a/b") : MOTE_TEXT(""),
                                         .payload = {payload, size},
                                         .qos = qos,
                                         .packet_id = (uint16_t)(100 + size),
                                         .retain = qos == MOTE_QOS_1,
                                         .properties = {.items = items, .count = alias == 0 ? 1 : 2}};

    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (char)('a' + i % 23);
    uint8_t *into = script->bytes + script->size;
    add(script, mote_codec_encode_publish(into, sizeof script->bytes - script->size, version, &message));
}

/* Some of everything. */
static void write_script(struct script *script, enum mote_mqtt_version version)
{
    bool is_5 = version == MOTE_MQTT_5;
    uint16_t alias = is_5 ? 1 : 0;

    script->size = 0;
    if (is_5)
        ADD(script, "\x20\x0c\x00\x00\x09\x1f\x00\x03yes\x21\x00\x20");
    else
        ADD(script, "\x20\x02\x00\x00");
    if (is_5)
        ADD(script, "\x90\x05\x00\x01\x00\x02\x80");
    else
        ADD(script, "\x90\x04\x00\x01\x02\x80");
    add_message(script, version, MOTE_QOS_0, 2, alias);
    add_message(script, version, MOTE_QOS_1, 3, alias);
    add_message(script, version, MOTE_QOS_2, 300, alias);
    ADD(script, "\xd0\x00");
    add_message(script, version, MOTE_QOS_2, 300, alias); /* once more */
    ADD(script, "\x50\x02\x00\x02\x70\x02\x00\x02");
    /* A topic of 200 bytes, which small buffers cannot hold, with an alias. */
    ADD(script, "\x32\xdc\x01\x00\xc8");
    for (unsigned i = 0; i < 20; i++)
        ADD(script, "0123456789");
    if (is_5)
        ADD(script, "\x00\x09\x03\x23\x00\x02"
                    "012345678901");
    else
        ADD(script, "\x00\x09"
                    "0123456789012345");
    ADD(script, "\x62\x02\x01\x90");
    add_message(script, version, MOTE_QOS_0, 0, 0);
    ADD(script, "\x62\x02\x00\x63\xd0\x00");
    add_message(script, version, MOTE_QOS_1, 60, 0);
    ADD(script, "\x82\x01"); /* the end: no server may say so */
}

/* --- Playing it --- */

/* The requests that the script answers. */
static void ask(void)
{
    const struct mote_filter filters[] = {{.topic = MOTE_TEXT("a/b"), .qos = MOTE_QOS_2}, {.topic = MOTE_TEXT("c")}};

    CHECK_EQUAL(mote_session_subscribe(&rig.session, filters, 2, NULL, NULL), MOTE_OK);
    CHECK_EQUAL(rig_publish(MOTE_QOS_2, "two", NULL), MOTE_OK);
    CHECK_EQUAL(mote_session_ping(&rig.session), MOTE_OK);
}

static void begin(enum mote_mqtt_version version, size_t receive_size)
{
    rig_begin(version);
    rig_use_aliases();
    rig_receive_size(receive_size);
    rig_send_size(256);
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    rig_open();
    ask();
}

/* All events, then all that was sent. */
static void play(const void *bytes, size_t size, struct trace *trace)
{
    trace->length = 0;
    trace->events = 0;
    rig_serve(bytes, size);
    while (rig_next())
        note_event(trace);
    rig_send_output();
    note(trace, rig.to_server.bytes + rig.to_server.start, rig_pipe_size(&rig.to_server));
}

static void compare(void)
{
    CHECK_EQUAL(other.events, whole.events);
    CHECK_EQUAL(other.length, whole.length);
    CHECK(memcmp(other.text, whole.text, whole.length) == 0);
}

static const enum mote_mqtt_version versions[] = {MOTE_MQTT_3_1_1, MOTE_MQTT_5};
static const size_t sizes[] = {64, 77, 150, 256, RIG_SIZE};
#define SIZES (sizeof sizes / sizeof sizes[0])

static struct script script;

#define FOR_ALL(version, size)                                                                                         \
    for (size_t v_ = 0; v_ < 2; v_++)                                                                                  \
        for (size_t s_ = 0; s_ < SIZES; s_++)                                                                          \
            for (enum mote_mqtt_version version = versions[v_]; version != 0; version = (enum mote_mqtt_version)0)     \
                for (size_t size = sizes[s_]; size != 0; size = 0)

/* The script does what it is there for. */
static void script_is_played(void)
{
    FOR_ALL(version, size)
    {
        unsigned types[MOTE_EVENT_FAILED + 1] = {0};
        write_script(&script, version);
        begin(version, size);
        rig_serve(script.bytes, script.size);
        while (rig_next())
            types[rig.event.type]++;
        CHECK_EQUAL(types[MOTE_EVENT_CONNECTED], 1);
        CHECK_EQUAL(types[MOTE_EVENT_SUBSCRIBED], 1);
        CHECK_EQUAL(types[MOTE_EVENT_PUBLISHED], 1);
        CHECK_EQUAL(types[MOTE_EVENT_PONG], 1);
        CHECK_EQUAL(types[MOTE_EVENT_FAILED], 1);
        CHECK_EQUAL(types[MOTE_EVENT_DROPPED], size < 220);
        CHECK(types[MOTE_EVENT_MESSAGE] >= 5);
        CHECK_EQUAL(rig.session.counters.messages_received, size < 220 ? 5 : 6);
        CHECK_EQUAL(rig.session.counters.duplicates, 1);
        CHECK_EQUAL(rig.event.type, MOTE_EVENT_FAILED);
        CHECK_EQUAL(rig.event.reason_code, 0x82);
    }
}

static void split_in_two(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        begin(version, size);
        play(script.bytes, script.size, &whole);
        for (size_t cut = 0; cut <= script.size; cut++) {
            begin(version, size);
            other.length = other.events = 0;
            rig_serve(script.bytes, cut);
            while (rig_next())
                note_event(&other);
            rig_serve(script.bytes + cut, script.size - cut);
            while (rig_next())
                note_event(&other);
            rig_send_output();
            note(&other, rig.to_server.bytes + rig.to_server.start, rig_pipe_size(&rig.to_server));
            compare();
        }
    }
}

static void split_evenly(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        begin(version, size);
        play(script.bytes, script.size, &whole);
        for (size_t step = 1; step < 150; step += step < 20 ? 1 : 13) {
            begin(version, size);
            rig.to_client.step = step;
            play(script.bytes, script.size, &other);
            compare();
        }
    }
}

/* The connection takes little at a time, in and out of step with what it brings. */
static void output_in_small_steps(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        begin(version, size);
        play(script.bytes, script.size, &whole);
        for (size_t step = 1; step < 40; step += step < 8 ? 1 : 7) {
            begin(version, size);
            rig.to_server.step = step;
            rig.to_client.step = 1 + step * 7 % 50;
            play(script.bytes, script.size, &other);
            compare();
        }
    }
}

/* It takes a byte each time that something has happened, at the most. */
static void output_trickles(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        begin(version, size);
        play(script.bytes, script.size, &whole);
        begin(version, size);
        other.length = other.events = 0;
        rig_serve(script.bytes, script.size);
        unsigned idle = 0;
        while (idle < 500) {
            if (mote_session_next(&rig.session, rig.now_ms, &rig.event)) {
                note_event(&other);
                idle = 0;
            }
            idle++;
            rig_receive_step();
            struct mote_text output = mote_session_output(&rig.session);
            if (output.length > 0) {
                rig_pipe_put(&rig.to_server, output.data, 1);
                mote_session_sent(&rig.session, 1, rig.now_ms);
            }
        }
        note(&other, rig.to_server.bytes + rig.to_server.start, rig_pipe_size(&rig.to_server));
        compare();
    }
}

/* Where the bytes end, what has been told is what was told of the whole so far. A new connection begins cleanly. */
static void truncate_everywhere(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        begin(version, size);
        whole.length = whole.events = 0;
        rig_serve(script.bytes, script.size);
        while (rig_next())
            note_event(&whole);
        for (size_t end = 0; end < script.size; end++) {
            begin(version, size);
            other.length = other.events = 0;
            rig_serve(script.bytes, end);
            while (rig_next())
                note_event(&other);
            CHECK(other.length <= whole.length);
            CHECK(memcmp(other.text, whole.text, other.length) == 0);
            rig_reconnect(true);
            rig_serve_publish(MOTE_QOS_0, 0, "alive");
            RIG_EXPECT(MOTE_EVENT_MESSAGE);
            CHECK_TEXT(rig.event.message.payload, "alive");
        }
    }
}

/* Each packet with a length that takes it for shorter or longer than it is: told, answered or refused, and the
 * session can go on with the next connection. */
static void wrong_lengths(void)
{
    FOR_ALL(version, size)
    {
        write_script(&script, version);
        size_t at = 0;
        while (at < script.size) {
            const uint8_t *packet = script.bytes + at;
            size_t head = packet[1] < 0x80 ? 2 : 3;
            size_t remaining = head == 2 ? packet[1] : (packet[1] & 0x7Fu) | (size_t)packet[2] << 7;
            for (size_t length = 0; head == 2 && length < 0x80; length++) {
                const uint8_t header[2] = {packet[0], (uint8_t)length};
                begin(version, size);
                if (at > 0)
                    rig_serve_connack(false, 0, NULL, 0);
                rig_serve(header, 2);
                rig_serve(packet + head, rig_least(length, remaining));
                unsigned events = 0;
                while (rig_next())
                    events++;
                CHECK(events <= 4);
                rig_reconnect(true);
            }
            at += head + remaining;
        }
    }
}

/* A bit turned over anywhere. */
static void bit_errors(void)
{
    FOR_ALL(version, size)
    {
        if (size != 64 && size != 256)
            continue;
        write_script(&script, version);
        for (size_t bit = 0; bit < 8 * script.size; bit += bit < 800 ? 1 : 5) {
            begin(version, size);
            script.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            rig_serve(script.bytes, script.size);
            script.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            unsigned events = 0;
            while (rig_next())
                events++;
            CHECK(events < 200);
            rig_reconnect(true);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"script_is_played", script_is_played}, {"split_in_two", split_in_two},
        {"split_evenly", split_evenly},         {"output_in_small_steps", output_in_small_steps},
        {"output_trickles", output_trickles},   {"truncate_everywhere", truncate_everywhere},
        {"wrong_lengths", wrong_lengths},       {"bit_errors", bit_errors},
    };

    return check_main("table/session_split", cases, sizeof cases / sizeof cases[0], argc, argv);
}
