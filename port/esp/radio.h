/* The WiFi: the station and the access point of esp_wifi. What the SDK tells comes as events, in a task of its own, and is posted to the loop.
 *
 *   radio.c           the table for the core; starts and stops, and hands out the events
 *   station.c         joins networks, and knows how far it is
 *   join.c            ...decided here, without the SDK
 *   wifi_reason.c     why it was disconnected
 *   scan.c            what is on the air
 *   access_point.c    this device's own
 */
#ifndef MOTE_ESP_RADIO_H
#define MOTE_ESP_RADIO_H

#include <mote/port.h>

extern const struct mote_radio_port mote_esp_radio;

/* Returns false if the SDK's parts do not start: the log says which. */
bool mote_radio_start(void);

/* Time has passed. */
void mote_radio_turn(uint64_t now_ms);

#endif
