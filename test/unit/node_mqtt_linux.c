/* The calls that wait, mote_mqtt_...(), mote_node_run() and mote_wifi_wait(), in a time that passes only while they do. */
#include "fake_port.h"

#include <mote/mqtt.h>

static struct mote_mqtt mqtt;
static struct mote_mqtt_options options;
static char got[500];

static void on_message(const struct mote_message *message, void *context)
{
    size_t used = strlen(got);

    CHECK(context == got);
    snprintf(got + used, sizeof got - used, "%.*s=%.*s ", (int)message->topic.length, message->topic.data,
             (int)message->payload.length, message->payload.data);
}

static void begin(void)
{
    fake_begin();
    memset(&mqtt, 0, sizeof mqtt);
    got[0] = '\0';
    options = (struct mote_mqtt_options){
        .url = "mqtt://joe:secret@broker", .client_id = "me", .on_message = on_message, .context = got};
}

static void connect(void)
{
    begin();
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
}

/* --- Connecting --- */

static void connects_and_says_goodbye(void)
{
    connect();
    fake_expect("CONNECT me clean keep-alive 60 user joe password secret will   q0");
    CHECK_EQUAL(fake.now_ms, 1000);
    mote_mqtt_disconnect(&mqtt);
    fake_expect("DISCONNECT");
    fake_expect("hang up");
    mote_mqtt_disconnect(&mqtt); /* once more is no harm */
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("x"), MOTE_QOS_0, false), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "t", MOTE_QOS_0), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_mqtt_wait_message(&mqtt), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_mqtt_check_message(&mqtt), MOTE_TCP_RESET);
    CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_TCP_RESET);
}

static void says_why_it_cannot_connect(void)
{
    static const struct {
        uint8_t connack;
        enum mote_reason reason;
    } refusals[] = {{1, MOTE_MQTT_BAD_VERSION}, {2, MOTE_MQTT_CLIENT_ID}, {4, MOTE_MQTT_BAD_AUTH}};

    for (size_t i = 0; i < 3; i++) {
        begin();
        fake.connack = refusals[i].connack;
        CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), refusals[i].reason);
        CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
        CHECK_EQUAL(mote_mqtt_ping(&mqtt), refusals[i].reason);
        fake.connack = 0;
        CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK); /* the same client may try again */
    }
    begin();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_TCP_REFUSED);
    begin();
    options.url = "mqtt://";
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_CONFIG_INVALID);
    begin();
    options.url = NULL;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_CONFIG_INVALID);
}

static void waits_no_longer_than_it_may(void)
{
    begin();
    fake.dial = FAKE_IS_SILENT;
    fake.dial_reason = MOTE_DNS_TIMEOUT;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_DNS_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 1000 + 20000);

    begin();
    options.timeout_ms = 3000;
    fake.says_nothing = true;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_TCP_TIMEOUT);
    CHECK_EQUAL(fake.now_ms, 1000 + 3000);

    begin();
    options.timeout_ms = 3000;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    fake.says_nothing = true;
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_1), MOTE_MQTT_NO_PINGRESP);
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
}

static void makes_up_a_client_id(void)
{
    unsigned first, second;

    begin();
    options.client_id = NULL;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    first = fake_expect("CONNECT mote-");
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    fake_expect("DISCONNECT"); /* one that is connected is disconnected first */
    second = fake_expect("CONNECT mote-");
    CHECK(strcmp(fake.lines[first], fake.lines[second]) != 0);
}

static void cut_later(void)
{
    fake_cut();
}

static void keeps_a_session(void)
{
    begin();
    options.keep_session = true;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    fake_expect("CONNECT me keep-alive");
    fake.holds_acks = true;
    fake.at_wait = cut_later;
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("x"), MOTE_QOS_1, false), MOTE_TCP_RESET);
    fake.holds_acks = false;
    fake.session_present = true;
    CHECK(!mqtt.session_present);
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    CHECK(mqtt.session_present);
    mote_mqtt_ping(&mqtt);
    CHECK_EQUAL(fake_count("PUBLISH t x q1"), 2);
}

