/* What a node does with its outbox: publications go into it, and from it to the session; nothing goes out that relies on what it has
 * not kept yet. */
#include "node/inside.h"

#include "mqtt/codec.h"
#include "outbox/outbox_calls.h"
#include "outbox/sequence.h"

/* --- What is wrong --- */

/* It is told at once, and to the broker as the last thing that was wrong; what began an outage is more important there. */
static void tell(struct mote_node *node, enum mote_reason reason)
{
    mote_node_complain(node, reason);
    if (node->outage || node->config.no_status || node->last_reason == reason)
        return;
    node->last_reason = reason;
    mote_node_report(node, &node->reason_report);
}

/* What is wrong with it, also with one that is not there. */
static enum mote_reason trouble(const struct mote_node *node)
{
    return node->config.outbox != NULL ? node->config.outbox->reason : node->config.outbox_reason;
}

static void take_back(struct mote_node *node, enum mote_reason reason)
{
    if (node->reason == reason)
        mote_node_complain(node, trouble(node));
}

/* Has something gone wrong with it, or is right again? */
static void watch(struct mote_node *node)
{
    enum mote_reason reason = trouble(node), told = node->outbox_told;

    if (reason == told)
        return;
    node->outbox_told = reason;
    if (reason != MOTE_OK)
        tell(node, reason);
    else
        take_back(node, told);
}

/* --- Publishing --- */

/* What is larger than the session's store could never leave again. */
static bool fits_store(const struct mote_node *node, const struct mote_message *message)
{
    struct mote_message copy = *message;

    copy.packet_id = 1;
    copy.source = NULL;
    size_t size = mote_codec_encode_publish(NULL, SIZE_MAX, node->session.version, &copy);
    size_t rest = message->source == NULL ? 0 : message->source->size;
    return size <= node->session_config.store_size && rest <= node->session_config.store_size - size;
}

enum mote_reason mote_node_outbox_put(struct mote_node *node, const struct mote_message *message, uint16_t *packet_id)
{
    struct mote_outbox *outbox = node->config.outbox;
    enum mote_reason reason = MOTE_MQTT_PACKET_TOO_LARGE;

    if (packet_id != NULL)
        *packet_id = mote_sequence_packet_id(outbox->next);

    if (fits_store(node, message))
        reason = outbox->calls->put(outbox, message, node->port->now_ms(node->port->context));
    if (reason == MOTE_OK)
        take_back(node, MOTE_OUTBOX_FULL);
    else if (reason == MOTE_OUTBOX_FULL || reason == MOTE_OUTBOX_CORRUPT)
        tell(node, reason);
    return reason;
}

/* --- The session --- */

void mote_node_outbox_restore(struct mote_node *node)
{
    struct mote_outbox *outbox = node->config.outbox;

    if (outbox != NULL)
        outbox->calls->restore(outbox, &node->session);
}

void mote_node_outbox_connected(struct mote_node *node, bool session_present)
{
    struct mote_outbox *outbox = node->config.outbox;

    if (outbox != NULL)
        outbox->calls->connected(outbox, mote_node_brokers_session_mark(node), session_present);
}

bool mote_node_outbox_answered(struct mote_node *node, const struct mote_session_event *event)
{
    struct mote_outbox *outbox = node->config.outbox;

    return outbox != NULL && outbox->calls->answered(outbox, event->packet_id, event->reason_code);
}

bool mote_node_outbox_turn(struct mote_node *node)
{
    struct mote_outbox *outbox = node->config.outbox;

    if (outbox == NULL) {
        watch(node);
        return true;
    }
    if (node->session.state == MOTE_SESSION_CONNECTED)
        outbox->calls->send(outbox, &node->session, node->sched.now_ms);
    node->unkept = !outbox->calls->commit(outbox, &node->session, node->sched.now_ms);
    watch(node);
    return !node->unkept;
}

void mote_node_outbox_complain(struct mote_node *node)
{
    if (trouble(node) != MOTE_OK)
        mote_node_complain(node, trouble(node));
}

uint64_t mote_node_outbox_deadline(const struct mote_node *node)
{
    const struct mote_outbox *outbox = node->config.outbox;

    return outbox == NULL ? MOTE_NEVER : outbox->calls->deadline(outbox);
}
