/* Servers that send a client to another one: 0x9C for this once, 0x9D for good. */
#include "node/inside.h"

#include "mqtt/codec.h"

#include <string.h>

enum { REDIRECTS_MAX = 3 };

static bool is_redirect(const struct mote_node *node, const struct mote_session_event *event)
{
    return node->session.version == MOTE_MQTT_5 &&
           (event->reason_code == MOTE_CODE_USE_ANOTHER_SERVER || event->reason_code == MOTE_CODE_SERVER_MOVED);
}

/* The rest of the URL stays: scheme, user, password, and what TLS asks of the server. */
static bool find_server(const struct mote_node *node, const struct mote_session_event *event,
                        struct mote_broker_place *place)
{
    struct mote_url url = node->url;
    struct mote_property reference;

    if (!mote_properties_find(&event->properties, MOTE_SERVER_REFERENCE, &reference) ||
        !mote_url_refer(&url, reference.text, place->host, sizeof place->host))
        return false;
    place->port = url.port;
    return true;
}

bool mote_node_redirect(struct mote_node *node, const struct mote_session_event *event)
{
    struct mote_node_brokers *brokers = &node->brokers;
    struct mote_broker_place place;

    if (!is_redirect(node, event))
        return false;
    if (brokers->redirects == REDIRECTS_MAX) {
        node->retry.words = "one server after the other sends it on";
        return false;
    }
    if (!find_server(node, event, &place)) {
        node->retry.words = "the server sends it to another one, without a name that can be used";
        return false;
    }
    brokers->redirects++;
    brokers->redirected = true;
    brokers->aside = event->reason_code == MOTE_CODE_USE_ANOTHER_SERVER;
    if (brokers->aside) {
        brokers->other = place;
    } else {
        brokers->moved = place;
        brokers->moved_at = (uint8_t)(brokers->at + 1u);
    }
    return true;
}

bool mote_node_redirect_take(struct mote_node *node)
{
    if (!node->brokers.redirected)
        return false;
    node->brokers.redirected = false;
    mote_node_brokers_aim(node);
    return true;
}
