/* mote sub: subscribes and prints the messages that come. */
#include "cli.h"
#include "client/client.h"
#include "format/message_print.h"
#include "options/client_table.h"
#include "options/mqtt_names.h"

#include <mote/topic.h>
#include <stdlib.h>
#include <string.h>

struct sub {
    const struct client_options *options;
    struct message_print print;
    bool must_subscribe; /* as soon as there is room */
    bool must_unsubscribe;
    bool wanted; /* the message whose pieces come in */
    bool ending; /* nothing more is printed */
    int64_t count;
    struct client_list to_remove; /* --remove-retained: topics, as soon as there is room */
    size_t removing;              /* so many are under way */
};

static struct sub *of(const struct client *client)
{
    return client->context;
}

/* The room is there later, if not now. Everything else is an error. */
static bool is_done(struct client *client, enum mote_reason reason, const char *what)
{
    if (reason != MOTE_OK && reason != MOTE_MQTT_QUOTA) {
        client_fail(client, reason, "the broker does not take such a %s", what);
    }
    return reason == MOTE_OK;
}

static bool subscribe(struct client *client)
{
    const struct client_options *options = client->options;
    const struct mote_properties properties = client_properties_view(&options->subscribe_properties);
    struct mote_filter *filters = cli_allocate(options->topics.count * sizeof *filters);

    for (size_t i = 0; i < options->topics.count; i++) {
        filters[i] = (struct mote_filter){
            .topic = mote_text(options->topics.items[i]),
            .qos = (enum mote_qos)options->qos,
            .retain_as_published = options->retain_as_published,
            .retain_handling = options->no_retained ? 2 : 0,
        };
    }
    const enum mote_reason reason =
        mote_session_subscribe(&client->session, filters, options->topics.count, &properties, NULL);
    free(filters);
    return is_done(client, reason, "subscription");
}

static bool unsubscribe(struct client *client)
{
    const struct client_options *options = client->options;
    const struct mote_properties properties = client_properties_view(&options->unsubscribe_properties);
    struct mote_filter *filters = cli_allocate(options->unsubscribe.count * sizeof *filters);

    for (size_t i = 0; i < options->unsubscribe.count; i++) {
        filters[i] = (struct mote_filter){.topic = mote_text(options->unsubscribe.items[i])};
    }
    const enum mote_reason reason =
        mote_session_unsubscribe(&client->session, filters, options->unsubscribe.count, &properties, NULL);
    free(filters);
    return is_done(client, reason, "request to unsubscribe");
}

/* An empty retained message takes the one that is kept away. */
static bool remove_retained(struct client *client, const char *topic)
{
    const struct mote_message message = {.topic = mote_text(topic), .qos = MOTE_QOS_1, .retain = true};

    return is_done(client, mote_session_publish(&client->session, &message, NULL), "message");
}

static void remove_all_retained(struct client *client)
{
    struct client_list *topics = &of(client)->to_remove;
    size_t done = 0;

    while (done < topics->count && remove_retained(client, topics->items[done])) {
        free((void *)(uintptr_t)topics->items[done++]);
    }
    of(client)->removing += done;
    topics->count -= done;
    if (done > 0) {
        memmove(topics->items, topics->items + done, topics->count * sizeof *topics->items);
    }
}

static bool is_filtered_out(const struct client_options *options, const struct mote_message *message)
{
    for (size_t i = 0; i < options->filters_out.count; i++) {
        if (mote_topic_matches(mote_text(options->filters_out.items[i]), message->topic)) {
            return true;
        }
    }
    return message->retain && options->no_retained;
}

static void begin_message(struct client *client, const struct mote_message *message)
{
    struct sub *sub = of(client);
    const struct client_options *options = sub->options;

    sub->wanted = !is_filtered_out(options, message);
    if (options->retained_only && !message->retain) {
        sub->wanted = false;
        sub->ending = true;
    }
    if (sub->wanted && options->remove_retained && message->retain) {
        char *topic = cli_allocate(message->topic.length + 1);
        mote_text_copy(message->topic, topic, message->topic.length + 1);
        client_list_add(&sub->to_remove, topic);
    }
}

