/* A node with several brokers: which one it is with, when it goes to another, how it comes back, and what happens to what is under
 * way. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;

static void begin(void)
{
    fake_begin();
    fake.random_is_fixed = true;
    fake.random = UINT32_MAX;
    config = (struct mote_node_config){
        .id = "n", .broker = "mqtt://ann:one@first", .fallbacks = {"mqtts://bob:two@second", "mqtt://third:1884"}};
}

static void start(void)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
}

static void expect_with(const char *host)
{
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK(mote_text_equals(mote_node_broker(&node)->host, host));
}

/* Until the next attempt. */
static uint64_t pass_delay(void)
{
    uint64_t delay_ms = fake_settle(&node) - fake.now_ms;

    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    fake_pass(&node, delay_ms);
    return delay_ms;
}

static void go_to_fallback(void)
{
    fake.down = " first ";
    start();
    pass_delay();
    pass_delay();
    expect_with("second");
    fake_forget();
}

/* --- To a fallback --- */

static void goes_through_the_list(void)
{
    begin();
    fake.down = " first second third ";
    start();
    CHECK_EQUAL(pass_delay(), 2000); /* the delays are those of one broker */
    CHECK_EQUAL(pass_delay(), 4000);
    CHECK_EQUAL(pass_delay(), 8000);
    CHECK_EQUAL(pass_delay(), 16000);
    CHECK_EQUAL(pass_delay(), 30000);
    fake_expect("dial mqtt://first:1883");
    fake_expect("dial mqtt://first:1883");
    fake_expect("dial mqtts://second:8883");
    fake_expect("dial mqtt://third:1884");
    fake_expect("dial mqtt://first:1883");
    fake_expect("dial mqtts://second:8883");
    CHECK_EQUAL(fake_count("dial"), 6);
}

static void introduces_itself_as_each_asks(void)
{
    begin();
    go_to_fallback();
    fake.line_at = 0;
    CHECK_TEXT(node.session_config.username, "bob");
    CHECK_TEXT(node.session_config.password, "two");
    fake_cut();
    fake.down = " first second ";
    pass_delay();
    pass_delay();
    fake_expect("CONNECT n clean keep-alive 60 user  password  will");
    expect_with("third");
}

/* A lost session is the first failure. */
static void leaves_a_broker_that_was_there(void)
{
    begin();
    start();
    expect_with("first");
    fake.down = " first ";
    fake_cut();
    pass_delay();
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    pass_delay();
    expect_with("second");
    CHECK_EQUAL(fake_count("dial mqtt://first"), 2);
}

static void stays_with_one_that_comes_back_at_once(void)
{
    begin();
    start();
    fake_cut();
    pass_delay();
    expect_with("first");

    go_to_fallback();
    fake_cut();
    pass_delay();
    expect_with("second");
}

static void stays_with_the_only_one(void)
{
    begin();
    config.fallbacks[0] = NULL; /* and what is behind it is not in the list */
    fake.down = " first ";
    start();
    for (int i = 0; i < 5; i++)
        pass_delay();
    CHECK_EQUAL(fake_count("dial mqtt://first:1883"), 6);
}

/* What any broker would say, too. */
static void stays_if_another_would_not_do(void)
{
    begin();
    fake.connack = 2; /* the client id */
    start();
    for (int i = 0; i < 5; i++)
        pass_delay();
    CHECK_EQUAL(fake_count("dial mqtt://first"), 6);

    begin();
    fake.connack = 4; /* user or password, which each has its own of */
    start();
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(pass_delay(), 30000);
    CHECK_EQUAL(fake_count("dial mqtt://first"), 2);
    CHECK_EQUAL(fake_count("dial mqtts://second"), 1);
}

static void refuses_a_list_that_cannot_be(void)
{
    begin();
    config.fallbacks[1] = "http://third";
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(strcmp(mote_node_fault(&node)->what, "fallback broker"), 0);
}