/* It is by its name that the broker finds the session. */
static void keeps_a_made_up_name_with_the_session(void)
{
    unsigned first, second;

    begin();
    options.client_id = NULL;
    options.keep_session = true;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    first = fake_expect("CONNECT mote-");
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    second = fake_expect("CONNECT mote-");
    CHECK(strcmp(fake.lines[first], fake.lines[second]) == 0);
}

/* --- Talking --- */

static void publishes_with_every_quality(void)
{
    connect();
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("zero"), MOTE_QOS_0, true), MOTE_OK);
    fake_expect("PUBLISH t zero q0 retain");
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("one"), MOTE_QOS_1, false), MOTE_OK);
    fake_expect("PUBLISH t one q1");
    CHECK(mote_session_is_idle(&mqtt.session)); /* it has waited for the acknowledgement */
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t/#", MOTE_TEXT("x"), MOTE_QOS_0, false), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_OK);
    fake_expect("PINGREQ");
}

static void make_room(void)
{
    fake.room = SIZE_MAX;
}

static void waits_until_all_is_sent(void)
{
    connect();
    fake.room = 3;
    fake.at_wait = make_room;
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("through a narrow place"), MOTE_QOS_0, false), MOTE_OK);
    fake_expect("PUBLISH t through a narrow place q0");
}

static void says_what_the_broker_has_granted(void)
{
    connect();
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "a/+", MOTE_QOS_2), MOTE_OK);
    fake_expect("SUBSCRIBE a/+:2");
    fake.suback = 0x80;
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "secret/#", MOTE_QOS_0), MOTE_MQTT_NOT_AUTHORIZED);
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "a/#/b", MOTE_QOS_0), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_OK); /* still connected */
}

static void unsubscribes(void)
{
    connect();
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "a/+", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_unsubscribe(&mqtt, "a/+"), MOTE_OK);
    fake_expect("UNSUBSCRIBE a/+");
    CHECK_EQUAL(mote_mqtt_unsubscribe(&mqtt, "a/#/b"), MOTE_CONFIG_INVALID);

    begin();
    options.version = MOTE_MQTT_5;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_unsubscribe(&mqtt, "a/+"), MOTE_OK);
}

static void leaves_a_will(void)
{
    begin();
    options.will =
        (struct mote_will){.topic = MOTE_TEXT("gone"), .payload = MOTE_TEXT("me"), .qos = MOTE_QOS_1, .retain = true};
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    fake_expect("CONNECT me clean keep-alive 60 user joe password secret will gone me q1 retain");
}

static void says_what_the_broker_has_refused(void)
{
    static const struct {
        uint8_t code;
        enum mote_reason reason;
    } refusals[] = {{0x87, MOTE_MQTT_NOT_AUTHORIZED}, {0x97, MOTE_MQTT_QUOTA}, {0x10, MOTE_OK}};

    begin();
    options.version = MOTE_MQTT_5;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        fake.puback = refusals[i].code;
        CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("x"), MOTE_QOS_1, false), refusals[i].reason);
    }
    fake.suback = 0x97;
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "t", MOTE_QOS_1), MOTE_MQTT_QUOTA);
    CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_OK); /* still connected */
}

static void publishes_with_properties(void)
{
    const struct mote_property type = {.id = MOTE_CONTENT_TYPE, .value = MOTE_TEXT("text/plain")};
    const struct mote_message message = {.topic = MOTE_TEXT("t"),
                                         .payload = MOTE_TEXT("x"),
                                         .qos = MOTE_QOS_1,
                                         .properties = {.items = &type, .count = 1}};

    begin();
    options.version = MOTE_MQTT_5;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_publish_message(&mqtt, &message), MOTE_OK);
    fake_expect("PUBLISH t x q1");
}

/* --- A broker that goes away, or says nothing, during each of the calls --- */

static enum mote_reason call_subscribe(void)
{
    return mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_1);
}

static enum mote_reason call_unsubscribe(void)
{
    return mote_mqtt_unsubscribe(&mqtt, "a");
}

