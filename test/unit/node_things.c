/* Switches and buttons: what moves a pin, what does not, and what is told of it. */
#include "fake_port.h"

enum { LAMP = 2, FAN = 4, BUTTON = 0 };

static struct mote_node node;
static struct mote_node_config config;
static struct mote_switch lamp, fan;
static struct mote_button button;

static void begin(void)
{
    fake_begin();
    config = (struct mote_node_config){.id = "n", .broker = "mqtt://broker"};
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    lamp = (struct mote_switch){.name = "lamp", .pin = {.number = LAMP, .active = MOTE_LOW}, .command_topic = "cmd"};
    fan = (struct mote_switch){.name = "fan", .pin = {.number = FAN}};
    button = (struct mote_button){.name = "button", .pin = {.number = BUTTON, .active = MOTE_LOW}, .toggles = &lamp};
}

static void go_online(void)
{
    begin();
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&node, &fan), MOTE_OK);
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

/* A message, and the level that the pin has then. */
static int level_after(const char *topic, const char *payload, int pin)
{
    fake_publish(topic, payload, MOTE_QOS_0, false);
    fake_settle(&node);
    return fake.level[pin];
}

static void press(bool pressed)
{
    fake.level[BUTTON] = !pressed;
    mote_pin_changed(&button.pin, !pressed);
}

/* --- Commands --- */

static void on_lights_and_anything_else_puts_out(void)
{
    static const struct {
        const char *payload;
        int level;
    } commands[] = {{"on", 0},  {"ON", 0}, {"off", 1}, {"oN", 0},   {"", 1},     {"On", 0}, {" on", 1},
                    {"on ", 1}, {"on", 0}, {"1", 1},   {"true", 1}, {"\xff", 1}, {"o", 1},  {"on", 0}};

    go_online();
    fake_expect("SUBSCRIBE cmd:1 n/fan/set:1");
    CHECK_EQUAL(fake.level[LAMP], 1);
    CHECK_EQUAL(fake.level[FAN], 0);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        CHECK_EQUAL(level_after("cmd", commands[i].payload, LAMP), commands[i].level);
    CHECK_EQUAL(fake.level[FAN], 0);
    CHECK_EQUAL(level_after("n/fan/set", "on", FAN), 1);
    CHECK(mote_switch_is_on(&lamp) && mote_switch_is_on(&fan));
}

static void a_payload_in_pieces_does_nothing(void)
{
    static char payload[4 * MOTE_RECEIVE_SIZE + 1];

    go_online();
    level_after("cmd", "on", LAMP);
    memset(payload, 'x', sizeof payload - 1);
    CHECK_EQUAL(level_after("cmd", payload, LAMP), 0);
}

static void several_switches_may_obey_one_topic(void)
{
    begin();
    fan.command_topic = "cmd";
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&node, &fan), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("SUBSCRIBE cmd:1"), 1);
    CHECK_EQUAL(level_after("cmd", "on", LAMP), 0);
    CHECK_EQUAL(fake.level[FAN], 1);
}

static void ignore(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self;
    (void)message;
    (*(int *)context)++;
}

static void a_programs_subscription_does_not_replace_a_switchs(void)
{
    int count = 0;

    begin();
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_subscribe(&node, "cmd", 0, ignore, &count), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(level_after("cmd", "on", LAMP), 0);
    CHECK_EQUAL(count, 1);
}

/* --- The network does not move outputs --- */

static void outages_move_nothing(void)
{
    unsigned writes;

    go_online();
    level_after("cmd", "on", LAMP);
    writes = fake.writes;
    for (int i = 0; i < 5; i++) {
        fake_cut();
        fake_pass(&node, 100000);
    }
    fake.dial = FAKE_IS_SILENT;
    fake.dial_reason = MOTE_TCP_TIMEOUT;
    fake_cut();
    fake_pass(&node, 1000000);
    fake.dial = FAKE_ACCEPTS;
    fake.connack = 5;
    fake_pass(&node, 100000);
    fake.connack = 0;
    fake_pass(&node, 100000);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
    mote_node_stop(&node);
    fake_settle(&node);
    mote_node_start(&node);
    fake_settle(&node);
    mote_node_abort(&node);
    CHECK_EQUAL(fake.writes, writes);
    CHECK_EQUAL(fake.level[LAMP], 0);
}

