/* Scans, and what the last one has found. */
#ifndef MOTE_SCAN_H
#define MOTE_SCAN_H

#include "port/linux/radio/wpa_event.h"
#include <mote/wifi.h>

void mote_scan_begin(void);
void mote_scan_event(const struct mote_wpa_event *event);
void mote_scan_replied(struct mote_text reply); /* to MOTE_REQUEST_SCAN */
void mote_scan_page(struct mote_text reply);    /* to MOTE_REQUEST_PAGE */

/* Nothing has been found, and no scan is going on. */
void mote_scan_reset(void);

/* As mote_wifi_scan_results(). */
int mote_scan_results(struct mote_wifi_found *found, int max);

/* Where the access point was heard, in MHz; 0: it was not. */
int mote_scan_frequency(const uint8_t bssid[6]);

#endif
