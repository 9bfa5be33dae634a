/* How `mote wifi` prints access points and the station. Names come from strangers: nothing of them reaches a terminal as it is. */
#ifndef WIFI_PRINT_H
#define WIFI_PRINT_H

#include <cjson/cJSON.h>
#include <mote/wifi.h>

enum { WIFI_NAME_SIZE = 4 * 32 + 1 };

/* The name with control characters and what is not UTF-8 as \xHH. */
void wifi_print_name(const char *ssid, char name[WIFI_NAME_SIZE]);

void wifi_print_scan(const struct mote_wifi_found *found, int count, bool json);
/* The station as an object, and as it was from an object. */
cJSON *wifi_status_json(const struct mote_wifi_status *status);
void wifi_status_read(const cJSON *object, struct mote_wifi_status *status);

void wifi_print_status(const struct mote_wifi_status *status, bool json);

#endif