/* They are those of its own broker, not of one that somebody has typed in. */
static void another_broker_has_no_fallbacks(void)
{
    begin();
    start();
    CHECK_EQUAL(mote_node_set_broker(&node, "mqtt://other"), MOTE_OK);
    fake.down = " other first ";
    fake_settle(&node);
    for (int i = 0; i < 4; i++)
        pass_delay();
    CHECK_EQUAL(fake_count("dial mqtt://other"), 5);
    CHECK_EQUAL(mote_node_set_broker(&node, config.broker), MOTE_OK);
    fake_settle(&node);
    pass_delay();
    pass_delay();
    expect_with("second");
}

/* --- And back --- */

static void looks_at_the_first_now_and_then(void)
{
    begin();
    go_to_fallback();
    fake_pass(&node, 374999); /* the longest of 300 s, a quarter more or less */
    CHECK_EQUAL(fake_count("look"), 0);
    fake_pass(&node, 1);
    fake_expect("look mqtt://first:1883");
    fake_expect("look away");
    fake.random = 0;
    fake_pass(&node, 375000);
    fake_expect("look mqtt://first:1883");
    CHECK_EQUAL(fake_count("look mqtt"), 2);
    fake_pass(&node, 224999);
    CHECK_EQUAL(fake_count("look mqtt"), 2);
    fake_pass(&node, 1); /* the shortest, and no longer than before */
    CHECK_EQUAL(fake_count("look mqtt"), 3);
    CHECK_EQUAL(fake_count("hang up"), 0);
    expect_with("second");
}

static void does_not_wait_for_one_that_is_silent(void)
{
    begin();
    go_to_fallback();
    fake.down = NULL;
    fake.silent = " first ";
    fake_pass(&node, 375000 + 19999);
    CHECK_EQUAL(fake_count("look away"), 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake_count("look away"), 1);
    expect_with("second");
    fake_pass(&node, 375000);
    CHECK_EQUAL(fake_count("look mqtt"), 2);
}

static void returns_with_a_goodbye(void)
{
    begin();
    go_to_fallback();
    fake.down = NULL;
    fake_pass(&node, 375000);
    fake_expect("look mqtt://first:1883");
    fake_expect("look away");
    fake_expect("PUBLISH n/status offline q1 retain");
    fake_expect("DISCONNECT");
    fake_expect("hang up");
    fake_expect("dial mqtt://first:1883");
    fake_expect("CONNECT n clean keep-alive 60 user ann password one will n/status offline");
    fake_expect("PUBLISH n/status online q1 retain");
    fake_expect("PUBLISH n/reason tcp.refused");
    expect_with("first");
    fake_pass(&node, 4000000);
    CHECK_EQUAL(fake_count("look mqtt"), 1);
}

/* Two seconds are enough for a goodbye, and nothing that is under way gets lost. */
static void takes_along_what_is_under_way(void)
{
    begin();
    go_to_fallback();
    fake.down = NULL;
    fake.holds_acks = true;
    CHECK_EQUAL(mote_node_publish(&node, "a", MOTE_TEXT("x"), MOTE_QOS_2, false), MOTE_OK);
    fake_settle(&node);
    fake_acknowledge(MOTE_PUBREC, 3, 0);
    fake_settle(&node);
    fake_expect("PUBREL 3");
    fake_pass(&node, 375000 + 1999);
    CHECK_EQUAL(fake_count("hang up"), 0);
    fake_pass(&node, 1);
    fake_expect("DISCONNECT");
    fake_expect("dial mqtt://first");
    fake_expect("PUBLISH a x q2 id 3"); /* this one has never seen it */
    expect_with("first");
}

/* It can be reached, but that is all. */
static void looks_less_often_at_one_that_does_not_hold(void)
{
    static const uint64_t delays_ms[] = {300000, 600000, 1200000, 2400000, 3600000, 3600000};

    begin();
    fake.random = UINT32_MAX / 2;
    go_to_fallback();
    fake.down = NULL;
    for (size_t i = 0; i < sizeof delays_ms / sizeof delays_ms[0]; i++) {
        fake_forget();
        fake_pass(&node, delays_ms[i] - 10); /* the middle of the draw, but for what is rounded off */
        CHECK_EQUAL(fake_count("look mqtt"), 0);
        fake.connack = 3;
        fake_pass(&node, 20);
        fake_expect("look mqtt://first");
        fake_expect("dial mqtt://first");
        fake.connack = 0;
        pass_delay();
        fake_expect("dial mqtts://second");
        expect_with("second");
    }
    CHECK_EQUAL(fake_count("dial"), 2);
}

