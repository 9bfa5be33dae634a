/* The setup portal through thousands of random airs, with people who fill in its form well and badly, hold the button, go away,
 * and cut the power at any moment, also while the settings are saved. Nobody who uses the page may be cut off; what is kept has
 * to have worked, and is kept whole or not at all; what has not worked leaves nothing behind; and once all is calm, the
 * access point has to be closed.
 *
 *   setup [FIRST-SEED [COUNT]]
 */
#include <mote/setup.h>
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/sim/sim.h"

enum {
    SEEDS = 1000,
    SEEDS_PER_CASE = 100,
    STEPS = 120,
    CLOSE_MS = 120000,
    OPEN_MS = 60000,
    CALM_MS = 40 * 60000,
    TURNS_MAX = 200000,
};

static const char *const names[] = {"home", "one", "two", "three"};
static const char *const keys[] = {"key number 1", "key number 2", ""};
static const char *const brokers[] = {"good", "fine", "refuses", "silent", "mute"};

static struct {
    struct mote_sim sim;
    struct mote_settings_port settings; /* the board's, with a watch on it */
    struct mote_node node;
    struct mote_setup setup;
    struct mote_node_config config;
    struct mote_button button;
    struct mote_switch lamp;
    uint32_t random;
    char host[32];
    uint8_t reply[4];
    size_t reply_size;
    uint64_t asked_ms; /* when somebody last asked for the page while it was open; 0: nobody has since */
    uint8_t old_record[MOTE_SETTINGS_SIZE];
    uint8_t new_record[MOTE_SETTINGS_SIZE];
    unsigned saves, cuts, confirmed, failed;
    bool lamp_on;
    bool saved;
    const char *wrong;
} world;

static uint32_t draw(uint32_t below)
{
    world.random = world.random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(world.random >> 8) * below >> 24);
}

static void require(bool condition, const char *words)
{
    if (!condition && world.wrong == NULL)
        world.wrong = words;
}

/* --- Brokers --- */

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    (void)context;
    snprintf(world.host, sizeof world.host, "%.*s", (int)url->host.length, url->host.data);
    world.reply_size = 0;
    link->reason = MOTE_TCP_TIMEOUT;
    link->state = strcmp(world.host, "silent") == 0 ? MOTE_LINK_OPENING : MOTE_LINK_OPEN;
    if (strcmp(world.host, "refuses") != 0)
        return MOTE_OK;
    link->state = MOTE_LINK_FAILED;
    link->reason = MOTE_TCP_REFUSED;
    return MOTE_TCP_REFUSED;
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    size_t count = world.reply_size < size && mote_sim_is_reachable(&world.sim) ? world.reply_size : 0;

    (void)context;
    (void)link;
    memcpy(into, world.reply, count);
    world.reply_size -= count;
    return count;
}

static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0}, pingresp[] = {0xD0, 0};
    uint8_t type = *(const uint8_t *)bytes;

    (void)context;
    (void)link;
    if (strcmp(world.host, "mute") != 0 && (type == 0x10 || type == 0xC0)) {
        world.reply_size = type == 0x10 ? sizeof connack : sizeof pingresp;
        memcpy(world.reply, type == 0x10 ? connack : pingresp, world.reply_size);
    }
    return size;
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    (void)context;
    (void)abort;
    world.host[0] = '\0';
    link->state = MOTE_LINK_CLOSED;
}

/* --- The flash under watch --- */

/* Only what is in use at this moment may be kept, and all of it. */
static enum mote_reason watched_save(void *context, const void *bytes, size_t size)
{
    const struct mote_setup *setup = &world.setup;
    enum mote_reason reason;

    world.saves++;
    memcpy(world.old_record, world.sim.flash.record, sizeof world.old_record);
    memset(world.new_record, 0, sizeof world.new_record);
    memcpy(world.new_record, bytes, size);
    if (setup->node != NULL && setup->node->guest != NULL) { /* not the making of the key */
        struct mote_url url;
        char memory[MOTE_URL_SIZE];

        require(mote_node_state(&world.node) == MOTE_NODE_ONLINE, "what has not worked is kept");
        require(mote_sim_is_reachable(&world.sim), "what has brought no address is kept");
        require(strcmp(mote_sim_air_at(&world.sim, (unsigned)world.sim.air.joined)->ssid,
                       setup->settings.networks[0].ssid) == 0,
                "another network is kept than the one that it is in");
        require(setup->settings.broker[0] == '\0' ||
                    (mote_url_parse(&url, mote_text(setup->settings.broker), memory, sizeof memory, NULL) == MOTE_OK &&
                     mote_text_equals(url.host, world.host)),
                "another broker is kept than the one that has answered");
    }
    reason = mote_sim_settings_port.save(context, bytes, size);
    world.saved = reason == MOTE_OK;
    return reason;
}

/* --- The device --- */

