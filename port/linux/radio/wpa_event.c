#include "port/linux/radio/wpa_event.h"
#include "port/linux/radio/wpa_text.h"
#include <limits.h>
#include <string.h>

enum {
    AUTH_SAE = 3,
    STATUS_FAILURE = 1,
    STATUS_CHALLENGE_FAILED = 15,
    STATUS_TRY_LATER = 30, /* the access point still has this station's earlier association; it is tried again */
};

bool mote_wpa_is_event(struct mote_text datagram)
{
    return datagram.length > 2 && datagram.data[0] == '<' && memchr(datagram.data, '>', datagram.length) != NULL;
}

static enum mote_wpa_event_type type_of_auth_reject(struct mote_text line)
{
    int status = mote_wpa_number_of(line, ' ', "status_code", 0, UINT16_MAX, 0);
    bool is_sae = mote_wpa_number_of(line, ' ', "auth_type", 0, UINT16_MAX, 0) == AUTH_SAE;

    return is_sae && (status == STATUS_FAILURE || status == STATUS_CHALLENGE_FAILED) ? MOTE_WPA_KEY_REJECTED
                                                                                     : MOTE_WPA_REFUSED;
}

static enum mote_wpa_event_type type_of_assoc_reject(struct mote_text line)
{
    int status = mote_wpa_number_of(line, ' ', "status_code", 0, UINT16_MAX, 0);

    return status == STATUS_TRY_LATER ? MOTE_WPA_OTHER : MOTE_WPA_REFUSED;
}

static enum mote_wpa_event_type type_of_temp_disabled(struct mote_text line)
{
    struct mote_text reason;

    return mote_wpa_value(line, ' ', "reason", &reason) && mote_text_equals(reason, "WRONG_KEY") ? MOTE_WPA_WRONG_KEY
                                                                                                 : MOTE_WPA_GIVEN_UP;
}

/* A scan that fails and is not tried again has nothing to wait for. */
static enum mote_wpa_event_type type_of_scan_failed(struct mote_text line)
{
    return mote_wpa_number_of(line, ' ', "retry", 0, 1, 0) == 1 ? MOTE_WPA_OTHER : MOTE_WPA_SCAN_DONE;
}

static enum mote_wpa_event_type type_of(struct mote_text line)
{
    static const struct {
        const char *beginning;
        enum mote_wpa_event_type type;
        enum mote_wpa_event_type (*look)(struct mote_text line);
    } known[] = {
        {"CTRL-EVENT-CONNECTED ", MOTE_WPA_CHANGED, NULL},
        {"CTRL-EVENT-DISCONNECTED ", MOTE_WPA_CHANGED, NULL},
        {"CTRL-EVENT-BEACON-LOSS", MOTE_WPA_CHANGED, NULL},
        {"CTRL-EVENT-SSID-TEMP-DISABLED ", MOTE_WPA_OTHER, type_of_temp_disabled},
        {"CTRL-EVENT-AUTH-REJECT ", MOTE_WPA_OTHER, type_of_auth_reject},
        {"CTRL-EVENT-ASSOC-REJECT ", MOTE_WPA_OTHER, type_of_assoc_reject},
        {"CTRL-EVENT-NETWORK-NOT-FOUND", MOTE_WPA_NOT_FOUND, NULL},
        {"CTRL-EVENT-SCAN-STARTED", MOTE_WPA_SCAN_STARTED, NULL},
        {"CTRL-EVENT-SCAN-RESULTS", MOTE_WPA_SCAN_DONE, NULL},
        {"CTRL-EVENT-SCAN-FAILED", MOTE_WPA_OTHER, type_of_scan_failed},
        {"CTRL-EVENT-SIGNAL-CHANGE ", MOTE_WPA_SIGNAL, NULL},
        {"CTRL-EVENT-TERMINATING", MOTE_WPA_TERMINATING, NULL},
        {"WPA: 4-Way Handshake failed", MOTE_WPA_WRONG_KEY, NULL},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (mote_wpa_starts_with(line, known[i].beginning))
            return known[i].look != NULL ? known[i].look(line) : known[i].type;
    }
    return MOTE_WPA_OTHER;
}

struct mote_wpa_event mote_wpa_event_read(struct mote_text datagram)
{
    struct mote_wpa_event event = {.type = MOTE_WPA_OTHER, .block = -1};
    struct mote_text level;

    if (!mote_wpa_is_event(datagram) || !mote_wpa_part(&datagram, '>', &level))
        return event;
    event.type = type_of(datagram);
    event.block = mote_wpa_number_of(datagram, ' ', "id", 0, INT_MAX, -1);
    event.signal_dbm = mote_wpa_number_of(datagram, ' ', "signal", -100, -1, 0);
    if (event.type == MOTE_WPA_SIGNAL && event.signal_dbm == 0)
        event.type = MOTE_WPA_OTHER;
    return event;
}
