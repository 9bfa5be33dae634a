/* What a running node is asked to do, and does. */
#ifndef CONTROL_NODE_H
#define CONTROL_NODE_H

#include "config/config.h"

#include <cjson/cJSON.h>
#include <mote/node.h>
#include <mote/settings.h>

/* A network that is being tried. */
struct control_trial {
    bool active;
    bool begun; /* the station has been on its way to it */
    enum mote_reason reason;
    uint64_t begun_ms;
    uint64_t until_ms;
    struct mote_known_network network;
};

struct control_node {
    struct mote_node *node;
    struct config *config;
    struct mote_settings *settings;                 /* as they are kept */
    struct mote_network program[MOTE_NETWORKS_MAX]; /* those of the node's file */
    struct control_trial trial;
};

/* The networks that the node knows: what is kept comes before what is in the file, and the latest before all. */
void control_node_list(const struct control_node *node, struct mote_network list[MOTE_NETWORKS_MAX]);

/* Does what a request says. Returns the answer, or NULL if it comes later: see control_node_turn(). */
cJSON *control_node_do(struct control_node *node, const cJSON *request);

/* Looks after what takes time. Returns the answer when it is there. */
cJSON *control_node_turn(struct control_node *node);

/* Nobody waits for it any more: all is as it was. */
void control_node_cancel(struct control_node *node);

/* {"ok": false, "reason": ..., "words": ...} */
cJSON *control_refusal(enum mote_reason reason, const char *words);

#endif
