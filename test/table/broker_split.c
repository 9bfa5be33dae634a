/* A client's bytes in pieces of every size give the same answers as in one, and may end anywhere. */
#include "broker_rig.h"

/* The bytes of one client's life. */
struct stream {
    uint8_t bytes[16384];
    size_t size;
    enum mote_mqtt_version version;
};

enum { STRIDE = 7 };

static struct stream stream;
static char large[3000];

static void add_publish(const char *topic, struct mote_text payload, enum mote_qos qos, bool retain, bool properties)
{
    static const struct mote_property items[] = {
        {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 100},
        {.id = MOTE_TOPIC_ALIAS, .number = 3},
        {.id = MOTE_USER_PROPERTY, .text = {"name", 4}, .value = {"value", 5}},
    };
    struct mote_message message = {
        .topic = mote_text(topic),
        .payload = payload,
        .qos = qos,
        .retain = retain,
        .packet_id = 0x1234,
        .properties = {.items = items, .count = properties ? 3 : 0},
    };
    size_t size = mote_codec_encode_publish(stream.bytes + stream.size, sizeof stream.bytes - stream.size,
                                            stream.version, &message);

    CHECK(size > 0);
    stream.size += size;
}

static void add_request(enum mote_packet_type type, const struct mote_filter *filters, size_t count)
{
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 200};
    struct mote_request request = {
        .packet_id = 7,
        .filters = filters,
        .count = count,
        .properties = {.items = &item, .count = type == MOTE_SUBSCRIBE},
    };
    size_t size = mote_codec_encode_request(stream.bytes + stream.size, sizeof stream.bytes - stream.size,
                                            stream.version, type, &request);

    CHECK(size > 0);
    stream.size += size;
}

static void add_bytes(const char *bytes, size_t size)
{
    memcpy(stream.bytes + stream.size, bytes, size);
    stream.size += size;
}

static void add_connect(void)
{
    struct mote_connect connect = {
        .version = stream.version,
        .clean_start = true,
        .client_id = MOTE_TEXT("me"),
        .has_username = true,
        .username = MOTE_TEXT("user"),
        .has_password = true,
        .password = MOTE_TEXT("password"),
        .will = {.topic = MOTE_TEXT("will"), .payload = {large, 300}, .qos = MOTE_QOS_1},
    };

    stream.size = mote_codec_encode_connect(stream.bytes, sizeof stream.bytes, &connect);
}

/* Whatever goes its own way in: what fits the receive buffer, payloads that do not, other packets that do not,
 * heads that do not; with the smallest receive buffer there is. */
static void make_stream(enum mote_mqtt_version version)
{
    const struct mote_filter filters[] = {{.topic = {large, 200}},
                                          {.topic = MOTE_TEXT("t/+"), .qos = MOTE_QOS_2},
                                          {.topic = {large, 190}},
                                          {.topic = MOTE_TEXT("$share/g/t/a")},
                                          {.topic = {large, 180}}};

    memset(large, 'L', sizeof large);
    stream.version = version;
    add_connect();
    add_publish("t/a", MOTE_TEXT("nobody"), MOTE_QOS_1, true, false);
    add_request(MOTE_SUBSCRIBE, filters + 1, 1);
    add_publish("t/a", MOTE_TEXT("small"), MOTE_QOS_0, false, false);
    add_publish("t/b", MOTE_TEXT(""), MOTE_QOS_0, false, false);
    add_publish("t/c", (struct mote_text){large, 1000}, MOTE_QOS_1, false, false);
    add_request(MOTE_SUBSCRIBE, filters, 5);
    add_bytes("\xC0\x00", 2);
    add_publish("t/d", (struct mote_text){large, sizeof large}, MOTE_QOS_2, true, true);
    add_publish("t/d", (struct mote_text){large, sizeof large}, MOTE_QOS_2, true, true);
    large[900] = '\0';
    add_publish(large + 500, (struct mote_text){large, 120}, MOTE_QOS_0, false, false); /* a topic of 400 bytes */
    large[900] = 'L';
    add_publish("$SYS/mine", (struct mote_text){large, 600}, MOTE_QOS_2, false, false);
    add_publish("t/e", (struct mote_text){large, 118}, MOTE_QOS_1, false, true);
    add_bytes("\x62\x02\x12\x34", 4);
    add_request(MOTE_UNSUBSCRIBE, filters, 5);
    add_publish("t/f", MOTE_TEXT("last"), MOTE_QOS_1, false, false);
    add_bytes("\xE0\x00", 2);
}

static void begin(void)
{
    rig_begin();
    rig.config.receive_size = 256;
    rig_start();
}

static void give(struct rig_client *c, size_t size, size_t step)
{
    rig.step = step;
    rig.take = step;
    rig_feed(c, stream.bytes, size);
    rig.step = 0;
    rig.take = 0;
}

