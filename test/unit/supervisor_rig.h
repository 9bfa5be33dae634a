/* The WiFi supervisor alone, in an air that the test makes up. */
#ifndef SUPERVISOR_RIG_H
#define SUPERVISOR_RIG_H

#include "fake_port.h"

#include "wifi/supervisor.h"

static struct mote_wifi_supervisor supervisor;
static struct mote_node_config config;

static inline void begin(void)
{
    fake.has_radio = true;
    fake_begin();
    memset(&supervisor, 0, sizeof supervisor);
    config = (struct mote_node_config){
        .networks = {{.ssid = "one", .password = "key of one"}, {.ssid = "two", .password = "key of two"}},
        .retry_delay_ms_min = 1000,
        .retry_delay_ms_max = 30000,
        .retry_reset_after_ms = 30000,
        .wifi_attempt_ms = 15000,
    };
}

static inline bool turn(void)
{
    return mote_supervisor_turn(&supervisor, &config, &fake.port, fake.now_ms);
}

/* Until it has nothing to do at this moment. */
static inline bool settle(void)
{
    unsigned lines;
    bool joined;

    do {
        lines = fake.line_count;
        joined = turn();
    } while (fake.line_count != lines);
    return joined;
}

static inline bool pass(uint64_t duration_ms)
{
    uint64_t end_ms = fake.now_ms + duration_ms;
    bool joined = settle();

    while (supervisor.deadline_ms < end_ms) {
        CHECK(supervisor.deadline_ms >= fake.now_ms);
        fake.now_ms = supervisor.deadline_ms;
        joined = settle();
    }
    fake.now_ms = end_ms;
    return settle() || joined;
}

static inline bool join_now(void)
{
    fake_radio(MOTE_WIFI_CONNECTED, MOTE_OK);
    return settle();
}

static inline void fail_now(enum mote_reason reason)
{
    fake_radio(MOTE_WIFI_IDLE, reason);
    settle();
}

/* An access point of its own: the last byte of its address and its channel are `number`. */
static inline void hear_point(const char *ssid, int signal_dbm, uint8_t number)
{
    fake_hear(ssid, signal_dbm);
    memset(fake.found[fake.found_count - 1].bssid, number, 6);
    fake.found[fake.found_count - 1].channel = number;
}

/* The one that was asked for last has let the station in. */
static inline bool join_there(int signal_dbm)
{
    fake.status.aim = fake.aim;
    fake.status.signal_dbm = (int8_t)signal_dbm;
    return join_now();
}

#endif
