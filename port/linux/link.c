#include "port/linux/link.h"
#include "port/linux/dial.h"
#include "port/linux/loop.h"
#include "port/linux/words.h"
#include "text/assert.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a link takes while the gate is shut: about what the system would before it stops. */
enum { HELD_MAX = 65536, DRAIN_READS_MAX = 64 };

static const uint32_t READING = EPOLLIN | EPOLLRDHUP | EPOLLET;

/* Reading is edge-triggered: the system tells of new bytes once, `readable` remembers it until a read has come out
 * short, and so neither a second read nor a change of the watch is needed for each message. */
struct connection {
    LIST_ENTRY(connection) list;
    struct mote_link *link; /* NULL: closed while the gate was shut, and to be ended when it opens */
    struct mote_dial *dial;
    int fd;
    bool readable;
    bool ended; /* after what can still be read there comes no more */
    int error;  /* why nothing can be sent any more, an errno, or 0 */
    bool full;  /* and watched for when there is room again */
    bool abort;
    uint8_t *held;
    size_t held_length;
    uint16_t port;
    char host[]; /* for when the gate opens */
};

static LIST_HEAD(, connection) connections = LIST_HEAD_INITIALIZER(connections);
static bool gate_shut;

static struct connection *of(const struct mote_link *link)
{
    return link->hidden[0];
}

static void on_ready(int fd, uint32_t events, void *context);

static void watch_writing(struct connection *connection, bool full)
{
    if (connection->full == full)
        return;
    connection->full = full;
    mote_linux_watch(connection->fd, READING | (full ? (uint32_t)EPOLLOUT : 0), on_ready, connection);
}

static void hang_up(struct connection *connection)
{
    if (connection->fd < 0)
        return;
    mote_linux_unwatch(connection->fd);
    close(connection->fd);
    connection->fd = -1;
}

static void fail(struct connection *connection, enum mote_reason reason)
{
    hang_up(connection);
    connection->link->state = MOTE_LINK_FAILED;
    connection->link->reason = reason;
}

/* The last words of the other side may still wait to be read, and say more than the error does. */
static void break_off(struct connection *connection, int error)
{
    connection->error = error;
    connection->ended = true;
    connection->readable = true;
    connection->held_length = 0;
    mote_loop_wake();
}

static size_t push(struct connection *connection, const void *bytes, size_t size)
{
    ssize_t sent;

    do
        sent = send(connection->fd, bytes, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0 || errno == EAGAIN) {
        watch_writing(connection, sent < (ssize_t)size);
        return sent < 0 ? 0 : (size_t)sent;
    }
    break_off(connection, errno);
    return 0;
}