static void retained_commands_move_nothing(void)
{
    go_online();
    for (int i = 0; i < 3; i++) {
        fake_publish("cmd", "on", MOTE_QOS_1, true);
        fake_settle(&node);
        fake_cut();
        fake_pass(&node, 100000);
    }
    CHECK_EQUAL(fake.writes, 0);
    CHECK_EQUAL(level_after("cmd", "on", LAMP), 0);

    begin();
    lamp.obey_retained = true;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake_settle(&node);
    fake_publish("cmd", "on", MOTE_QOS_1, true);
    fake_settle(&node);
    CHECK_EQUAL(fake.level[LAMP], 0);
}

/* --- Reports --- */

static void tells_its_state_at_connect_and_at_change(void)
{
    go_online();
    fake_expect("PUBLISH n/fan/state off q1 retain");
    fake_expect("PUBLISH n/lamp/state off q1 retain");
    fake_expect("PUBLISH n/button/state off q1 retain");
    fake_forget();
    level_after("cmd", "on", LAMP);
    fake_expect("PUBLISH n/lamp/state on q1 retain");
    level_after("cmd", "on", LAMP); /* no change, nothing to tell */
    CHECK_EQUAL(fake_count("PUBLISH"), 1);
    fake_cut();
    fake_pass(&node, 2100);
    fake_expect("PUBLISH n/fan/state off");
    fake_expect("PUBLISH n/lamp/state on");
    fake_expect("PUBLISH n/button/state off");
}

static void things_may_come_later(void)
{
    static struct mote_button other;

    begin();
    fake_settle(&node);
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake_settle(&node);
    fake_expect("SUBSCRIBE cmd:1");
    fake_expect("PUBLISH n/lamp/state off");
    fake.level[BUTTON] = 0; /* pressed */
    button.pin.direction = MOTE_OUTPUT;
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    CHECK_EQUAL(button.pin.direction, MOTE_INPUT);
    fake_settle(&node);
    fake_expect("PUBLISH n/button/state on");
    CHECK_EQUAL(fake.level[LAMP], 1); /* a press that was there before is none */
    other = (struct mote_button){.name = "button", .pin = {.number = FAN}};
    CHECK_EQUAL(mote_node_add_button(&node, &other), MOTE_CONFIG_INVALID);
    other.name = "12345678901234567890123456789012";
    CHECK_EQUAL(mote_node_add_button(&node, &other), MOTE_OK);
    fake_settle(&node);
    fake_expect("PUBLISH n/12345678901234567890123456789012/state on");
    press(false);
    fake_settle(&node);
    fake_expect("PUBLISH n/button/state off");
}

static void of_changes_while_offline_the_latest_counts(void)
{
    go_online();
    fake_cut();
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    fake_settle(&node);
    for (int i = 0; i < 101; i++)
        CHECK_EQUAL(mote_switch_set(&lamp, i % 2 == 0), MOTE_OK);
    fake_forget();
    fake.dial = FAKE_ACCEPTS;
    fake_pass(&node, 5000);
    CHECK_EQUAL(fake_count("PUBLISH n/lamp/state"), 1);
    fake_expect("PUBLISH n/lamp/state on");
}

static void a_slow_broker_is_told_the_latest_too(void)
{
    go_online();
    fake_forget();
    fake.holds_acks = true;
    for (int i = 0; i < 101; i++) {
        mote_switch_set(&lamp, i % 2 == 0);
        fake_settle(&node);
    }
    CHECK_EQUAL(fake_count("PUBLISH n/lamp/state"), 1); /* one is under way, the rest is one state */
    mote_switch_set(&lamp, false);
    fake_cut();
    fake.holds_acks = false;
    fake_pass(&node, 2100);
    fake_expect("PUBLISH n/lamp/state on q1 retain id");
    fake_expect("PUBLISH n/lamp/state on");  /* again, since it was not acknowledged, */
    fake_expect("PUBLISH n/lamp/state off"); /* and then how it is */
    CHECK_EQUAL(fake_count("PUBLISH n/lamp/state"), 3);
}

