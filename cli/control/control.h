/* Control: the socket at which a running node takes what its owner wants by hand, so that the node keeps it. A line of JSON in,
 * a line of JSON out: docs/PROTOCOL.md. Only the node's own user and root are let in. */
#ifndef CONTROL_H
#define CONTROL_H

#include "config/config.h"

struct control;

/* Before the node is made: a node without a setup portal gets the networks that are kept for it, before its file's. */
void control_prepare(struct config *config);

/* Listens, at NODE.sock in the folder of folder.h, until control_stop(). Returns NULL if it cannot, after saying why; the node
 * runs without it. */
struct control *control_start(struct mote_node *node);
void control_stop(struct control *control);

#endif
