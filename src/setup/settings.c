#include <mote/settings.h>

#include "settings_record.h"
#include "text/wipe.h"
#include "wifi/supervisor.h"

#include <mote/port.h>
#include <string.h>

void mote_settings_open(const char *id)
{
    const struct mote_port *port = mote_port();

    if (port->settings != NULL)
        port->settings->choose(port->context, id);
}

enum mote_reason mote_settings_load(struct mote_settings *settings)
{
    const struct mote_port *port = mote_port();
    uint8_t record[MOTE_SETTINGS_SIZE];
    size_t size = 0;
    const char *words = NULL;
    enum mote_reason reason;

    memset(settings, 0, sizeof *settings);
    if (port->settings == NULL)
        return MOTE_OK;
    reason = port->settings->load(port->context, record, sizeof record, &size);
    if (reason == MOTE_OK && size > sizeof record)
        words = "they are too long";
    else if (reason == MOTE_OK && size > 0)
        words = mote_settings_decode((struct mote_text){(const char *)record, size}, settings);
    mote_wipe(record, sizeof record);
    if (words == NULL)
        return reason;
    port->settings->set_aside(port->context, words);
    return MOTE_CONFIG_INVALID;
}

enum mote_reason mote_settings_save(const struct mote_settings *settings)
{
    const struct mote_port *port = mote_port();
    uint8_t record[MOTE_SETTINGS_SIZE];
    enum mote_reason reason = MOTE_CONFIG_INVALID;
    size_t size;

    if (port->settings == NULL)
        return MOTE_CONFIG_INVALID;
    size = mote_settings_encode(settings, record);
    if (size > 0)
        reason = port->settings->save(port->context, record, size);
    mote_wipe(record, sizeof record);
    return reason;
}

/* --- The key --- */

/* Without i, l, o, 0 and 1, and in one case: it is read off a label and typed on a telephone. A number of five bits that
 * has no character is drawn again. Twelve of them are 59 bits. */
void mote_settings_make_key(struct mote_settings *settings)
{
    static const char characters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    enum { COUNT = sizeof characters - 1, LENGTH = 12, TRIES_MAX = 1000 };
    const struct mote_port *port = mote_port();
    size_t length = 0;

    if (settings->setup_key[0] != '\0')
        return;
    for (unsigned tries = 0; length < LENGTH && tries < TRIES_MAX; tries++) {
        uint32_t number = port->random(port->context) & 31;
        if (number < COUNT)
            settings->setup_key[length++] = characters[number];
    }
    settings->setup_key[length] = '\0';
}

/* --- The list of networks --- */

struct mote_network mote_known_network_view(const struct mote_known_network *known)
{
    struct mote_network network = {
        .ssid = known->ssid, .password = known->password, .priority = known->priority, .hidden = known->hidden};

    memcpy(network.bssid, known->bssid, sizeof network.bssid);
    return network;
}

static unsigned count_of(const struct mote_network *networks)
{
    unsigned count = 0;

    while (count < MOTE_NETWORKS_MAX && networks[count].ssid != NULL)
        count++;
    return count;
}

static unsigned highest_priority(const struct mote_network *networks)
{
    unsigned highest = 0;

    for (unsigned i = 0; i < count_of(networks); i++)
        highest = networks[i].priority > highest ? networks[i].priority : highest;
    return highest;
}

static bool has_name(const struct mote_network *networks, unsigned count, const char *ssid)
{
    for (unsigned i = 0; i < count; i++) {
        if (mote_text_equals(mote_text(ssid), networks[i].ssid))
            return true;
    }
    return false;
}

void mote_settings_networks(const struct mote_settings *settings, const struct mote_network *program,
                            struct mote_network *networks)
{
    unsigned above = highest_priority(program), count = settings->network_count;

    memset(networks, 0, MOTE_NETWORKS_MAX * sizeof *networks);
    for (unsigned i = 0; i < count; i++) {
        unsigned priority = above + settings->networks[i].priority + count - i;

        networks[i] = mote_known_network_view(&settings->networks[i]);
        networks[i].priority = (uint8_t)(priority > UINT8_MAX ? UINT8_MAX : priority);
    }
    for (unsigned i = 0; i < count_of(program) && count < MOTE_NETWORKS_MAX; i++) {
        if (!has_name(networks, count, program[i].ssid))
            networks[count++] = program[i];
    }
}

struct mote_known_network *mote_settings_find(struct mote_settings *settings, const char *ssid)
{
    for (unsigned i = 0; i < settings->network_count; i++) {
        if (mote_text_equals(mote_text(ssid), settings->networks[i].ssid))
            return &settings->networks[i];
    }
    return NULL;
}

bool mote_settings_forget(struct mote_settings *settings, const char *ssid)
{
    struct mote_known_network *known = mote_settings_find(settings, ssid);
    struct mote_known_network *end = settings->networks + settings->network_count;

    if (known == NULL)
        return false;
    memmove(known, known + 1, (size_t)(end - known - 1) * sizeof *known);
    mote_wipe(end - 1, sizeof *end);
    settings->network_count--;
    return true;
}

enum mote_reason mote_settings_add(struct mote_settings *settings, const struct mote_network *network)
{
    struct mote_known_network known = {.hidden = network->hidden, .priority = network->priority};

    if (!mote_network_is_possible(network))
        return MOTE_CONFIG_INVALID;
    if (mote_settings_find(settings, network->ssid) == NULL && settings->network_count >= MOTE_NETWORKS_MAX)
        return MOTE_MQTT_QUOTA;
    mote_text_copy(mote_text(network->ssid), known.ssid, sizeof known.ssid);
    mote_text_copy(mote_text(network->password), known.password, sizeof known.password);
    memcpy(known.bssid, network->bssid, sizeof known.bssid);
    mote_settings_forget(settings, known.ssid);
    memmove(settings->networks + 1, settings->networks, settings->network_count * sizeof known);
    settings->networks[0] = known;
    settings->network_count++;
    mote_wipe(&known, sizeof known);
    return MOTE_OK;
}

enum mote_reason mote_settings_learn(struct mote_settings *settings, const struct mote_network *program,
                                     const struct mote_network *network, char dropped[33])
{
    unsigned others = count_of(program);
    unsigned room = others < MOTE_NETWORKS_MAX ? MOTE_NETWORKS_MAX - others : 1;

    if (!mote_network_is_possible(network))
        return MOTE_CONFIG_INVALID;
    mote_settings_forget(settings, network->ssid);
    while (settings->network_count >= room) {
        mote_text_copy(mote_text(settings->networks[settings->network_count - 1].ssid), dropped, 33);
        mote_settings_forget(settings, dropped);
    }
    return mote_settings_add(settings, network);
}

void mote_settings_wipe(struct mote_settings *settings)
{
    mote_wipe(settings, sizeof *settings);
}
