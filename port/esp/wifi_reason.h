/* Why a station was disconnected: the SDK's number, in our words. The numbers are the same in ESP8266_RTOS_SDK and ESP-IDF, those
 * below 200 are IEEE 802.11's. */
#ifndef MOTE_ESP_WIFI_REASON_H
#define MOTE_ESP_WIFI_REASON_H

#include <mote/reason.h>
#include <stdbool.h>

/* What it means for a station that was on its way into a network, or that was in one already. MOTE_OK for what it asked for
 * itself. */
enum mote_reason mote_esp_wifi_reason(unsigned number, bool was_joined);

/* What the number stands for, in a few words; empty for one that has none here. A static string. */
const char *mote_esp_wifi_words(unsigned number);

#endif
