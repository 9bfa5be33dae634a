/* The requests to wpa_supplicant, each under way once at most. */
#ifndef MOTE_REQUEST_H
#define MOTE_REQUEST_H

enum {
    MOTE_REQUEST_ATTACH,
    MOTE_REQUEST_CAPABILITY,
    MOTE_REQUEST_STATUS,
    MOTE_REQUEST_SIGNAL,
    MOTE_REQUEST_SCAN,
    MOTE_REQUEST_PAGE,  /* of what the scan has found */
    MOTE_REQUEST_BLOCK, /* a step on the way to a network */
    MOTE_REQUEST_WAKE,
    MOTE_REQUEST_WIDEN,
};

#endif
