/* What a node tells of itself and its things: retained values of which only the latest counts. At most one publication of
 * each is under way, so that neither an outage nor a slow broker piles them up, and none is overtaken by an older one. */
#include "node/inside.h"

void mote_node_report(struct mote_node *node, struct mote_report *report)
{
    report->due = true;
    node->reports_due = true;
}

void mote_node_reports_restart(struct mote_node *node)
{
    if (!node->config.no_status) {
        mote_node_report(node, &node->status_report);
        mote_node_report(node, &node->reason_report);
    }
    for (struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next)
        mote_node_report(node, &thing->state);
    for (struct mote_button *button = node->buttons; button != NULL; button = button->next)
        mote_node_report(node, &button->state);
}

static void publish(struct mote_node *node, struct mote_report *report, const char *topic, const char *value)
{
    struct mote_message message = {
        .topic = mote_text(topic), .payload = mote_text(value), .qos = MOTE_QOS_1, .retain = true};
    enum mote_reason reason;

    if (!report->due || report->packet_id != 0)
        return;
    report->due = false;
    reason = mote_node_send(node, &message, &report->packet_id);
    if (reason == MOTE_CONFIG_INVALID) { /* there are brokers without QoS 1 */
        message.qos = MOTE_QOS_0;
        reason = mote_node_send(node, &message, NULL);
    }
    if (reason == MOTE_MQTT_QUOTA)
        mote_node_report(node, report);
}

static void publish_state(struct mote_node *node, struct mote_report *report, const char *name, bool on)
{
    char topic[MOTE_TOPIC_SIZE];

    if (report->due && mote_node_topic(node, name, "state", topic))
        publish(node, report, topic, on ? "on" : "off");
}

void mote_node_reports_send(struct mote_node *node)
{
    char topic[MOTE_TOPIC_SIZE];

    if (node->state != MOTE_NODE_ONLINE || !node->reports_due)
        return;
    node->reports_due = false;
    publish(node, &node->status_report, node->status_topic,
            node->stopping || node->brokers.leaving ? "offline" : "online");
    if (mote_node_topic(node, NULL, "reason", topic))
        publish(node, &node->reason_report, topic, mote_reason_code(node->last_reason));
    for (struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next)
        publish_state(node, &thing->state, thing->name, mote_switch_is_on(thing));
    for (struct mote_button *button = node->buttons; button != NULL; button = button->next)
        publish_state(node, &button->state, button->name, button->pressed);
}

static void answered(struct mote_node *node, struct mote_report *report, uint16_t packet_id)
{
    if (report->packet_id != packet_id)
        return;
    report->packet_id = 0;
    node->reports_due = true;
}

void mote_node_reports_answered(struct mote_node *node, uint16_t packet_id)
{
    answered(node, &node->status_report, packet_id);
    answered(node, &node->reason_report, packet_id);
    for (struct mote_switch *thing = node->switches; thing != NULL; thing = thing->next)
        answered(node, &thing->state, packet_id);
    for (struct mote_button *button = node->buttons; button != NULL; button = button->next)
        answered(node, &button->state, packet_id);
}