static void start(void)
{
    memset(&world.node, 0, sizeof world.node);
    world.setup.node = NULL;
    require(mote_node_init(&world.node, &world.config) == MOTE_OK, "the node does not start");
    require(mote_node_add_switch(&world.node, &world.lamp) == MOTE_OK, "the lamp is not there");
    require(mote_node_add_button(&world.node, &world.button) == MOTE_OK, "the button is not there");
    require(mote_node_add_setup(&world.node, &world.setup) == MOTE_OK, "the portal does not start");
    world.asked_ms = 0;
    world.lamp_on = false;
}

/* After it, the flash has what it had before the last save, or what was saved. */
static void cut_power(void)
{
    world.cuts++;
    mote_node_abort(&world.node);
    mote_pin_close(&world.button.pin);
    mote_pin_close(&world.lamp.pin);
    mote_sim_power(&world.sim, false);
    require(memcmp(world.sim.flash.record, world.new_record, sizeof world.new_record) == 0 ||
                memcmp(world.sim.flash.record, world.old_record, sizeof world.old_record) == 0,
            "the settings are neither the old ones nor the new ones");
    mote_sim_power(&world.sim, true);
    start();
    require(mote_setup_trouble(&world.setup) == MOTE_OK, "the settings are damaged");
}

/* Outside of a try the node is as its settings say, and never is anything but its owner's hand on the lamp. */
static void look(void)
{
    const struct mote_setup *setup = &world.setup;
    bool trying = setup->state == MOTE_SETUP_TRYING;
    const char *broker = setup->settings.broker[0] != '\0' ? setup->settings.broker : world.config.broker;
    const char *name = setup->settings.name[0] != '\0' ? setup->settings.name : world.config.id;

    require(trying || strcmp(world.node.config.broker, broker) == 0, "another broker than its settings say");
    require(trying || strcmp(world.node.config.id, name) == 0, "another name than its settings say");
    require(mote_switch_is_on(&world.lamp) == world.lamp_on, "the lamp has moved");
    require((setup->state == MOTE_SETUP_CLOSED) == (mote_sim_own_ssid(&world.sim) == NULL) || !world.sim.power,
            "the access point is not as the portal says");
    require(setup->state != MOTE_SETUP_CLOSED || world.asked_ms == 0 || world.sim.now_ms >= world.asked_ms + CLOSE_MS,
            "somebody was cut off");
    if (setup->state == MOTE_SETUP_CLOSED || setup->state == MOTE_SETUP_CONFIRMED)
        world.asked_ms = 0;
}

static void pass(uint64_t duration_ms)
{
    uint64_t end_ms = world.sim.now_ms + duration_ms;

    for (unsigned turns = 0; world.wrong == NULL; turns++) {
        uint64_t next_ms = mote_node_turn(&world.node);

        look();
        if (!world.sim.power)
            cut_power();
        require(turns < TURNS_MAX, "it turns without end");
        if (world.reply_size > 0 && mote_sim_is_reachable(&world.sim))
            next_ms = world.sim.now_ms;
        if (next_ms > end_ms && mote_sim_deadline(&world.sim) > end_ms)
            break;
        world.sim.port.wait(&world.sim, next_ms < end_ms ? next_ms : end_ms);
    }
    mote_sim_turn(&world.sim, end_ms);
}

/* --- People, and the air --- */

static void ask(enum mote_setup_method method, const char *path, const char *form)
{
    const struct mote_setup_request request = {
        .method = method, .path = mote_text(path), .body = mote_text(form), .is_own = true};
    struct mote_setup_answer answer;
    char piece[64];

    if (world.setup.state == MOTE_SETUP_CLOSED)
        return;
    world.asked_ms = world.sim.now_ms;
    mote_setup_ask(&world.setup, &request, &answer);
    while (mote_setup_answer_read(&world.setup, &answer, piece, 16 + draw(48)) > 0) {
        if (draw(20) == 0)
            pass(draw(50)); /* the page is read slowly, and the world goes on */
    }
}

static void fill_in(void)
{
    static const char *const more[] = {"", "&name=hall", "&name=a%2Fb", "&user=joe&password=secret", "&broker=%zz"};
    unsigned which = draw(4);
    const char *key = draw(3) == 0 ? keys[draw(3)] : mote_sim_air_at(&world.sim, which)->key;
    char form[200];

    snprintf(form, sizeof form, "network=&ssid=%s&key=%s&broker=%s%s", names[which], key,
             draw(3) == 0 ? brokers[draw(5)] : "", more[draw(2) * draw(5)]);
    ask(MOTE_SETUP_POST, "/setup", form);
}

static void hold_button(void)
{
    mote_sim_press(&world.sim, MOTE_SIM_BUTTON_PIN, true);
    pass(draw(8000));
    mote_sim_press(&world.sim, MOTE_SIM_BUTTON_PIN, false);
}

static void change_air(void)
{
    struct mote_sim_access_point *point = mote_sim_air_at(&world.sim, draw(mote_sim_air_count(&world.sim)));

    switch (draw(4)) {
    case 0:
        point->no_lease = !point->no_lease;
        break;
    case 1:
        point->signal_dbm = (int8_t)(-40 - (int)draw(50));
        break;
    default:
        point->present = !point->present;
    }
}

