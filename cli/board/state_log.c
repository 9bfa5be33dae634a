#include "state_log.h"

#include <stdio.h>

#include "cli.h"

void state_log_write(struct state_log *log, const struct mote_node *node)
{
    const bool online = mote_node_state(node) == MOTE_NODE_ONLINE;
    const enum mote_reason reason = online ? MOTE_OK : mote_node_reason(node);

    if (online && !log->online) {
        fprintf(stderr, "mote: %s: online\n", node->config.id);
    } else if (reason != MOTE_OK && reason != log->reason) {
        cli_errorf(node->config.id, reason, "%s %s", mote_reason_words(reason), mote_reason_next(reason));
    }
    log->reason = online || reason != MOTE_OK ? reason : log->reason;
    log->online = online;
}
