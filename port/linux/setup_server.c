#include "port/linux/setup_server.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 16,
    LINGERING_MAX = 8,
    PIECE = 1400,
    DATAGRAM_MAX = 512,
    DATAGRAMS_PER_EVENT = 16,
    ACCEPTS_PER_EVENT = 8,
    LINGER_MS = 2000,
};

struct connection {
    int fd;
    bool ended; /* the other side has nothing more to say */
    size_t at;  /* what of the piece is sent */
    size_t size;
    char piece[PIECE];
};

/* A connection that is closed with bytes unread is reset, and our last words may be lost: those are read past, for a while. */
static struct {
    const struct mote_server_handler *handler;
    int listener;
    int names;
    struct connection connections[CONNECTIONS_MAX];
    int lingering[LINGERING_MAX];
    struct mote_timer linger_timer;
} server = {.listener = -1, .names = -1};

/* --- Ending connections --- */

static void close_fd(int *fd)
{
    if (*fd < 0)
        return;
    mote_linux_unwatch(*fd);
    close(*fd);
    *fd = -1;
}

static void end_lingering(void *context)
{
    (void)context;
    for (int i = 0; i < LINGERING_MAX; i++)
        close_fd(&server.lingering[i]);
}

static void on_lingering(int fd, uint32_t events, void *context)
{
    char bytes[1024];
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    (void)events;
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
        close_fd(context);
}

static void linger(int fd)
{
    int *place = server.lingering;

    while (place < server.lingering + LINGERING_MAX - 1 && *place >= 0)
        place++;
    close_fd(place);
    *place = fd;
    shutdown(fd, SHUT_WR);
    mote_linux_watch(fd, EPOLLIN | EPOLLRDHUP, on_lingering, place);
    mote_loop_after(&server.linger_timer, LINGER_MS, end_lingering, NULL);
}

static void lose(unsigned index)
{
    close_fd(&server.connections[index].fd);
    server.handler->closed(server.handler->context, index);
}

static void finish(unsigned index)
{
    int fd = server.connections[index].fd;

    server.connections[index].fd = -1;
    server.handler->closed(server.handler->context, index);
    linger(fd);
}

/* --- HTTP --- */

static void on_connection(int fd, uint32_t events, void *context);

/* Returns whether there is something to be sent. */
static bool fetch(struct connection *connection, unsigned index)
{
    if (connection->at < connection->size)
        return true;
    connection->at = 0;
    connection->size =
        server.handler->output(server.handler->context, index, connection->piece, sizeof connection->piece);
    return connection->size > 0;
}

/* Returns false if the connection is broken. */
static bool send_out(struct connection *connection, unsigned index)
{
    while (fetch(connection, index)) {
        ssize_t sent = send(connection->fd, connection->piece + connection->at, connection->size - connection->at,
                            MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->at += (size_t)sent;
    }
    return true;
}

static void push(unsigned index)
{
    struct connection *connection = &server.connections[index];
    bool full;

    if (!send_out(connection, index)) {
        lose(index);
        return;
    }
    full = connection->at < connection->size;
    if (!full && server.handler->is_done(server.handler->context, index))
        finish(index);
    else if (!full && connection->ended)
        lose(index);
    else
        mote_linux_watch(connection->fd, (connection->ended ? 0 : (uint32_t)EPOLLIN) | (full ? (uint32_t)EPOLLOUT : 0),
                         on_connection, connection);
}

static void on_connection(int fd, uint32_t events, void *context)
{
    struct connection *connection = context;
    unsigned index = (unsigned)(connection - server.connections);
    char bytes[2048];
    ssize_t size = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) : -1;

    if (size > 0)
        server.handler->received(server.handler->context, index, bytes, (size_t)size);
    connection->ended = connection->ended || size == 0 || (events & EPOLLERR) != 0;
    explicit_bzero(bytes, sizeof bytes); /* there may be keys in it */
    push(index);
}

static void take(int fd)
{
    unsigned index = server.handler->accept(server.handler->context);
    struct connection *connection = &server.connections[index];

    close_fd(&connection->fd);
    *connection = (struct connection){.fd = fd};
    if (!mote_linux_watch(fd, EPOLLIN, on_connection, connection))
        lose(index);
}

