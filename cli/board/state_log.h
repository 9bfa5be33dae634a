/* State log: what has become of a node, on stderr, a line for each thing that a person would want to know. */
#ifndef STATE_LOG_H
#define STATE_LOG_H

#include <mote/node.h>
#include <mote/setup.h>

/* What was said last. Zero: nothing yet. */
struct state_log {
    bool joined; /* its network, if it needs one */
    bool online;
    enum mote_reason reason;
    enum mote_reason outbox; /* what was wrong with it */
    uint32_t lost, left;     /* sessions with messages under way */
};

/* Says which network the node has joined, that it is online, or why it is not, what is wrong with its outbox, and that messages may
 * arrive twice, unless that was what it said last. */
void state_log_write(struct state_log *log, const struct mote_node *node);

/* Says what has become of the node's setup portal. */
void state_log_setup(const struct mote_setup *setup, const char *id);

#endif
