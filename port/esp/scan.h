/* Scans: one at a time, whose result stays until the next. */
#ifndef MOTE_ESP_SCAN_H
#define MOTE_ESP_SCAN_H

#include <mote/wifi.h>

void mote_scan_begin(void);

/* The SDK has heard what there is to hear. */
void mote_scan_done(void);

/* The station is switched off: nobody tells of a scan's end any more. */
void mote_scan_forget(void);

/* As mote_wifi_scan_results(). */
int mote_scan_results(struct mote_wifi_found *found, int max);

#endif
