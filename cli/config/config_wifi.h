/* WiFi: the part `wifi` of a node's YAML file. */
#ifndef CONFIG_WIFI_H
#define CONFIG_WIFI_H

#include "config.h"
#include "config_check.h"

/* Takes the networks and how they are joined, if the file has such a part. */
void config_wifi_check(struct config_check *check, struct config *config);

#endif
