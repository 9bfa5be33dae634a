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
    CHECK_EQUAL(mote_mqtt_connect(&mqtt, &options), MOTE_OK);
    mote_mqtt_ping(&mqtt);
    CHECK_EQUAL(fake_count("PUBLISH t x q1"), 2);
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
        {"publish", publishes_with_every_quality},
        {"narrow", waits_until_all_is_sent},
        {"subscribe", says_what_the_broker_has_granted},
        {"wait", waits_for_a_message},
        {"wait-lost", a_wait_ends_with_the_connection},
        {"keep-alive", a_long_wait_keeps_the_connection_alive},
        {"check", looks_without_waiting},
        {"in-callback", callbacks_may_publish_and_subscribe},
        {"sleep", sleeps},
        {"wifi", waits_for_wifi},
        {"run", runs_a_node_until_asked_to_stop},
    };

    return check_main("unit/node-mqtt", cases, sizeof cases / sizeof cases[0], argc, argv);
}
