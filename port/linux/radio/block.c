#include "port/linux/radio/block.h"
#include "port/linux/radio/access_point.h"
#include "port/linux/radio/control.h"
#include "port/linux/radio/request.h"
#include "port/linux/radio/wpa_blocks.h"
#include "port/linux/radio/wpa_text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 224, NOBODY = -1 };

/* In the order in which they follow each other. */
enum step {
    REST,
    FIND_LIST, /* a block that an earlier run has left */
    FIND_NOTE,
    FIND_END,
    LIST, /* the way into a network */
    REMOVE,
    ADD,
    SET_SSID,
    SET_KEY_MANAGEMENT,
    SET_KEY,
    SET_PROTECTION,
    SET_HIDDEN,
    SET_NOTE,
    SET_BSSID, /* what follows is also the way to another access point */
    SET_FREQUENCY,
    SELECT,
    SELECTED,
    STOP, /* the ways out */
    STOP_END,
    LEAVE,
    ENABLE,
    SILENCE,
    LEAVE_END,
};

static struct {
    enum step step;
    enum step next; /* what somebody wants instead, once the answer to this step is there */
    bool asked;
    bool roaming;
    bool silent;
    bool sae;
    int number;
    const char *refusal;
    char ssid[33];
    char key[65];
    bool hidden;
    uint8_t bssid[6];
    int frequency_mhz;
    struct mote_wpa_blocks listed; /* to be looked at for a note of ours */
    struct mote_wpa_blocks others; /* that were enabled */
    unsigned at;                   /* the one of them that has its turn */
} block = {.number = NOBODY};

static const char owner[] = "mote"; /* in the note */

/* --- What is asked in each step --- */

