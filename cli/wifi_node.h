/* `mote wifi` when a node runs: the node is asked. */
#ifndef WIFI_NODE_H
#define WIFI_NODE_H

#include "wifi.h"

/* Each asks on the socket `fd`, closes it, and returns the exit status. */
int wifi_node_status(int fd, const struct wifi_options *options);
int wifi_node_connect(int fd, const struct wifi_options *options, const char *ssid);
int wifi_node_forget(int fd, const char *ssid);
int wifi_node_open(int fd, const struct wifi_options *options, const char *id);

/* The name and key of its access point. Returns false after saying why not. */
bool wifi_node_point(int fd, char ssid[33], char key[65]);

#endif
