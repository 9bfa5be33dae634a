/* A try: the node gets what was entered instead of what it has, and keeps it once the broker has answered. Until then nothing
 * is written: a power cut, the end of the program, or time running out leave the device as it was. */
#include "setup/inside.h"

#include "node/inside.h"
#include "text/wipe.h"
#include "wifi/supervisor.h"
#include "wifi/turn.h"
#include <string.h>

enum { TRIES = 2 }; /* the first one may have met a moment of weakness */

/* --- What is kept --- */

static const char *kept_broker(const struct mote_setup *setup)
{
    return setup->settings.broker[0] != '\0' ? setup->settings.broker : setup->program_broker;
}

static const char *kept_name(const struct mote_setup *setup)
{
    return setup->settings.name[0] != '\0' ? setup->settings.name : setup->program_id;
}

/* What is kept may be of another program, with longer names of things. */
void mote_trial_apply_kept(struct mote_setup *setup)
{
    struct mote_node *node = setup->node;
    struct mote_network networks[MOTE_NETWORKS_MAX];

    mote_settings_networks(&setup->settings, setup->program_networks, networks);
    memcpy(node->config.networks, networks, sizeof networks);
    if (mote_node_set_broker(node, kept_broker(setup)) != MOTE_OK)
        mote_node_set_broker(node, setup->program_broker);
    if (!mote_node_rename(node, kept_name(setup)))
        setup->trouble = MOTE_CONFIG_INVALID;
}

/* --- Trying --- */

void mote_trial_begin(struct mote_setup *setup)
{
    struct mote_setup_entry *entry = &setup->entry;
    struct mote_node *node = setup->node;
    struct mote_network networks[MOTE_NETWORKS_MAX] = {mote_known_network_view(&entry->network)};

    memcpy(setup->memory, node->wifi.memory, sizeof setup->memory);
    mote_node_set_broker(node, entry->broker[0] != '\0' ? entry->broker : kept_broker(setup));
    mote_node_rename(node, entry->name[0] != '\0' ? entry->name : kept_name(setup));
    if (!entry->stay)
        mote_node_move(node, networks, setup->memory);
    setup->until_ms = node->port->now_ms(node->port->context) + setup->try_ms;
    setup->reason = MOTE_OK;
    setup->kept = MOTE_OK;
    setup->failures = 0;
    setup->step = MOTE_SETUP_JOINING;
    setup->dropped[0] = '\0';
    mote_setup_enter(setup, MOTE_SETUP_TRYING);
}

static void go_back(struct mote_setup *setup)
{
    struct mote_network networks[MOTE_NETWORKS_MAX];

    mote_node_set_broker(setup->node, kept_broker(setup));
    mote_node_rename(setup->node, kept_name(setup));
    mote_settings_networks(&setup->settings, setup->program_networks, networks);
    if (!setup->entry.stay)
        mote_node_move(setup->node, networks, setup->memory);
    mote_wipe(&setup->entry, sizeof setup->entry);
}

void mote_trial_break_off(struct mote_setup *setup, enum mote_reason reason)
{
    go_back(setup);
    setup->reason = reason;
    mote_setup_enter(setup, MOTE_SETUP_OPEN);
}

/* --- It works --- */

static void keep(struct mote_setup *setup)
{
    struct mote_setup_entry *entry = &setup->entry;
    struct mote_settings *settings = &setup->settings;
    struct mote_network network = mote_known_network_view(&entry->network);

    mote_settings_learn(settings, setup->program_networks, &network, setup->dropped);
    if (entry->broker[0] != '\0')
        memcpy(settings->broker, entry->broker, sizeof settings->broker);
    if (entry->name[0] != '\0')
        memcpy(settings->name, entry->name, sizeof settings->name);
    setup->kept = mote_settings_save(settings);
}

