/* The station: joins a network, and says how it is. */
#ifndef MOTE_ESP_STATION_H
#define MOTE_ESP_STATION_H

#include "port/esp/join.h"

/* Begins to join; the network is copied. Returns MOTE_OK, or MOTE_CONFIG_INVALID with words. */
enum mote_reason mote_esp_station_connect(const struct mote_network *network, const struct mote_wifi_aim *aim);
void mote_esp_station_disconnect(void);

/* The SDK tells something, `number` with MOTE_JOIN_DISCONNECTED. */
void mote_esp_station_event(enum mote_join_event event, unsigned number);

/* Time has passed. */
void mote_esp_station_turn(uint64_t now_ms);

void mote_esp_station_status(struct mote_wifi_status *status);

#endif
