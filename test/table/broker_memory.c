/* The n-th request for memory fails, for every n until all goes well: once, and from there on. Whatever fails,
 * nothing is lost, freed twice or left behind, and once there is memory again the broker serves everybody. */
#include "broker_rig.h"

static char large[3000];

/* Sends to a client only as long as there is one. */
static bool is_there(const struct rig_client *c)
{
    return c->client != NULL;
}

static struct rig_client *come(enum mote_mqtt_version version, const char *id, bool clean_start)
{
    struct mote_property items[] = {{.id = MOTE_SESSION_EXPIRY_INTERVAL, .number = 100},
                                    {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = 5},
                                    {.id = MOTE_RECEIVE_MAXIMUM, .number = 6}};
    struct mote_property delay = {.id = MOTE_WILL_DELAY_INTERVAL, .number = 2};
    struct rig_client *c = rig_open(version);

    if (is_there(c))
        rig_send_connect(c, (struct mote_connect){
                                .clean_start = clean_start,
                                .client_id = mote_text(id),
                                .has_username = true,
                                .username = MOTE_TEXT("user"),
                                .properties = {.items = items, .count = 3},
                                .will =
                                    {
                                        .topic = MOTE_TEXT("will/of/mine"),
                                        .payload = {large, 2000},
                                        .qos = MOTE_QOS_2,
                                        .retain = true,
                                        .properties = {.items = &delay, .count = 1},
                                    },
                            });
    return c;
}

static void tell(struct rig_client *c, const char *topic, size_t size, enum mote_qos qos, bool retain)
{
    struct mote_property items[] = {{.id = MOTE_TOPIC_ALIAS, .number = 1},
                                    {.id = MOTE_MESSAGE_EXPIRY_INTERVAL, .number = 50}};

    if (is_there(c))
        rig_send_publish(c, &(struct mote_message){
                                .topic = mote_text(topic),
                                .payload = {large, size},
                                .qos = qos,
                                .retain = retain,
                                .packet_id = 40,
                                .properties = {.items = items, .count = 2},
                            });
}

/* Acknowledges what has come, as far as that is possible. */
static void answer(struct rig_client *c)
{
    while (is_there(c) && rig_next(c) != 0) {
        const struct rig_packet packet = rig.packet;
        if (packet.header.type == MOTE_PUBLISH && packet.message.qos == MOTE_QOS_1)
            rig_send_ack(c, MOTE_PUBACK, packet.message.packet_id, 0);
        if (packet.header.type == MOTE_PUBLISH && packet.message.qos == MOTE_QOS_2)
            rig_send_ack(c, MOTE_PUBREC, packet.message.packet_id, 0);
        if (packet.header.type == MOTE_PUBREL)
            rig_send_ack(c, MOTE_PUBCOMP, packet.ack.packet_id, 0);
        if (packet.header.type == MOTE_PUBREC && packet.ack.code < 0x80 && is_there(c))
            rig_send_ack(c, MOTE_PUBREL, packet.ack.packet_id, 0);
    }
}

static void ask(struct rig_client *c, enum mote_packet_type type)
{
    const struct mote_filter filters[] = {
        {.topic = MOTE_TEXT("t/+/#"), .qos = MOTE_QOS_2},
        {.topic = MOTE_TEXT("t/#"), .qos = MOTE_QOS_1},
        {.topic = MOTE_TEXT("$share/g/t/a"), .qos = MOTE_QOS_1},
        {.topic = MOTE_TEXT("will/of/mine"), .qos = MOTE_QOS_1},
        {.topic = {large, 700}},
        {.topic = MOTE_TEXT("1")},
        {.topic = MOTE_TEXT("2")},
        {.topic = MOTE_TEXT("3")},
        {.topic = MOTE_TEXT("4")},
    };
    struct mote_property item = {.id = MOTE_SUBSCRIPTION_IDENTIFIER, .number = 9};

    answer(c);
    if (is_there(c))
        rig_send_request(c, type, filters, 9,
                         &(struct mote_properties){.items = &item, .count = type == MOTE_SUBSCRIBE});
    if (is_there(c)) /* then there is an answer */
        CHECK_EQUAL(rig_next(c), type == MOTE_SUBSCRIBE ? MOTE_SUBACK : MOTE_UNSUBACK);
}

