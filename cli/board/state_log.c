#include "state_log.h"

#include <stdio.h>

#include "cli.h"

/* Of a connection the port knows more than the reason does. */
static void say(const struct mote_node *node, enum mote_reason reason)
{
    const struct mote_port *const port = mote_port();
    const bool of_connection = reason >= MOTE_DNS_NOT_FOUND && port->words != NULL;
    const char *const words = of_connection ? port->words(port->context) : "";

    if (words[0] != '\0') {
        cli_errorf(node->config.id, reason, "%s. %s", words, mote_reason_next(reason));
    } else {
        cli_errorf(node->config.id, reason, "%s %s", mote_reason_words(reason), mote_reason_next(reason));
    }
}

void state_log_write(struct state_log *log, const struct mote_node *node)
{
    const bool online = mote_node_state(node) == MOTE_NODE_ONLINE;
    const enum mote_reason reason = online ? MOTE_OK : mote_node_reason(node);

    if (online && !log->online) {
        fprintf(stderr, "mote: %s: online\n", node->config.id);
    } else if (reason != MOTE_OK && reason != log->reason) {
        say(node, reason);
    }
    log->reason = online || reason != MOTE_OK ? reason : log->reason;
    log->online = online;
}
