/* A node with an outbox, which is the test's own: what it gives it and asks of it, and when. */
#include "fake_port.h"

#include "outbox/outbox_calls.h"

enum { QUEUE = 100 };

static struct {
    struct mote_outbox outbox;
    struct mote_message queue[QUEUE];
    char topics[QUEUE][32];
    unsigned count; /* accepted */
    unsigned turn;  /* the next one for the session */
    unsigned done;
    enum mote_reason refuses;
    bool holds;           /* nothing that the output relies on is kept yet */
    uint64_t deadline_ms; /* when it wants to commit */
} box;

static struct mote_node node;
static struct mote_node_config config;
static struct mote_switch lamp;
static struct mote_button button;
static unsigned told_sent;

static enum mote_reason put(struct mote_outbox *outbox, const struct mote_message *message, uint64_t now_ms)
{
    CHECK(outbox == &box.outbox && now_ms == fake.now_ms && message->qos != MOTE_QOS_0);
    fake_log("put %.*s %.*s q%d", (int)message->topic.length, message->topic.data, (int)message->payload.length,
             message->payload.data, (int)message->qos);
    if (box.refuses != MOTE_OK)
        return box.refuses;
    CHECK(box.count < QUEUE);
    snprintf(box.topics[box.count], sizeof box.topics[0], "%.*s", (int)message->topic.length, message->topic.data);
    box.queue[box.count] = (struct mote_message){
        .topic = mote_text(box.topics[box.count]), .payload = MOTE_TEXT("x"), .qos = message->qos};
    box.count++;
    return MOTE_OK;
}

static void restore(struct mote_outbox *outbox, struct mote_session *session)
{
    CHECK(outbox == &box.outbox && session == &node.session);
    CHECK_EQUAL(session->state, MOTE_SESSION_IDLE);
    CHECK_EQUAL(session->config->own_ids_from, MOTE_OUTBOX_IDS);
    fake_log("restore");
    CHECK(mote_session_restore_received(session, 7));
}

static void connected(struct mote_outbox *outbox, uint32_t session_mark, bool session_present)
{
    CHECK(outbox == &box.outbox && session_mark != 0);
    outbox->session_mark = session_mark;
    fake_log("connected %s", session_present ? "again" : "anew");
}

static bool answered(struct mote_outbox *outbox, uint16_t packet_id, uint8_t reason_code)
{
    CHECK(outbox == &box.outbox);
    fake_log("answered %u %u", packet_id, reason_code);
    box.done += packet_id < MOTE_OUTBOX_IDS;
    return packet_id < MOTE_OUTBOX_IDS;
}

static void send_next(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms)
{
    CHECK(outbox == &box.outbox && session == &node.session && now_ms == fake.now_ms);
    CHECK_EQUAL(session->state, MOTE_SESSION_CONNECTED);
    while (box.turn < box.count &&
           mote_session_publish_as(session, &box.queue[box.turn], (uint16_t)(box.turn + 1), MOTE_STAGE_NEW) == MOTE_OK)
        box.turn++;
}

static bool commit(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms)
{
    CHECK(outbox == &box.outbox && session == &node.session && now_ms == fake.now_ms);
    if (now_ms >= box.deadline_ms) {
        fake_log("commit");
        box.deadline_ms = MOTE_NEVER;
    }
    return !box.holds;
}

static uint64_t deadline(const struct mote_outbox *outbox)
{
    CHECK(outbox == &box.outbox);
    return box.deadline_ms;
}

static const struct mote_outbox_calls calls = {put, restore, connected, answered, send_next, commit, deadline};

static void on_message(struct mote_node *self, const struct mote_message *message, bool sent, void *context)
{
    CHECK(self == &node && context == NULL && message->topic.length > 0);
    told_sent += sent;
}

static const struct mote_observer observer = {.on_message = on_message};

static void begin(void)
{
    fake_begin();
    memset(&box, 0, sizeof box);
    box.outbox.calls = &calls;
    box.deadline_ms = MOTE_NEVER;
    told_sent = 0;
    config =
        (struct mote_node_config){.id = "n", .broker = "mqtt://broker", .keep_session = true, .outbox = &box.outbox};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    mote_node_observe(&node, &observer);
}