static enum mote_reason call_publish_1(void)
{
    return mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("x"), MOTE_QOS_1, false);
}

static enum mote_reason call_publish_2(void)
{
    return mote_mqtt_publish(&mqtt, "t", MOTE_TEXT("x"), MOTE_QOS_2, false);
}

static char large[6000]; /* than all of the client's buffers */

static enum mote_reason call_publish_large(void)
{
    memset(large, 'l', sizeof large);
    return mote_mqtt_publish(&mqtt, "t", (struct mote_text){large, sizeof large}, MOTE_QOS_0, false);
}

static enum mote_reason call_publish_large_1(void)
{
    memset(large, 'l', sizeof large);
    return mote_mqtt_publish(&mqtt, "t", (struct mote_text){large, sizeof large}, MOTE_QOS_1, false);
}

static enum mote_reason call_ping(void)
{
    return mote_mqtt_ping(&mqtt);
}

static enum mote_reason call_wait(void)
{
    return mote_mqtt_wait_message(&mqtt);
}

static enum mote_reason call_wait_ms(void)
{
    return mote_mqtt_wait_ms(&mqtt, 24 * 3600 * 1000);
}

static enum mote_reason (*const calls[])(void) = {
    call_subscribe,     call_unsubscribe, call_publish_1, call_publish_2,       call_ping,
    call_publish_large, call_wait,        call_wait_ms,   call_publish_large_1,
};

static void expect_to_be_disconnected(enum mote_reason reason)
{
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        CHECK_EQUAL(calls[i](), reason); /* at once: time stands still */
    CHECK_EQUAL(mote_mqtt_check_message(&mqtt), reason);
}

static void a_lost_connection_ends_each_call(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        uint64_t lost_ms;

        connect();
        fake.says_nothing = true;
        fake.room = 3; /* or the large one would be sent at once */
        fake.at_wait = cut_later;
        CHECK_EQUAL(calls[i](), MOTE_TCP_RESET);
        lost_ms = fake.now_ms;
        expect_to_be_disconnected(MOTE_TCP_RESET);
        CHECK_EQUAL(fake.now_ms, lost_ms);
        fake.says_nothing = false;
        fake.room = SIZE_MAX;
        CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
        CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_OK);
    }
}

/* A broker that does not read takes nothing either. */
static void silence_ends_each_call(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        connect();
        fake.says_nothing = true;
        fake.room = calls[i] == call_publish_large ? 2000 : SIZE_MAX;
        CHECK_EQUAL(calls[i](), MOTE_MQTT_NO_PINGRESP);
        CHECK(fake.now_ms <= 1000 + 60000 + 20000); /* keep-alive, and its answer */
        expect_to_be_disconnected(MOTE_MQTT_NO_PINGRESP);
    }
}

static void say_goodbye(void)
{
    fake_disconnect(0x8B); /* the server shuts down */
}

static void a_goodbye_ends_each_call(void)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        begin();
        options.version = MOTE_MQTT_5;
        CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
        fake.says_nothing = true;
        fake.room = 3;
        fake.at_wait = say_goodbye;
        CHECK_EQUAL(calls[i](), MOTE_TCP_RESET);
        CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
    }
}

/* --- Payloads larger than the buffers --- */

static void sends_large_payloads(void)
{
    for (enum mote_qos qos = MOTE_QOS_0; qos <= MOTE_QOS_1; qos++) {
        connect();
        memset(large, 'l', sizeof large);
        CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", (struct mote_text){large, sizeof large}, qos, false), MOTE_OK);
        fake_expect("PUBLISH t llllllll"); /* the fake broker checks that it is whole */
    }
}

static void make_little_room(void)
{
    fake.room += 90;
    fake.at_wait = make_little_room;
    fake.now_ms += 4000;
}

/* It takes much longer than the call may wait for an answer, but it goes on. */
static void is_patient_with_what_goes_on(void)
{
    connect();
    fake.room = 0;
    fake.at_wait = make_little_room;
    memset(large, 'l', sizeof large);
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "t", (struct mote_text){large, 700}, MOTE_QOS_0, false), MOTE_OK);
    CHECK(fake.now_ms > 1000 + 20000);
    fake_expect("PUBLISH t llllllll");
}

