/* This device's own access point; the SDK's DHCP server gives addresses there. */
#ifndef MOTE_ESP_ACCESS_POINT_H
#define MOTE_ESP_ACCESS_POINT_H

#include <mote/reason.h>

/* How it is to be; takes effect while it is active, too. Strings are copied. */
enum mote_reason mote_access_point_configure(const char *ssid, const char *password);

/* It is on: gives the SDK what was configured before. */
void mote_access_point_apply(void);

#endif
