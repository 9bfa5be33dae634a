/* What an image may say, and what becomes of it. */
#include "image_format.h"
#include "node/inside.h"
#include "text/wipe.h"
#include "wifi/supervisor.h"

#include <mote/topic.h>
#include <string.h>

enum { NAME_MAX = 32 };

/* --- What it may say --- */

static bool is_broker(const char *url)
{
    struct mote_url parts;
    char memory[MOTE_URL_SIZE];
    bool is_one = url != NULL && mote_url_parse(&parts, mote_text(url), memory, sizeof memory, NULL) == MOTE_OK;

    mote_wipe(memory, sizeof memory);
    return is_one;
}

static bool is_name(const char *name)
{
    return mote_node_is_id(name) && strlen(name) <= NAME_MAX;
}

static bool is_switch(const struct mote_image_switch *thing)
{
    return is_name(thing->name) &&
           (thing->command_topic == NULL || mote_topic_is_name(mote_text(thing->command_topic)));
}

static bool are_brokers(const struct mote_image *image)
{
    for (unsigned i = 0; i < image->broker_count; i++) {
        if (!is_broker(image->brokers[i]))
            return false;
    }
    return true;
}

static bool are_networks(const struct mote_image *image)
{
    for (unsigned i = 0; i < image->network_count; i++) {
        if (!mote_network_is_possible(&image->networks[i]))
            return false;
    }
    return true;
}

static bool are_things(const struct mote_image *image)
{
    for (unsigned i = 0; i < image->switch_count; i++) {
        if (!is_switch(&image->switches[i]))
            return false;
    }
    for (unsigned i = 0; i < image->button_count; i++) {
        if (!is_name(image->buttons[i].name) || image->buttons[i].toggles > image->switch_count)
            return false;
    }
    return true;
}

static bool is_version(unsigned version)
{
    return version == MOTE_MQTT_DEFAULT || version == MOTE_MQTT_3_1 || version == MOTE_MQTT_3_1_1 ||
           version == MOTE_MQTT_5;
}

const char *mote_image_why_not(const struct mote_image *image)
{
    const struct mote_image_session *session = &image->session;

    if (image->id == NULL || !mote_node_is_id(image->id))
        return "the settings image has no id that a node can have";
    if (!is_version(session->version) ||
        (session->retry_delay_ms_max != 0 && session->retry_delay_ms_max < session->retry_delay_ms_min))
        return "the settings image asks for a session that cannot be";
    if (!are_brokers(image))
        return "the settings image has a broker that is none";
    if (!are_networks(image))
        return "the settings image has a network that cannot be";
    return are_things(image) ? NULL : "the settings image has a switch or button that cannot be";
}

/* --- What becomes of it --- */

static void apply_session(const struct mote_image_session *session, struct mote_node_config *config)
{
    config->keep_alive_s = session->keep_alive_s;
    config->version = (enum mote_mqtt_version)session->version;
    config->keep_session = session->keep_session;
    config->session_expiry_s = session->session_expiry_s;
    config->way_back_ms = session->way_back_ms;
    config->retry_delay_ms_min = session->retry_delay_ms_min;
    config->retry_delay_ms_max = session->retry_delay_ms_max;
    config->retry_spread_ms = session->retry_spread_ms;
}

void mote_image_apply(const struct mote_image *image, struct mote_node_config *config)
{
    if (image->id == NULL)
        return;
    config->id = image->id;
    apply_session(&image->session, config);
    if (image->network_count > 0)
        memcpy(config->networks, image->networks, sizeof config->networks);
    if (image->broker_count == 0)
        return;
    config->broker = image->brokers[0];
    memcpy(config->fallbacks, image->brokers + 1, sizeof config->fallbacks);
}

static enum mote_reason add_switch(const struct mote_image_switch *from, struct mote_node *node,
                                   struct mote_switch *thing)
{
    memset(thing, 0, sizeof *thing);
    thing->name = from->name;
    thing->pin.name = from->name;
    thing->pin.number = from->pin;
    thing->pin.active = (enum mote_level)from->active;
    thing->pin.boot = (enum mote_boot)from->boot;
    thing->command_topic = from->command_topic;
    thing->obey_retained = from->obey_retained;
    thing->on_time_ms_max = from->on_time_ms_max;
    return mote_node_add_switch(node, thing);
}

static enum mote_reason add_button(const struct mote_image_button *from, struct mote_node *node,
                                   struct mote_switch *switches, struct mote_button *thing)
{
    memset(thing, 0, sizeof *thing);
    thing->name = from->name;
    thing->pin.name = from->name;
    thing->pin.number = from->pin;
    thing->pin.active = (enum mote_level)from->active;
    thing->pin.pull = (enum mote_pull)from->pull;
    thing->toggles = from->toggles == 0 ? NULL : &switches[from->toggles - 1];
    thing->event_qos = from->event_qos;
    return mote_node_add_button(node, thing);
}

enum mote_reason mote_image_add_things(const struct mote_image *image, struct mote_node *node,
                                       struct mote_switch *switches, struct mote_button *buttons)
{
    enum mote_reason reason = MOTE_OK;

    for (unsigned i = 0; i < image->switch_count && reason == MOTE_OK; i++)
        reason = add_switch(&image->switches[i], node, &switches[i]);
    for (unsigned i = 0; i < image->button_count && reason == MOTE_OK; i++)
        reason = add_button(&image->buttons[i], node, switches, &buttons[i]);
    return reason;
}