static void on_listener(int fd, uint32_t events, void *context)
{
    (void)events;
    (void)context;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (accepted < 0)
            return;
        take(accepted);
    }
}

/* --- DNS --- */

static bool answer_one(int fd)
{
    uint8_t query[DATAGRAM_MAX], answer[DATAGRAM_MAX];
    struct sockaddr_storage from;
    socklen_t from_size = sizeof from;
    ssize_t size = recvfrom(fd, query, sizeof query, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    size_t answered;

    if (size < 0)
        return false;
    answered = server.handler->answer(server.handler->context, query, (size_t)size, answer, sizeof answer);
    if (answered > 0) /* a datagram that does not go out is asked for again */
        sendto(fd, answer, answered, MSG_DONTWAIT, (struct sockaddr *)&from, from_size);
    return true;
}

static void on_names(int fd, uint32_t events, void *context)
{
    (void)events;
    (void)context;
    for (int i = 0; i < DATAGRAMS_PER_EVENT && answer_one(fd); i++)
        continue;
}

/* --- Opening and closing --- */

static uint16_t port_of(const char *variable, uint16_t otherwise)
{
    const char *text = getenv(variable);
    uint32_t port = otherwise;

    if (text != NULL)
        mote_text_to_number(mote_text(text), UINT16_MAX, &port);
    return (uint16_t)port;
}

/* The address may come only once the access point is up, or go and come again. */
static int bind_to(int type, const uint8_t address[4], uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, error;

    if (fd < 0)
        return -1;
    memcpy(&at.sin_addr, address, sizeof at.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && (type != SOCK_STREAM || listen(fd, CONNECTIONS_MAX) == 0))
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void close_servers(void *context)
{
    (void)context;
    close_fd(&server.listener);
    close_fd(&server.names);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        close_fd(&server.connections[i].fd);
    end_lingering(NULL);
    mote_loop_stop(&server.linger_timer);
}

static enum mote_reason refuse(const char *what, uint16_t port)
{
    mote_words_say("setup: %s port %u: %s", what, port, strerror(errno));
    close_servers(NULL);
    return MOTE_CONFIG_INVALID;
}

static void begin(const struct mote_server_handler *handler)
{
    server.handler = handler;
    server.listener = server.names = -1;
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        server.connections[i].fd = -1;
    for (int i = 0; i < LINGERING_MAX; i++)
        server.lingering[i] = -1;
}

static enum mote_reason open_at(const uint8_t address[4], const struct mote_server_handler *handler)
{
    uint16_t http = port_of("MOTE_SETUP_HTTP_PORT", 80), dns = port_of("MOTE_SETUP_DNS_PORT", 53);

    begin(handler);
    server.listener = handler->connections > CONNECTIONS_MAX ? -1 : bind_to(SOCK_STREAM, address, http);
    if (server.listener < 0 || !mote_linux_watch(server.listener, EPOLLIN, on_listener, NULL))
        return refuse("HTTP", http);
    server.names = bind_to(SOCK_DGRAM, address, dns);
    if (server.names < 0 || !mote_linux_watch(server.names, EPOLLIN, on_names, NULL))
        return refuse("DNS", dns);
    return MOTE_OK;
}

static enum mote_reason open_on_access_point(void *context, const struct mote_server_handler *handler,
                                             uint8_t address[4])
{
    static const uint8_t ours[4] = {192, 168, 4, 1};

    (void)context;
    memcpy(address, ours, sizeof ours);
    return open_at(ours, handler);
}

static enum mote_reason open_on_loopback(void *context, const struct mote_server_handler *handler, uint8_t address[4])
{
    static const uint8_t loopback[4] = {127, 0, 0, 1};

    (void)context;
    memcpy(address, loopback, sizeof loopback);
    return open_at(loopback, handler);
}

static void drop(void *context, unsigned connection)
{
    (void)context;
    close_fd(&server.connections[connection].fd);
}

const struct mote_server_port mote_linux_server = {
    .open = open_on_access_point,
    .drop = drop,
    .close = close_servers,
};

const struct mote_server_port mote_loopback_server = {
    .open = open_on_loopback,
    .drop = drop,
    .close = close_servers,
};
