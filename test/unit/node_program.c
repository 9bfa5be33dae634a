/* What programs with more to do than a board ask of a node: subscriptions come and go, every publication's end is told, nothing is
 * taken that there is no room for, and the will is their own. */
#include "fake_port.h"

static struct mote_node node;
static struct mote_node_config config;
static char got[500];

static void on_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    size_t used = strlen(got);

    CHECK(self == &node);
    snprintf(got + used, sizeof got - used, "%s:%.*s ", (const char *)context, (int)message->topic.length,
             message->topic.data);
}

static void begin(void)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker", .no_status = true};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    got[0] = '\0';
}

static void subscribe(const char *filter)
{
    CHECK_EQUAL(mote_node_subscribe(&node, filter, MOTE_QOS_1, on_message, (void *)(uintptr_t)filter), MOTE_OK);
}

static void give_back(const char *filter)
{
    CHECK_EQUAL(mote_node_unsubscribe(&node, filter), MOTE_OK);
    CHECK_EQUAL(mote_node_subscription(&node, filter), MOTE_SUBSCRIPTION_LEAVING);
}

static void expect_got(const char *topic, const char *expected)
{
    got[0] = '\0';
    fake_publish(topic, "x", MOTE_QOS_0, false);
    fake_settle(&node);
    CHECK(strcmp(got, expected) == 0);
}

/* --- Subscriptions that come and go --- */

static void tells_how_far_one_has_come(void)
{
    begin();
    CHECK_EQUAL(mote_node_subscription(&node, "a"), MOTE_SUBSCRIPTION_NONE);
    subscribe("a");
    CHECK_EQUAL(mote_node_subscription(&node, "a"), MOTE_SUBSCRIPTION_WAITING);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_subscription(&node, "a"), MOTE_SUBSCRIPTION_GRANTED);
    fake.suback = 0x80;
    subscribe("b");
    fake_settle(&node);
    CHECK_EQUAL(mote_node_subscription(&node, "b"), MOTE_SUBSCRIPTION_REFUSED);
}

static void one_that_is_included_is_granted_with_the_other(void)
{
    begin();
    subscribe("a/#");
    subscribe("a/b");
    fake.holds_subacks = true;
    mote_node_turn(&node);
    CHECK_EQUAL(mote_node_subscription(&node, "a/b"), MOTE_SUBSCRIPTION_WAITING);
    begin();
    subscribe("a/#");
    subscribe("a/b");
    fake_settle(&node);
    CHECK_EQUAL(mote_node_subscription(&node, "a/b"), MOTE_SUBSCRIPTION_GRANTED);
}

static void what_is_given_back_brings_nothing(void)
{
    begin();
    subscribe("a");
    subscribe("b");
    fake_settle(&node);
    give_back("a");
    expect_got("a", "");
    fake_expect("UNSUBSCRIBE a");
    CHECK_EQUAL(mote_node_subscription(&node, "a"), MOTE_SUBSCRIPTION_NONE);
    expect_got("b", "b:b ");
    CHECK_EQUAL(mote_node_unsubscribe(&node, "a"), MOTE_CONFIG_INVALID);
    fake_cut();
    fake_pass(&node, 2100);
    fake_expect("SUBSCRIBE b:1");
}

/* The place of the one that has left is taken by what comes later. */
static void they_come_and_go(void)
{
    static char filters[4 * MOTE_SUBSCRIPTIONS_MAX][5];

    begin();
    subscribe("first");
    for (unsigned i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        snprintf(filters[i], sizeof filters[i], "f%u", i % 1000);
        subscribe(filters[i]);
        fake_settle(&node);
        CHECK_EQUAL(mote_node_subscription(&node, filters[i]), MOTE_SUBSCRIPTION_GRANTED);
        fake_forget();
        if (i % 3 == 2) {
            give_back(filters[i - 1]);
            give_back(filters[i]);
            give_back(filters[i - 2]);
        }
    }
    expect_got("first", "first:first ");
}

static void what_it_had_included_is_asked_for(void)
{
    begin();
    subscribe("a/b");
    subscribe("a/#");
    fake_settle(&node);
    CHECK_EQUAL(fake_count("SUBSCRIBE a/b"), 0);
    give_back("a/#");
    fake_settle(&node);
    unsigned asked = fake_expect("SUBSCRIBE a/b:1");
    CHECK(asked < fake_expect("UNSUBSCRIBE a/#"));
    expect_got("a/b", "a/b:a/b ");
}

static void one_that_comes_back_at_once_stays(void)
{
    begin();
    subscribe("a");
    fake_settle(&node);
    give_back("a");
    subscribe("a");
    fake_settle(&node);
    CHECK_EQUAL(fake_count("UNSUBSCRIBE"), 0);
    expect_got("a", "a:a ");
}

static void a_thing_keeps_its_own(void)
{
    static struct mote_switch lamp;

    lamp = (struct mote_switch){.name = "lamp", .pin.number = 2, .command_topic = "a"};
    begin();
    subscribe("a");
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake_settle(&node);
    give_back("a");
    fake_settle(&node);
    CHECK_EQUAL(fake_count("UNSUBSCRIBE"), 0);
    fake_publish("a", "on", MOTE_QOS_0, false);
    fake_settle(&node);
    CHECK(mote_switch_is_on(&lamp));
}

