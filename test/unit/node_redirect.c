/* Servers of MQTT 5 that send a node to another one: once, for good, without end, without a name, and nowhere else than it may go. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;

static void begin(uint8_t code, const char *reference)
{
    fake_begin();
    fake.random_is_fixed = true;
    config = (struct mote_node_config){.id = "n", .broker = "mqtts://ann:one@first:8884/path", .version = MOTE_MQTT_5};
    fake.connack = code;
    fake.reference = reference;
}

static void start(void)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
}

static void stop_sending(void)
{
    fake.connack = 0;
    fake.reference = NULL;
}

/* One refusal that sends it on, then it is let in. */
static void be_sent(uint8_t code, const char *reference)
{
    begin(code, reference);
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    mote_node_turn(&node);
    mote_node_turn(&node);
    stop_sending();
    fake_settle(&node);
    CHECK_EQUAL(fake_count("dial"), 2);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_expect("dial mqtts://first:8884");
}

/* Also with what makes a URL: user, password, scheme; the port is the scheme's if none is named. */
static void goes_where_it_is_sent(void)
{
    be_sent(0x9C, "second");
    fake_expect("dial mqtts://second:8883");
    fake_expect("CONNECT n clean keep-alive 60 user ann password one");
    CHECK(mote_text_equals(mote_node_broker(&node)->host, "second"));
    be_sent(0x9D, "second:99");
    fake_expect("dial mqtts://second:99");
    be_sent(0x9C, "[2001:db8::1]:99");
    fake_expect("dial mqtts://2001:db8::1:99");
    be_sent(0x9C, "[2001:db8::1]");
    fake_expect("dial mqtts://2001:db8::1:8883");
}

static void takes_the_first_that_can_be(void)
{
    be_sent(0x9C, "  a:b mqtt://plain second:1 third");
    fake_expect("dial mqtts://second:1");
}

static void at_once_and_without_a_reason(void)
{
    begin(0x9C, "second");
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    mote_node_turn(&node);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
    CHECK_EQUAL(mote_node_turn(&node), fake.now_ms);
}

/* This once: then it is the list's turn again. */
static void comes_back_from_another_server(void)
{
    be_sent(0x9C, "second");
    fake_cut();
    fake_pass(&node, 1000);
    fake_expect("dial mqtts://second");
    fake_expect("dial mqtts://first:8884");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);

    begin(0x9C, "second");
    fake.down = " second ";
    start();
    CHECK_EQUAL(mote_node_reason(&node), MOTE_TCP_REFUSED);
    fake.connack = 0;
    fake_pass(&node, 1000);
    fake_expect("dial mqtts://second");
    fake_expect("dial mqtts://first");
}

/* For the rest of the run, until it is given another broker. */
static void stays_where_it_has_moved(void)
{
    be_sent(0x9D, "second");
    for (int i = 0; i < 2; i++) {
        fake_pass(&node, 30000);
        fake_cut();
        fake_pass(&node, 1000);
    }
    CHECK_EQUAL(fake_count("dial mqtts://first"), 1);
    CHECK_EQUAL(fake_count("dial mqtts://second"), 3);
    CHECK_EQUAL(mote_node_set_broker(&node, config.broker), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("dial mqtts://first"), 2);
}

/* The rest of the list is where it was. */
static void moves_only_the_one_that_has_moved(void)
{
    begin(0x9D, "second");
    config.fallbacks[0] = "mqtt://fallback";
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    mote_node_turn(&node);
    stop_sending();
    fake.down = " second ";
    fake_settle(&node);
    for (int i = 0; i < 3; i++)
        fake_pass(&node, 1000);
    fake_expect("dial mqtts://first");
    fake_expect("dial mqtts://second");
    fake_expect("dial mqtts://second");
    fake_expect("dial mqtt://fallback:1883");
    fake.down = NULL;
    fake_pass(&node, 230000);
    fake_expect("look mqtts://second");
    fake_expect("dial mqtts://second");
    CHECK_EQUAL(fake_count("dial mqtts://first"), 1);
}