static void states_find_room_after_the_programs_messages(void)
{
    go_online();
    fake_forget();
    fake.holds_acks = true;
    while (mote_node_publish(&node, "t", MOTE_TEXT("x"), MOTE_QOS_1, false) == MOTE_OK)
        ;
    mote_switch_set(&lamp, true);
    fake_settle(&node);
    CHECK_EQUAL(fake_count("PUBLISH n/lamp/state"), 0);
    fake_cut();
    fake.holds_acks = false;
    fake_pass(&node, 2100);
    fake_expect("PUBLISH n/lamp/state on");
}

static void without_qos_1_they_go_by_qos_0(void)
{
    begin();
    config.version = MOTE_MQTT_5;
    config.no_status = true;
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake.maximum_qos_0 = true;
    fake_settle(&node);
    fake_expect("PUBLISH n/lamp/state off q0 retain");
}

/* --- Limits --- */

static void maximum_on_time(void)
{
    begin();
    lamp.on_time_ms_max = 5000;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    fake_settle(&node);
    level_after("cmd", "on", LAMP);
    fake_pass(&node, 3000);
    CHECK_EQUAL(level_after("cmd", "on", LAMP), 0); /* does not prolong it */
    fake_pass(&node, 1999);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake.level[LAMP], 1);
    fake_expect("PUBLISH n/lamp/state off");
    fake_expect("PUBLISH n/lamp/state on");
    fake_expect("PUBLISH n/lamp/state off");

    level_after("cmd", "on", LAMP);
    level_after("cmd", "off", LAMP);
    CHECK(!mote_timer_is_running(&lamp.off_timer));
    fake_pass(&node, 4000);
    level_after("cmd", "on", LAMP); /* the time begins anew */
    fake_pass(&node, 4999);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake.level[LAMP], 1);
}

static void maximum_on_time_holds_offline_and_from_the_start(void)
{
    begin();
    lamp.on_time_ms_max = 5000;
    lamp.pin.boot = MOTE_BOOT_ON;
    fake.dial = FAKE_REFUSES;
    fake.dial_reason = MOTE_TCP_REFUSED;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_pass(&node, 4999);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake.level[LAMP], 1);
}

/* --- Buttons --- */

static unsigned changes;

static void on_change(struct mote_button *self, bool pressed, void *context)
{
    CHECK(self == &button && context == &changes);
    changes += pressed ? 1 : 100;
}

static void a_button_toggles_its_switch(void)
{
    go_online();
    fake_forget();
    press(true);
    CHECK_EQUAL(fake.level[LAMP], 0); /* at once, before any turn */
    fake_settle(&node);
    fake_expect("PUBLISH n/lamp/state on");
    fake_expect("PUBLISH n/button/state on");
    press(false);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_settle(&node);
    fake_expect("PUBLISH n/button/state off");
    press(true);
    fake_settle(&node);
    fake_expect("PUBLISH n/lamp/state off");
    CHECK_EQUAL(fake.level[LAMP], 1);
}

static void a_button_works_without_a_network(void)
{
    begin();
    fake.dial = FAKE_IS_SILENT;
    fake.dial_reason = MOTE_DNS_TIMEOUT;
    button.on_change = on_change;
    button.context = &changes;
    changes = 0;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    fake_settle(&node);
    press(true);
    CHECK_EQUAL(fake.level[LAMP], 0);
    press(false);
    CHECK_EQUAL(changes, 101);
}

static void a_press_counts_from_when_it_was(void)
{
    go_online();
    lamp.on_time_ms_max = 5000;
    fake.now_ms += 50000; /* the loop has slept */
    press(true);
    fake_pass(&node, 4999);
    CHECK_EQUAL(fake.level[LAMP], 0);
    fake_pass(&node, 1);
    CHECK_EQUAL(fake.level[LAMP], 1);
}

