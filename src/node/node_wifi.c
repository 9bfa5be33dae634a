/* A node's networks: which are known, and what has been learnt of them. */
#include "node/inside.h"
#include "wifi/supervisor.h"

#include <string.h>

static bool are_possible(const struct mote_network *networks)
{
    for (unsigned i = 0; i < MOTE_NETWORKS_MAX && networks[i].ssid != NULL; i++) {
        if (!mote_network_is_possible(&networks[i]))
            return false;
    }
    return true;
}

void mote_node_begin_wifi(struct mote_node *node)
{
    if (!are_possible(node->config.networks))
        mote_node_blame(node, MOTE_CONFIG_INVALID, "WiFi network",
                        "its name must have 1 to 32 bytes, its password 8 to 63 characters or none");
    if (node->config.wifi_memory != NULL)
        memcpy(node->wifi.memory, node->config.wifi_memory, sizeof node->wifi.memory);
    node->config.wifi_memory = NULL;
}

enum mote_reason mote_node_set_networks(struct mote_node *node, const struct mote_network *networks)
{
    if (!are_possible(networks))
        return MOTE_CONFIG_INVALID;
    memcpy(node->config.networks, networks, sizeof node->config.networks);
    mote_supervisor_restart(&node->wifi);
    return MOTE_OK;
}

void mote_node_move(struct mote_node *node, const struct mote_network *networks, const struct mote_wifi_memory *memory)
{
    memcpy(node->config.networks, networks, sizeof node->config.networks);
    memcpy(node->wifi.memory, memory, sizeof node->wifi.memory);
    mote_supervisor_leave(&node->wifi, node->port);
}

const struct mote_wifi_memory *mote_node_wifi_memory(const struct mote_node *node)
{
    return node->wifi.memory;
}
