#include "port/linux/link/link.h"
#include "port/linux/link/dial.h"
#include "port/linux/link/hint.h"
#include "port/linux/link/proxy.h"
#include "port/linux/link/route.h"
#include "port/linux/link/socket.h"
#include "port/linux/link/tls.h"
#include "port/linux/link/websocket_stream.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include "text/assert.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

/* What a link takes while the gate is shut: about what the system would before it stops. */
enum { HELD_MAX = 65536 };

struct connection {
    LIST_ENTRY(connection) list;
    struct mote_link *link; /* NULL: closed while the gate was shut, and to be ended when it opens */
    struct mote_route *route;
    struct mote_dial *dial;
    struct mote_stream *socket; /* NULL: not connected */
    struct mote_stream *top;    /* what the link reads and writes: the socket, or what stands on it */
    bool owes;                  /* the last byte written was not told to be taken */
    bool abort;
    uint8_t *held;
    size_t held_length;
};

static LIST_HEAD(, connection) connections = LIST_HEAD_INITIALIZER(connections);
static bool gate_shut;

static struct connection *of(const struct mote_link *link)
{
    return link->hidden[0];
}

static void hang_up(struct connection *connection)
{
    mote_stream_dispose(connection->top);
    connection->top = NULL;
    connection->socket = NULL;
}

static void fail(struct connection *connection, enum mote_reason reason)
{
    hang_up(connection);
    connection->link->state = MOTE_LINK_FAILED;
    connection->link->reason = reason;
}

/* --- Opening --- */

static void progress(struct connection *connection)
{
    enum mote_reason reason = MOTE_OK;

    if (mote_stream_open(connection->top, &reason)) {
        connection->link->state = MOTE_LINK_OPEN;
        connection->link->reason = MOTE_OK;
    } else if (reason != MOTE_OK) {
        fail(connection, reason);
    }
}

static bool stack(struct connection *connection, struct mote_stream *layer)
{
    if (layer != NULL)
        connection->top = layer;
    return layer != NULL;
}

static struct mote_stream *open_websocket(struct mote_stream *below, const struct mote_route *route)
{
    uint16_t own = route->tls != NULL ? 443 : 80;
    const struct mote_websocket_target target = {
        .host = mote_text(route->host),
        .port = route->port == own ? 0 : route->port,
        .path = mote_text(route->path),
    };

    return mote_websocket_stream_open(below, &target);
}

/* Returns whether all layers that the route asks for stand on the socket. */
static bool build(struct connection *connection)
{
    const struct mote_route *route = connection->route;
    bool built = true;

    if (route->has_proxy)
        built = stack(connection, mote_proxy_open(connection->top, &route->proxy, route->host, route->port));
    if (built && route->tls != NULL)
        built = stack(connection, mote_tls_open(connection->top, route->tls, route->host, route->port));
    if (built && route->websocket)
        return stack(connection, open_websocket(connection->top, route));
    return built && stack(connection, mote_hint_open(connection->top, route->tls != NULL));
}

static void push_held(struct connection *connection);

static void on_ready(void *context, bool writable)
{
    struct connection *connection = context;

    if (connection->link == NULL || gate_shut)
        return;
    if (connection->link->state == MOTE_LINK_OPENING) {
        progress(connection);
    } else if (writable && mote_stream_flush(connection->top)) {
        push_held(connection);
    }
}

static void on_dialled(void *context, enum mote_reason reason, int fd)
{
    struct connection *connection = context;
    const char *name = mote_route_name(connection->route);

    connection->dial = NULL;
    if (reason == MOTE_OK) {
        connection->socket = connection->top = mote_socket_open(fd, name, on_ready, connection);
        if (connection->socket == NULL || !build(connection)) {
            mote_words_say("%s: %s", name, strerror(errno));
            reason = mote_dial_reason(errno);
        }
    }
    if (reason != MOTE_OK)
        fail(connection, reason);
    else
        progress(connection);
}

static void dial(struct connection *connection)
{
    const struct mote_route *route = connection->route;
    const struct mote_dial_target target = {
        .host = route->has_proxy ? route->proxy.host.data : route->host,
        .port = route->has_proxy ? route->proxy.port : route->port,
        .path = route->path,
        .bind = route->bind_length == 0 ? NULL : (const struct sockaddr *)&route->bind,
        .bind_length = route->bind_length,
    };

    connection->dial = mote_dial_start(&target, &connection->link->reason, on_dialled, connection);
}

static enum mote_reason refuse(struct mote_link *link, enum mote_reason reason)
{
    link->state = MOTE_LINK_FAILED;
    link->reason = reason;
    return reason;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct connection *connection;
    struct mote_route *route;
    enum mote_reason reason;