/* --- Set-up --- */

static void wrong_things_are_refused(void)
{
    static const char *const names[] = {NULL, "", "a/b", "+", "lamp#", "123456789012345678901234567890123", "fan"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        begin();
        CHECK_EQUAL(mote_node_add_switch(&node, &fan), MOTE_OK);
        lamp.name = names[i];
        CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_CONFIG_INVALID);
        CHECK(strcmp(mote_node_fault(&node)->what, names[i] == NULL ? "switch" : names[i]) == 0);
        CHECK_EQUAL(fake.level[LAMP], -1);
        begin();
        CHECK_EQUAL(mote_node_add_switch(&node, &fan), MOTE_OK);
        button.name = names[i];
        CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_CONFIG_INVALID);
        CHECK(strcmp(mote_node_fault(&node)->what, names[i] == NULL ? "button" : names[i]) == 0);
    }
    begin();
    lamp.command_topic = "cmd/#";
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_CONFIG_INVALID);
    CHECK(strcmp(mote_node_fault(&node)->what, "lamp") == 0);
}

static void a_pin_that_cannot_be_had(void)
{
    begin();
    fake.pin_reason = MOTE_PIN_BUSY;
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_PIN_BUSY);
    CHECK_EQUAL(mote_node_fault(&node)->reason, MOTE_PIN_BUSY);
    CHECK_EQUAL(mote_node_turn(&node), MOTE_NEVER);
    begin();
    fake.pin_reason = MOTE_PIN_ABSENT;
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_PIN_ABSENT);
}

static void the_same_things_serve_a_second_life(void)
{
    go_online();
    lamp.on_time_ms_max = 5000;
    fake.holds_acks = true;
    level_after("cmd", "on", LAMP);
    press(true);
    fake_settle(&node);
    fake.holds_acks = false;
    mote_node_abort(&node); /* the power is cut */
    mote_pin_close(&lamp.pin);
    mote_pin_close(&fan.pin);
    mote_pin_close(&button.pin);
    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&node, &lamp), MOTE_OK);
    CHECK_EQUAL(mote_node_add_switch(&node, &fan), MOTE_OK);
    CHECK_EQUAL(mote_node_add_button(&node, &button), MOTE_OK);
    CHECK_EQUAL(fake.level[LAMP], 1); /* its boot state */
    fake_forget();
    fake_pass(&node, 10000);
    fake_expect("PUBLISH n/lamp/state off");
    fake_expect("PUBLISH n/button/state off");
    CHECK_EQUAL(fake_count("PUBLISH n/lamp/state"), 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"commands", on_lights_and_anything_else_puts_out},
        {"pieces", a_payload_in_pieces_does_nothing},
        {"one-topic", several_switches_may_obey_one_topic},
        {"own-subscription", a_programs_subscription_does_not_replace_a_switchs},
        {"outages", outages_move_nothing},
        {"retained", retained_commands_move_nothing},
        {"states", tells_its_state_at_connect_and_at_change},
        {"later", things_may_come_later},
        {"latest-offline", of_changes_while_offline_the_latest_counts},
        {"latest-slow", a_slow_broker_is_told_the_latest_too},
        {"no-room", states_find_room_after_the_programs_messages},
        {"no-qos-1", without_qos_1_they_go_by_qos_0},
        {"on-time", maximum_on_time},
        {"on-time-offline", maximum_on_time_holds_offline_and_from_the_start},
        {"button", a_button_toggles_its_switch},
        {"button-offline", a_button_works_without_a_network},
        {"button-time", a_press_counts_from_when_it_was},
        {"names", wrong_things_are_refused},
        {"pins", a_pin_that_cannot_be_had},
        {"second-life", the_same_things_serve_a_second_life},
    };

    return check_main("unit/node-things", cases, sizeof cases / sizeof cases[0], argc, argv);
}