/* What is kept for the next connection cannot stay with the caller. */
static void refuses_what_it_cannot_keep(void)
{
    begin();
    options.keep_session = true;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    CHECK_EQUAL(call_publish_large_1(), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(call_publish_large(), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_ping(&mqtt), MOTE_OK);
}

/* --- Messages --- */

static void send_hello(void)
{
    fake_publish("a", "hello", MOTE_QOS_1, false);
}

static void waits_for_a_message(void)
{
    connect();
    mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_1);
    fake.at_wait = send_hello;
    CHECK_EQUAL(mote_mqtt_wait_message(&mqtt), MOTE_OK);
    CHECK(strcmp(got, "a=hello ") == 0);
    fake_expect("PUBACK 1"); /* before it returns */
}

static void a_wait_ends_with_the_connection(void)
{
    connect();
    fake.at_wait = cut_later;
    CHECK_EQUAL(mote_mqtt_wait_message(&mqtt), MOTE_TCP_RESET);
    CHECK_EQUAL(fake.link->state, MOTE_LINK_CLOSED);
}

static void a_long_wait_keeps_the_connection_alive(void)
{
    connect();
    fake.says_nothing = false;
    for (int i = 0; i < 5; i++) {
        fake.at_wait = NULL;
        mote_sleep_ms(30000);
        CHECK_EQUAL(mote_mqtt_check_message(&mqtt), MOTE_OK);
    }
    CHECK(fake_count("PINGREQ") >= 2);
    fake.says_nothing = true;
    CHECK_EQUAL(mote_mqtt_wait_message(&mqtt), MOTE_MQTT_NO_PINGRESP); /* not for ever */
}

static void looks_without_waiting(void)
{
    connect();
    mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_0);
    fake.waits = 0;
    CHECK_EQUAL(mote_mqtt_check_message(&mqtt), MOTE_OK);
    CHECK(got[0] == '\0');
    fake_publish("a", "1", MOTE_QOS_0, false);
    fake_publish("a", "2", MOTE_QOS_0, false);
    CHECK_EQUAL(mote_mqtt_check_message(&mqtt), MOTE_OK);
    CHECK(strcmp(got, "a=1 a=2 ") == 0);
    CHECK_EQUAL(fake.waits, 0);
}

static void handles_messages_for_a_while(void)
{
    connect();
    mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_1);
    fake.at_wait = send_hello;
    CHECK_EQUAL(mote_mqtt_wait_ms(&mqtt, 5000), MOTE_OK);
    CHECK_EQUAL(fake.now_ms, 1000 + 5000);
    CHECK(strcmp(got, "a=hello ") == 0);
    CHECK_EQUAL(mote_mqtt_wait_ms(&mqtt, 0), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_wait_ms(&mqtt, 150000), MOTE_OK); /* longer than the keep-alive */
    CHECK(fake_count("PINGREQ") >= 2);
}

static void answer(const struct mote_message *message, void *context)
{
    char before[20];

    on_message(message, context);
    snprintf(before, sizeof before, "%.*s", (int)message->payload.length, message->payload.data);
    CHECK_EQUAL(mote_mqtt_publish(&mqtt, "answer", message->payload, MOTE_QOS_1, false), MOTE_OK);
    CHECK_EQUAL(mote_mqtt_subscribe(&mqtt, "more", MOTE_QOS_1), MOTE_OK);
    CHECK(mote_text_equals(message->payload, before));
}

static void callbacks_may_publish_and_subscribe(void)
{
    begin();
    options.on_message = answer;
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    mote_mqtt_subscribe(&mqtt, "a", MOTE_QOS_1);
    send_hello();
    send_hello();
    CHECK_EQUAL(mote_mqtt_wait_message(&mqtt), MOTE_OK);
    mote_mqtt_ping(&mqtt);
    CHECK_EQUAL(fake_count("PUBLISH answer hello q1"), 2);
    CHECK_EQUAL(fake_count("SUBSCRIBE more:1"), 2);
    CHECK(strcmp(got, "a=hello a=hello ") == 0);
}