static void step(void)
{
    switch (draw(10)) {
    case 0:
    case 1:
        change_air();
        break;
    case 2:
        hold_button();
        break;
    case 3:
        ask(MOTE_SETUP_GET, "/setup", "");
        break;
    case 4:
        ask(MOTE_SETUP_GET, "/setup/state", "");
        break;
    case 5:
        ask(MOTE_SETUP_POST, "/setup/scan", "network=&ssid=x");
        break;
    case 6:
        if (draw(6) == 0)
            cut_power();
        break;
    case 7:
        if (draw(3) == 0)
            mote_sim_fail_save(&world.sim, (enum mote_sim_save)draw(4));
        break;
    default:
        fill_in();
    }
    if (draw(8) == 0) {
        world.lamp_on = !world.lamp_on;
        mote_switch_set(&world.lamp, world.lamp_on);
    }
}

static void on_change(struct mote_setup *setup, void *context)
{
    (void)context;
    world.confirmed += mote_setup_state(setup) == MOTE_SETUP_CONFIRMED;
    world.failed += mote_setup_state(setup) == MOTE_SETUP_OPEN && mote_setup_reason(setup) != MOTE_OK;
}

static void begin(uint32_t seed)
{
    static const struct mote_link_port links = {open_link, receive, send_bytes, close_link};

    memset(&world, 0, sizeof world);
    world.random = seed * 2654435761u + 1;
    mote_sim_init(&world.sim, seed);
    world.sim.port.link = &links;
    world.settings = mote_sim_settings_port;
    world.settings.save = watched_save;
    world.sim.port.settings = &world.settings;
    mote_port_install(&world.sim.port);
    for (unsigned i = 0; i < 4; i++) {
        struct mote_sim_access_point point = {.signal_dbm = (int8_t)(-40 - (int)draw(40)), .present = draw(3) > 0};

        snprintf(point.ssid, sizeof point.ssid, "%s", names[i]);
        snprintf(point.key, sizeof point.key, "%s", keys[draw(3)]);
        require(mote_sim_air_add(&world.sim, &point) == MOTE_OK, "no such access point may be");
    }
    world.config = (struct mote_node_config){
        .id = "lamp",
        .networks = {{.ssid = "home", .password = mote_sim_air_at(&world.sim, 0)->key}},
        .broker = "mqtt://good",
    };
    world.button = (struct mote_button){.name = "button", .pin = {.number = MOTE_SIM_BUTTON_PIN, .active = MOTE_LOW}};
    world.lamp = (struct mote_switch){.name = "lamp", .pin = {.number = 4}};
    world.setup = (struct mote_setup){
        .button = &world.button, .open_after_ms = OPEN_MS, .close_after_ms = CLOSE_MS, .on_change = on_change};
    start();
}

/* The program's own network is there again, and people go to bed. */
static void calm_down(void)
{
    for (unsigned i = 0; i < mote_sim_air_count(&world.sim); i++) {
        mote_sim_air_at(&world.sim, i)->present = true;
        mote_sim_air_at(&world.sim, i)->no_lease = false;
        mote_sim_air_at(&world.sim, i)->signal_dbm = -50;
    }
    mote_sim_fail_save(&world.sim, MOTE_SIM_SAVES);
    pass(CALM_MS);
    require(mote_setup_state(&world.setup) == MOTE_SETUP_CLOSED, "the access point stays open");
    require(mote_sim_is_reachable(&world.sim), "the station is not back");
}

static const char *run(uint32_t seed)
{
    begin(seed);
    for (int i = 0; i < STEPS && world.wrong == NULL; i++) {
        pass(draw(4) == 0 ? draw(300000) : draw(8000));
        step();
    }
    calm_down();
    return world.wrong;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : argc > 1 ? 1 : SEEDS;
    uint32_t failed = 0, failed_here = 0;
    unsigned confirmed = 0, refused = 0, cuts = 0;

    for (uint32_t i = 1; i <= count; i++) {
        uint32_t seed = first + i - 1;
        const char *wrong = run(seed);

        confirmed += world.confirmed;
        refused += world.failed;
        cuts += world.cuts;
        if (wrong != NULL)
            printf("not ok sim/setup/seed-%u - %s (run alone: %s %u)\n", (unsigned)seed, wrong, argv[0],
                   (unsigned)seed);
        failed_here += wrong != NULL;
        if (i % SEEDS_PER_CASE != 0 && i != count)
            continue;
        if (failed_here == 0)
            printf("ok sim/setup/seeds-to-%u\n", (unsigned)seed);
        failed += failed_here;
        failed_here = 0;
        fflush(stdout);
    }
    fprintf(stderr, "%u tries kept, %u gone back on, %u power cuts\n", confirmed, refused, cuts);
    return failed > 0;
}
