#include <mote/node.h>

#include <stdio.h>
#include <stdlib.h>

static bool concerns_a_pin(enum mote_reason reason)
{
    return reason == MOTE_PIN_ABSENT || reason == MOTE_PIN_BUSY;
}

static int complain(const struct mote_node_fault *fault)
{
    const struct mote_port *port = mote_port();
    const char *words = "";

    if (concerns_a_pin(fault->reason) && port->words != NULL)
        words = port->words(port->context);
    fprintf(stderr, "mote: %s: %s%s%s (%s)\n", fault->what, fault->why, words[0] == '\0' ? "" : " ", words,
            mote_reason_code(fault->reason));
    return 1;
}

static bool is_asked_to_stop(void)
{
    const struct mote_port *port = mote_port();

    return port->stop_requested != NULL && port->stop_requested(port->context);
}

static bool is_asked_to_log(void)
{
    const char *value = getenv("MOTE_LOG");

    return value != NULL && value[0] == '1' && value[1] == '\0';
}

static void log_state(const struct mote_node *node)
{
    const char *name = mote_node_state_name(mote_node_state(node));

    if (mote_node_reason(node) == MOTE_OK)
        fprintf(stderr, "mote: %s: %s\n", node->config.id, name);
    else
        fprintf(stderr, "mote: %s: %s: %s (%s)\n", node->config.id, name, mote_reason_words(mote_node_reason(node)),
                mote_reason_code(mote_node_reason(node)));
}

int mote_node_run(struct mote_node *node)
{
    const bool logs = is_asked_to_log();
    enum mote_node_state state = MOTE_NODE_STOPPED;
    enum mote_reason reason = MOTE_OK;

    if (mote_node_fault(node)->reason != MOTE_OK)
        return complain(mote_node_fault(node));
    do {
        if (is_asked_to_stop())
            mote_node_stop(node);
        uint64_t deadline_ms = mote_node_turn(node);
        if (logs && (mote_node_state(node) != state || mote_node_reason(node) != reason))
            log_state(node);
        state = mote_node_state(node);
        reason = mote_node_reason(node);
        if (state != MOTE_NODE_STOPPED)
            mote_port()->wait(mote_port()->context, deadline_ms);
    } while (state != MOTE_NODE_STOPPED);
    return 0;
}
