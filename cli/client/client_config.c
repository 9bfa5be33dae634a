/* The session's config from the options. */
#include "cli.h"
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Memory is only used as far as messages need it, so there can be room for more than is usual: a payload that fits
     * into the receive buffer is printed as a whole or not at all. */
    RECEIVE_SIZE = 4 * 1024 * 1024,
    SEND_SIZE = 256 * 1024,
    STORE_SIZE = 1024 * 1024,
    INFLIGHT_MAX = 65000,
    RECEIVE_MAXIMUM = 1000,
    ALIASES_MAX = 1000,
};

static void *array(size_t count, size_t size)
{
    return count == 0 ? NULL : cli_allocate(count * size);
}

/* Properties of CONNECT that the session has fields for go there. Returns whether it was one of them. */
static bool use_property(struct client *client, const struct mote_property *property)
{
    struct mote_session_config *config = &client->config;

    switch (property->id) {
    case MOTE_SESSION_EXPIRY_INTERVAL:
        config->session_expiry_s = property->number;
        return true;
    case MOTE_RECEIVE_MAXIMUM:
        config->received_count = (uint16_t)property->number;
        return true;
    case MOTE_MAXIMUM_PACKET_SIZE:
        config->packet_size_max = property->number;
        return true;
    case MOTE_TOPIC_ALIAS_MAXIMUM:
        config->aliases_in_count = (uint16_t)(property->number < ALIASES_MAX ? property->number : ALIASES_MAX);
        return true;
    case MOTE_AUTHENTICATION_METHOD:
        config->auth_method = property->text;
        return true;
    case MOTE_AUTHENTICATION_DATA:
        config->auth_data = property->text;
        return true;
    default:
        return false;
    }
}

static void use_properties(struct client *client)
{
    const struct client_properties *given = &client->options->connect;
    size_t count = 0;

    client->connect_items = array(given->count, sizeof *client->connect_items);
    for (size_t i = 0; i < given->count; i++) {
        if (!use_property(client, &given->items[i])) {
            client->connect_items[count++] = given->items[i];
        }
    }
    client->config.connect_properties = (struct mote_properties){.items = client->connect_items, .count = count};
}

/* Only MQTT 3.1 has no way to leave the choice to the broker. */
static void choose_id(struct client *client)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
    const struct client_options *options = client->options;

    if (options->id_prefix != NULL) {
        const size_t size = strlen(options->id_prefix) + 12;
        client->id = cli_allocate(size);
        snprintf(client->id, size, "%s%ld", options->id_prefix, (long)getpid());
    } else if (options->id != NULL) {
        client->id = cli_copy(options->id);
    } else if (options->version == MOTE_MQTT_3_1) {
        client->id = cli_copy("mote-xxxxxxxxxxxxxxxx");
        for (char *c = client->id + 5; *c != '\0'; c++) {
            *c = letters[client->port->random(client->port->context) & 31];
        }
    }
    client->config.client_id = mote_text(client->id);
}

static void use_will(struct client *client)
{
    const struct client_options *options = client->options;

    client->config.will = (struct mote_will){
        .topic = mote_text(options->will_topic),
        .payload = mote_text(options->will_payload),
        .qos = (enum mote_qos)options->will_qos,
        .retain = options->will_retain,
        .properties = client_properties_view(&options->will_properties),
    };
}

/* A session that goes on with one of before, but ends with its connection: the nearest that the session's config
 * can say is that it is kept for one second. */
static uint32_t session_expiry(const struct client_options *options)
{
    const bool ends_at_once = options->keep_session && options->has_session_expiry && options->session_expiry_s == 0;

    return ends_at_once ? 1 : options->session_expiry_s;
}

/* What is received in QoS 2 is limited by MQTT 5 only: before it, room is made for whatever the broker may send.
 * With -C not more is asked for than will be printed. */
static uint16_t receive_maximum(const struct client_options *options)
{
    const bool counts = options->count > 0 && options->count < RECEIVE_MAXIMUM;

    return options->version != MOTE_MQTT_5 ? UINT16_MAX : counts ? (uint16_t)options->count : RECEIVE_MAXIMUM;
}

static void make_buffers(struct client *client)
{
    const struct client_options *options = client->options;
    struct mote_session_config *config = &client->config;

    config->receive_size = RECEIVE_SIZE;
    config->receive_buffer = cli_allocate(config->receive_size);
    config->send_size = SEND_SIZE + options->arguments_size;
    config->send_buffer = cli_allocate(config->send_size);
    config->store_size = STORE_SIZE + options->arguments_size;
    config->store = cli_allocate(config->store_size);
    config->inflight_count = (uint16_t)(options->window < INFLIGHT_MAX ? options->window : INFLIGHT_MAX);
    config->inflight = array(config->inflight_count, sizeof *config->inflight);
    config->received_ids = array(config->received_count, sizeof *config->received_ids);
    config->aliases = &mote_session_aliases;
    config->authentication = &mote_session_authentication;
    config->alias_in_size = UINT16_MAX;
    config->aliases_in = array(config->aliases_in_count, config->alias_in_size);
    if (options->uses_alias && strlen(options->topics.items[0]) <= UINT16_MAX - 2) {
        config->aliases_out_count = 1;
        config->alias_out_size = (uint16_t)(strlen(options->topics.items[0]) + 2);
        config->aliases_out = cli_allocate(config->alias_out_size);
    }
}

void client_config_make(struct client *client)
{
    const struct client_options *options = client->options;

    client->config = (struct mote_session_config){
        .version = options->version,
        .keep_session = options->keep_session,
        .session_expiry_s = session_expiry(options),
        .keep_alive_s = (uint16_t)options->keep_alive_s,
        .has_username = options->username != NULL,
        .username = mote_text(options->username),
        .has_password = options->password != NULL,
        .password = mote_text(options->password),
        .received_count = receive_maximum(options),
    };
    choose_id(client);
    use_will(client);
    use_properties(client);
    make_buffers(client);
}

void client_config_free(struct client *client)
{
    free(client->id);
    free(client->connect_items);
    free(client->config.receive_buffer);
    free(client->config.send_buffer);
    free(client->config.store);
    free(client->config.inflight);
    free(client->config.received_ids);
    free(client->config.aliases_in);
    free(client->config.aliases_out);
}