/* The node goes on with the same, only that it lies elsewhere now. */
static void hand_over(struct mote_setup *setup)
{
    struct mote_node *node = setup->node;
    struct mote_network networks[MOTE_NETWORKS_MAX];

    mote_settings_networks(&setup->settings, setup->program_networks, networks);
    if (!setup->entry.stay)
        memcpy(node->wifi.memory + 1, setup->memory, sizeof setup->memory - sizeof setup->memory[0]);
    mote_node_set_networks(node, networks);
    node->config.broker = kept_broker(setup);
    mote_node_rename(node, kept_name(setup));
}

static void confirm(struct mote_setup *setup)
{
    keep(setup);
    hand_over(setup);
    setup->reason = MOTE_OK;
    mote_wipe(setup->entry.network.password, sizeof setup->entry.network.password);
    mote_wipe(setup->entry.broker, sizeof setup->entry.broker);
    setup->typed.any = false;
    mote_setup_touch(setup);
    mote_setup_enter(setup, MOTE_SETUP_CONFIRMED);
}

/* --- It does not --- */

static bool trying_again_helps(enum mote_reason reason)
{
    switch (reason) {
    case MOTE_MQTT_BAD_AUTH:
    case MOTE_MQTT_NOT_AUTHORIZED:
    case MOTE_MQTT_BAD_VERSION:
    case MOTE_MQTT_CLIENT_ID:
    case MOTE_TLS_UNTRUSTED:
    case MOTE_TLS_NAME:
    case MOTE_TLS_EXPIRED:
    case MOTE_CONFIG_INVALID:
        return false;
    default:
        return true;
    }
}

/* Once more, at once: somebody is waiting. */
static void fail(struct mote_setup *setup, enum mote_reason reason)
{
    setup->reason = reason;
    setup->failures++;
    if (setup->failures >= TRIES || !trying_again_helps(reason))
        mote_trial_break_off(setup, reason);
    else
        mote_node_start(setup->node);
}

static enum mote_reason what_failed(const struct mote_setup *setup)
{
    const struct mote_node *node = setup->node;

    if (node->state == MOTE_NODE_JOINING && node->wifi.state == MOTE_SUPERVISOR_WAITING && node->wifi.failures > 0)
        return node->wifi.reason;
    return node->state == MOTE_NODE_WAITING && node->failures > 0 ? node->reason : MOTE_OK;
}

static void note_step(struct mote_setup *setup)
{
    const struct mote_node *node = setup->node;
    struct mote_wifi_status status;

    node->port->radio->status(node->port->context, &status);
    if (mote_setup_is_joined(setup))
        setup->step = MOTE_SETUP_CONNECTING;
    else if (status.state == MOTE_WIFI_CONNECTING && status.reason == MOTE_DHCP_NO_LEASE)
        setup->step = MOTE_SETUP_ASKING;
    else
        setup->step = MOTE_SETUP_JOINING;
}

/* Nothing has failed, but the time is over. */
static enum mote_reason what_it_waited_for(const struct mote_setup *setup)
{
    if (setup->reason != MOTE_OK)
        return setup->reason;
    switch (setup->step) {
    case MOTE_SETUP_JOINING:
        return MOTE_WIFI_NO_NETWORK;
    case MOTE_SETUP_ASKING:
        return MOTE_DHCP_NO_LEASE;
    case MOTE_SETUP_CONNECTING:
        break;
    }
    return setup->node->link.state == MOTE_LINK_OPENING && setup->node->link.reason != MOTE_OK
               ? setup->node->link.reason
               : MOTE_TCP_TIMEOUT;
}

void mote_trial_turn(struct mote_setup *setup)
{
    struct mote_node *node = setup->node;
    enum mote_reason reason = what_failed(setup);

    note_step(setup);
    if (node->state == MOTE_NODE_ONLINE)
        confirm(setup);
    else if (reason != MOTE_OK)
        fail(setup, reason);
    else if (node->sched.now_ms >= setup->until_ms)
        mote_trial_break_off(setup, what_it_waited_for(setup));
}
