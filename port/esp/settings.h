/* Settings in NVS: one record a node, under a key made of its id. */
#ifndef MOTE_ESP_SETTINGS_H
#define MOTE_ESP_SETTINGS_H

#include <mote/port.h>

extern const struct mote_settings_port mote_esp_settings;

#endif
