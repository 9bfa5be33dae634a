#include "broker_server.h"

#include "broker_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TURN 64
#define READS_PER_EVENT 4
#define ACCEPTS_PER_EVENT 64
#define VIEWS 64
#define LINGER_MS 2000

enum kind { LISTENER, CLIENT, LINGERING, STREAM, TIMER };

/* What an event of the epoll descriptor is about; also a stream, which has no events. */
struct mote_broker_stream {
    struct mote_broker_server *server;
    struct mote_broker_client *client;
    struct mote_broker_stream *next;
    struct mote_broker_stream *previous;
    union {
        uint64_t linger_until_ms;
        struct {
            void (*wake)(void *context);
            void *context;
        };
    };
    int fd;
    uint8_t kind;
    bool wants_write;
};

struct mote_broker_server {
    struct mote_broker broker;
    int epoll_fd;
    int spare_fd; /* given up for a moment to refuse a connection when there are no more descriptors */
    uint16_t port;
    uint64_t timer_ms; /* what the timer is set to */
    struct mote_broker_stream timer;
    struct mote_broker_stream *listeners;
    struct mote_broker_stream *connections; /* clients and streams */
    struct mote_broker_stream *lingering;
    char words[256];
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

static uint32_t random_bits(void *context)
{
    uint32_t bits = 0;

    (void)context;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        abort();
    return bits;
}

static struct mote_broker_stream *add(struct mote_broker_server *server, struct mote_broker_stream **list,
                                      enum kind kind, int fd)
{
    struct mote_broker_stream *entry = calloc(1, sizeof *entry);

    if (entry == NULL)
        return NULL;
    entry->server = server;
    entry->kind = (uint8_t)kind;
    entry->fd = fd;
    entry->next = *list;
    if (entry->next != NULL)
        entry->next->previous = entry;
    *list = entry;
    return entry;
}

static void unlink_from(struct mote_broker_stream *entry, struct mote_broker_stream **list)
{
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        *list = entry->next;
}

static bool watch(struct mote_broker_stream *entry, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = entry};

    return epoll_ctl(entry->server->epoll_fd, operation, entry->fd, &event) == 0;
}

static void free_entry(struct mote_broker_stream *entry, struct mote_broker_stream **list)
{
    unlink_from(entry, list);
    if (entry->fd >= 0)
        close(entry->fd);
    free(entry);
}

/* A connection that is closed with bytes unread is reset, and the other side may lose our last words. So the
 * sending half is closed first, and what still comes in is read past, for a while. */
static void linger(struct mote_broker_stream *connection)
{
    struct mote_broker_server *server = connection->server;

    if (shutdown(connection->fd, SHUT_WR) != 0 || !watch(connection, EPOLL_CTL_MOD, EPOLLIN)) {
        free_entry(connection, &server->connections);
        return;
    }
    unlink_from(connection, &server->connections);
    connection->kind = LINGERING;
    connection->client = NULL;
    connection->linger_until_ms = now_ms() + LINGER_MS;
    connection->previous = NULL;
    connection->next = server->lingering;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->lingering = connection;
}

/* The newest come first in the list, those who have lingered for too long at its end are all closed at once. */
static void end_lingering(struct mote_broker_server *server)
{
    struct mote_broker_stream *entry = server->lingering;
    uint64_t now = now_ms();

    while (entry != NULL && entry->linger_until_ms > now)
        entry = entry->next;
    while (entry != NULL) {
        struct mote_broker_stream *next = entry->next;
        free_entry(entry, &server->lingering);
        entry = next;
    }
}

static void connection_closed(struct mote_broker_stream *connection)
{
    mote_broker_closed(connection->client, now_ms());
    free_entry(connection, &connection->server->connections);
}

