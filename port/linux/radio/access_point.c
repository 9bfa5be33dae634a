#include "port/linux/radio/access_point.h"
#include "port/linux/loop.h"
#include "port/linux/radio/addresses.h"
#include "port/linux/radio/assign.h"
#include "port/linux/radio/block.h"
#include "port/linux/radio/channel.h"
#include "port/linux/radio/dhcp_server.h"
#include "port/linux/radio/station.h"
#include "port/linux/radio/wpa_blocks.h"
#include "port/linux/radio/wpa_event.h"
#include "port/linux/radio/wpa_text.h"
#include "port/words.h"
#include "wifi/supervisor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    NOBODY = -1,
    CHANNEL_MHZ = 2437, /* which every telephone has, and every country permits */
    ANSWER_MS = 10000,
    AGAIN_MS = 5000,   /* after it could not come up */
    COME_UP_MS = 3000, /* from the selection until it is on the air */
    SELECTIONS_MAX = 4,
    IDLE_MS = 1000, /* the station may be about to try the next network */
};

/* In the order in which they follow each other. */
enum step {
    REST,
    ATTACH,
    LIST,
    NOTE, /* is it a block that an earlier run has left? Repeated */
    REMOVE_OLD,
    ADD,
    SET_SSID,
    SET_MODE,
    SET_FREQUENCY,
    SET_KEY_MANAGEMENT,
    SET_PROTOCOL,
    SET_CIPHER,
    SET_KEY,
    SET_NOTE,
    SELECT,
    COMING_UP,
    UP,
};

static struct {
    bool open;
    bool shared;   /* the interface is the station's */
    bool yielding; /* to the station */
    bool resuming; /* a second from now */
    enum step step;
    int number;
    int old;
    unsigned at;
    unsigned selections;
    struct mote_interface interface;
    struct mote_channel channel;
    struct mote_wpa_blocks listed;
    struct mote_wpa_blocks others; /* that were enabled, and are so again once it is closed */
    struct mote_assigned address;
    struct mote_timer timer;
} point = {.number = NOBODY, .old = NOBODY};

static struct {
    char ssid[33];
    char key[65];
} named;

static const char owner[] = "ap mote"; /* in the note */

static void begin(void *context);

/* --- What is asked in each step --- */

static bool is_open_network(void)
{
    return named.key[0] == '\0';
}

static bool write_set(char *text, const char *setting, const char *value)
{
    snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "SET_NETWORK %d %s %s", point.number, setting, value);
    return true;
}

static bool write_command(char *text, const char *command, int number)
{
    snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "%s %d", command, number);
    return true;
}

static bool write_ssid(char *text)
{
    char digits[65];

    mote_wpa_hex(named.ssid, digits);
    return write_set(text, "ssid", digits);
}

/* A radio that is the station's, too, can be on one channel only. */
static bool write_frequency(char *text)
{
    struct mote_wifi_status status = {.state = MOTE_WIFI_OFF};
    char number[12];
    int frequency_mhz;

    if (!point.shared)
        mote_station_tell(&status);
    frequency_mhz = mote_wpa_frequency(status.aim.channel);
    snprintf(number, sizeof number, "%d", frequency_mhz == 0 ? CHANNEL_MHZ : frequency_mhz);
    return write_set(text, "frequency", number);
}

static bool write_key(char *text)
{
    const char *quote = strlen(named.key) == 64 ? "" : "\"";

    if (is_open_network())
        return false;
    snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "SET_NETWORK %d psk %s%s%s", point.number, quote, named.key, quote);
    return true;
}

static bool write_note(char *text)
{
    char note[MOTE_CHANNEL_TEXT_SIZE - 32];

    mote_wpa_write_note(note, sizeof note, owner, &point.others);
    return write_set(text, "id_str", note);
}

/* Returns false if there is nothing to ask in this step. */
static bool write_step(char *text)
{
    switch (point.step) {
    case ATTACH:
        snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "ATTACH");
        return true;
    case LIST:
        snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "LIST_NETWORKS");
        return true;
    case NOTE:
        if (point.at < point.listed.count)
            snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "GET_NETWORK %d id_str", point.listed.numbers[point.at]);
        return point.at < point.listed.count;
    case REMOVE_OLD:
        return point.old != NOBODY && write_command(text, "REMOVE_NETWORK", point.old);
    case ADD:
        snprintf(text, MOTE_CHANNEL_TEXT_SIZE, "ADD_NETWORK");
        return true;
    case SET_SSID:
        return write_ssid(text);
    case SET_MODE:
        return write_set(text, "mode", "2");
    case SET_FREQUENCY:
        return write_frequency(text);
    case SET_KEY_MANAGEMENT:
        return write_set(text, "key_mgmt", is_open_network() ? "NONE" : "WPA-PSK");
    case SET_PROTOCOL:
        return !is_open_network() && write_set(text, "proto", "RSN");
    case SET_CIPHER:
        return !is_open_network() && write_set(text, "pairwise", "CCMP");
    case SET_KEY:
        return write_key(text);
    case SET_NOTE:
        return write_note(text);
    case SELECT:
        return write_command(text, "SELECT_NETWORK", point.number);
    default:
        return false;
    }
}

