#include "embedded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "cli.h"
#include "port/linux/broker_server.h"
#include <mote/linux.h>

/* A stream of the web server's. It may outlive the broker that it was attached to. */
struct embedded_stream {
    struct embedded *embedded;
    struct embedded_stream *next;
    struct web_stream *web;
    struct mote_broker_stream *attached; /* NULL: the broker is gone */
};

struct embedded {
    struct mote_broker_server *server; /* NULL while it is stopped */
    struct embedded_stream *streams;
    char address[64];
    uint16_t port;
    char url[96];
};

static void turn(int fd, uint32_t events, void *context)
{
    const struct embedded *const embedded = context;

    (void)fd;
    (void)events;
    mote_broker_server_turn(embedded->server);
}

static bool start(struct embedded *embedded)
{
    const struct mote_broker_config config = {.without_sys = false};
    const char *words = NULL;
    char what[32];

    embedded->server = mote_broker_server_new(&config);
    if (embedded->server == NULL) {
        cli_error("broker", strerror(errno), MOTE_CONFIG_INVALID);
        return false;
    }
    if (mote_broker_server_listen(embedded->server, embedded->address, embedded->port, &words) != MOTE_OK) {
        snprintf(what, sizeof(what), "broker port %u", embedded->port);
        cli_errorf(what, MOTE_CONFIG_INVALID, "%s: %s: choose another with --broker-port or --address",
                   embedded->address, words);
        mote_broker_server_stop(embedded->server);
        embedded->server = NULL;
        return false;
    }
    return mote_linux_watch(mote_broker_server_fd(embedded->server), EPOLLIN, turn, embedded);
}

static void stop(struct embedded *embedded)
{
    if (embedded->server == NULL) {
        return;
    }
    for (struct embedded_stream *stream = embedded->streams; stream != NULL; stream = stream->next) {
        mote_broker_stream_detach(stream->attached);
        stream->attached = NULL;
        web_stream_notify(stream->web);
    }
    mote_linux_unwatch(mote_broker_server_fd(embedded->server));
    mote_broker_server_stop(embedded->server);
    embedded->server = NULL;
}

struct embedded *embedded_start(const char *address, uint16_t port)
{
    struct embedded *const embedded = cli_allocate(sizeof(*embedded));

    *embedded = (struct embedded){.port = port};
    snprintf(embedded->address, sizeof(embedded->address), "%s", address);
    snprintf(embedded->url, sizeof(embedded->url), strchr(address, ':') != NULL ? "mqtt://[%s]:%u" : "mqtt://%s:%u",
             address, port);
    if (!start(embedded)) {
        free(embedded);
        return NULL;
    }
    return embedded;
}

void embedded_free(struct embedded *embedded)
{
    if (embedded != NULL) {
        stop(embedded);
        free(embedded);
    }
}

bool embedded_set_running(struct embedded *embedded, bool running)
{
    if (running == embedded_is_running(embedded)) {
        return true;
    }
    if (running) {
        return start(embedded);
    }
    stop(embedded);
    return true;
}

bool embedded_is_running(const struct embedded *embedded)
{
    return embedded->server != NULL;
}

const char *embedded_url(const struct embedded *embedded)
{
    return embedded->url;
}

enum mote_reason embedded_publish(struct embedded *embedded, const struct mote_message *message)
{
    return embedded->server != NULL ? mote_broker_server_publish(embedded->server, message) : MOTE_TCP_REFUSED;
}

/* --- Streams --- */

static void wake(void *context)
{
    const struct embedded_stream *const stream = context;

    web_stream_notify(stream->web);
}

void *embedded_stream_open(struct embedded *embedded, struct web_stream *web)
{
    struct embedded_stream *const stream = cli_allocate(sizeof(*stream));

    *stream = (struct embedded_stream){.embedded = embedded, .web = web, .next = embedded->streams};
    if (embedded->server != NULL) {
        stream->attached = mote_broker_server_attach(embedded->server, wake, stream);
    }
    if (stream->attached == NULL) {
        free(stream);
        return NULL;
    }
    embedded->streams = stream;
    return stream;
}

void embedded_stream_receive(void *object, const void *bytes, size_t size)
{
    const struct embedded_stream *const stream = object;

    if (stream->attached != NULL) {
        mote_broker_stream_feed(stream->attached, bytes, size);
    }
}

size_t embedded_stream_drain(void *object, void *into, size_t size)
{
    const struct embedded_stream *const stream = object;

    return stream->attached != NULL ? mote_broker_stream_drain(stream->attached, into, size) : 0;
}

bool embedded_stream_should_close(void *object)
{
    const struct embedded_stream *const stream = object;

    return stream->attached == NULL || mote_broker_stream_should_close(stream->attached);
}

void embedded_stream_closed(void *object)
{
    struct embedded_stream *const stream = object;
    struct embedded_stream **link = &stream->embedded->streams;

    while (*link != stream) {
        link = &(*link)->next;
    }
    *link = stream->next;
    if (stream->attached != NULL) {
        mote_broker_stream_detach(stream->attached);
    }
    free(stream);
}