/* Returns false if there is nothing more to be sent, or to be sent now. */
static bool send_some(struct mote_broker_stream *connection, bool *failed)
{
    struct mote_text views[VIEWS];
    struct iovec pieces[VIEWS];
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = mote_broker_output(connection->client, views, VIEWS)};
    size_t size = 0;

    if (message.msg_iovlen == 0)
        return false;
    for (size_t i = 0; i < message.msg_iovlen; i++) {
        pieces[i].iov_base = (void *)(uintptr_t)views[i].data;
        pieces[i].iov_len = views[i].length;
        size += views[i].length;
    }
    /* The plain call is the cheaper one, and one piece is what there mostly is. */
    ssize_t sent = message.msg_iovlen == 1 ? send(connection->fd, views[0].data, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                                           : sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        *failed = errno != EAGAIN && errno != EINTR;
        return false;
    }
    mote_broker_sent(connection->client, (size_t)sent, now_ms());
    return (size_t)sent == size;
}

static void write_out(struct mote_broker_stream *connection)
{
    struct mote_text view;
    bool failed = false;

    while (send_some(connection, &failed))
        continue;
    if (failed) {
        connection_closed(connection);
    } else if (mote_broker_should_close(connection->client)) {
        mote_broker_closed(connection->client, now_ms());
        linger(connection);
    } else {
        bool wants_write = mote_broker_output(connection->client, &view, 1) > 0;
        if (wants_write != connection->wants_write)
            watch(connection, EPOLL_CTL_MOD, wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
        connection->wants_write = wants_write;
    }
}

/* What the last calls have brought up for the clients. */
static void flush(struct mote_broker_server *server)
{
    struct mote_broker_client *client;

    while ((client = mote_broker_next_ready(&server->broker)) != NULL) {
        struct mote_broker_stream *entry = mote_broker_client_link(client);
        if (entry->kind == STREAM)
            entry->wake(entry->context);
        else if (!entry->wants_write || mote_broker_should_close(client))
            write_out(entry);
    }
}

/* Reads past what is of no interest any more. Returns false at the end. */
static bool read_past(int fd)
{
    char bytes[4096];
    ssize_t size = 0;

    for (int i = 0; i < READS_PER_EVENT && (size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0; i++)
        continue;
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Returns false if the connection is gone. */
static bool read_in(struct mote_broker_stream *connection)
{
    for (int i = 0; i < READS_PER_EVENT; i++) {
        size_t size;
        uint8_t *space = mote_broker_receive_space(connection->client, &size);
        if (size == 0)
            return read_past(connection->fd);
        ssize_t got = recv(connection->fd, space, size, MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        mote_broker_received(connection->client, (size_t)got, now_ms());
        if ((size_t)got < size)
            return true;
    }
    return true;
}

static void take_connection(struct mote_broker_server *server, int fd)
{
    struct mote_broker_stream *connection = add(server, &server->connections, CLIENT, fd);
    int on = 1;

    if (connection == NULL) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (watch(connection, EPOLL_CTL_ADD, EPOLLIN))
        connection->client = mote_broker_accept(&server->broker, connection, now_ms());
    if (connection->client == NULL)
        free_entry(connection, &server->connections);
}

/* Without a descriptor left the connection would stay in the queue and wake us for ever. */
static void refuse_connection(struct mote_broker_server *server, int listener)
{
    int fd;

    if (server->spare_fd < 0)
        return;
    close(server->spare_fd);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_some(struct mote_broker_server *server, int listener)
{
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(server, fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_connection(server, listener);
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

static void handle(struct mote_broker_stream *entry, uint32_t events)
{
    struct mote_broker_server *server = entry->server;
    uint64_t expirations;

    switch (entry->kind) {
    case TIMER:
        if (read(entry->fd, &expirations, sizeof expirations) > 0)
            server->timer_ms = MOTE_NEVER;
        break;
    case LISTENER:
        accept_some(server, entry->fd);
        break;
    case LINGERING:
        if (!read_past(entry->fd))
            free_entry(entry, &server->lingering);
        break;
    default:
        if ((events & ~(uint32_t)EPOLLOUT) != 0 && !read_in(entry))
            connection_closed(entry);
        else if ((events & EPOLLOUT) != 0)
            write_out(entry);
    }
}

/* The timer is set anew only for an earlier deadline: keep alives move on with every packet. */
static void set_timer(struct mote_broker_server *server)
{
    uint64_t deadline_ms = mote_broker_deadline(&server->broker);
    struct itimerspec when = {0};

    if (server->lingering != NULL && server->lingering->linger_until_ms < deadline_ms)
        deadline_ms = server->lingering->linger_until_ms;
    if (deadline_ms >= server->timer_ms)
        return;
    when.it_value.tv_sec = (time_t)(deadline_ms / 1000);
    when.it_value.tv_nsec = (long)(deadline_ms % 1000) * 1000000 + 1;
    timerfd_settime(server->timer.fd, TFD_TIMER_ABSTIME, &when, NULL);
    server->timer_ms = deadline_ms;
}

void mote_broker_server_turn(struct mote_broker_server *server)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(server->epoll_fd, events, EVENTS_PER_TURN, 0);

    for (int i = 0; i < count; i++)
        handle(events[i].data.ptr, events[i].events);
    mote_broker_turn(&server->broker, now_ms());
    flush(server);
    end_lingering(server);
    set_timer(server);
}

int mote_broker_server_fd(const struct mote_broker_server *server)
{
    return server->epoll_fd;
}

uint16_t mote_broker_server_port(const struct mote_broker_server *server)
{
    return server->port;
}

const struct mote_broker *mote_broker_server_broker(const struct mote_broker_server *server)
{
    return &server->broker;
}

enum mote_reason mote_broker_server_publish(struct mote_broker_server *server, const struct mote_message *message)
{
    enum mote_reason reason = mote_broker_publish(&server->broker, message, now_ms());

    flush(server);
    set_timer(server);
    return reason;
}

/* --- Listening --- */

/* One of the addresses. The others of the host must get the same port, also if any was right. */
static bool add_listener(struct mote_broker_server *server, const struct addrinfo *address, uint16_t *port)
{
    int fd = mote_broker_listen(address, *port);
    struct mote_broker_stream *listener = fd < 0 ? NULL : add(server, &server->listeners, LISTENER, fd);

    if (listener == NULL || !watch(listener, EPOLL_CTL_ADD, EPOLLIN)) {
        int error = errno;
        if (listener != NULL)
            free_entry(listener, &server->listeners);
        else if (fd >= 0)
            close(fd);
        errno = error;
        return false;
    }
    *port = mote_broker_listen_port(fd);
    return true;
}

/* On a machine without IPv6, or without IPv4, the other one alone is right. */
static bool is_absent(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

static const char *listen_on_all(struct mote_broker_server *server, const struct addrinfo *addresses, uint16_t port)
{
    struct mote_broker_stream *before = server->listeners;
    int error = 0;

    for (const struct addrinfo *address = addresses; address != NULL; address = address->ai_next) {
        if (add_listener(server, address, &port))
            continue;
        error = errno;
        if (!is_absent(error))
            break;
    }
    if (server->listeners != before && (error == 0 || is_absent(error))) {
        server->port = server->port == 0 ? port : server->port;
        return NULL;
    }
    while (server->listeners != before)
        free_entry(server->listeners, &server->listeners);
    return strerror(error);
}

enum mote_reason mote_broker_server_listen(struct mote_broker_server *server, const char *host, uint16_t port,
                                           const char **words)
{
    bool all = host != NULL && strcmp(host, "*") == 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = all ? AI_PASSIVE : 0};
    struct addrinfo *addresses;
    int error = getaddrinfo(all ? NULL : host, "0", &hints, &addresses);
    const char *why = error != 0 ? gai_strerror(error) : listen_on_all(server, addresses, port);

    if (error == 0)
        freeaddrinfo(addresses);
    if (why == NULL)
        return MOTE_OK;
    snprintf(server->words, sizeof server->words, "%s", why);
    if (server->words[0] >= 'A' && server->words[0] <= 'Z')
        server->words[0] = (char)(server->words[0] + ('a' - 'A'));
    *words = server->words;
    return MOTE_CONFIG_INVALID;
}

/* --- Life cycle --- */

static bool open_descriptors(struct mote_broker_server *server)
{
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    server->timer = (struct mote_broker_stream){.server = server, .kind = TIMER};
    server->timer.fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    server->timer_ms = MOTE_NEVER;
    return server->epoll_fd >= 0 && server->timer.fd >= 0 && watch(&server->timer, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_descriptors(struct mote_broker_server *server)
{
    const int fds[] = {server->epoll_fd, server->spare_fd, server->timer.fd};

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

static bool init_broker(struct mote_broker_server *server, const struct mote_broker_config *config)
{
    struct mote_broker_config own = config == NULL ? (struct mote_broker_config){0} : *config;
    enum mote_reason reason;

    own.resize = resize;
    own.random = random_bits;
    reason = mote_broker_init(&server->broker, &own, now_ms());
    errno = reason == MOTE_CONFIG_INVALID ? EINVAL : ENOMEM;
    return reason == MOTE_OK;
}

struct mote_broker_server *mote_broker_server_new(const struct mote_broker_config *config)
{
    struct mote_broker_server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return NULL;
    if (!open_descriptors(server) || !init_broker(server, config)) {
        int error = errno;
        close_descriptors(server);
        free(server);
        errno = error;
        return NULL;
    }
    mote_broker_turn(&server->broker, now_ms());
    set_timer(server);
    return server;
}

void mote_broker_server_stop(struct mote_broker_server *server)
{
    if (server == NULL)
        return;
    mote_broker_stop(&server->broker, now_ms());
    flush(server);
    while (server->connections != NULL)
        free_entry(server->connections, &server->connections);
    while (server->lingering != NULL)
        free_entry(server->lingering, &server->lingering);
    while (server->listeners != NULL)
        free_entry(server->listeners, &server->listeners);
    mote_broker_free(&server->broker);
    close_descriptors(server);
    free(server);
}

/* --- Streams --- */

struct mote_broker_stream *mote_broker_server_attach(struct mote_broker_server *server, void (*wake)(void *context),
                                                     void *context)
{
    struct mote_broker_stream *stream = add(server, &server->connections, STREAM, -1);

    if (stream == NULL)
        return NULL;
    stream->wake = wake;
    stream->context = context;
    stream->client = mote_broker_accept(&server->broker, stream, now_ms());
    if (stream->client == NULL) {
        free_entry(stream, &server->connections);
        return NULL;
    }
    set_timer(server);
    return stream;
}

void mote_broker_stream_feed(struct mote_broker_stream *stream, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size > 0) {
        size_t room;
        uint8_t *space = mote_broker_receive_space(stream->client, &room);
        size_t part = size < room ? size : room;
        if (part == 0)
            break;
        memcpy(space, from, part);
        mote_broker_received(stream->client, part, now_ms());
        from += part;
        size -= part;
    }
    flush(stream->server);
    set_timer(stream->server);
}

size_t mote_broker_stream_drain(struct mote_broker_stream *stream, void *into, size_t size)
{
    struct mote_text view;
    size_t done = 0;

    while (done < size && mote_broker_output(stream->client, &view, 1) > 0) {
        size_t part = view.length < size - done ? view.length : size - done;
        memcpy((char *)into + done, view.data, part);
        done += part;
        mote_broker_sent(stream->client, part, now_ms());
    }
    flush(stream->server);
    return done;
}

bool mote_broker_stream_should_close(const struct mote_broker_stream *stream)
{
    return mote_broker_should_close(stream->client);
}

void mote_broker_stream_detach(struct mote_broker_stream *stream)
{
    struct mote_broker_server *server;

    if (stream == NULL)
        return;
    server = stream->server;
    mote_broker_closed(stream->client, now_ms());
    free_entry(stream, &server->connections);
    flush(server);
    set_timer(server);
}