static void take_message(struct client *client, const struct mote_message *message)
{
    struct sub *sub = of(client);

    if (message->payload_offset == 0) {
        begin_message(client, message);
    }
    if (!sub->wanted) {
        return;
    }
    message_print_message(&sub->print, message);
    if (mote_message_is_last(message) && ++sub->count == sub->options->count) {
        sub->ending = true;
    }
}

static void print_suback(struct client *client, const struct mote_session_event *event)
{
    output_format(&client->output, "Subscribed (mid: %u): ", event->packet_id);
    for (size_t i = 0; i < event->codes.length; i++) {
        output_format(&client->output, "%s%d", i > 0 ? ", " : "", (unsigned char)event->codes.data[i]);
    }
    output_string(&client->output, "\n");
}

static void take_suback(struct client *client, const struct mote_session_event *event)
{
    const struct client_options *options = client->options;
    size_t refused = 0;

    if (options->debug && !options->quiet) {
        print_suback(client, event);
    }
    for (size_t i = 0; i < event->codes.length && i < options->topics.count; i++) {
        const uint8_t code = (uint8_t)event->codes.data[i];
        if (code >= 0x80) {
            client_warn(client, MOTE_MQTT_NOT_AUTHORIZED, "the broker refuses the subscription to %s: %s",
                        options->topics.items[i], mqtt_code_words(code));
            refused++;
        }
    }
    if (options->exit_after_suback || refused == event->codes.length) {
        client_finish(client, 0, 0);
    }
}

static void end_if_done(struct client *client)
{
    const struct sub *sub = of(client);

    if (sub->ending && sub->removing == 0 && sub->to_remove.count == 0) {
        client_finish(client, 0, 0);
    }
}

/* After -C nothing more is taken from the session: what came behind has no acknowledgement, and a session that
 * is kept delivers it the next time. */
static void on_event(struct client *client, const struct mote_session_event *event)
{
    struct sub *sub = of(client);

    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        sub->must_subscribe = true;
        sub->must_unsubscribe = sub->options->unsubscribe.count > 0;
        break;
    case MOTE_EVENT_SUBSCRIBED:
        take_suback(client, event);
        break;
    case MOTE_EVENT_PUBLISHED:
        sub->removing--;
        break;
    case MOTE_EVENT_MESSAGE:
        if (!sub->ending) {
            take_message(client, &event->message);
        }
        break;
    default:
        break;
    }
    end_if_done(client);
}

static void on_turn(struct client *client)
{
    struct sub *sub = of(client);

    if (sub->must_subscribe) {
        sub->must_subscribe = !subscribe(client);
    }
    if (!sub->must_subscribe && sub->must_unsubscribe) {
        sub->must_unsubscribe = !unsubscribe(client);
    }
    remove_all_retained(client);
    end_if_done(client);
}

static void on_lost(struct client *client)
{
    message_print_cut(&of(client)->print);
}

static int run(struct client *client, struct sub *sub, const struct client_options *options)
{
    static const struct client_handler handler = {on_event, on_turn, on_lost, true};
    *sub = (struct sub){.options = options};
    int status = 1;
    if (client_init(client, options, &handler, sub)) {
        if (message_print_init(&sub->print, options, &client->output, client->port->random(client->port->context))) {
            status = client_run(client);
            message_print_free(&sub->print);
        }
        client_free(client);
    }
    for (size_t i = 0; i < sub->to_remove.count; i++) {
        free((void *)(uintptr_t)sub->to_remove.items[i]);
    }
    free(sub->to_remove.items);
    return status;
}

int cli_sub(int argc, char **argv)
{
    static struct client client;
    static struct sub sub;
    struct client_options options;
    int status = 1;

    if (client_options_parse(&options, CLIENT_SUB, argc, argv)) {
        if (options.help) {
            client_help(CLIENT_SUB);
            status = 0;
        } else {
            status = run(&client, &sub, &options);
        }
    }
    client_options_free(&options);
    return status;
}
