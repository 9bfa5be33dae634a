#include "sim/weather/fault.h"

#include <string.h>

#define S UINT64_C(1000)
#define M (60 * S)

static const struct {
    const char *name, *words;
    uint64_t usual_ms;
    bool common;
} kinds[FAULT_KINDS] = {
    [FAULT_ROUTER_REBOOT] = {"router_reboot", "the access points are gone and come back", 3 * M, true},
    [FAULT_WEAK_SIGNAL] = {"weak_signal", "the signal is too weak to join", 10 * M, false},
    [FAULT_CHANNEL_CHANGE] = {"channel_change", "the access points move to another address and channel", 3 * S, true},
    [FAULT_WRONG_KEY] = {"wrong_key", "the access points have another key", 5 * M, true},
    [FAULT_NO_LEASE] = {"no_lease", "the access points have no address for the station", 5 * M, true},
    [FAULT_WIFI_REFUSES] = {"wifi_refuses", "the access points take no more stations", 5 * M, true},
    [FAULT_LATE_NEWS] = {"late_news", "the radio's driver tells late what has happened", 20 * S, false},
    [FAULT_RADIO_RESET] = {"radio_reset", "the radio's driver switches it off", 0, false},
    [FAULT_NO_NAMES] = {"no_names", "the broker's name is not found", 3 * M, true},
    [FAULT_CONNECTION_REFUSED] = {"connection_refused", "connections are refused", 3 * M, true},
    [FAULT_NO_ANSWER] = {"no_answer", "attempts to connect are not answered", 3 * M, true},
    [FAULT_RESET] = {"reset", "the connection is reset", 0, false},
    [FAULT_FIN] = {"fin", "the connection is closed from afar", 0, false},
    [FAULT_HALF_OPEN] = {"half_open", "the connection is dead and nobody is told", 0, false},
    [FAULT_CAPTIVE] = {"captive", "connections are made, and lead nowhere", 3 * M, true},
    [FAULT_SLOW] = {"slow", "bytes take seconds", 10 * M, false},
    [FAULT_NARROW] = {"narrow", "a connection takes and brings a few bytes at a time", 10 * M, false},
    [FAULT_BROKER_RESTART] = {"broker_restart", "the broker ends, and comes back with its sessions", 30 * S, true},
    [FAULT_BROKER_LOSES_SESSIONS] = {"broker_loses_sessions", "the broker ends, and comes back empty", 30 * S, true},
    [FAULT_BROKER_UPGRADE] = {"broker_upgrade", "the broker says goodbye, and comes back empty", 2 * M, true},
    [FAULT_BROKER_REFUSES] = {"broker_refuses", "the broker answers CONNECT with a refusal", 3 * M, true},
    [FAULT_BROKER_FULL] = {"broker_full", "the broker closes new connections at once", 3 * M, true},
    [FAULT_TWIN] = {"twin", "another client connects with the device's name", 30 * S, false},
    [FAULT_HELD_ACKS] = {"held_acks", "the broker's acknowledgements come late", 3 * M, true},
    [FAULT_POWER_CUT] = {"power_cut", "the power is cut", 10 * S, false},
    [FAULT_FLASH_CUT] = {"flash_cut", "the power is cut while the flash is written", 5 * S, false},
    [FAULT_SETTINGS_CUT] = {"settings_cut", "the power is cut while settings are kept, or the flash refuses them", 0,
                            false},
    [FAULT_BROWN_OUT] = {"brown_out", "the power goes again and again, soon after each start", 20 * S, false},
    [FAULT_WATCHDOG] = {"watchdog", "the watchdog resets the device", 0, false},
    [FAULT_SUSPEND] = {"suspend", "the device sleeps, and its clock goes on", 30 * M, false},
    [FAULT_BIT_ROT] = {"bit_rot", "a bit of the flash flips", 0, false},
    [FAULT_MESSAGE_FLOOD] = {"message_flood", "the program publishes many messages at once", 0, false},
    [FAULT_COMMAND_FLOOD] = {"command_flood", "many commands are sent to the device at once", 0, false},
    [FAULT_BUTTON] = {"button", "somebody presses a button again and again", 0, false},
};

const char *fault_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

const char *fault_words(enum fault_kind kind)
{
    return kinds[kind].words;
}

bool fault_find(const char *name, enum fault_kind *kind)
{
    for (int i = 0; i < FAULT_KINDS; i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        *kind = (enum fault_kind)i;
        return true;
    }
    return false;
}

uint64_t fault_usual_ms(enum fault_kind kind)
{
    return kinds[kind].usual_ms;
}

bool fault_is_common(enum fault_kind kind)
{
    return kinds[kind].common;
}