static void push_held(struct connection *connection)
{
    size_t sent;

    if (connection->held_length == 0)
        return;
    sent = push(connection, connection->held, connection->held_length);
    if (connection->error != 0)
        return;
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

static void on_ready(int fd, uint32_t events, void *context)
{
    struct connection *connection = context;

    (void)fd;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection->readable = true;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection->ended = true;
    if ((events & EPOLLOUT) == 0 || gate_shut)
        return;
    watch_writing(connection, false);
    push_held(connection);
}

static void on_dialled(void *context, enum mote_reason reason, int fd)
{
    struct connection *connection = context;

    connection->dial = NULL;
    connection->fd = fd;
    if (reason == MOTE_OK && !mote_linux_watch(fd, READING, on_ready, connection)) {
        mote_words_say("%s", strerror(errno));
        reason = mote_dial_reason(errno);
    }
    if (reason != MOTE_OK) {
        fail(connection, reason);
        return;
    }
    connection->link->state = MOTE_LINK_OPEN;
    connection->link->reason = MOTE_OK;
}

static void dial(struct connection *connection)
{
    connection->dial =
        mote_dial_start(connection->host, connection->port, &connection->link->reason, on_dialled, connection);
}

static enum mote_reason refuse(struct mote_link *link, enum mote_reason reason, const char *words)
{
    mote_words_say("%s", words);
    link->state = MOTE_LINK_FAILED;
    link->reason = reason;
    return reason;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct connection *connection;

    (void)context;
    MOTE_ASSERT(link->state == MOTE_LINK_CLOSED);
    mote_words_say("%s", "");
    if (url->scheme.length > 0 && !mote_text_equals_nocase(url->scheme, "mqtt"))
        return refuse(link, MOTE_CONFIG_INVALID, "only mqtt:// URLs can be connected to yet");
    if (url->host.length == 0)
        return refuse(link, MOTE_CONFIG_INVALID, "the URL names no host");
    connection = calloc(1, sizeof *connection + url->host.length + 1);
    if (connection == NULL)
        return refuse(link, MOTE_TCP_REFUSED, strerror(ENOMEM));
    memcpy(connection->host, url->host.data, url->host.length);
    connection->port = url->port;
    connection->fd = -1;
    connection->link = link;
    LIST_INSERT_HEAD(&connections, connection, list);
    link->hidden[0] = connection;
    link->state = MOTE_LINK_OPENING;
    link->reason = MOTE_TCP_TIMEOUT;
    if (!gate_shut)
        dial(connection);
    return MOTE_OK;
}

/* After a read that was filled, or with the end in sight, there is something to read at once. */
static size_t received(struct connection *connection, size_t count, size_t size)
{
    connection->readable = count == size || connection->ended;
    if (connection->readable)
        mote_loop_wake();
    return count;
}

static void end(struct connection *connection, int error)
{
    const char *words = error == 0 ? "the other side has closed the connection" : strerror(error);

    mote_words_say("%s: %s", connection->host, words);
    fail(connection, error == 0 ? MOTE_TCP_RESET : mote_dial_reason(error));
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct connection *connection = of(link);
    ssize_t count;

    (void)context;
    if (link->state != MOTE_LINK_OPEN || !connection->readable || gate_shut || size == 0)
        return 0;
    do
        count = recv(connection->fd, into, size, 0);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        return received(connection, (size_t)count, size);
    if (count < 0 && errno == EAGAIN && connection->error == 0) {
        connection->readable = false;
        return 0;
    }
    end(connection, connection->error != 0 || count == 0 ? connection->error : errno);
    return 0;
}

static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct connection *connection = of(link);

    (void)context;
    if (link->state != MOTE_LINK_OPEN || connection->error != 0 || size == 0)
        return 0;
    if (gate_shut)
        return hold(connection, bytes, size);
    return connection->held_length > 0 ? 0 : push(connection, bytes, size);
}

/* Closing with bytes unread would reset the connection, and take what was sent with it. */
static void say_goodbye(int fd)
{
    uint8_t unread[4096];

    shutdown(fd, SHUT_WR);
    for (int i = 0; i < DRAIN_READS_MAX && recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; i++)
        ;
}

static void dispose(struct connection *connection)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    mote_dial_cancel(connection->dial);
    if (connection->fd >= 0 && connection->abort)
        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    else if (connection->fd >= 0)
        say_goodbye(connection->fd);
    hang_up(connection);
    LIST_REMOVE(connection, list);
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
    if (gate_shut && connection->fd >= 0)
        mote_linux_unwatch(connection->fd); /* the other side cannot hear of it now */
    else
        dispose(connection);
}

static void shut(struct connection *connection)
{
    if (connection->dial == NULL)
        return;
    mote_dial_cancel(connection->dial);
    connection->dial = NULL;
    connection->link->reason = MOTE_TCP_TIMEOUT;
}

static void unshut(struct connection *connection)
{
    if (connection->link == NULL) {
        dispose(connection);
    } else if (connection->link->state == MOTE_LINK_OPENING) {
        dial(connection);
    } else if (connection->link->state == MOTE_LINK_OPEN) {
        connection->readable = true; /* what came meanwhile */
        push_held(connection);
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
