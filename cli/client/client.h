/* One MQTT client of the command line: a link and a session, turned by one loop until it is done. */
#ifndef CLIENT_H
#define CLIENT_H

#include "options/client_options.h"
#include "client_trace.h"
#include "format/output.h"

#include <mote/port.h>
#include <mote/session.h>

/* Exit statuses beside 0, 1 and the broker's codes; mosquitto's clients have the same. */
enum {
    CLIENT_STATUS_LOST = 7,
    CLIENT_STATUS_TIMED_OUT = 27,
    CLIENT_STATUS_INTERRUPTED = 130,
};

struct client;

/* What pub, sub or rr do. Each is called from within client_run(). */
struct client_handler {
    /* Something has happened; CONNECTED among it, at the first connection and at every further one. */
    void (*on_event)(struct client *client, const struct mote_session_event *event);
    /* The session is connected, and there may be room to publish: once a turn, before the output is sent. */
    void (*on_turn)(struct client *client);
    /* A connection was lost and will be made again; may be NULL. */
    void (*on_lost)(struct client *client);
    bool reconnects; /* a connection that was up and is lost is made again, as long as it takes */
};

/* Where a client is. */
enum client_phase {
    CLIENT_WAITING,  /* for the moment of the next attempt */
    CLIENT_OPENING,  /* the link */
    CLIENT_UP,       /* the session goes on, from CONNECT to DISCONNECT */
    CLIENT_LEAVING,  /* DISCONNECT has to go out */
    CLIENT_DRAINING, /* and the broker to close the connection */
    CLIENT_DONE,
};

struct client {
    const struct client_options *options;
    const struct client_handler *handler;
    void *context; /* the handler's */
    const struct mote_port *port;
    struct mote_session session;
    struct output output; /* standard output */
    uint64_t now_ms;
    uint64_t wake_ms; /* on_turn is called then, whatever happens; MOTE_NEVER */
    bool more;        /* on_turn has more to do at once */

    struct mote_session_config config;   /* the rest is the client's own */
    struct mote_property *connect_items; /* of CONNECT, which the config points to */
    struct mote_url url;
    struct mote_link link;
    struct client_trace trace;
    enum client_phase phase;
    uint64_t deadline_ms; /* of the phase */
    uint64_t stop_ms;     /* -W */
    uint64_t up_since_ms;
    uint64_t flushed_ms; /* when output was written last */
    uint64_t counted_ms; /* a moment, and what had been received by then */
    uint32_t counted;
    bool is_stream;    /* much was received in the last millisecond */
    unsigned failures; /* in a row */
    bool was_up;
    bool told_lost;
    int status;
    char *id; /* NULL: the broker's choice */
};

/* Makes a client. Returns false after saying why it cannot be. */
bool client_init(struct client *client, const struct client_options *options, const struct client_handler *handler,
                 void *context);

/* Connects, and goes on until client_finish() or an error. Returns the exit status. */
int client_run(struct client *client);

/* Says goodbye, and ends client_run() with this exit status. `code` goes into DISCONNECT. */
void client_finish(struct client *client, int status, uint8_t code);

/* The same, with status 1 and an error. */
void client_fail(struct client *client, enum mote_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An error message, unless it is --quiet. */
void client_warn(const struct client *client, enum mote_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void client_free(struct client *client);

/* For client.c: makes the session's config, with its buffers, from the options; and gives it back. */
void client_config_make(struct client *client);
void client_config_free(struct client *client);

#endif