static void one_whose_answer_is_under_way_waits_for_it(void)
{
    begin();
    subscribe("a");
    subscribe("b");
    mote_node_turn(&node);
    give_back("a");
    fake_settle(&node);
    fake_expect("UNSUBSCRIBE a");
    CHECK_EQUAL(mote_node_subscription(&node, "b"), MOTE_SUBSCRIPTION_GRANTED);
}

/* A session that the broker has kept has it still. */
static void offline_it_is_given_back_at_the_next_connect(void)
{
    begin();
    subscribe("a");
    fake_settle(&node);
    fake_cut();
    mote_node_turn(&node);
    give_back("a");
    fake_pass(&node, 2100);
    fake_expect("UNSUBSCRIBE a");
    CHECK_EQUAL(fake_count("SUBSCRIBE"), 1);
    CHECK_EQUAL(mote_node_subscription(&node, "a"), MOTE_SUBSCRIPTION_NONE);
}

/* --- Events --- */

static char events[500];

static void on_event(struct mote_node *self, const struct mote_session_event *event, void *context)
{
    size_t used = strlen(events);

    CHECK(self == &node && context == events);
    CHECK(event->type != MOTE_EVENT_MESSAGE);
    if (event->type == MOTE_EVENT_PUBLISHED)
        snprintf(events + used, sizeof events - used, "%u:%u ", event->packet_id, event->reason_code);
}

static const struct mote_observer observer = {.on_event = on_event, .context = events};

static uint16_t publish(enum mote_qos qos)
{
    const struct mote_message message = {.topic = MOTE_TEXT("t"), .payload = MOTE_TEXT("x"), .qos = qos};
    uint16_t packet_id = 0;

    CHECK_EQUAL(mote_node_publish_named(&node, &message, &packet_id), MOTE_OK);
    return packet_id;
}

static void every_publication_ends(void)
{
    char expected[100];

    begin();
    events[0] = '\0';
    mote_node_observe(&node, &observer);
    fake.takes_qos_2 = true;
    subscribe("a");
    unsigned early = publish(MOTE_QOS_1);
    fake_settle(&node);
    unsigned late = publish(MOTE_QOS_2);
    CHECK(early != late);
    fake_settle(&node);
    expect_got("a", "a:a ");
    snprintf(expected, sizeof expected, "%u:0 %u:0 ", early, late);
    CHECK(strcmp(events, expected) == 0);
}

static void abort_node(struct mote_node *self, const struct mote_session_event *event, void *context)
{
    (void)context;
    (void)event;
    mote_node_abort(self);
}

static void who_is_told_may_end_the_node(void)
{
    static const struct mote_observer ends = {.on_event = abort_node};

    begin();
    mote_node_observe(&node, &ends);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_STOPPED);
    fake_expect("abort");
}

/* --- Holding back --- */

static void hold_node(struct mote_node *self, const struct mote_message *message, void *context)
{
    on_message(self, message, context);
    mote_node_hold(self, true);
}

static void takes_nothing_while_it_is_held(void)
{
    begin();
    CHECK_EQUAL(mote_node_subscribe(&node, "a", MOTE_QOS_1, hold_node, (void *)(uintptr_t) "a"), MOTE_OK);
    fake_settle(&node);
    for (int i = 0; i < 3; i++)
        fake_publish("a", "x", MOTE_QOS_1, false);
    fake_settle(&node);
    CHECK(strcmp(got, "a:a ") == 0);
    CHECK(mote_node_turn(&node) > fake.now_ms); /* and it does not spin */
    mote_node_hold(&node, false);
    fake_settle(&node);
    CHECK(strcmp(got, "a:a a:a ") == 0);
}

static void sends_while_it_is_held(void)
{
    begin();
    fake_settle(&node);
    mote_node_hold(&node, true);
    publish(MOTE_QOS_0);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH"), 1);
}

/* What the connection had brought before it was lost is taken first. */
static void a_loss_is_noticed_afterwards(void)
{
    begin();
    subscribe("a");
    fake_settle(&node);
    mote_node_hold(&node, true);
    fake_publish("a", "x", MOTE_QOS_0, false);
    fake.closes = true;
    mote_node_turn(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    mote_node_hold(&node, false);
    fake_settle(&node);
    CHECK(strcmp(got, "a:a ") == 0);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
}

/* --- The will --- */

static void a_program_has_a_will_of_its_own(void)
{
    const struct mote_will will = {.topic = MOTE_TEXT("w"), .payload = MOTE_TEXT("gone"), .qos = MOTE_QOS_2};

    begin();
    config.will = &will;
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
    fake_expect("CONNECT n clean keep-alive 60 user  password  will w gone q2");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"subscription", tells_how_far_one_has_come},
        {"granted-with", one_that_is_included_is_granted_with_the_other},
        {"given-back", what_is_given_back_brings_nothing},
        {"come-and-go", they_come_and_go},
        {"included", what_it_had_included_is_asked_for},
        {"back-at-once", one_that_comes_back_at_once_stays},
        {"thing", a_thing_keeps_its_own},
        {"under-way", one_whose_answer_is_under_way_waits_for_it},
        {"offline", offline_it_is_given_back_at_the_next_connect},
        {"events", every_publication_ends},
        {"end-in-event", who_is_told_may_end_the_node},
        {"held", takes_nothing_while_it_is_held},
        {"held-sends", sends_while_it_is_held},
        {"held-loss", a_loss_is_noticed_afterwards},
        {"will", a_program_has_a_will_of_its_own},
    };

    return check_main("unit/node-program", cases, sizeof cases / sizeof cases[0], argc, argv);
}