/* --- Other waiting --- */

static void sleeps(void)
{
    begin();
    CHECK_EQUAL(mote_now_ms(), 1000);
    mote_sleep_ms(500);
    CHECK_EQUAL(mote_now_ms(), 1500);
    mote_sleep_ms(0);
    CHECK_EQUAL(fake.waits, 1);
}

static void join_now(void)
{
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
}

static void refuse_now(void)
{
    fake_radio(MOTE_WIFI_IDLE, MOTE_WIFI_WRONG_KEY);
}

static void waits_for_wifi(void)
{
    begin();
    CHECK_EQUAL(mote_wifi_wait(1000), MOTE_WIFI_INACTIVE); /* there is no radio */

    fake.has_radio = true;
    begin();
    CHECK_EQUAL(mote_wifi_wait(UINT32_MAX), MOTE_WIFI_INACTIVE); /* it is off */
    mote_wifi_set_active(MOTE_STATION, true);
    mote_wifi_connect("one", "key of one");
    fake.at_wait = refuse_now;
    CHECK_EQUAL(mote_wifi_wait(UINT32_MAX), MOTE_WIFI_WRONG_KEY);
    mote_wifi_connect("one", "key of one");
    CHECK_EQUAL(mote_wifi_wait(5000), MOTE_WIFI_REFUSED); /* nothing has happened */
    CHECK_EQUAL(fake.now_ms, 6000);
    fake.at_wait = join_now;
    CHECK_EQUAL(mote_wifi_wait(UINT32_MAX), MOTE_OK);
    CHECK_EQUAL(mote_wifi_wait(0), MOTE_OK);
}

static void ask_to_stop(void)
{
    fake.stop = true;
}

static void runs_a_node_until_asked_to_stop(void)
{
    static struct mote_node node;

    begin();
    mote_node_init(&node, &(struct mote_node_config){.id = "n", .broker = "mqtt://broker"});
    fake.at_wait = ask_to_stop;
    CHECK_EQUAL(mote_node_run(&node), 0);
    fake_expect("PUBLISH n/status online");
    fake_expect("PUBLISH n/status offline");
    fake_expect("DISCONNECT");
    CHECK_EQUAL(mote_node_run(&node), 0); /* it stays stopped */

    begin();
    mote_node_init(&node, &(struct mote_node_config){.id = "n", .broker = "nonsense://"});
    CHECK_EQUAL(mote_node_run(&node), 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"connect", connects_and_says_goodbye},
        {"refused", says_why_it_cannot_connect},
        {"timeout", waits_no_longer_than_it_may},
        {"client-id", makes_up_a_client_id},
        {"keep-session", keeps_a_session},
        {"keep-name", keeps_a_made_up_name_with_the_session},
        {"will", leaves_a_will},
        {"publish", publishes_with_every_quality},
        {"publish-refused", says_what_the_broker_has_refused},
        {"publish-properties", publishes_with_properties},
        {"unsubscribe", unsubscribes},
        {"lost", a_lost_connection_ends_each_call},
        {"silent", silence_ends_each_call},
        {"goodbye", a_goodbye_ends_each_call},
        {"large", sends_large_payloads},
        {"slow", is_patient_with_what_goes_on},
        {"large-kept", refuses_what_it_cannot_keep},
        {"narrow", waits_until_all_is_sent},
        {"subscribe", says_what_the_broker_has_granted},
        {"wait", waits_for_a_message},
        {"wait-lost", a_wait_ends_with_the_connection},
        {"keep-alive", a_long_wait_keeps_the_connection_alive},
        {"wait-ms", handles_messages_for_a_while},
        {"check", looks_without_waiting},
        {"in-callback", callbacks_may_publish_and_subscribe},
        {"sleep", sleeps},
        {"wifi", waits_for_wifi},
        {"run", runs_a_node_until_asked_to_stop},
    };

    return check_main("unit/node-mqtt", cases, sizeof cases / sizeof cases[0], argc, argv);
}
