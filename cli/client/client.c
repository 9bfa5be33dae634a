#include "client.h"

#include "cli.h"
#include "options/mqtt_names.h"

#include "mqtt/codec.h"

#include <mote/linux.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    OPEN_TIMEOUT_MS = 20000,
    LEAVE_TIMEOUT_MS = 5000,
    DRAIN_TIMEOUT_MS = 1000,
    RETRY_DELAY_MS_MIN = 1000,
    RETRY_DELAY_MS_MAX = 60000,
    RETRY_RESET_AFTER_MS = 30000,
    RECEIVES_PER_TURN = 16,
    OUTPUT_PER_TURN = 1024 * 1024,
    FLUSH_DELAY_MS = 2,     /* so long output waits for more, when there was some just before */
    FLUSH_SIZE = 64 * 1024, /* unless it is as much as this */
    STREAM_PER_MS = 8,      /* packets */
    GATHER_NS = 300 * 1000,
};

void client_warn(const struct client *client, enum mote_reason reason, const char *format, ...)
{
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    if (!client->options->quiet) {
        cli_error(client->options->command, why, reason);
    }
}

void client_fail(struct client *client, enum mote_reason reason, const char *format, ...)
{
    char why[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    client_warn(client, reason, "%s", why);
    client_finish(client, 1, MOTE_CODE_SUCCESS);
}

/* Without words the port may know more, and then it says of which host. */
static void warn_of_connection(const struct client *client, enum mote_reason reason, const char *words,
                               const char *before)
{
    const char *port_words = client->port->words(client->port->context);

    if (words == NULL && port_words[0] != '\0') {
        client_warn(client, reason, "%s%s", before, port_words);
    } else if (client->options->unix_path != NULL) {
        client_warn(client, reason, "%s%s: %s", before, client->options->unix_path,
                    words != NULL ? words : mote_reason_words(reason));
    } else {
        client_warn(client, reason, "%s%s port %u: %s", before, client->url.host.data, client->url.port,
                    words != NULL ? words : mote_reason_words(reason));
    }
}

static void enter(struct client *client, enum client_phase phase, uint64_t timeout_ms)
{
    client->phase = phase;
    client->deadline_ms = client->now_ms + timeout_ms;
}

static void close_link(struct client *client)
{
    client->port->link->close(client->port->context, &client->link, false);
    mote_session_closed(&client->session);
    client_trace_reset(&client->trace);
}

/* From anywhere up to twice as long as the time before, so that many clients do not come back at the same
 * moment. */
static uint64_t retry_delay_ms(struct client *client)
{
    const unsigned doublings = client->failures < 6 ? client->failures : 6;
    const uint32_t most = (uint32_t)RETRY_DELAY_MS_MIN << doublings;
    const uint32_t bound = most < RETRY_DELAY_MS_MAX ? most : RETRY_DELAY_MS_MAX;

    client->failures++;
    return client->port->random(client->port->context) % (bound + 1);
}

static void end(struct client *client, int status)
{
    client->status = status;
    close_link(client);
    client->phase = CLIENT_DONE;
}

/* The connection is gone, or was never there. `words` NULL: the port may know more. */
static void lose(struct client *client, enum mote_reason reason, const char *words)
{
    const bool was_open = client->phase != CLIENT_OPENING;
    const bool goes_on = client->handler->reconnects && client->was_up;

    if (!goes_on || !client->told_lost) {
        warn_of_connection(client, reason, words, goes_on ? "connecting again: " : "");
    }
    if (!goes_on) {
        end(client, was_open ? CLIENT_STATUS_LOST : 1);
        return;
    }
    if (client->up_since_ms != 0 && client->now_ms - client->up_since_ms >= RETRY_RESET_AFTER_MS) {
        client->failures = 0;
    }
    client->told_lost = true;
    client->up_since_ms = 0;
    close_link(client);
    if (client->handler->on_lost != NULL) {
        client->handler->on_lost(client);
    }
    enter(client, CLIENT_WAITING, retry_delay_ms(client));
}

void client_finish(struct client *client, int status, uint8_t code)
{
    const struct mote_properties properties = client_properties_view(&client->options->disconnect);

    if (client->phase == CLIENT_LEAVING || client->phase == CLIENT_DRAINING || client->phase == CLIENT_DONE) {
        return;
    }
    client->status = status;
    client->stop_ms = MOTE_NEVER;
    if (client->phase == CLIENT_UP && client->session.state != MOTE_SESSION_CLOSING) {
        mote_session_close(&client->session, code, &properties);
        enter(client, CLIENT_LEAVING, LEAVE_TIMEOUT_MS);
    } else {
        end(client, status);
    }
}

static void begin(struct client *client)
{
    enter(client, CLIENT_OPENING, OPEN_TIMEOUT_MS);
    client->link.options = &client->options->link;
    const enum mote_reason reason = client->port->link->open(client->port->context, &client->link, &client->url);
    if (reason != MOTE_OK) {
        lose(client, reason, NULL);
    }
}

static void look_at_opening(struct client *client)
{
    if (client->link.state == MOTE_LINK_FAILED) {
        lose(client, client->link.reason, NULL);
    } else if (client->link.state == MOTE_LINK_OPEN) {
        enter(client, CLIENT_UP, 0);
        const enum mote_reason reason = mote_session_open(&client->session, client->now_ms);
        if (reason != MOTE_OK) {
            lose(client, reason, mote_reason_words(reason));
        }
    } else if (client->now_ms >= client->deadline_ms) {
        lose(client, client->link.reason != MOTE_OK ? client->link.reason : MOTE_TCP_TIMEOUT, NULL);
    }
}

/* A code that another attempt may not meet again. */
static bool is_passing(uint8_t code, enum mote_mqtt_version version)
{
    static const uint8_t passing[] = {
        MOTE_CODE_UNSPECIFIED,           MOTE_CODE_SERVER_UNAVAILABLE,       MOTE_CODE_SERVER_BUSY,
        MOTE_CODE_SERVER_SHUTTING_DOWN,  MOTE_CODE_KEEP_ALIVE_TIMEOUT,       MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED,
        MOTE_CODE_MESSAGE_RATE_TOO_HIGH, MOTE_CODE_QUOTA_EXCEEDED,           MOTE_CODE_ADMINISTRATIVE_ACTION,
        MOTE_CODE_MAXIMUM_CONNECT_TIME,  MOTE_CODE_CONNECTION_RATE_EXCEEDED,
    };

    if (version != MOTE_MQTT_5) {
        return code == 3;
    }
    return memchr(passing, code, sizeof passing) != NULL;
}

/* The broker will not have this client. */
static void turned_away(struct client *client, const struct mote_session_event *event, const char *what)
{
    const bool is_5 = client->options->version == MOTE_MQTT_5;
    const char *why = is_5 ? mqtt_code_words(event->reason_code) : mote_reason_words(event->reason);
    char words[256];

    snprintf(words, sizeof words, "%s: %s", what, why);
    if (client->was_up && client->handler->reconnects && is_passing(event->reason_code, client->options->version)) {
        lose(client, event->reason, words);
        return;
    }
    warn_of_connection(client, event->reason, words, "");
    end(client, event->reason_code != 0 ? event->reason_code : 1);
}

static void connected(struct client *client)
{
    client->was_up = true;
    client->told_lost = false;
    client->up_since_ms = client->now_ms;
}

/* Returns whether all of the output is out. */
static bool send_output(struct client *client)
{
    for (;;) {
        const struct mote_text output = mote_session_output(&client->session);
        if (output.length == 0) {
            return true;
        }
        const size_t sent = client->port->link->send(client->port->context, &client->link, output.data, output.length);
        if (sent == 0) {
            return false;
        }
        if (client->options->debug) {
            client_trace_sent(&client->trace, output.data, sent);
        }
        mote_session_sent(&client->session, sent, client->now_ms);
    }
}

static void handle(struct client *client, const struct mote_session_event *event)
{
    switch (event->type) {
    case MOTE_EVENT_REFUSED:
        turned_away(client, event, "the broker refuses the connection");
        break;
    case MOTE_EVENT_DISCONNECTED:
        turned_away(client, event, "the broker ends the connection");
        break;
    case MOTE_EVENT_FAILED:
        send_output(client); /* with MQTT 5 it tells the broker what was wrong */
        lose(client, event->reason, mote_session_words(event));
        break;
    case MOTE_EVENT_DROPPED:
        client_warn(client, event->reason, "left out a message of %lu bytes",
                    (unsigned long)event->message.payload_size);
        break;
    case MOTE_EVENT_CONNECTED:
        connected(client);
        client->handler->on_event(client, event);
        break;
    default:
        client->handler->on_event(client, event);
        break;
    }
}

static void handle_events(struct client *client)
{
    struct mote_session_event event;

    while (client->phase == CLIENT_UP && mote_session_next(&client->session, client->now_ms, &event)) {
        handle(client, &event);
    }
}

static void receive(struct client *client)
{
    for (unsigned i = 0; i < RECEIVES_PER_TURN && client->phase == CLIENT_UP; i++) {
        size_t size = 0;
        uint8_t *space = mote_session_receive_space(&client->session, &size);
        const size_t count = client->port->link->receive(client->port->context, &client->link, space, size);
        if (count == 0) {
            break;
        }
        if (client->options->debug) {
            client_trace_received(&client->trace, space, count);
        }
        mote_session_received(&client->session, count, client->now_ms);
        handle_events(client);
        if (client->output.used > OUTPUT_PER_TURN) {
            break; /* what is left to read wakes the loop at once */
        }
    }
    handle_events(client);
    if (client->phase == CLIENT_UP && client->link.state == MOTE_LINK_FAILED) {
        lose(client, client->link.reason, NULL);
    }
}

static void leave(struct client *client)
{
    if (client->link.state == MOTE_LINK_OPEN && !send_output(client) && client->now_ms < client->deadline_ms) {
        return;
    }
    if (client->options->kind != CLIENT_PUB && client->link.state == MOTE_LINK_OPEN) {
        enter(client, CLIENT_DRAINING, DRAIN_TIMEOUT_MS);
    } else {
        end(client, client->status);
    }
}

/* Closing while messages still come in would reset the connection, and DISCONNECT might not be read any more:
 * then the broker would publish the will. So it is the broker that closes first. */
static void drain(struct client *client)
{
    while (client->link.state == MOTE_LINK_OPEN &&
           client->port->link->receive(client->port->context, &client->link, client->config.receive_buffer,
                                       client->config.receive_size) > 0) {
    }
    if (client->link.state != MOTE_LINK_OPEN || client->now_ms >= client->deadline_ms) {
        end(client, client->status);
    }
}

static void turn_session(struct client *client)
{
    receive(client);
    if (client->phase == CLIENT_UP && client->session.state == MOTE_SESSION_CONNECTED) {
        client->handler->on_turn(client);
    }
    if (client->phase == CLIENT_UP && !send_output(client)) {
        client->more = false; /* the link wakes the loop when it has room */
    }
    if (client->phase == CLIENT_LEAVING) {
        leave(client);
    }
}

static void turn(struct client *client)
{
    client->now_ms = client->port->now_ms(client->port->context);
    if (client->phase == CLIENT_WAITING && client->now_ms >= client->deadline_ms) {
        begin(client);
    }
    if (client->phase == CLIENT_OPENING) {
        look_at_opening(client);
    }
    if (client->phase == CLIENT_UP) {
        turn_session(client);
    } else if (client->phase == CLIENT_LEAVING) {
        leave(client);
    }
    if (client->phase == CLIENT_DRAINING) {
        drain(client);
    }
}

/* The broker publishes the will then if this is MQTT 5, as it does for mosquitto_sub. */
static void interrupt(struct client *client, int status)
{
    const bool is_5 = client->options->version == MOTE_MQTT_5;

    client_finish(client, status, is_5 ? MOTE_CODE_DISCONNECT_WITH_WILL : MOTE_CODE_SUCCESS);
}

/* Whoever reads what is printed has gone, as `head` does: that is no reason to wait for one message more. */
static void on_output_gone(int fd, uint32_t events, void *context)
{
    struct client *client = context;

    (void)events;
    mote_linux_unwatch(fd);
    client->output.broken = true;
}

/* What is printed goes out at once, but in a stream of messages not each in a write of its own. */
static void flush(struct client *client)
{
    const bool is_stream = client->phase == CLIENT_UP && client->now_ms < client->flushed_ms + FLUSH_DELAY_MS;

    if (client->output.used > 0 && (!is_stream || client->output.used >= FLUSH_SIZE)) {
        output_flush(&client->output, STDOUT_FILENO);
        client->flushed_ms = client->now_ms;
    }
}

/* Ctrl-C, -W, and nobody who reads what is printed. */
static void look_at_ends(struct client *client)
{
    const struct mote_port *port = client->port;
    const bool subscribes = client->options->kind == CLIENT_SUB;

    flush(client);
    if (client->output.broken && subscribes) {
        client_finish(client, 0, MOTE_CODE_SUCCESS);
    } else if (port->stop_requested(port->context)) {
        interrupt(client, subscribes ? 0 : CLIENT_STATUS_INTERRUPTED);
    } else if (client->now_ms >= client->stop_ms && client->phase < CLIENT_LEAVING) {
        client_warn(client, MOTE_OK, "timed out");
        interrupt(client, CLIENT_STATUS_TIMED_OUT);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t deadline(const struct client *client)
{
    const bool is_up = client->phase == CLIENT_UP;
    uint64_t deadline_ms = is_up ? mote_session_deadline(&client->session) : client->deadline_ms;

    deadline_ms = earlier(deadline_ms, client->stop_ms);
    if (is_up) {
        deadline_ms = earlier(deadline_ms, client->wake_ms);
    }
    if (client->output.used > 0) {
        deadline_ms = earlier(deadline_ms, client->flushed_ms + FLUSH_DELAY_MS);
    }
    return client->more && is_up ? client->now_ms : deadline_ms;
}

/* Brokers send each message, and each acknowledgement, in a packet of its own, and each would wake us. When they come
 * fast, some are left to gather. */
static void let_gather(struct client *client)
{
    const uint32_t received = client->session.counters.packets_received;
    const uint64_t elapsed_ms = client->now_ms - client->counted_ms;

    if (elapsed_ms > 0) {
        client->is_stream = received - client->counted >= STREAM_PER_MS * elapsed_ms;
        client->counted_ms = client->now_ms;
        client->counted = received;
    }
    if (client->is_stream && client->phase == CLIENT_UP && !client->more) {
        nanosleep(&(struct timespec){.tv_nsec = GATHER_NS}, NULL);
    }
}

/* Whoever has had enough, as `head`, may go; a disk that is full is another thing. */
static int status_of_output(const struct client *client)
{
    const int error = client->output.error;

    if (error == 0 || error == EPIPE) {
        return client->status;
    }
    client_warn(client, MOTE_OK, "standard output: %s", strerror(error));
    return client->status != 0 ? client->status : 1;
}

int client_run(struct client *client)
{
    const struct mote_port *port = client->port;

    signal(SIGPIPE, SIG_IGN); /* the write says so, too, and a goodbye can still be said */
    client->now_ms = port->now_ms(port->context);
    client->stop_ms =
        client->options->timeout_s > 0 ? client->now_ms + (uint64_t)client->options->timeout_s * 1000 : MOTE_NEVER;
    mote_linux_watch(STDOUT_FILENO, 0, on_output_gone, client);
    enter(client, CLIENT_WAITING, 0);
    for (;;) {
        client->more = false;
        turn(client);
        look_at_ends(client);
        if (client->phase == CLIENT_LEAVING) {
            leave(client);
        }
        if (client->phase == CLIENT_DONE) {
            break;
        }
        let_gather(client);
        port->wait(port->context, deadline(client));
    }
    mote_linux_unwatch(STDOUT_FILENO);
    output_flush(&client->output, STDOUT_FILENO);
    return status_of_output(client);
}

bool client_init(struct client *client, const struct client_options *options, const struct client_handler *handler,
                 void *context)
{
    *client = (struct client){
        .options = options,
        .handler = handler,
        .context = context,
        .port = &mote_linux_port,
        .wake_ms = MOTE_NEVER,
        .url = {.scheme = mote_text(options->scheme),
                .host = mote_text(options->host),
                .port = (uint16_t)options->port},
    };
    if (options->unix_path != NULL) {
        client->url = (struct mote_url){.scheme = MOTE_TEXT("unix"), .path = mote_text(options->unix_path)};
    }
    mote_linux_link_gate(true);
    client_config_make(client);
    client->trace = (struct client_trace){.output = &client->output, .version = options->version, .id = client->id};
    const enum mote_reason reason = mote_session_init(&client->session, &client->config);
    if (reason != MOTE_OK) {
        client_warn(
            client, reason,
            "the client id, user name, password or last will cannot be sent: they are UTF-8 of up to 65535 bytes");
        client_free(client);
        return false;
    }
    return true;
}

void client_free(struct client *client)
{
    client_config_free(client);
    client_trace_free(&client->trace);
    output_free(&client->output);
}