static void is_sent_out_of_a_session(void)
{
    begin(0, "second");
    fake.reference = NULL;
    start();
    fake.reference = "second";
    fake_disconnect(0x9C);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
    CHECK_EQUAL(fake_count("dial"), 1); /* as all others are, at the same moment */
    stop_sending();
    fake_pass(&node, 1000);
    fake_expect("dial mqtts://second:8883");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

/* Three in a row, and then it waits like anybody who is not let in. */
static void is_not_sent_round_and_round(void)
{
    begin(0x9C, "again");
    start();
    CHECK_EQUAL(fake_count("dial"), 4);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_QUOTA);
    CHECK(strcmp(mote_node_words(&node), "one server after the other sends it on") == 0);
    fake_pass(&node, 1000);
    CHECK_EQUAL(fake_count("dial"), 5);
    CHECK_EQUAL(fake_count("dial mqtts://first"), 2);
    stop_sending();
    fake_pass(&node, 1000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK(strcmp(mote_node_words(&node), "") == 0);
}

/* Out of a session, too: only one that has held ends the row. */
static void counts_those_that_let_it_in_first(void)
{
    begin(0, NULL);
    start();
    for (int i = 0; i < 4; i++) {
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
        fake.reference = "again";
        fake_disconnect(0x9C);
        fake_settle(&node);
        stop_sending();
        CHECK_EQUAL(mote_node_reason(&node), i < 3 ? MOTE_OK : MOTE_MQTT_QUOTA);
        fake_pass(&node, 1000);
    }
    fake_expect("dial mqtts://first");
    fake_expect("dial mqtts://again");
    fake_expect("dial mqtts://again");
    fake_expect("dial mqtts://again");
    fake_expect("dial mqtts://first");
    fake_pass(&node, 30000);
    fake.reference = "again";
    fake_disconnect(0x9C);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

/* What cannot be gone to is a refusal like another. */
static void does_not_go_just_anywhere(void)
{
    static const char *const references[] = {
        NULL,
        "",
        " ",
        "mqtt://second",
        "second:0",
        "second:65536",
        "second:1x",
        "sec\\ond",
        "joe@second",
        "2001:db8::1",
        "[2001:db8::1",
        "[second]",
        "second/path",
        ":1883",
        "a-name-of-96-bytes-and-more-is-not-followed-since-there-is-no-room-for-it-"
        "and-nobody-would-have-it"};

    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        begin(0x9C, references[i]);
        start();
        CHECK_EQUAL(fake_count("dial"), 1);
        CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
        CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_QUOTA);
        CHECK(mote_node_words(&node)[0] != '\0');
        CHECK(mote_text_equals(mote_node_broker(&node)->host, "first"));
    }
}

/* Other refusals may name a server as well; and before MQTT 5 these codes are none. */
static void others_do_not_send_it(void)
{
    begin(0x88, "second");
    start();
    CHECK_EQUAL(fake_count("dial"), 1);
    begin(5, NULL);
    config.version = MOTE_MQTT_3_1_1;
    start();
    CHECK_EQUAL(fake_count("dial"), 1);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_MQTT_NOT_AUTHORIZED);
}

static void a_socket_cannot_be_elsewhere(void)
{
    struct mote_url url;
    char memory[MOTE_URL_SIZE], host[MOTE_REFERENCE_SIZE];

    CHECK_EQUAL(mote_url_parse(&url, MOTE_TEXT("unix:///run/socket"), memory, sizeof memory, NULL), MOTE_OK);
    CHECK(!mote_url_refer(&url, MOTE_TEXT("second"), host, sizeof host));
    CHECK_EQUAL(url.host.length, 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"goes-where-it-is-sent", goes_where_it_is_sent},
        {"takes-the-first-that-can-be", takes_the_first_that_can_be},
        {"at-once-and-without-a-reason", at_once_and_without_a_reason},
        {"comes-back-from-another-server", comes_back_from_another_server},
        {"stays-where-it-has-moved", stays_where_it_has_moved},
        {"moves-only-the-one-that-has-moved", moves_only_the_one_that_has_moved},
        {"is-sent-out-of-a-session", is_sent_out_of_a_session},
        {"is-not-sent-round-and-round", is_not_sent_round_and_round},
        {"counts-those-that-let-it-in-first", counts_those_that_let_it_in_first},
        {"does-not-go-just-anywhere", does_not_go_just_anywhere},
        {"others-do-not-send-it", others_do_not_send_it},
        {"a-socket-cannot-be-elsewhere", a_socket_cannot_be_elsewhere},
    };

    return check_main("unit/node-redirect", cases, sizeof cases / sizeof cases[0], argc, argv);
}
