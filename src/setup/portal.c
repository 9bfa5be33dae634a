/* When the access point opens, and when it closes. */
#include "setup/inside.h"

#include "node/inside.h"
#include "wifi/supervisor.h"
#include "wifi/turn.h"
#include <string.h>

enum {
    OPEN_AFTER_MS = 300000,
    CLOSE_AFTER_MS = 600000, /* somebody may have gone to look for the key of the network */
    TRY_MS = 60000,
    HOLD_MS = 5000,
    UNUSED_MS = 60000,    /* opened by itself, and nobody has come: the router was only away for a while */
    CONFIRMED_MS = 30000, /* for the page to say that it has worked */
    RETRY_MS = 30000,
    ACT_MS = 30000, /* to read the page and type a key */
    KEY_MIN = 8,
    KEY_MAX = 63,
};

static const char suffix[] = "-setup";

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static const struct mote_radio_port *radio(const struct mote_setup *setup)
{
    return setup->node->port->radio;
}

static void *context(const struct mote_setup *setup)
{
    return setup->node->port->context;
}

bool mote_setup_is_joined(const struct mote_setup *setup)
{
    uint8_t state = setup->node->wifi.state;

    return state == MOTE_SUPERVISOR_JOINED || state == MOTE_SUPERVISOR_LOOKING || state == MOTE_SUPERVISOR_MOVING;
}

void mote_setup_enter(struct mote_setup *setup, enum mote_setup_state state)
{
    setup->state = state;
    if (setup->on_change != NULL)
        setup->on_change(setup, setup->context);
}

void mote_setup_touch(struct mote_setup *setup)
{
    setup->asked_ms = setup->node->port->now_ms(context(setup));
}

void mote_setup_act(struct mote_setup *setup)
{
    mote_setup_touch(setup);
    setup->acted_ms = setup->asked_ms;
}

/* --- Opening and closing --- */

static void serve(struct mote_setup *setup)
{
    const struct mote_server_port *server = setup->node->port->server;
    enum mote_reason reason;

    mote_connections_reset(setup);
    if (server == NULL)
        return;
    reason = server->open(context(setup), &setup->handler, setup->address);
    setup->serving = reason == MOTE_OK;
    if (reason != MOTE_OK)
        setup->trouble = reason;
}

static void open_up(struct mote_setup *setup)
{
    enum mote_reason reason = MOTE_WIFI_INACTIVE;

    if (radio(setup) != NULL)
        reason = radio(setup)->access_point(context(setup), mote_setup_ssid(setup), mote_setup_key(setup));
    if (reason == MOTE_OK)
        reason = radio(setup)->set_active(context(setup), MOTE_ACCESS_POINT, true);
    setup->trouble = reason;
    setup->until_ms = setup->node->sched.now_ms + RETRY_MS;
    if (reason != MOTE_OK)
        return;
    setup->used = false;
    setup->acted_ms = 0;
    setup->scan_wanted = true;
    setup->wrong = 0;
    setup->reason = MOTE_OK;
    mote_setup_touch(setup);
    serve(setup);
    mote_setup_enter(setup, MOTE_SETUP_OPEN);
}

static void shut(struct mote_setup *setup)
{
    if (setup->state == MOTE_SETUP_TRYING)
        mote_trial_break_off(setup, MOTE_OK);
    if (setup->serving)
        setup->node->port->server->close(context(setup));
    setup->serving = false;
    setup->wanted = false;
    setup->scanning = false;
    setup->until_ms = 0;
    setup->joined_ms = setup->node->port->now_ms(context(setup));
    memset(&setup->typed, 0, sizeof setup->typed);
    if (radio(setup) != NULL)
        radio(setup)->set_active(context(setup), MOTE_ACCESS_POINT, false);
    mote_setup_enter(setup, MOTE_SETUP_CLOSED);
}

