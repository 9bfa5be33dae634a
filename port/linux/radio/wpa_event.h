/* The events of wpa_supplicant that say why a station is not joined, or that something has changed. */
#ifndef MOTE_WPA_EVENT_H
#define MOTE_WPA_EVENT_H

#include <mote/text.h>

enum mote_wpa_event_type {
    MOTE_WPA_OTHER,
    MOTE_WPA_CHANGED, /* connected, disconnected, beacons lost: STATUS tells how it is */
    MOTE_WPA_WRONG_KEY,
    MOTE_WPA_KEY_REJECTED, /* by SAE, of which wpa_supplicant never says more: it tries three times */
    MOTE_WPA_REFUSED,
    MOTE_WPA_GIVEN_UP, /* for a while: after what came before */
    MOTE_WPA_NOT_FOUND,
    MOTE_WPA_SCAN_STARTED,
    MOTE_WPA_SCAN_DONE,
    MOTE_WPA_SIGNAL,
    MOTE_WPA_TERMINATING,
};

struct mote_wpa_event {
    enum mote_wpa_event_type type;
    int block;      /* the network block concerned, -1: it does not say */
    int signal_dbm; /* MOTE_WPA_SIGNAL */
};

/* Is this datagram an event, rather than the answer to a request? */
bool mote_wpa_is_event(struct mote_text datagram);

/* Reads one. What is not known, or not whole, is MOTE_WPA_OTHER. */
struct mote_wpa_event mote_wpa_event_read(struct mote_text datagram);

#endif