    (void)context;
    MOTE_ASSERT(link->state == MOTE_LINK_CLOSED);
    mote_words_say("%s", "");
    route = mote_route_plan(url, link->options, &reason);
    if (route == NULL)
        return refuse(link, reason);
    connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        mote_words_say("%s", strerror(ENOMEM));
        mote_route_free(route);
        return refuse(link, MOTE_TCP_REFUSED);
    }
    connection->route = route;
    connection->link = link;
    LIST_INSERT_HEAD(&connections, connection, list);
    link->hidden[0] = connection;
    link->state = MOTE_LINK_OPENING;
    link->reason = MOTE_TCP_TIMEOUT;
    if (!gate_shut)
        dial(connection);
    return MOTE_OK;
}

/* --- Reading and writing --- */

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct connection *connection = of(link);
    enum mote_reason reason = MOTE_OK;
    size_t count;

    (void)context;
    if (link->state != MOTE_LINK_OPEN || gate_shut || size == 0)
        return 0;
    count = mote_stream_read(connection->top, into, size, &reason);
    mote_loop_has_read(count);
    if (reason != MOTE_OK)
        fail(connection, reason);
    else if (count == size)
        mote_loop_wake();
    return count;
}

/* What a layer has taken and cannot pass on would be lost if the program ended now. So the last byte counts as taken only
 * once all is out: whoever waits for it waits for all. It comes a second time then. */
static size_t push(struct connection *connection, const uint8_t *bytes, size_t size)
{
    size_t taken;

    if (!mote_stream_flush(connection->top))
        return 0;
    taken = connection->owes;
    connection->owes = false;
    taken += mote_stream_write(connection->top, bytes + taken, size - taken);
    if (taken > 1 && !mote_stream_flush(connection->top)) {
        connection->owes = true;
        taken--;
    }
    return taken;
}

static void push_held(struct connection *connection)
{
    size_t sent;

    if (connection->held_length == 0)
        return;
    sent = push(connection, connection->held, connection->held_length);
    connection->held_length -= sent;
    memmove(connection->held, connection->held + sent, connection->held_length);
}

static size_t hold(struct connection *connection, const void *bytes, size_t size)
{
    size_t room = HELD_MAX - connection->held_length;

    if (connection->held == NULL)
        connection->held = malloc(HELD_MAX);
    if (connection->held == NULL)
        return 0;
    size = size < room ? size : room;
    memcpy(connection->held + connection->held_length, bytes, size);
    connection->held_length += size;
    return size;
}

static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct connection *connection = of(link);

    (void)context;
    if (link->state != MOTE_LINK_OPEN || size == 0)
        return 0;
    if (gate_shut)
        return hold(connection, bytes, size);
    return connection->held_length > 0 ? 0 : push(connection, bytes, size);
}

/* --- Closing --- */

static void dispose(struct connection *connection)
{
    mote_dial_cancel(connection->dial);
    if (connection->socket != NULL && connection->abort)
        mote_socket_abort(connection->socket);
    else
        mote_stream_say_goodbye(connection->top);
    hang_up(connection);
    LIST_REMOVE(connection, list);
    mote_route_free(connection->route);
    free(connection->held);
    free(connection);
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    struct connection *connection = of(link);

    (void)context;
    link->hidden[0] = NULL;
    link->state = MOTE_LINK_CLOSED;
    if (connection == NULL)
        return;
    connection->link = NULL;
    connection->abort = abort;
    if (gate_shut && connection->socket != NULL)
        mote_socket_mute(connection->socket); /* the other side cannot hear of it now */
    else
        dispose(connection);
}

/* --- The gate --- */

static void shut(struct connection *connection)
{
    mote_dial_cancel(connection->dial);
    connection->dial = NULL;
    if (connection->link != NULL && connection->link->state == MOTE_LINK_OPENING)
        connection->link->reason = MOTE_TCP_TIMEOUT;
}

static void unshut(struct connection *connection)
{
    if (connection->link == NULL) {
        dispose(connection);
    } else if (connection->socket == NULL) {
        if (connection->link->state == MOTE_LINK_OPENING)
            dial(connection);
    } else {
        mote_socket_look_again(connection->socket); /* what came meanwhile */
        on_ready(connection, true);
    }
}

void mote_linux_link_gate(bool open)
{
    struct connection *connection, *next;

    if (open != gate_shut)
        return;
    gate_shut = !open;
    for (connection = LIST_FIRST(&connections); connection != NULL; connection = next) {
        next = LIST_NEXT(connection, list);
        if (gate_shut)
            shut(connection);
        else
            unshut(connection);
    }
    mote_loop_wake();
}

const struct mote_link_port mote_linux_links = {
    .open = open_link,
    .receive = receive,
    .send = send_bytes,
    .close = close_link,
};
