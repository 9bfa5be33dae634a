/* How `mote wifi` prints access points and the station. Names come from strangers: nothing of them reaches a terminal as it is. */
#ifndef WIFI_PRINT_H
#define WIFI_PRINT_H

#include <mote/wifi.h>

enum { WIFI_NAME_SIZE = 4 * 32 + 1 };

/* The name with control characters and what is not UTF-8 as \xHH. */
void wifi_print_name(const char *ssid, char name[WIFI_NAME_SIZE]);

void wifi_print_scan(const struct mote_wifi_found *found, int count, bool json);
void wifi_print_status(const struct mote_wifi_status *status, bool json);

#endif
