/* What can be left out of the library says so when it is asked for nevertheless, and the rest does without it. */
#include "fake_port.h"

static struct mote_node node;

static void start(void)
{
    const struct mote_node_config config = {
        .id = "n", .broker = "mqtt://home", .networks = {{.ssid = "cave", .password = "bats sleep"}}};

    CHECK_EQUAL(mote_node_init(&node, &config), MOTE_OK);
    fake_settle(&node);
}

static void a_node_that_is_to_join_networks_is_told(void)
{
#ifdef MOTE_WITHOUT_WIFI
    fake.has_radio = true;
    fake_begin();
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    start();
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_JOINING);
    CHECK_EQUAL(mote_node_reason(&node), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(fake_count("join") + fake_count("scan") + fake_count("dial"), 0);
    CHECK_EQUAL(mote_node_set_networks(&node, node.config.networks), MOTE_OK);
    fake_settle(&node);
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_JOINING);
#else
    CHECK_SKIP("this library has WiFi");
#endif
}

static void a_node_without_a_radio_is_online(void)
{
    fake.has_radio = false;
    fake_begin();
    start();
    CHECK_EQUAL(mote_node_state(&node), MOTE_NODE_ONLINE);
}

static void without_words_the_code_stands_for_them(void)
{
#ifdef MOTE_WITHOUT_WORDS
    CHECK(strcmp(mote_reason_words(MOTE_DNS_TIMEOUT), "dns.timeout") == 0);
    CHECK(strcmp(mote_reason_next(MOTE_DNS_TIMEOUT), "") == 0);
    CHECK(strcmp(mote_reason_words(MOTE_REASON_COUNT), "unknown") == 0);
#else
    CHECK_SKIP("this library has words");
#endif
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-node-that-is-to-join-networks-is-told", a_node_that_is_to_join_networks_is_told},
        {"a-node-without-a-radio-is-online", a_node_without_a_radio_is_online},
        {"without-words-the-code-stands-for-them", without_words_the_code_stands_for_them},
    };

    return check_main("unit/left_out", cases, sizeof cases / sizeof cases[0], argc, argv);
}