/* Once it has held it is like new. */
static void forgets_that_it_did_not_hold(void)
{
    begin();
    fake.random = UINT32_MAX / 2;
    go_to_fallback();
    fake.down = NULL;
    for (int round = 0; round < 3; round++) {
        fake_pass(&node, 300010);
        expect_with("first");
        if (round == 0) {
            fake.down = " first ";
            fake_cut(); /* soon after */
            pass_delay();
            pass_delay();
            expect_with("second");
            fake_pass(&node, 300010);
            expect_with("second");
            fake.down = NULL;
            fake_pass(&node, 300010);
            expect_with("first");
        }
        fake_pass(&node, 30000);
        fake.down = " first ";
        fake_cut();
        pass_delay();
        pass_delay();
        expect_with("second");
        fake.down = NULL;
    }
}

/* Whatever happens meanwhile. */
static void nothing_is_left_open(void)
{
    begin();
    go_to_fallback();
    fake.down = NULL;
    fake.silent = " first ";
    fake_pass(&node, 375000);
    CHECK_EQUAL(fake_count("look mqtt"), 1);
    fake_cut();
    fake_settle(&node);
    fake_expect("look away");
    fake.silent = NULL;
    pass_delay();
    expect_with("second");

    fake.silent = " first ";
    fake_pass(&node, 375000);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(node.brokers.look.state, MOTE_LINK_CLOSED);

    mote_node_start(&node);
    fake_settle(&node);
    expect_with("second");
    fake_pass(&node, 375000);
    mote_node_abort(&node);
    CHECK_EQUAL(node.brokers.look.state, MOTE_LINK_CLOSED);
}