/* What asks for memory in every way there is. */
static void live(void)
{
    struct mote_property item = {.id = MOTE_CONTENT_TYPE, .text = MOTE_TEXT("text")};

    memset(large, 'L', sizeof large);
    struct rig_client *a = come(MOTE_MQTT_5, "a", true);
    struct rig_client *b = come(MOTE_MQTT_3_1_1, "b", false);
    ask(a, MOTE_SUBSCRIBE);
    ask(b, MOTE_SUBSCRIBE);
    for (unsigned qos = 0; qos < 3; qos++) {
        tell(a, "t/a", 10, (enum mote_qos)qos, qos == 1);
        answer(a);
        tell(b, "t/b", sizeof large, (enum mote_qos)qos, qos == 2);
        answer(b);
    }
    if (is_there(b))
        b->held = true;
    for (unsigned i = 0; i < 12; i++)
        tell(a, "t/a", 500, MOTE_QOS_1, false);
    if (is_there(b))
        rig_release(b);
    mote_broker_publish(&rig.broker,
                        &(struct mote_message){
                            .topic = MOTE_TEXT("t/host"),
                            .payload = MOTE_TEXT("x"),
                            .qos = MOTE_QOS_1,
                            .properties = {.items = &item, .count = 1},
                        },
                        rig.now_ms);
    rig_serve();
    if (is_there(a))
        rig_close(a);
    a = come(MOTE_MQTT_5, "a", false);
    struct rig_client *c = come(MOTE_MQTT_5, "b", false); /* takes over */
    ask(c, MOTE_SUBSCRIBE);
    answer(a);
    answer(c);
    ask(c, MOTE_UNSUBSCRIBE);
    if (is_there(c))
        RIG_FEED(c, "\xC0\x00");
    if (is_there(c))
        rig_close(c);
    tell(come(MOTE_MQTT_5, "", true), "t/c", 10, MOTE_QOS_2, false);
    rig.step = 37;
    struct rig_client *d = come(MOTE_MQTT_3_1_1, "d", true);
    ask(d, MOTE_SUBSCRIBE);
    tell(d, "t/d", 1100, MOTE_QOS_0, false);
    rig.step = 0;
    rig_pass(200000);
    for (size_t i = 0; i < rig.client_count; i++) {
        if (rig.clients[i].client != NULL)
            rig_close(&rig.clients[i]);
    }
}

static enum mote_reason let_all(void *context, const struct mote_broker_access *access)
{
    (void)context;
    (void)access;
    return MOTE_OK;
}

static void begin(uint32_t receive_size)
{
    rig_begin();
    rig.config.receive_size = receive_size;
    rig.config.output_max = 4000;
    rig.config.authorize = let_all;
    rig.config.without_sys = false;
}

/* Everybody is served as if nothing had been. */
static void check_that_all_is_well(void)
{
    struct rig_client *c = rig_connect(MOTE_MQTT_5, "afterwards");

    rig_subscribe(c, "well/#", MOTE_QOS_2);
    rig_publish(c, "well/a", "x", MOTE_QOS_2, true, 1);
    rig_expect_message(c, "well/a", "x", MOTE_QOS_2);
    CHECK_EQUAL(rig.broker.counters.memory, rig.memory);
}

static void fail_each_request(uint32_t receive_size, bool and_all_later)
{
    size_t n = 1;

    for (bool done = false; !done; n++) {
        begin(receive_size);
        rig.failing = n;
        rig.failing_on = and_all_later;
        if (mote_broker_init(&rig.broker, &rig.config, rig.now_ms) != MOTE_OK) {
            CHECK_EQUAL(rig.blocks, 0);
            continue;
        }
        live();
        done = rig.requests < n;
        rig.failing = 0;
        check_that_all_is_well();
        rig_end();
    }
    CHECK(n > 100);
}

static void once(void)
{
    fail_each_request(512, false);
    fail_each_request(8192, false);
}

static void from_there_on(void)
{
    fail_each_request(512, true);
    fail_each_request(8192, true);
}

static void of_any_size(void)
{
    bool done = false;

    for (size_t memory_max = 1000; !done; memory_max += memory_max < 20000 ? 61 : 997) {
        begin(512);
        rig.config.memory_max = memory_max;
        if (mote_broker_init(&rig.broker, &rig.config, rig.now_ms) != MOTE_OK)
            continue;
        live();
        CHECK(rig.broker.counters.memory_peak <= memory_max);
        done = rig.broker.counters.memory_peak < memory_max - (memory_max >> 3) - 5000;
        rig_end();
    }
}

static const struct check_case cases[] = {
    {"fails-once", once},
    {"fails-from-there-on", from_there_on},
    {"memory-of-any-size", of_any_size},
};

int main(int argc, char **argv)
{
    return check_main("table/broker-memory", cases, sizeof cases / sizeof cases[0], argc, argv);
}