/* --- From step to step --- */

static bool is_end(enum step step)
{
    return step == REST || step >= COMING_UP;
}

static void fail(const char *why)
{
    mote_words_say("access point: %s", why);
    mote_loop_after(&point.timer, AGAIN_MS, begin, NULL);
}

static void go_on(void);

/* A scan that somebody else has asked for at this moment makes wpa_supplicant forget the selection. */
static void on_no_show(void *context)
{
    (void)context;
    point.selections++;
    if (point.selections < SELECTIONS_MAX) {
        point.step = SELECT;
        go_on();
        return;
    }
    fail("wpa_supplicant does not open it: does this radio know how to be one?");
}

/* Is not to be selected while the station has the interface. */
static void go_on(void)
{
    char text[MOTE_CHANNEL_TEXT_SIZE];

    while (!is_end(point.step) && !(point.step == SELECT && point.yielding)) {
        if (write_step(text)) {
            mote_channel_ask(&point.channel, (uint8_t)point.step, text);
            break;
        }
        point.step++;
    }
    explicit_bzero(text, sizeof text);
    if (point.step == COMING_UP)
        mote_loop_after(&point.timer, COME_UP_MS, on_no_show, NULL);
}

/* Those that the station's block has switched off are its own business. */
static void take_list(struct mote_text reply)
{
    int number;
    bool enabled;

    while (mote_wpa_listed(&reply, &number, &enabled)) {
        mote_wpa_blocks_add(&point.listed, number);
        if (enabled && !(point.shared && number == mote_block_number()))
            mote_wpa_blocks_add(&point.others, number);
    }
}

/* Those of the note were enabled before the earlier run. */
static void take_note(struct mote_text reply)
{
    if (!mote_wpa_read_note(reply, owner, &point.others))
        return;
    point.old = point.listed.numbers[point.at];
    mote_wpa_blocks_remove(&point.others, point.old);
}

static bool is_ok(struct mote_text reply)
{
    switch (point.step) {
    case LIST:
        take_list(reply);
        return true;
    case NOTE:
        take_note(reply);
        return true;
    case REMOVE_OLD:
        return true;
    case ADD:
        return mote_wpa_number(reply, 0, INT16_MAX, &point.number);
    default:
        return mote_wpa_starts_with(reply, "OK");
    }
}

static const char *what_is_refused(void)
{
    switch (point.step) {
    case SET_SSID:
        return "wpa_supplicant does not take its name";
    case SET_MODE:
    case SELECT:
        return "wpa_supplicant cannot be one";
    case SET_KEY:
        return "wpa_supplicant does not take its key";
    default:
        return "wpa_supplicant refuses it";
    }
}

static void on_replied(uint8_t request, struct mote_text reply)
{
    while (reply.length > 0 && reply.data[reply.length - 1] == '\n')
        reply.length--;
    if (request != point.step)
        return;
    if (!is_ok(reply)) {
        fail(what_is_refused());
        return;
    }
    if (point.step == NOTE)
        point.at++;
    else
        point.step++;
    go_on();
}

/* --- On the air --- */

static int index_of_interface(void)
{
    int index = point.shared ? mote_addresses_facts()->index : 0;

    return index != 0 ? index : mote_interface_index(point.interface.name);
}

static void come_up(void)
{
    struct mote_assigned wanted = {.index = index_of_interface(), .address = htonl(0xC0A80401), .prefix = 24};
    int error = wanted.index == 0 ? ENODEV : mote_assign(&point.address, &wanted);

    mote_loop_stop(&point.timer);
    point.selections = 0;
    point.step = UP;
    if (error != 0)
        mote_words_say("access point: %s cannot be given 192.168.4.1: %s", point.interface.name, strerror(error));
    mote_dhcp_server_start(point.interface.name);
    mote_loop_wake();
}

static void go_down(void)
{
    mote_dhcp_server_stop();
    mote_assign_undo(&point.address);
}

/* Somebody else has selected a network, or the interface has been switched off. */
static void on_down(void)
{
    if (point.step != UP || point.yielding)
        return;
    go_down();
    point.step = COMING_UP;
    fail("it is off the air");
}

static void on_lost(void)
{
    go_down();
    point.step = REST;
    point.number = NOBODY;
    point.others.count = 0;
    fail("wpa_supplicant has gone");
}

static void on_end(void)
{
    mote_channel_close(&point.channel);
    on_lost();
}

static void on_event(struct mote_text datagram)
{
    struct mote_text level, line = datagram;

    if (!mote_wpa_part(&line, '>', &level))
        return;
    if (mote_wpa_starts_with(line, "AP-ENABLED") && (point.step == SELECT || point.step == COMING_UP))
        come_up(); /* mostly before the selection is answered */
    else if (mote_wpa_starts_with(line, "AP-DISABLED"))
        on_down();
    else if (mote_wpa_starts_with(line, "CTRL-EVENT-TERMINATING"))
        on_end();
}

