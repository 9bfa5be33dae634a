/* mote pub: publishes messages. */
#include "cli.h"
#include "client/client.h"
#include "client/pub_input.h"
#include "format/format.h"
#include "options/client_table.h"
#include "options/mqtt_names.h"

#include "mqtt/codec.h"

#include <string.h>

struct pub {
    const struct client_options *options;
    struct pub_payload payload;
    struct pub_lines lines;
    struct pub_payload line; /* a long one */
    bool line_is_under_way;  /* and has to stay where it is until it is done */
    struct mote_properties properties;
    int64_t published;
    uint64_t next_ms; /* --repeat-delay */
    bool must_wait;   /* until what was published is sent, or acknowledged */
};

static struct pub *of(const struct client *client)
{
    return client->context;
}

/* --json: what has become of a message. */
static void print_report(struct client *client, uint16_t packet_id, uint8_t code)
{
    const struct client_options *options = client->options;
    const struct format_report report = {
        .topic = mote_text(options->topics.items[0]),
        .qos = (enum mote_qos)options->qos,
        .retain = options->retain,
        .packet_id = packet_id,
        .reason_code = code,
    };
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    format_json_report(&report, &now, &client->output);
}

/* Returns false if it has to be tried again, or all is over. */
static bool publish(struct client *client, struct pub_payload *payload)
{
    struct pub *pub = of(client);
    uint16_t packet_id = 0;
    const enum mote_reason reason = pub_payload_publish(client, payload, &pub->properties, &packet_id);

    pub->must_wait = pub->must_wait || reason == MOTE_MQTT_QUOTA;
    if (reason == MOTE_OK && pub->options->json && pub->options->qos == 0) {
        print_report(client, 0, MOTE_CODE_SUCCESS);
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
    pub->line_is_under_way = line.length > PUB_COPIED_MAX;
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
    if (event->type == MOTE_EVENT_PUBLISHED && client->options->json) {
        print_report(client, event->packet_id, event->reason_code);
    }
    if (event->type == MOTE_EVENT_PUBLISHED && event->reason_code >= 0x80) {
        client_warn(client, mote_session_reason(client->options->version, event->reason_code),
                    "message %u is refused: %s", event->packet_id, mqtt_code_words(event->reason_code));
    }
}

static int run(struct client *client, struct pub *pub, const struct client_options *options)
{
    const struct client_handler handler = {on_event, on_turn, NULL, options->payload == CLIENT_PAYLOAD_LINES};
    int status = 1;

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