/* Without a network or a broker that it could try there is nothing to wait for. */
static bool has_nothing_to_try(const struct mote_setup *setup)
{
    const struct mote_node_config *config = &setup->node->config;

    return config->networks[0].ssid == NULL || config->broker == NULL;
}

static uint64_t opens_at(const struct mote_setup *setup)
{
    uint64_t at = MOTE_NEVER;

    if (radio(setup) == NULL && !setup->wanted)
        return MOTE_NEVER; /* the network is somebody else's business */
    if (setup->wanted || (has_nothing_to_try(setup) && setup->open_after_ms != MOTE_SETUP_NEVER))
        at = 0;
    else if (!mote_setup_is_joined(setup) && setup->open_after_ms != MOTE_SETUP_NEVER)
        at = setup->joined_ms + setup->open_after_ms;
    return at < setup->until_ms ? setup->until_ms : at;
}

static uint32_t patience_ms(const struct mote_setup *setup)
{
    if (setup->state == MOTE_SETUP_CONFIRMED)
        return CONFIRMED_MS;
    return setup->used || setup->wanted || setup->close_after_ms < UNUSED_MS ? setup->close_after_ms : UNUSED_MS;
}

/* It takes a station that is back and a page that nobody has asked for a while: each counts from when it began. */
static uint64_t closes_at(const struct mote_setup *setup)
{
    uint64_t since_ms = setup->asked_ms > setup->node->wifi.joined_ms ? setup->asked_ms : setup->node->wifi.joined_ms;

    return mote_setup_is_joined(setup) && !has_nothing_to_try(setup) ? since_ms + patience_ms(setup) : MOTE_NEVER;
}

/* --- The button --- */

static void watch_button(struct mote_setup *setup)
{
    uint64_t now_ms = setup->node->sched.now_ms;

    if (setup->button == NULL || !setup->button->pressed) {
        setup->pressed_ms = MOTE_NEVER;
        setup->held = false;
        return;
    }
    if (setup->pressed_ms == MOTE_NEVER)
        setup->pressed_ms = now_ms;
    if (setup->held || now_ms < setup->pressed_ms + setup->hold_ms)
        return;
    setup->held = true;
    mote_setup_open(setup);
}

static uint64_t held_at(const struct mote_setup *setup)
{
    return setup->pressed_ms == MOTE_NEVER || setup->held ? MOTE_NEVER : setup->pressed_ms + setup->hold_ms;
}

/* --- The list of networks --- */

static void list(struct mote_setup *setup, const struct mote_wifi_found *found, int count)
{
    setup->found_count = 0;
    for (int i = 0; i < count; i++) {
        struct mote_setup_found *entry = setup->found;
        struct mote_setup_found *end = entry + setup->found_count;

        while (entry < end && !mote_text_equals(mote_text(entry->ssid), found[i].ssid))
            entry++;
        if (entry < end || found[i].ssid[0] == '\0') /* the strongest comes first */
            continue;
        memcpy(entry->ssid, found[i].ssid, sizeof entry->ssid);
        entry->signal_dbm = found[i].signal_dbm;
        entry->open = found[i].open;
        setup->found_count++;
    }
    setup->scans = (uint8_t)(setup->scans + 1);
}

/* A scan while the station is on its way would throw it off, and takes the radio away from those who are here: only when
 * one is asked for. What the station looks for by itself is looked at, too. */
static void scan(struct mote_setup *setup)
{
    struct mote_wifi_found found[MOTE_SCAN_MAX];
    uint8_t station = setup->node->wifi.state;
    bool is_scanning = setup->scanning || station == MOTE_SUPERVISOR_SCANNING;
    int count;

    if (setup->scan_wanted && station != MOTE_SUPERVISOR_JOINING && station != MOTE_SUPERVISOR_MOVING &&
        setup->state != MOTE_SETUP_TRYING) {
        setup->scan_wanted = false;
        is_scanning = is_scanning || radio(setup)->scan(context(setup)) == MOTE_OK;
    }
    if (!is_scanning && !setup->scanning)
        return;
    count = radio(setup)->scan_results(context(setup), found, MOTE_SCAN_MAX);
    setup->scanning = count < 0;
    if (count >= 0)
        list(setup, found, count);
}