static void go_online(void)
{
    begin();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_forget();
}

static enum mote_reason publish(const char *topic, enum mote_qos qos)
{
    return mote_node_publish(&node, topic, MOTE_TEXT("x"), qos, false);
}

/* --- Which way a message takes --- */

static void what_must_not_be_lost_goes_into_it(void)
{
    go_online();
    told_sent = 0;
    CHECK_EQUAL(publish("one", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(publish("two", MOTE_QOS_2), MOTE_OK);
    CHECK_EQUAL(publish("none", MOTE_QOS_0), MOTE_OK);
    CHECK_EQUAL(told_sent, 3);
    fake_expect("put one x q1");
    fake_expect("put two x q2");
    fake_settle(&node);
    CHECK_EQUAL(fake_count("put"), 2);
    fake_expect("PUBLISH none x q0");
    fake_expect("PUBLISH one x q1 id 1");
    fake_expect("PUBLISH two x q2 id 2");
    fake_expect("answered 1 0");
    CHECK_EQUAL(box.done, 1);
}

static void offline_too(void)
{
    begin();
    CHECK_EQUAL(publish("early", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(publish("none", MOTE_QOS_0), MOTE_TCP_RESET);
    fake_settle(&node);
    fake_expect("restore");
    fake_expect("put early");
    fake_expect("connected anew");
    fake_expect("PUBLISH early x q1 id 1");
    fake_cut();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_settle(&node);
    CHECK_EQUAL(publish("late", MOTE_QOS_2), MOTE_OK);
    CHECK_EQUAL(box.turn, 1); /* nothing is given to a session without a connection */
    fake.dial = FAKE_ACCEPTS;
    fake.session_present = true;
    fake_pass(&node, 5000);
    fake_expect("connected again");
    fake_expect("PUBLISH late x q2 id 2");
}

static void what_the_node_tells_of_itself_does_not(void)
{
    begin();
    fake_settle(&node);
    fake_expect("PUBLISH n/status online q1 retain id 32768");
    fake_expect("PUBLISH n/reason ok q1 retain id 32769");
    CHECK_EQUAL(fake_count("put"), 0);
    CHECK_EQUAL(box.done, 0);
}

static void what_was_received_before_is_known(void)
{
    begin();
    fake.session_present = true;
    fake_settle(&node);
    uint16_t ids[2];
    CHECK_EQUAL(mote_session_received_ids(&node.session, ids, 2), 1);
    CHECK_EQUAL(ids[0], 7);
    CHECK_EQUAL(fake_count("restore"), 1);
    CHECK(fake_expect("restore") < fake_expect("CONNECT"));
}

/* --- Whose session it is --- */

/* Was online as `n` at mqtt://broker, and then the power went. */
static void be_left(void)
{
    begin();
    fake_settle(&node);
    CHECK(box.outbox.session_mark != 0);
    fake_cut();
    fake_forget();
}

/* Begins as the config says now, with what the outbox has kept. */
static bool begins_clean(void)
{
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
    CHECK(fake_count("CONNECT") > 0);
    return fake_count("CONNECT n clean") + fake_count("CONNECT m clean") > 0;
}

static void goes_on_with_its_own_session(void)
{
    be_left();
    CHECK(!begins_clean());
}

/* The messages that are under way belong to a session of another client: its settings have changed, or the flash comes from another
 * device. */
static void another_client_id_begins_anew(void)
{
    uint32_t session_mark;

    be_left();
    session_mark = box.outbox.session_mark;
    config.id = "m";
    CHECK(begins_clean());
    CHECK(box.outbox.session_mark != session_mark);
}

static void another_broker_begins_anew(void)
{
    static const char *const others[] = {"mqtt://other", "mqtt://broker:1884", "ws://broker:1883/other"};

    for (unsigned i = 0; i < 3; i++) {
        be_left();
        config.broker = others[i];
        CHECK(begins_clean());
    }
}

/* With fallbacks, too: since it says with which of them it was. */
static void goes_on_with_the_one_of_several_that_it_was_with(void)
{
    be_left();
    config.fallbacks[0] = "mqtt://other";
    CHECK(!begins_clean());
    fake_cut();
    fake_forget();
    fake.down = " broker ";
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_pass(&node, 60000);
    CHECK_EQUAL(fake_count("CONNECT n clean"), 1);
    fake_cut();
    fake_forget();
    fake.down = NULL;
    CHECK(begins_clean()); /* it was with the other one */
}

/* A log of an older version does not say. With one broker it was that one; with several nobody knows. */
static void what_does_not_say_whose_it_is_may_be_of_any_of_several(void)
{
    be_left();
    box.outbox.session_mark = 0;
    CHECK(!begins_clean());
    fake_cut();
    fake_forget();
    box.outbox.session_mark = 0;
    config.fallbacks[0] = "mqtt://other";
    CHECK(begins_clean());
}

/* What the session could not keep would stay in the outbox for ever. */
static void what_is_too_large_for_the_session_is_refused(void)
{
    static char payload[MOTE_STORE_SIZE];
    static const struct mote_source source = {.size = MOTE_STORE_SIZE};
    struct mote_message message = {.topic = MOTE_TEXT("t"), .qos = MOTE_QOS_1, .payload = {payload, 0}};

    go_online();
    memset(payload, 'x', sizeof payload);
    message.payload.length = sizeof payload - 7; /* the packet has 8 more: header, topic and identifier */
    CHECK_EQUAL(mote_node_publish_message(&node, &message), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(fake_count("put"), 0);
    message.payload.length--;
    CHECK_EQUAL(mote_node_publish_message(&node, &message), MOTE_OK);
    message.payload.length = 0;
    message.source = &source;
    CHECK_EQUAL(mote_node_publish_message(&node, &message), MOTE_MQTT_PACKET_TOO_LARGE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

/* --- Nothing leaves that relies on what is not kept --- */

static void add_lamp_and_button(void)
{
    lamp = (struct mote_switch){.name = "lamp", .pin = {.number = 2}};
    button = (struct mote_button){.name = "bell", .pin = {.number = 3, .active = MOTE_LOW}, .toggles = &lamp};
    fake.level[3] = 1;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
}

static void press(bool pressed)
{
    mote_pin_changed(&button.pin, !pressed);
}

/* Not even a CONNECT; but the lamp does what the button and the broker say. */
static void while_it_is_not_kept_only_the_output_waits(void)
{
    begin();
    add_lamp_and_button();
    box.holds = true;
    fake_settle(&node);
    CHECK_EQUAL(fake_count("CONNECT"), 0);
    press(true);
    CHECK_EQUAL(fake.level[2], 1);
    box.holds = false;
    fake_settle(&node);
    fake_expect("PUBLISH n/lamp/state on");
    fake_forget();
    box.holds = true;
    fake_publish("n/lamp/set", "off", MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK_EQUAL(fake.level[2], 0);
    press(false);
    press(true);
    fake_settle(&node);
    CHECK_EQUAL(fake.level[2], 1);
    CHECK_EQUAL(fake_count("PU"), 0);
    box.holds = false;
    fake_settle(&node);
    fake_expect("PUBACK");
    fake_expect("PUBLISH n/lamp/state on");
}

/* Also what is said last. */
static void the_last_words_wait_too(void)
{
    go_online();
    box.holds = true;
    fake_publish("t", "x", MOTE_QOS_1, false);
    size_t room;
    uint8_t *into = fake_reply_room(&room);
    CHECK(room >= 2);
    memcpy(into, "\xF0\x00", 2); /* no server may send that: the session ends */
    fake_reply(2);
    fake_settle(&node);
    fake_expect("hang up");
    CHECK_EQUAL(fake_count("PUBACK"), 0);
}

static void a_goodbye_waits_until_it_is_kept(void)
{
    go_online();
    box.holds = true;
    mote_node_stop(&node);
    fake_pass(&node, 1000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(fake_count("DISCONNECT"), 0);
    box.holds = false;
    fake_settle(&node);
    fake_expect("PUBLISH n/status offline");
    fake_expect("DISCONNECT");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
}

/* Even if there is nothing else to say: a DISCONNECT keeps the will from being published. */
static void a_bare_goodbye_waits_too(void)
{
    begin();
    config.no_status = true;
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
    box.holds = true;
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    box.holds = false;
    fake_settle(&node);
    fake_expect("DISCONNECT");
}

static void a_goodbye_does_not_wait_for_ever(void)
{
    go_online();
    box.holds = true;
    mote_node_stop(&node);
    fake_pass(&node, 2000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    CHECK_EQUAL(fake_count("DISCONNECT"), 0);
}

/* --- Its share --- */

static void fill(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK_EQUAL(publish("stream", MOTE_QOS_1), MOTE_OK);
}

static void a_goodbye_delivers_what_it_can(void)
{
    go_online();
    fill(60);
    mote_node_stop(&node);
    fake_settle(&node);
    CHECK_EQUAL(box.done, 60);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    go_online();
    fake.holds_acks = true;
    fill(60);
    mote_node_stop(&node);
    fake_pass(&node, 1999);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_pass(&node, 1);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    fake_expect("DISCONNECT");
    CHECK(box.turn < 60 && box.done == 0);
}

/* A state that has changed does not wait for all that has gathered. */
static void reports_go_between_what_has_gathered(void)
{
    begin();
    add_lamp_and_button();
    fake_settle(&node);
    fake.holds_acks = true;
    fill(90);
    fake_settle(&node);
    CHECK(box.turn >= MOTE_INFLIGHT_MAX - 2u && box.turn <= MOTE_INFLIGHT_MAX);
    fake.holds_acks = false;
    mote_switch_set(&lamp, true);
    fake_acknowledge(MOTE_PUBACK, 1, 0);
    fake_forget();
    mote_node_turn(&node);
    mote_node_turn(&node);
    fake_expect("PUBLISH n/lamp/state on");
    CHECK(box.turn <= MOTE_INFLIGHT_MAX + 1u);
}

static void it_is_called_when_it_wants_to_be(void)
{
    go_online();
    box.deadline_ms = fake.now_ms + 100;
    CHECK_EQUAL(fake_settle(&node), box.deadline_ms);
    fake_pass(&node, 99);
    CHECK_EQUAL(fake_count("commit"), 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake_count("commit"), 1);
    mote_node_abort(&node); /* also without a connection */
    box.deadline_ms = fake.now_ms + 100;
    fake_pass(&node, 100);
    CHECK_EQUAL(fake_count("commit"), 2);
    begin();
    fake.dial = FAKE_IS_SILENT; /* and on the way to one */
    box.deadline_ms = fake.now_ms + 100;
    fake_pass(&node, 100);
    CHECK_EQUAL(fake_count("commit"), 1);
}

/* --- What is wrong with it --- */

static void a_refusal_has_its_reason(void)
{
    go_online();
    box.refuses = MOTE_OUTBOX_FULL;
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    fake_settle(&node);
    fake_expect("PUBLISH n/reason outbox.full");
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH n/reason"), 1);
    box.refuses = MOTE_OK;
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
    box.refuses = MOTE_CONFIG_INVALID; /* the message's fault, not the outbox's */
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

static void damage_is_told_from_the_beginning(void)
{
    begin();
    box.outbox.reason = MOTE_OUTBOX_CORRUPT;
    fake_settle(&node);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_CORRUPT);
    fake_expect("PUBLISH n/reason outbox.corrupt");
    fake_cut();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_TCP_RESET);
    fake_pass(&node, 5000);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_CORRUPT);
    fake_expect("PUBLISH n/reason tcp.reset"); /* which has begun the outage */
    box.outbox.reason = MOTE_OK;
    fake_pass(&node, 60000);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
}

/* The flash could not be opened: the node runs without, says so, and publishes what it can. */
static void one_that_is_not_there_is_told_too(void)
{
    begin();
    config.outbox = NULL;
    config.outbox_reason = MOTE_OUTBOX_FULL;
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_FULL);
    fake_expect("PUBLISH n/reason outbox.full");
    CHECK_EQUAL(publish("bell", MOTE_QOS_2), MOTE_OK);
    fake_settle(&node);
    fake_expect("PUBLISH bell");
    fake_cut();
    fake_pass(&node, 5000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_FULL);
}

static void what_began_an_outage_is_told_first(void)
{
    go_online();
    fake_cut();
    fake_settle(&node);
    box.refuses = MOTE_OUTBOX_FULL;
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_TCP_RESET);
    fake_pass(&node, 5000);
    fake_expect("PUBLISH n/reason tcp.reset");
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OK);
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_FULL);
}

static void a_flash_that_fails_is_told(void)
{
    go_online();
    box.outbox.reason = MOTE_OUTBOX_CORRUPT;
    mote_node_turn(&node);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_CORRUPT);
    fake_settle(&node);
    fake_expect("PUBLISH n/reason outbox.corrupt");
    box.refuses = MOTE_OUTBOX_FULL;
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_FULL);
    box.refuses = MOTE_OK;
    CHECK_EQUAL(publish("t", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_OUTBOX_CORRUPT);
}

/* --- The bell --- */

static void each_ring_is_an_event(void)
{
    begin();
    button = (struct mote_button){.name = "bell", .pin = {.number = 3, .active = MOTE_LOW}, .event_qos = 2};
    fake.level[3] = 1;
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    CHECK_EQUAL(fake_count("put"), 0); /* that it is there is no event */
    press(true);
    press(false);
    press(true);
    fake_expect("put n/bell/event press q2");
    fake_expect("put n/bell/event release q2");
    fake_expect("put n/bell/event press q2");
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH n/bell/event"), 3);
    CHECK_EQUAL(fake_count("PUBLISH n/bell/state on"), 1);
}

static void a_bell_without_an_outbox(void)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker"};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    button = (struct mote_button){.name = "bell", .pin = {.number = 3}, .event_qos = 1};
    fake.level[3] = 0;
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    mote_pin_changed(&button.pin, 1);
    fake_settle(&node);
    fake_expect("PUBLISH n/bell/event press q1 id 1");
    button = (struct mote_button){.name = "gong", .pin = {.number = 4}, .event_qos = 3};
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_CONFIG_INVALID);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"what-must-not-be-lost-goes-into-it", what_must_not_be_lost_goes_into_it},
        {"offline-too", offline_too},
        {"what-the-node-tells-of-itself-does-not", what_the_node_tells_of_itself_does_not},
        {"what-was-received-before-is-known", what_was_received_before_is_known},
        {"goes-on-with-its-own-session", goes_on_with_its_own_session},
        {"another-client-id-begins-anew", another_client_id_begins_anew},
        {"another-broker-begins-anew", another_broker_begins_anew},
        {"goes-on-with-the-one-of-several-that-it-was-with", goes_on_with_the_one_of_several_that_it_was_with},
        {"what-does-not-say-whose-it-is-may-be-of-any-of-several",
         what_does_not_say_whose_it_is_may_be_of_any_of_several},
        {"what-is-too-large-for-the-session-is-refused", what_is_too_large_for_the_session_is_refused},
        {"while-it-is-not-kept-only-the-output-waits", while_it_is_not_kept_only_the_output_waits},
        {"the-last-words-wait-too", the_last_words_wait_too},
        {"a-goodbye-waits-until-it-is-kept", a_goodbye_waits_until_it_is_kept},
        {"a-bare-goodbye-waits-too", a_bare_goodbye_waits_too},
        {"a-goodbye-does-not-wait-for-ever", a_goodbye_does_not_wait_for_ever},
        {"a-goodbye-delivers-what-it-can", a_goodbye_delivers_what_it_can},
        {"reports-go-between-what-has-gathered", reports_go_between_what_has_gathered},
        {"it-is-called-when-it-wants-to-be", it_is_called_when_it_wants_to_be},
        {"a-refusal-has-its-reason", a_refusal_has_its_reason},
        {"damage-is-told-from-the-beginning", damage_is_told_from_the_beginning},
        {"one-that-is-not-there-is-told-too", one_that_is_not_there_is_told_too},
        {"what-began-an-outage-is-told-first", what_began_an_outage_is_told_first},
        {"a-flash-that-fails-is-told", a_flash_that_fails_is_told},
        {"each-ring-is-an-event", each_ring_is_an_event},
        {"a-bell-without-an-outbox", a_bell_without_an_outbox},
    };

    return check_main("unit/node_outbox", cases, sizeof cases / sizeof cases[0], argc, argv);
}
