#include "port/linux/radio/scan.h"
#include "port/linux/loop.h"
#include "port/linux/radio/control.h"
#include "port/linux/radio/request.h"
#include "port/linux/radio/wpa_text.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    FOUND_MAX = 64, /* access points; the strongest are kept */
    PAGES_MAX = 64, /* each has thirty access points or so */
    SCAN_MS = 8000, /* then its event was lost, and what there is has to do */
    TRIES_MAX = 3,
    SLACK_S = 3, /* for what was heard shortly before the scan began */
};

/* Of each access point: number, BSSID, frequency, level, age, flags, SSID, and a line that ends it. */
#define FIELDS_MASK "21a87"

struct access_point {
    struct mote_wifi_found found;
    int frequency_mhz;
};

static struct {
    bool running;
    bool again; /* the radio was busy: once it is not */
    unsigned tries;
    unsigned pages; /* that have been asked for */
    uint64_t began_ms;
    int next_number;
    unsigned count;
    struct access_point points[FOUND_MAX];
    struct mote_timer timer;
} scan;

static void ask_page(void)
{
    char text[64];

    scan.pages++;
    snprintf(text, sizeof text, "BSS RANGE=%d- MASK=" FIELDS_MASK, scan.next_number);
    mote_control_ask(MOTE_REQUEST_PAGE, text);
}

/* The radio has heard what there is to hear: now it is read, a page after the other. */
static void read_results(void)
{
    if (!scan.running || scan.pages > 0)
        return;
    scan.count = 0;
    scan.next_number = 0;
    ask_page();
}

static void on_timer(void *context)
{
    (void)context;
    read_results();
}

static void ask_scan(void)
{
    scan.again = false;
    scan.tries++;
    mote_control_ask(MOTE_REQUEST_SCAN, "SCAN TYPE=ONLY");
}

void mote_scan_begin(void)
{
    if (scan.running)
        return;
    scan.running = true;
    scan.pages = 0;
    scan.tries = 0;
    scan.began_ms = mote_loop_now_ms();
    mote_loop_after(&scan.timer, SCAN_MS, on_timer, NULL);
    ask_scan();
}

void mote_scan_event(const struct mote_wpa_event *event)
{
    if (event->type != MOTE_WPA_SCAN_DONE || !scan.running || mote_control_awaits(MOTE_REQUEST_SCAN))
        return;
    if (scan.again)
        ask_scan();
    else
        read_results();
}

void mote_scan_replied(struct mote_text reply)
{
    bool busy = mote_wpa_starts_with(reply, "FAIL-BUSY");

    if (busy && scan.tries < TRIES_MAX)
        scan.again = true;
    else if (!mote_wpa_starts_with(reply, "OK"))
        read_results();
}

static void finish(void)
{
    scan.running = false;
    mote_loop_stop(&scan.timer);
}

/* Strongest first; the weakest falls out. */
static void add(const struct access_point *point)
{
    unsigned at = scan.count;

    if (at == FOUND_MAX && scan.points[FOUND_MAX - 1].found.signal_dbm >= point->found.signal_dbm)
        return;
    at -= at == FOUND_MAX;
    scan.count = at + 1;
    for (; at > 0 && scan.points[at - 1].found.signal_dbm < point->found.signal_dbm; at--)
        scan.points[at] = scan.points[at - 1];
    scan.points[at] = *point;
}

static bool is_fresh(struct mote_text entry)
{
    uint64_t since_s = (mote_loop_now_ms() - scan.began_ms) / 1000;

    return mote_wpa_number_of(entry, '\n', "age", 0, INT_MAX, INT_MAX) <= (int)since_s + SLACK_S;
}

static bool is_open(struct mote_text flags)
{
    struct mote_text word;

    while (mote_wpa_part(&flags, '[', &word)) {
        if (mote_wpa_starts_with(word, "WPA") || mote_wpa_starts_with(word, "RSN") ||
            mote_wpa_starts_with(word, "WEP") || mote_wpa_starts_with(word, "OWE") || mote_wpa_starts_with(word, "SAE"))
            return false;
    }
    return true;
}

/* The number of the entry, or -1 if it has none. */
static int take_entry(struct mote_text entry)
{
    struct access_point point = {.frequency_mhz = mote_wpa_number_of(entry, '\n', "freq", 1, 100000, 0)};
    int level = mote_wpa_number_of(entry, '\n', "level", -200, 200, -100);
    struct mote_text bssid, ssid, flags = MOTE_TEXT("");

    mote_wpa_value(entry, '\n', "flags", &flags);
    point.found.signal_dbm = (int8_t)(level < -100 ? -100 : level > 0 ? 0 : level);
    point.found.channel = mote_wpa_channel(point.frequency_mhz);
    point.found.open = is_open(flags);
    if (is_fresh(entry) && mote_wpa_value(entry, '\n', "bssid", &bssid) && mote_wpa_mac(bssid, point.found.bssid) &&
        mote_wpa_value(entry, '\n', "ssid", &ssid) && mote_wpa_ssid(ssid, point.found.ssid))
        add(&point);
    return mote_wpa_number_of(entry, '\n', "id", 0, INT_MAX - 1, -1);
}

/* Behind an entry; behind the last one of all, it is another one. */
static bool is_delimiter(struct mote_text line)
{
    return mote_text_equals(line, "====") || mote_text_equals(line, "####");
}

/* Takes what is before the next delimiter off `rest`. */
static bool next_entry(struct mote_text *rest, struct mote_text *entry)
{
    const char *begin = rest->data;
    struct mote_text line;

    while (mote_wpa_line(rest, &line)) {
        if (is_delimiter(line)) {
            *entry = (struct mote_text){begin, (size_t)(line.data - begin)};
            return true;
        }
    }
    return false;
}

void mote_scan_page(struct mote_text reply)
{
    int last = scan.next_number - 1;
    struct mote_text entry;

    if (!scan.running)
        return;
    while (next_entry(&reply, &entry)) {
        int number = take_entry(entry);
        last = number > last ? number : last;
    }
    if (last < scan.next_number || scan.pages == PAGES_MAX) {
        finish();
        return;
    }
    scan.next_number = last + 1;
    ask_page();
}

void mote_scan_reset(void)
{
    finish();
    scan.count = 0;
}

int mote_scan_results(struct mote_wifi_found *found, int max)
{
    int count = 0;

    if (scan.running)
        return -1;
    for (; count < (int)scan.count && count < max; count++)
        found[count] = scan.points[count].found;
    return count;
}

int mote_scan_frequency(const uint8_t bssid[6])
{
    for (unsigned i = 0; i < scan.count; i++) {
        if (memcmp(scan.points[i].found.bssid, bssid, 6) == 0)
            return scan.points[i].frequency_mhz;
    }
    return 0;
}