static bool write_line(char text[TEXT_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool write_line(char text[TEXT_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, TEXT_SIZE, format, arguments);
    va_end(arguments);
    return true;
}

static bool write_ssid(char text[TEXT_SIZE])
{
    char digits[65];

    mote_wpa_hex(block.ssid, digits);
    return write_line(text, "SET_NETWORK %d ssid %s", block.number, digits);
}

/* Sixty-four digits are not the key's words but what WPA2 makes of them, with which SAE cannot begin. */
static bool is_raw_key(void)
{
    return strlen(block.key) == 64;
}

static bool may_use_sae(void)
{
    return block.sae && block.key[0] != '\0' && !is_raw_key();
}

static bool write_key_management(char text[TEXT_SIZE])
{
    const char *methods = block.key[0] == '\0' ? "NONE" : may_use_sae() ? "WPA-PSK SAE" : "WPA-PSK";

    return write_line(text, "SET_NETWORK %d key_mgmt %s", block.number, methods);
}

static bool write_key(char text[TEXT_SIZE])
{
    const char *quote = is_raw_key() ? "" : "\"";

    return block.key[0] != '\0' && write_line(text, "SET_NETWORK %d psk %s%s%s", block.number, quote, block.key, quote);
}

static bool write_note(char text[TEXT_SIZE])
{
    char note[TEXT_SIZE - 32];

    mote_wpa_write_note(note, sizeof note, owner, &block.others);
    return write_line(text, "SET_NETWORK %d id_str %s", block.number, note);
}

static bool write_bssid(char text[TEXT_SIZE])
{
    static const uint8_t anybody[6];
    const uint8_t *b = block.bssid;

    return memcmp(b, anybody, sizeof anybody) != 0 &&
           write_line(text, "SET_NETWORK %d bssid %02x:%02x:%02x:%02x:%02x:%02x", block.number, b[0], b[1], b[2], b[3],
                      b[4], b[5]);
}

static bool write_selection(char text[TEXT_SIZE])
{
    const uint8_t *b = block.bssid;

    if (block.roaming)
        return write_line(text, "ROAM %02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
    return write_line(text, "SELECT_NETWORK %d", block.number);
}

/* Returns false if there is nothing to ask in this step. */
static bool write_step(char text[TEXT_SIZE])
{
    switch (block.step) {
    case FIND_LIST:
    case LIST:
        return write_line(text, "LIST_NETWORKS");
    case FIND_NOTE:
        return block.at < block.listed.count &&
               write_line(text, "GET_NETWORK %d id_str", block.listed.numbers[block.at]);
    case REMOVE:
    case LEAVE:
        return block.number != NOBODY && write_line(text, "REMOVE_NETWORK %d", block.number);
    case ADD:
        return write_line(text, "ADD_NETWORK");
    case SET_SSID:
        return write_ssid(text);
    case SET_KEY_MANAGEMENT:
        return write_key_management(text);
    case SET_KEY:
        return write_key(text);
    case SET_PROTECTION:
        return may_use_sae() && write_line(text, "SET_NETWORK %d ieee80211w 1", block.number);
    case SET_HIDDEN:
        return block.hidden && write_line(text, "SET_NETWORK %d scan_ssid 1", block.number);
    case SET_NOTE:
        return write_note(text);
    case SET_BSSID:
        return write_bssid(text);
    case SET_FREQUENCY:
        return block.frequency_mhz != 0 &&
               write_line(text, "SET_NETWORK %d scan_freq %d", block.number, block.frequency_mhz);
    case SELECT:
        return write_selection(text);
    case STOP:
        return block.number != NOBODY && write_line(text, "DISABLE_NETWORK %d", block.number);
    case ENABLE:
        return block.at < block.others.count && write_line(text, "ENABLE_NETWORK %d", block.others.numbers[block.at]);
    case SILENCE:
        return block.silent && write_line(text, "DISCONNECT");
    default:
        return false;
    }
}

/* --- What is learnt from each answer --- */

static void take_list(struct mote_text reply)
{
    int number;
    bool enabled;

    while (mote_wpa_listed(&reply, &number, &enabled)) {
        if (block.step == FIND_LIST)
            mote_wpa_blocks_add(&block.listed, number);
        else if (enabled && number != block.number && number != mote_access_point_block())
            mote_wpa_blocks_add(&block.others, number);
    }
}

static void take_note(struct mote_text reply)
{
    if (mote_wpa_read_note(reply, owner, &block.others))
        block.number = block.listed.numbers[block.at];
}

/* What is then not as it was wanted, for the steps that must not fail. */
static const char *what_is_refused(void)
{
    switch (block.step) {
    case ADD:
        return "another network";
    case SET_SSID:
        return "the network's name";
    case SET_KEY_MANAGEMENT:
        return "the network's kind of key";
    case SET_KEY:
        return "the network's key";
    case SELECT:
        return "to join the network";
    default:
        return NULL;
    }
}

static void take_refusal(void)
{
    if (block.step == SELECT && block.roaming) { /* it does not see that access point: the long way then */
        block.next = block.next == REST ? LIST : block.next;
        return;
    }
    block.refusal = what_is_refused();
    if (block.refusal != NULL)
        block.step = LEAVE_END;
}

static void take_answer(struct mote_text reply)
{
    switch (block.step) {
    case FIND_LIST:
    case LIST:
        take_list(reply);
        break;
    case FIND_NOTE:
        take_note(reply);
        block.at++;
        break;
    case REMOVE:
    case LEAVE:
        block.number = NOBODY;
        break;
    case ADD:
        if (!mote_wpa_number(reply, 0, INT16_MAX, &block.number))
            take_refusal();
        break;
    case ENABLE:
        block.at++;
        break;
    default:
        if (!mote_wpa_starts_with(reply, "OK"))
            take_refusal();
    }
}

/* --- From step to step --- */

static bool is_end(enum step step)
{
    return step == REST || step == FIND_END || step == SELECTED || step == STOP_END || step == LEAVE_END;
}

static void enter(enum step step)
{
    block.step = step;
    block.at = 0;
    if (step == LIST || step == LEAVE)
        block.roaming = false;
}

/* A search is always finished: without it nobody knows which block is ours. */
static bool may_turn(void)
{
    return block.next != REST && (is_end(block.step) || block.step > FIND_END);
}

static void go_on(void)
{
    char text[TEXT_SIZE];

    for (;;) {
        if (may_turn()) {
            enter(block.next);
            block.next = REST;
        }
        if (write_step(text)) {
            block.asked = true;
            mote_control_ask(MOTE_REQUEST_BLOCK, text);
            break;
        }
        if (is_end(block.step))
            break;
        enter(block.step + 1);
    }
    explicit_bzero(text, sizeof text);
}

static bool is_repeated(enum step step)
{
    return step == FIND_NOTE || step == ENABLE;
}

void mote_block_replied(struct mote_text reply)
{
    enum step step = block.step;

    while (reply.length > 0 && reply.data[reply.length - 1] == '\n')
        reply.length--;
    block.asked = false;
    take_answer(reply);
    if (block.step == step && !is_repeated(step) && !is_end(step))
        enter(step + 1);
    if (step == ENABLE && block.at == block.others.count)
        block.others.count = 0;
    go_on();
}

static void begin(enum step step)
{
    block.next = step;
    block.refusal = NULL;
    if (!block.asked)
        go_on();
}

void mote_block_reset(void)
{
    block.step = REST;
    block.next = REST;
    block.asked = false;
    block.number = NOBODY;
    block.refusal = NULL;
    block.others.count = 0;
    explicit_bzero(block.key, sizeof block.key);
}

void mote_block_find(void)
{
    mote_block_reset();
    block.listed.count = 0;
    begin(FIND_LIST);
}

void mote_block_allow_sae(bool allowed)
{
    block.sae = allowed;
}

bool mote_block_is_for(const struct mote_network *network)
{
    return strcmp(block.ssid, network->ssid) == 0 && mote_text_equals(mote_text(network->password), block.key);
}

static void aim_at(const uint8_t bssid[6], int frequency_mhz)
{
    memcpy(block.bssid, bssid, sizeof block.bssid);
    block.frequency_mhz = frequency_mhz;
}

void mote_block_join(const struct mote_network *network, const uint8_t bssid[6], int frequency_mhz)
{
    mote_text_copy(mote_text(network->ssid), block.ssid, sizeof block.ssid);
    mote_text_copy(mote_text(network->password), block.key, sizeof block.key);
    block.hidden = network->hidden;
    aim_at(bssid, frequency_mhz);
    begin(LIST);
}

void mote_block_roam(const uint8_t bssid[6], int frequency_mhz)
{
    aim_at(bssid, frequency_mhz);
    block.roaming = true;
    begin(SET_BSSID);
}

void mote_block_widen(void)
{
    char text[TEXT_SIZE];

    if (block.number != NOBODY && write_line(text, "SET_NETWORK %d scan_freq 0", block.number))
        mote_control_ask(MOTE_REQUEST_WIDEN, text);
}

void mote_block_stop(void)
{
    begin(STOP);
}

void mote_block_leave(bool silent)
{
    block.silent = silent;
    begin(LEAVE);
}

void mote_block_adopt(int number)
{
    mote_wpa_blocks_add(&block.others, number);
}

int mote_block_number(void)
{
    return block.number;
}

bool mote_block_is_selected(void)
{
    return block.step == SELECTED && block.next == REST;
}

const char *mote_block_refusal(void)
{
    return block.refusal;
}
