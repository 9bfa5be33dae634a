/* mote rr: publishes a request, waits for the response and prints it. */
#include "cli.h"
#include "client/client.h"
#include "client/pub_input.h"
#include "format/message_print.h"
#include "options/client_table.h"
#include "options/mqtt_names.h"

#include "mqtt/codec.h"

#include <stdlib.h>
#include <string.h>

struct rr {
    const struct client_options *options;
    struct pub_payload payload;
    struct mote_property *items; /* of the request: those given, and where the response is to come to */
    struct mote_properties properties;
    struct message_print print;
    bool must_subscribe; /* as soon as there is room */
    bool must_ask;
    bool has_asked;
    bool wanted; /* the message whose pieces come in is the response */
};

static struct rr *of(const struct client *client)
{
    return client->context;
}

/* MQTT 5 can leave out what the broker has kept of the response topic: that is no answer to what is asked now. */
static void subscribe(struct client *client)
{
    const struct client_options *options = client->options;
    const struct mote_properties properties = client_properties_view(&options->subscribe_properties);
    const struct mote_filter filter = {
        .topic = mote_text(options->response_topic),
        .qos = (enum mote_qos)options->qos,
        .retain_as_published = options->retain_as_published,
        .retain_handling = 2,
    };
    const enum mote_reason reason = mote_session_subscribe(&client->session, &filter, 1, &properties, NULL);

    of(client)->must_subscribe = reason == MOTE_MQTT_QUOTA;
    if (reason != MOTE_OK && reason != MOTE_MQTT_QUOTA) {
        client_fail(client, reason, "the broker does not take such a subscription");
    }
}

static void ask(struct client *client)
{
    struct rr *rr = of(client);
    const enum mote_reason reason = pub_payload_publish(client, &rr->payload, &rr->properties, NULL);

    rr->must_ask = reason == MOTE_MQTT_QUOTA;
    rr->has_asked = reason == MOTE_OK;
}

/* Who gives a request correlation data gets them back with its response: with others, it is somebody else's. A
 * responder that knows nothing of them sends none. */
static bool is_ours(const struct rr *rr, const struct mote_message *message)
{
    struct mote_property given, returned;

    return !mote_properties_find(&rr->properties, MOTE_CORRELATION_DATA, &given) ||
           !mote_properties_find(&message->properties, MOTE_CORRELATION_DATA, &returned) ||
           (given.text.length == returned.text.length &&
            memcmp(given.text.data, returned.text.data, given.text.length) == 0);
}

/* What the broker has kept is no response; only with --retain-as-published the flag says something else. */
static bool is_response(const struct rr *rr, const struct mote_message *message)
{
    const bool is_old = message->retain && (rr->options->no_retained || !rr->options->retain_as_published);

    return rr->has_asked && !is_old && is_ours(rr, message);
}

static void take_message(struct client *client, const struct mote_message *message)
{
    struct rr *rr = of(client);

    if (message->payload_offset == 0) {
        rr->wanted = is_response(rr, message);
    }
    if (rr->wanted) {
        message_print_message(&rr->print, message);
        if (mote_message_is_last(message)) {
            rr->has_asked = false;
            client_finish(client, 0, MOTE_CODE_SUCCESS);
        }
    }
}

static void take_suback(struct client *client, const struct mote_session_event *event)
{
    const uint8_t code = event->codes.length > 0 ? (uint8_t)event->codes.data[0] : MOTE_CODE_UNSPECIFIED;

    of(client)->must_ask = code < 0x80;
    if (code >= 0x80) {
        client_fail(client, MOTE_MQTT_NOT_AUTHORIZED, "the broker refuses the subscription to %s: %s",
                    client->options->response_topic, mqtt_code_words(code));
    }
}

static void take_puback(struct client *client, const struct mote_session_event *event)
{
    if (event->reason_code >= 0x80) {
        client_fail(client, mote_session_reason(client->options->version, event->reason_code),
                    "the request is refused: %s", mqtt_code_words(event->reason_code));
    } else if (event->reason_code == MOTE_CODE_NO_MATCHING_SUBSCRIBERS) {
        client_warn(client, MOTE_OK, "nobody has subscribed to %s", client->options->topics.items[0]);
    }
}

static void on_event(struct client *client, const struct mote_session_event *event)
{
    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        of(client)->must_subscribe = true;
        break;
    case MOTE_EVENT_SUBSCRIBED:
        take_suback(client, event);
        break;
    case MOTE_EVENT_PUBLISHED:
        take_puback(client, event);
        break;
    case MOTE_EVENT_MESSAGE:
        take_message(client, &event->message);
        break;
    default:
        break;
    }
}

static void on_turn(struct client *client)
{
    if (of(client)->must_subscribe) {
        subscribe(client);
    }
    if (of(client)->must_ask) {
        ask(client);
    }
}

/* Before MQTT 5 there are no properties: whoever is asked has to know where the response goes. */
static void make_properties(struct rr *rr, const struct client_options *options)
{
    const struct client_properties *given = &options->publish;

    rr->items = cli_allocate((given->count + 1) * sizeof *rr->items);
    if (given->count > 0) {
        memcpy(rr->items, given->items, given->count * sizeof *rr->items);
    }
    rr->items[given->count] =
        (struct mote_property){.id = MOTE_RESPONSE_TOPIC, .text = mote_text(options->response_topic)};
    rr->properties = (struct mote_properties){
        .items = rr->items,
        .count = options->version == MOTE_MQTT_5 ? given->count + 1 : 0,
    };
}

static int run(struct client *client, struct rr *rr, const struct client_options *options)
{
    static const struct client_handler handler = {.on_event = on_event, .on_turn = on_turn};
    int status = 1;

    *rr = (struct rr){.options = options};
    make_properties(rr, options);
    if (pub_payload_open(&rr->payload, options) && client_init(client, options, &handler, rr)) {
        if (message_print_init(&rr->print, options, &client->output, 0)) {
            status = client_run(client);
            message_print_free(&rr->print);
        }
        client_free(client);
    }
    pub_payload_close(&rr->payload);
    free(rr->items);
    return status;
}

int cli_rr(int argc, char **argv)
{
    static struct client client;
    static struct rr rr;
    struct client_options options;
    int status = 1;

    if (client_options_parse(&options, CLIENT_RR, argc, argv)) {
        if (options.help) {
            client_help(CLIENT_RR);
            status = 0;
        } else {
            status = run(&client, &rr, &options);
        }
    }
    client_options_free(&options);
    return status;
}
