#include <mote/node.h>

#include <stdio.h>
#include <stdlib.h>

static int complain(const struct mote_node_fault *fault)
{
    const struct mote_port *port = mote_port();
    const char *words = "";

    if (fault->why == mote_reason_words(fault->reason) && port->words != NULL)
        words = port->words(port->context); /* of a pin: the node knows no more than the reason */
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

static bool concerns_a_link(enum mote_reason reason)
{
    return (reason >= MOTE_DNS_NOT_FOUND && reason <= MOTE_TLS_CLOCK_NOT_SET) || reason == MOTE_CONFIG_INVALID;
}

/* Beyond the reason. What the port says is of the attempt that has just failed, until the next begins. */
static const char *find_words(const struct mote_node *node)
{
    const struct mote_port *port = mote_port();
    const char *own = mote_node_words(node);

    if (own[0] != '\0' || port->words == NULL || mote_node_state(node) != MOTE_NODE_WAITING ||
        !concerns_a_link(mote_node_reason(node)))
        return own;
    return port->words(port->context);
}

static void log_state(const struct mote_node *node)
{
    const char *name = mote_node_state_name(mote_node_state(node)), *words = find_words(node);
    enum mote_reason reason = mote_node_reason(node);

    if (reason == MOTE_OK)
        fprintf(stderr, "mote: %s: %s\n", node->config.id, name);
    else
        fprintf(stderr, "mote: %s: %s: %s%s%s (%s)\n", node->config.id, name, mote_reason_words(reason),
                words[0] == '\0' ? "" : " ", words, mote_reason_code(reason));
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