/* --- The turn --- */

/* An attempt of the station takes the radio to another channel, and whoever is on the page loses it. A page that only looks
 * for changes by itself does not count, or one that was left lying would keep the station away for ever. */
static void leave_radio_alone(struct mote_setup *setup)
{
    if (setup->state == MOTE_SETUP_OPEN && setup->acted_ms != 0)
        mote_supervisor_rest(&setup->node->wifi, setup->acted_ms + ACT_MS);
}

/* Somebody else may have switched it off, or the driver. */
static void keep_up(struct mote_setup *setup)
{
    uint64_t now_ms = setup->node->sched.now_ms;

    if (setup->state == MOTE_SETUP_TRYING || now_ms < setup->until_ms ||
        radio(setup)->is_active(context(setup), MOTE_ACCESS_POINT))
        return;
    setup->until_ms = now_ms + RETRY_MS;
    setup->trouble = radio(setup)->set_active(context(setup), MOTE_ACCESS_POINT, true);
}

/* It had worked, and then the network went away: the form is there again. */
static bool has_come_to_nothing(const struct mote_setup *setup)
{
    return setup->state == MOTE_SETUP_CONFIRMED && !mote_setup_is_joined(setup) &&
           setup->node->sched.now_ms >= setup->asked_ms + CONFIRMED_MS;
}

static void turn_open(struct mote_setup *setup)
{
    if (setup->state == MOTE_SETUP_TRYING)
        mote_trial_turn(setup);
    else if (has_come_to_nothing(setup))
        mote_setup_enter(setup, MOTE_SETUP_OPEN);
    else if (setup->node->sched.now_ms >= closes_at(setup))
        shut(setup);
    if (setup->state == MOTE_SETUP_CLOSED)
        return;
    keep_up(setup);
    scan(setup);
    leave_radio_alone(setup);
}

static uint64_t next(struct mote_setup *setup)
{
    uint64_t next_ms = setup->state == MOTE_SETUP_TRYING ? setup->until_ms : closes_at(setup);

    if (setup->state == MOTE_SETUP_CLOSED)
        return opens_at(setup);
    if (setup->state == MOTE_SETUP_CONFIRMED && !mote_setup_is_joined(setup))
        next_ms = earlier(next_ms, setup->asked_ms + CONFIRMED_MS);
    if (!radio(setup)->is_active(context(setup), MOTE_ACCESS_POINT))
        next_ms = earlier(next_ms, setup->until_ms);
    return earlier(next_ms, mote_connections_turn(setup));
}

static uint64_t turn(struct mote_node_guest *guest, struct mote_node *node)
{
    struct mote_setup *setup = (struct mote_setup *)(void *)((char *)guest - offsetof(struct mote_setup, guest));
    enum mote_setup_state before = setup->state;

    if (node->state == MOTE_NODE_STOPPED) {
        mote_setup_close(setup);
        return MOTE_NEVER;
    }
    if (setup->joined_ms == MOTE_NEVER || mote_setup_is_joined(setup))
        setup->joined_ms = node->sched.now_ms;
    watch_button(setup);
    if (setup->state != MOTE_SETUP_CLOSED)
        turn_open(setup);
    else if (node->sched.now_ms >= opens_at(setup))
        open_up(setup);
    return setup->state != before ? node->sched.now_ms : earlier(next(setup), held_at(setup));
}

/* --- For the program --- */

static void set_default(uint32_t *value, uint32_t otherwise)
{
    if (*value == 0)
        *value = otherwise;
}

static void set_defaults(struct mote_setup *setup)
{
    set_default(&setup->open_after_ms, OPEN_AFTER_MS);
    set_default(&setup->close_after_ms, CLOSE_AFTER_MS);
    set_default(&setup->try_ms, TRY_MS);
    set_default(&setup->hold_ms, HOLD_MS);
    setup->joined_ms = MOTE_NEVER;
    setup->pressed_ms = MOTE_NEVER;
}