static void may_be_stopped_on_the_way(void)
{
    begin();
    go_to_fallback();
    fake.down = NULL;
    fake.holds_acks = true;
    mote_node_publish(&node, "a", MOTE_TEXT("x"), MOTE_QOS_1, false);
    fake_pass(&node, 375000);
    CHECK(node.brokers.leaving);
    mote_node_stop(&node);
    fake_pass(&node, 2000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(fake_count("dial"), 0);
}

/* --- Sessions --- */

static void keep(enum mote_mqtt_version version)
{
    begin();
    config.keep_session = true;
    config.version = version;
    fake.session_present = true; /* each has one of an earlier time */
    start();
    expect_with("first");
    fake.holds_acks = true;
    CHECK_EQUAL(mote_node_publish(&node, "a", MOTE_TEXT("sent"), MOTE_QOS_1, false), MOTE_OK);
    CHECK_EQUAL(mote_node_publish(&node, "a", MOTE_TEXT("released"), MOTE_QOS_2, false), MOTE_OK);
    fake_settle(&node);
    fake_acknowledge(MOTE_PUBREC, 32771, 0);
    fake_settle(&node);
    fake_expect("PUBREL 32771");
}

static void fail_over(void)
{
    fake_forget();
    fake.down = " first ";
    fake_cut();
    pass_delay();
    pass_delay();
    expect_with("second");
    fake_expect("dial mqtts://second");
}

static void begins_anew_at_another_broker(void)
{
    keep(MOTE_MQTT_5);
    fail_over();
    fake_expect("CONNECT n clean");
    fake_expect("PUBLISH a sent q1 id 32770");
    fake_expect("PUBLISH a released q2 id 32771");
    CHECK_EQUAL(fake_count("PUBREL"), 0);

    fake_forget(); /* and goes on there */
    fake_acknowledge(MOTE_PUBREC, 32771, 0);
    fake_settle(&node);
    fake_cut();
    pass_delay();
    expect_with("second");
    CHECK_EQUAL(fake_count("CONNECT n clean"), 0);
    fake_expect("PUBLISH a sent q1 again id 32770");
    fake_expect("PUBREL 32771");
}

static void begins_anew_in_two_steps_before_5(void)
{
    keep(MOTE_MQTT_3_1_1);
    fail_over();
    fake_expect("CONNECT n clean");
    fake_expect("DISCONNECT");
    fake_expect("hang up");
    fake_expect("dial mqtts://second");
    fake_expect("CONNECT n keep-alive");
    fake.session_present = false;
    CHECK_EQUAL(fake_count("CONNECT n clean"), 1);
    CHECK_EQUAL(fake_count("dial mqtts://second"), 2);
}

/* As the server has forgotten it, it is not present in the second step. */
static void publishes_anew_before_5(void)
{
    keep(MOTE_MQTT_3_1_1);
    fake.session_present = false;
    fail_over();
    fake_expect("DISCONNECT");
    fake_expect("PUBLISH a sent q1 id 32770");
    fake_expect("PUBLISH a released q2 id 32771");
    CHECK_EQUAL(fake_count("PUBREL"), 0);
}

/* The other one has never answered: the first still has the session. */
static void goes_on_where_it_was(void)
{
    keep(MOTE_MQTT_5);
    fake_forget();
    fake.down = " first ";
    fake_cut();
    pass_delay();
    fake.says_nothing = true;
    pass_delay();
    CHECK_EQUAL(fake_count("CONNECT n clean"), 1);
    fake.down = " third ";
    fake.says_nothing = false;
    fake_pass(&node, 60000);
    expect_with("first");
    fake_expect("CONNECT n keep-alive");
    fake_expect("PUBREL 32771");
}

/* Another id is another session, too. */
static void begins_anew_with_another_id(void)
{
    begin();
    config.keep_session = true;
    config.version = MOTE_MQTT_5;
    start();
    fake_forget();
    CHECK_EQUAL(mote_node_set_broker(&node, config.broker), MOTE_OK);
    fake_settle(&node);
    fake_expect("CONNECT n keep-alive");
    CHECK_EQUAL(mote_node_set_broker(&node, "mqtt://other"), MOTE_OK);
    fake_settle(&node);
    fake_expect("CONNECT n clean");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"goes-through-the-list", goes_through_the_list},
        {"introduces-itself-as-each-asks", introduces_itself_as_each_asks},
        {"leaves-a-broker-that-was-there", leaves_a_broker_that_was_there},
        {"stays-with-one-that-comes-back-at-once", stays_with_one_that_comes_back_at_once},
        {"stays-with-the-only-one", stays_with_the_only_one},
        {"stays-if-another-would-not-do", stays_if_another_would_not_do},
        {"refuses-a-list-that-cannot-be", refuses_a_list_that_cannot_be},
        {"another-broker-has-no-fallbacks", another_broker_has_no_fallbacks},
        {"looks-at-the-first-now-and-then", looks_at_the_first_now_and_then},
        {"does-not-wait-for-one-that-is-silent", does_not_wait_for_one_that_is_silent},
        {"returns-with-a-goodbye", returns_with_a_goodbye},
        {"takes-along-what-is-under-way", takes_along_what_is_under_way},
        {"looks-less-often-at-one-that-does-not-hold", looks_less_often_at_one_that_does_not_hold},
        {"forgets-that-it-did-not-hold", forgets_that_it_did_not_hold},
        {"nothing-is-left-open", nothing_is_left_open},
        {"may-be-stopped-on-the-way", may_be_stopped_on_the_way},
        {"begins-anew-at-another-broker", begins_anew_at_another_broker},
        {"begins-anew-in-two-steps-before-5", begins_anew_in_two_steps_before_5},
        {"publishes-anew-before-5", publishes_anew_before_5},
        {"goes-on-where-it-was", goes_on_where_it_was},
        {"begins-anew-with-another-id", begins_anew_with_another_id},
    };

    return check_main("unit/node-broker", cases, sizeof cases / sizeof cases[0], argc, argv);
}
