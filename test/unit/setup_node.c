/* What the setup portal does to a node: another broker, another name, no broker at all. */
#include "fake_port.h"

#include "node/inside.h"

static struct mote_node node;
static struct mote_switch lamp;

static void begin(const char *broker)
{
    fake_begin();
    lamp = (struct mote_switch){.name = "lamp", .pin = {.number = 2}};
    memset(&node, 0, sizeof node);
    CHECK_EQUAL(mote_node_init(&node, &(struct mote_node_config){.id = "n", .broker = broker}),
                broker == NULL ? MOTE_CONFIG_INVALID : MOTE_OK);
}

static void go_online(void)
{
    begin("mqtt://joe:secret@first");
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void goes_to_another_broker(void)
{
    go_online();
    CHECK_EQUAL(mote_node_set_broker(&node, "mqtt://ann:other@second"), MOTE_OK);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    fake_settle(&node);
    fake_expect("hang up");
    fake_expect("CONNECT n clean keep-alive 60 user ann password other will n/status offline");
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_TEXT(node.url.host, "second");
}

static void stays_with_its_broker_for_what_is_no_url(void)
{
    go_online();
    CHECK_EQUAL(mote_node_set_broker(&node, "http://second"), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    CHECK_TEXT(node.url.host, "first");
}

/* Its last will is what the old broker hears of it; the new one hears it by its new name. */
static void has_another_name_from_the_next_session_on(void)
{
    go_online();
    fake_forget();
    CHECK_EQUAL(mote_node_set_broker(&node, "mqtt://second"), MOTE_OK);
    CHECK(mote_node_rename(&node, "hall"));
    fake_settle(&node);
    fake_expect("CONNECT hall clean keep-alive 60 user  password  will hall/status offline");
    fake_expect("SUBSCRIBE hall/lamp/set");
    CHECK_EQUAL(strcmp(lamp.topic, "hall/lamp/set"), 0);
}

static void keeps_its_name_if_the_other_does_not_fit(void)
{
    char name[MOTE_TOPIC_SIZE + 1];

    go_online();
    memset(name, 'x', sizeof name);
    name[MOTE_TOPIC_SIZE] = '\0';
    CHECK(!mote_node_rename(&node, name) && !mote_node_rename(&node, "a/b") && !mote_node_rename(&node, ""));
    CHECK(!mote_node_rename(&node, "a+") && !mote_node_rename(&node, "a#") && !mote_node_rename(&node, "\xFF"));
    CHECK_EQUAL(strcmp(node.config.id, "n"), 0);
    CHECK_EQUAL(strcmp(lamp.topic, "n/lamp/set"), 0);
    name[64] = '\0';
    CHECK(mote_node_rename(&node, name));
}

static void waits_for_a_broker(void)
{
    begin(NULL);
    mote_node_do_without_broker(&node);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_WAITING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_turn(&node), MOTE_NEVER);
    CHECK_EQUAL(mote_node_set_broker(&node, "mqtt://second"), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void another_fault_stays(void)
{
    fake_begin();
    CHECK_EQUAL(mote_node_init(&node, &(struct mote_node_config){.id = "a/b", .broker = NULL}), MOTE_CONFIG_INVALID);
    mote_node_do_without_broker(&node);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_node_init(&node, &(struct mote_node_config){.id = "a", .broker = "http://first"}),
                MOTE_CONFIG_INVALID);
    mote_node_do_without_broker(&node);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_CONFIG_INVALID);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"goes-to-another-broker", goes_to_another_broker},
        {"stays-with-its-broker-for-what-is-no-url", stays_with_its_broker_for_what_is_no_url},
        {"has-another-name-from-the-next-session-on", has_another_name_from_the_next_session_on},
        {"keeps-its-name-if-the-other-does-not-fit", keeps_its_name_if_the_other_does_not_fit},
        {"waits-for-a-broker", waits_for_a_broker},
        {"another-fault-stays", another_fault_stays},
    };

    return check_main("unit/setup_node", cases, sizeof cases / sizeof cases[0], argc, argv);
}
