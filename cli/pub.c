/* mote pub: publishes messages. */
#include "cli.h"
#include "client/client.h"
#include "options/client_table.h"
#include "options/mqtt_names.h"
#include "client/pub_input.h"

#include <string.h>

/* Larger payloads are not copied, but read while they are sent. */
enum { COPIED_MAX = 32 * 1024 };

struct pub {
    const struct client_options *options;
    struct pub_payload payload;
    struct pub_lines lines;
    struct mote_source source; /* of the payload, or of a long line */
    struct pub_payload line;   /* that line */
    bool line_is_under_way;    /* and has to stay where it is until it is done */
    struct mote_properties properties;
    int64_t published;
    uint64_t next_ms; /* --repeat-delay */
    bool must_wait;   /* until what was published is sent, or acknowledged */
};

static struct pub *of(const struct client *client)
{
    return client->context;
}

/* Returns false if it has to be tried again, or all is over. */
static bool publish(struct client *client, struct pub_payload *payload)
{
    struct pub *pub = of(client);
    struct mote_message message = {
        .topic = mote_text(pub->options->topics.items[0]),
        .qos = (enum mote_qos)pub->options->qos,
        .retain = pub->options->retain,
        .properties = pub->properties,
    };

    if (payload->size > COPIED_MAX) {
        pub->source = (struct mote_source){pub_payload_read, payload, (uint32_t)payload->size};
        message.source = &pub->source;
    } else {
        message.payload = (struct mote_text){payload->memory, payload->size};
    }
    const enum mote_reason reason = mote_session_publish(&client->session, &message, NULL);
    if (reason == MOTE_MQTT_QUOTA) {
        pub->must_wait = true;
    } else if (reason == MOTE_MQTT_PACKET_TOO_LARGE) {
        client_fail(client, reason, "the message is larger than the broker takes");
    } else if (reason != MOTE_OK) {
        client_fail(client, reason, "the broker does not take such a message: look at the QoS and at -r");
    }
    return reason == MOTE_OK;
}

static void finish_if_idle(struct client *client)
{
    if (mote_session_is_idle(&client->session)) {
        client_finish(client, 0, 0);
    } else {
        of(client)->must_wait = true;
    }
}

static void turn_message(struct client *client)
{
    struct pub *pub = of(client);
    const int64_t count = pub->options->repeat_count;

    while (pub->published < count && client->now_ms >= pub->next_ms && publish(client, &pub->payload)) {
        pub->published++;
        pub->next_ms = client->now_ms + pub->options->repeat_delay_ms;
    }
    client->wake_ms = pub->published < count && !pub->must_wait ? pub->next_ms : MOTE_NEVER;
    if (pub->published == count) {
        finish_if_idle(client);
    }
}

/* A long line is read from where it lies while it is sent, and nothing else happens until then. */
static bool publish_line(struct client *client, struct mote_text line)
{
    struct pub *pub = of(client);

    pub->line = (struct pub_payload){.memory = (char *)(uintptr_t)line.data, .size = line.length, .file = -1};
    if (!publish(client, &pub->line)) {
        return false;
    }
    pub->line_is_under_way = line.length > COPIED_MAX;
    if (!pub->line_is_under_way) {
        pub_lines_take(&pub->lines, line);
    }
    return true;
}

static void turn_lines(struct client *client)
{
    struct pub *pub = of(client);
    struct mote_text line;

    if (pub->line_is_under_way && mote_session_is_idle(&client->session)) {
        pub->line_is_under_way = false;
        pub_lines_take(&pub->lines, (struct mote_text){pub->line.memory, pub->line.size});
    }
    while (!pub->line_is_under_way && pub_lines_peek(&pub->lines, &line) && publish_line(client, line)) {
    }
    if (pub->lines.error != 0) {
        client_fail(client, MOTE_OK, "standard input: %s", strerror(pub->lines.error));
    } else if (pub_lines_end(&pub->lines)) {
        finish_if_idle(client);
    } else if (pub->line_is_under_way) {
        pub->must_wait = true;
    } else if (!pub->must_wait) {
        client->more = pub_lines_more(&pub->lines);
    }
}

/* With QoS 0 all that has to be waited for is that the output is sent, and nobody tells of that. With QoS 1 and
 * 2 it is acknowledgements. */
static void on_turn(struct client *client)
{
    struct pub *pub = of(client);

    pub->must_wait = false;
    if (pub->options->payload == CLIENT_PAYLOAD_LINES) {
        turn_lines(client);
    } else {
        turn_message(client);
    }
    client->more = client->more || (pub->must_wait && pub->options->qos == 0);
}

static void on_event(struct client *client, const struct mote_session_event *event)
{
    if (event->type == MOTE_EVENT_PUBLISHED && event->reason_code >= 0x80) {
        client_warn(client, event->reason, "message %u is refused: %s", event->packet_id,
                    mqtt_code_words(event->reason_code));
    }
}

static void on_lost(struct client *client)
{
    (void)client;
}

/* A topic alias is the session's to use: it sends the topic once in each connection. */
static void leave_out_alias(struct client_options *options)
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

static int run(struct client *client, struct pub *pub, struct client_options *options)
{
    const struct client_handler handler = {on_event, on_turn, on_lost, options->payload == CLIENT_PAYLOAD_LINES};
    int status = 1;

    leave_out_alias(options);
    *pub = (struct pub){.options = options, .properties = client_properties_view(&options->publish)};
    if (pub_payload_open(&pub->payload, options) && client_init(client, options, &handler, pub)) {
        status = client_run(client);
        client_free(client);
    }
    pub_payload_close(&pub->payload);
    pub_lines_free(&pub->lines);
    return status;
}

int cli_pub(int argc, char **argv)
{
    static struct client client;
    static struct pub pub;
    struct client_options options;
    int status = 1;

    if (client_options_parse(&options, CLIENT_PUB, argc, argv)) {
        if (options.help) {
            client_help(CLIENT_PUB);
            status = 0;
        } else {
            status = run(&client, &pub, &options);
        }
    }
    client_options_free(&options);
    return status;
}