static void split_everywhere(enum mote_mqtt_version version)
{
    static uint8_t whole[65536];
    size_t whole_size;
    struct rig_client *c;

    make_stream(version);
    begin();
    c = rig_open(version);
    give(c, stream.size, 0);
    CHECK(c->client == NULL);
    whole_size = c->end;
    CHECK(whole_size > 4000 && whole_size < sizeof whole);
    memcpy(whole, c->bytes, whole_size);
    while (rig_next(c) != 0)
        continue;
    CHECK_EQUAL(rig.events[MOTE_BROKER_PUBLISHED], 8);
    rig_end();
    for (size_t step = 1; step < 700; step += step < 270 ? 1 : 61) {
        begin();
        c = rig_open(version);
        give(c, stream.size, step);
        if (c->end != whole_size || memcmp(c->bytes, whole, whole_size) != 0)
            check_fail(__FILE__, __LINE__, "another answer with %u bytes at once", (unsigned)step);
        CHECK(c->client == NULL);
        rig_end();
    }
}

static void two_pieces_everywhere(enum mote_mqtt_version version)
{
    struct rig_client *c;
    const unsigned stride = check_stride(STRIDE);
    size_t whole_size;

    make_stream(version);
    begin();
    c = rig_open(version);
    give(c, stream.size, 0);
    whole_size = c->end;
    rig_end();
    for (size_t cut = 1; cut < stream.size; cut += stride) {
        begin();
        c = rig_open(version);
        rig_feed(c, stream.bytes, cut);
        rig_feed(c, stream.bytes + cut, stream.size - cut);
        if (c->end != whole_size || c->client != NULL)
            check_fail(__FILE__, __LINE__, "another answer when cut at %u", (unsigned)cut);
        rig_end();
    }
}

/* The connection breaks after each byte: its will goes out, nothing is left of it, and the others go on. */
static void truncated_everywhere(enum mote_mqtt_version version)
{
    const unsigned stride = check_stride(STRIDE);

    make_stream(version);
    for (size_t size = 0; size < stream.size; size += stride) {
        begin();
        struct rig_client *w = rig_connect(MOTE_MQTT_3_1_1, "watcher");
        rig_subscribe(w, "will", MOTE_QOS_0);
        struct rig_client *c = rig_open(version);
        give(c, size, size % 2 == 0 ? 0 : 100);
        CHECK(c->client != NULL);
        bool connected = rig.broker.counters.connected == 2;
        rig_close(c);
        CHECK_EQUAL(rig_next(w), connected ? MOTE_PUBLISH : 0);
        CHECK_EQUAL(rig.broker.counters.sessions, 1);
        CHECK_EQUAL(rig.broker.counters.subscriptions, 1);
        RIG_FEED(w, "\xC0\x00");
        RIG_EXPECT(w, MOTE_PINGRESP);
        rig_end();
    }
}

/* One byte is another one: whatever the broker makes of it, it stays whole, and so do the others. */
static void damaged_everywhere(enum mote_mqtt_version version)
{
    const unsigned stride = check_stride(STRIDE);

    make_stream(version);
    for (size_t i = 0; i < stream.size; i += stride) {
        for (unsigned bit = 0; bit < 8; bit += 1 + (unsigned)(i > 700 && i < stream.size - 400) * 3) {
            stream.bytes[i] ^= (uint8_t)(1u << bit);
            begin();
            struct rig_client *w = rig_connect(MOTE_MQTT_3_1_1, "watcher");
            struct rig_client *c = rig_open(version);
            give(c, stream.size, i % 3 == 0 ? 0 : 333);
            RIG_FEED(w, "\xC0\x00");
            RIG_EXPECT(w, MOTE_PINGRESP);
            rig_end();
            stream.bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
}

#define BOTH(name)                                                                                                     \
    static void name##_3_1_1(void)                                                                                     \
    {                                                                                                                  \
        name(MOTE_MQTT_3_1_1);                                                                                         \
    }                                                                                                                  \
    static void name##_5(void)                                                                                         \
    {                                                                                                                  \
        name(MOTE_MQTT_5);                                                                                             \
    }

BOTH(split_everywhere)
BOTH(two_pieces_everywhere)
BOTH(truncated_everywhere)
BOTH(damaged_everywhere)

static const struct check_case cases[] = {
    {"split-everywhere-3.1.1", split_everywhere_3_1_1},           {"split-everywhere-5", split_everywhere_5},
    {"two-pieces-everywhere-3.1.1", two_pieces_everywhere_3_1_1}, {"two-pieces-everywhere-5", two_pieces_everywhere_5},
    {"truncated-everywhere-3.1.1", truncated_everywhere_3_1_1},   {"truncated-everywhere-5", truncated_everywhere_5},
    {"damaged-everywhere-3.1.1", damaged_everywhere_3_1_1},       {"damaged-everywhere-5", damaged_everywhere_5},
};

int main(int argc, char **argv)
{
    return check_main("table/broker-split", cases, sizeof cases / sizeof cases[0], argc, argv);
}