/* --- Opening and closing --- */

static bool tell(const char *command, int number)
{
    char text[MOTE_CHANNEL_TEXT_SIZE];

    write_command(text, command, number);
    return mote_channel_tell(&point.channel, text);
}

/* The station's block, if there is one, keeps them disabled until it goes itself. */
static bool give_back(int number)
{
    if (!point.shared || mote_block_number() == NOBODY)
        return tell("ENABLE_NETWORK", number);
    mote_block_adopt(number);
    return true;
}

static void give_all_back(void)
{
    for (unsigned i = 0; i < point.others.count; i++) {
        if (give_back(point.others.numbers[i]))
            continue;
        mote_words_say("access point: wpa_supplicant does not listen: its other networks stay disabled (wpa_cli "
                       "enable_network all)");
        return;
    }
}

static void take_leave(void)
{
    go_down();
    if (point.number != NOBODY)
        tell("REMOVE_NETWORK", point.number);
    give_all_back();
    mote_channel_close(&point.channel);
    mote_loop_stop(&point.timer);
    point.number = point.old = NOBODY;
    point.listed.count = point.others.count = 0;
    point.at = point.selections = 0;
    point.step = REST;
}

/* Returns 0 or errno. */
static int attach(void)
{
    static const struct mote_channel_listener listener = {on_replied, on_event, on_lost, ANSWER_MS};
    char name[IFNAMSIZ], path[160];
    int error = ENOENT;

    take_leave();
    if (mote_interface_find(&point.interface, name, path))
        error = mote_channel_open(&point.channel, path, &listener);
    if (error != 0) {
        mote_loop_after(&point.timer, AGAIN_MS, begin, NULL);
        mote_words_say("no wpa_supplicant at %s/%s: %s (start it with a ctrl_interface)", point.interface.directory,
                       point.interface.name, strerror(error));
        return error;
    }
    point.step = ATTACH;
    go_on();
    return 0;
}

static void begin(void *context)
{
    (void)context;
    attach();
}

enum mote_reason mote_access_point_name(const char *ssid, const char *key)
{
    const struct mote_network network = {.ssid = ssid, .password = key};

    if (!mote_network_is_possible(&network))
        return MOTE_CONFIG_INVALID;
    if (mote_text_equals(mote_text(ssid), named.ssid) && mote_text_equals(mote_text(key), named.key))
        return MOTE_OK;
    mote_text_copy(mote_text(ssid), named.ssid, sizeof named.ssid);
    mote_text_copy(mote_text(key), named.key, sizeof named.key);
    if (point.open)
        attach();
    return MOTE_OK;
}

void mote_access_point_interface(const struct mote_interface *interface, const char *station, char name[IFNAMSIZ])
{
    if (!mote_interface_second(interface, station, name))
        mote_text_copy(mote_text(station), name, IFNAMSIZ);
}

enum mote_reason mote_access_point_open(const struct mote_interface *interface, const char *station)
{
    if (point.open)
        return MOTE_OK;
    if (named.ssid[0] == '\0') {
        mote_words_say("access point: it has no name yet");
        return MOTE_CONFIG_INVALID;
    }
    point.interface = *interface;
    mote_access_point_interface(interface, station, point.interface.name);
    point.shared = strcmp(point.interface.name, station) == 0;
    point.yielding = point.resuming = false;
    point.open = attach() == 0;
    if (!point.open)
        mote_loop_stop(&point.timer); /* whoever wants it asks again */
    return point.open ? MOTE_OK : MOTE_WIFI_INACTIVE;
}

void mote_access_point_close(void)
{
    if (point.open)
        take_leave();
    point.open = false;
}

bool mote_access_point_is_up(void)
{
    return point.open && point.step == UP && !point.yielding;
}

bool mote_access_point_is_on(void)
{
    return point.open && (point.step == UP || point.yielding);
}

/* --- Beside the station --- */

static void resume(void *context)
{
    (void)context;
    point.resuming = point.yielding = false;
    if (!mote_channel_is_open(&point.channel)) {
        attach(); /* wpa_supplicant has gone meanwhile */
        return;
    }
    if (point.step >= SELECT)
        point.step = SELECT;
    go_on();
}

void mote_access_point_yield(bool busy)
{
    if (!point.open || !point.shared)
        return;
    if (busy && (!point.yielding || point.resuming)) {
        mote_loop_stop(&point.timer);
        go_down();
        point.yielding = true;
        point.resuming = false;
    } else if (!busy && point.yielding && !point.resuming) {
        point.resuming = true;
        mote_loop_after(&point.timer, IDLE_MS, resume, NULL);
    }
}

int mote_access_point_block(void)
{
    return point.open && point.shared ? point.number : NOBODY;
}