/* Of a long id the end is left out, and no character is cut in two. */
static void name_itself(struct mote_setup *setup)
{
    struct mote_text id = mote_text(setup->node->config.id);
    size_t room = sizeof setup->own_ssid - sizeof suffix;

    if (id.length > room) {
        id.length = room;
        while (id.length > 0 && ((unsigned char)id.data[id.length] & 0xC0) == 0x80)
            id.length--;
    }
    memcpy(setup->own_ssid, id.data, id.length);
    memcpy(setup->own_ssid + id.length, suffix, sizeof suffix);
}

static void load(struct mote_setup *setup)
{
    struct mote_settings *settings = &setup->settings;

    mote_settings_open(setup->program_id);
    setup->trouble = mote_settings_load(settings);
    if (setup->open || setup->key != NULL || settings->setup_key[0] != '\0')
        return;
    mote_settings_make_key(settings);
    if (mote_settings_save(settings) != MOTE_OK) /* another key at the next start */
        setup->trouble = MOTE_CONFIG_INVALID;
}

static bool is_possible(const struct mote_setup *setup)
{
    size_t key = mote_text(setup->key).length;
    size_t ssid = mote_text(setup->ssid).length;

    return (setup->key == NULL || (key >= KEY_MIN && key <= KEY_MAX)) &&
           (setup->ssid == NULL || (ssid > 0 && ssid <= 32));
}

static void take_program(struct mote_setup *setup, struct mote_node *node)
{
    setup->node = node;
    memcpy(setup->program_networks, node->config.networks, sizeof setup->program_networks);
    setup->program_broker = node->config.broker;
    setup->program_id = node->config.id;
    setup->handler = mote_setup_server;
    setup->handler.context = setup;
    setup->guest.turn = turn;
}

enum mote_reason mote_node_add_setup(struct mote_node *node, struct mote_setup *setup)
{
    size_t own = offsetof(struct mote_setup, guest);

    mote_node_do_without_broker(node);
    if (node->fault.reason != MOTE_OK)
        return node->fault.reason;
    if (!is_possible(setup))
        return mote_node_blame(node, MOTE_CONFIG_INVALID, "setup",
                               "its access point's name must have 1 to 32 bytes, its "
                               "key 8 to 63 characters");
    memset((char *)setup + own, 0, sizeof *setup - own);
    set_defaults(setup);
    take_program(setup, node);
    load(setup);
    mote_trial_apply_kept(setup);
    name_itself(setup);
    node->guest = &setup->guest;
    return MOTE_OK;
}

void mote_setup_open(struct mote_setup *setup)
{
    setup->wanted = true;
    setup->until_ms = setup->state == MOTE_SETUP_CLOSED ? 0 : setup->until_ms;
    mote_setup_touch(setup);
    if (setup->state == MOTE_SETUP_CONFIRMED)
        mote_setup_enter(setup, MOTE_SETUP_OPEN);
}

void mote_setup_close(struct mote_setup *setup)
{
    setup->wanted = false;
    if (setup->state != MOTE_SETUP_CLOSED)
        shut(setup);
}

enum mote_setup_state mote_setup_state(const struct mote_setup *setup)
{
    return setup->state;
}

enum mote_reason mote_setup_reason(const struct mote_setup *setup)
{
    return setup->reason;
}

enum mote_reason mote_setup_trouble(const struct mote_setup *setup)
{
    return setup->trouble;
}

const char *mote_setup_ssid(const struct mote_setup *setup)
{
    return setup->ssid != NULL ? setup->ssid : setup->own_ssid;
}

const char *mote_setup_key(const struct mote_setup *setup)
{
    if (setup->open)
        return "";
    return setup->key != NULL ? setup->key : setup->settings.setup_key;
}
