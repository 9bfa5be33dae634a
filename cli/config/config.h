/* Config: a node's YAML file, loaded, checked and turned into what the library takes. */
#ifndef CONFIG_H
#define CONFIG_H

#include "config_link.h"

#include <mote/node.h>
#include <mote/setup.h>

/* A loaded file. Everything in `node`, `switches`, `buttons` and `setup` points into memory that config_free() gives back. */
struct config {
    struct mote_node_config node;
    struct mote_switch *switches;
    unsigned switch_count;
    struct mote_button *buttons;
    unsigned button_count;
    struct config_outbox *outbox;                        /* NULL: what is not delivered is lost with the power */
    struct mote_setup *setup;                            /* NULL: the node has no setup portal */
    struct mote_wifi_addresses fixed[MOTE_NETWORKS_MAX]; /* of the networks that have fixed addresses */
    struct config_link_files link_files;
    struct config_raw *raw;
};

/* Loads the file. Returns true, or false after saying on stderr what is wrong, every place with line, column and what was
 * expected there; nothing has to be freed then. */
bool config_load(struct config *config, const char *path);

void config_free(struct config *config);

/* Makes the node, with its outbox, and adds its switches, buttons and setup portal, whose pins take their boot state. Returns false after saying on stderr
 * what is wrong. */
bool config_start_node(struct config *config, struct mote_node *node);

/* Gives the pins of all things, and the outbox's flash, back to the board. */
void config_give_back(struct config *config);

#endif
