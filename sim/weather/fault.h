/* Faults: what can go wrong, as events of a weather that is known before the run begins. So a run can be repeated with some of
 * them left out. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum fault_kind {
    /* WiFi */
    FAULT_ROUTER_REBOOT,
    FAULT_WEAK_SIGNAL,
    FAULT_CHANNEL_CHANGE,
    FAULT_WRONG_KEY,
    FAULT_NO_LEASE,
    FAULT_WIFI_REFUSES,
    FAULT_LATE_NEWS,
    FAULT_RADIO_RESET,
    /* Connections */
    FAULT_NO_NAMES,
    FAULT_CONNECTION_REFUSED,
    FAULT_NO_ANSWER,
    FAULT_RESET,
    FAULT_FIN,
    FAULT_HALF_OPEN,
    FAULT_CAPTIVE,
    FAULT_SLOW,
    FAULT_NARROW,
    /* Broker */
    FAULT_BROKER_RESTART,
    FAULT_BROKER_LOSES_SESSIONS,
    FAULT_BROKER_UPGRADE,
    FAULT_BROKER_REFUSES,
    FAULT_BROKER_FULL,
    FAULT_TWIN,
    FAULT_HELD_ACKS,
    /* Power */
    FAULT_POWER_CUT,
    FAULT_FLASH_CUT,
    FAULT_SETTINGS_CUT,
    FAULT_BROWN_OUT,
    FAULT_WATCHDOG,
    FAULT_SUSPEND,
    FAULT_BIT_ROT,
    /* What people do */
    FAULT_MESSAGE_FLOOD,
    FAULT_COMMAND_FLOOD,
    FAULT_BUTTON,
    FAULT_KINDS, /* how many */
};

/* One of them. */
struct fault {
    uint64_t at_ms;
    uint64_t for_ms; /* 0: it happens and is over */
    enum fault_kind kind;
    int device;     /* index; -1: all */
    uint32_t value; /* which of its variants; drawn, 0 in a file */
};

/* All of a run, in the order of their times. */
struct weather {
    struct fault *faults;
    size_t count;
    size_t room;
};

/* A static string, as `router_reboot`, and what it does. */
const char *fault_name(enum fault_kind kind);
const char *fault_words(enum fault_kind kind);

/* Finds one by its name. Returns false if there is none. */
bool fault_find(const char *name, enum fault_kind *kind);

/* How long it usually lasts; 0 for one that is over at once. */
uint64_t fault_usual_ms(enum fault_kind kind);

/* Is it the broker's, so that it concerns all devices? */
bool fault_is_common(enum fault_kind kind);

/* Draws the weather of a run: stretches of hours to days, each with its own kinds and density, and a calm of `calm_ms` after
 * each. */
void weather_draw(struct weather *weather, uint64_t seed, uint64_t duration_ms, uint64_t calm_ms,
                  unsigned device_count);

/* Adds one at its time. */
void weather_add(struct weather *weather, const struct fault *fault);

/* Puts them into the order of their times, if they were added in another. */
void weather_sort(struct weather *weather);

/* Writes it as text, and reads such text; adds to what is there. Return false if that does not work. */
bool weather_write(const struct weather *weather, FILE *file);
bool weather_read(struct weather *weather, FILE *file);

void weather_free(struct weather *weather);

#endif
