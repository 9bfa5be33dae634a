/* -D PACKET PROPERTY VALUE. */
#include "cli.h"
#include "client_table.h"
#include "mqtt_names.h"

#include "mqtt/codec.h"

#include <string.h>

struct mote_properties client_properties_view(const struct client_properties *properties)
{
    return (struct mote_properties){.items = properties->items, .count = properties->count};
}

/* The list of the packets that this side sends and that -D is for; NULL for others. */
static struct client_properties *list_for(struct client_options *options, int packet)
{
    switch (packet) {
    case 0:
        return &options->will_properties;
    case MOTE_CONNECT:
        return &options->connect;
    case MOTE_PUBLISH:
        return &options->publish;
    case MOTE_SUBSCRIBE:
        return &options->subscribe_properties;
    case MOTE_UNSUBSCRIBE:
        return &options->unsubscribe_properties;
    case MOTE_DISCONNECT:
        return &options->disconnect;
    default:
        return NULL;
    }
}

static bool read_value(const struct client_options *options, const struct mqtt_property_name *name,
                       struct client_arguments *arguments, struct mote_property *property)
{
    char **value = &arguments->next[2];
    int64_t number = 0;

    switch (name->value) {
    case MQTT_NUMBER:
        if (!cli_number(*value, 0, name->max, &number)) {
            return client_options_refuse(options, "%s takes a number from 0 to %lu, not `%s`", name->name,
                                         (unsigned long)name->max, *value);
        }
        property->number = (uint32_t)number;
        return true;
    case MQTT_PAIR:
        if (arguments->left < 4) {
            return client_options_refuse(options, "%s takes a name and a value", name->name);
        }
        property->text = mote_text(value[0]);
        property->value = mote_text(value[1]);
        arguments->next++;
        arguments->left--;
        return true;
    default:
        property->text = mote_text(*value);
        return true;
    }
}

/* As with the password, what proves who this is does not stay where `ps` shows it. */
static void hide_secret(struct client_options *options, struct mote_property *property, char *value)
{
    if (property->id == MOTE_AUTHENTICATION_DATA) {
        property->text = mote_text(client_options_hide(options, value));
    }
}

static void add(struct client_properties *list, const struct mote_property *property)
{
    list->items = cli_reallocate(list->items, (list->count + 1) * sizeof *list->items);
    list->items[list->count++] = *property;
}

bool client_properties_take(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *const *words = arguments->next;
    const int packet = mqtt_packet_by_name(words[0]);
    const struct mqtt_property_name *name = mqtt_property_by_name(words[1]);
    struct client_properties *list = list_for(options, packet);

    if (list == NULL) {
        return client_options_refuse(
            options, "%s is for connect, publish, subscribe, unsubscribe, disconnect and will, not for `%s`", option,
            words[0]);
    }
    if (name == NULL) {
        return client_options_refuse(options, "%s: there is no property `%s`", option, words[1]);
    }
    struct mote_property property = {.id = name->id};
    const struct mote_properties alone = {.items = &property, .count = 1};
    struct mote_fault fault;
    if (!read_value(options, name, arguments, &property)) {
        return false;
    }
    hide_secret(options, &property, words[2]);
    /* The method that authentication data need may come behind them. */
    const bool is_allowed = name->id == MOTE_AUTHENTICATION_DATA ||
                            mote_codec_check_properties(&alone, (enum mote_packet_type)packet, &fault);
    if (!is_allowed || (packet == MOTE_PUBLISH && name->id == MOTE_SUBSCRIPTION_IDENTIFIER)) {
        return client_options_refuse(options, "%s %s %s: %s", option, words[0], words[1],
                                     is_allowed ? "only a broker sends it" : mote_fault_words(&fault));
    }
    add(list, &property);
    options->version = MOTE_MQTT_5;
    return true;
}

bool client_properties_check(const struct client_options *options)
{
    const struct {
        const char *packet;
        enum mote_packet_type type;
        const struct client_properties *list;
    } lists[] = {
        {"connect", MOTE_CONNECT, &options->connect},
        {"publish", MOTE_PUBLISH, &options->publish},
        {"subscribe", MOTE_SUBSCRIBE, &options->subscribe_properties},
        {"unsubscribe", MOTE_UNSUBSCRIBE, &options->unsubscribe_properties},
        {"disconnect", MOTE_DISCONNECT, &options->disconnect},
        {"will", (enum mote_packet_type)0, &options->will_properties},
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct mote_properties properties = client_properties_view(lists[i].list);
        struct mote_fault fault;
        if (!mote_codec_check_properties(&properties, lists[i].type, &fault)) {
            return client_options_refuse(options, "the properties for %s together: %s", lists[i].packet,
                                         mote_fault_words(&fault));
        }
    }
    return true;
}

bool client_properties_have(const struct client_properties *properties, enum mote_property_id id)
{
    for (size_t i = 0; i < properties->count; i++) {
        if (properties->items[i].id == id) {
            return true;
        }
    }
    return false;
}

void client_properties_use_alias(struct client_options *options)
{
    struct client_properties *list = &options->publish;
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].id != MOTE_TOPIC_ALIAS) {
            list->items[count++] = list->items[i];
        }
    }
    options->uses_alias = count < list->count;
    list->count = count;
}
