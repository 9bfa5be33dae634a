#include "port/linux/link/socket.h"
#include "port/linux/link/dial.h"
#include "port/linux/link/linger.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint32_t READING = EPOLLIN | EPOLLRDHUP | EPOLLET;

/* Reading is edge-triggered: the system tells of new bytes once, `readable` remembers it until a read has come out
 * short, and so neither a second read nor a change of the watch is needed for each message. */
struct socket_stream {
    struct mote_stream stream; /* first: a stream is its socket */
    int fd;
    bool readable;
    bool ended; /* after what can still be read there comes no more */
    bool full;  /* and watched for when there is room again */
    bool said_goodbye;
    int error; /* why nothing can be sent any more, an errno, or 0 */
    mote_socket_on_ready *on_ready;
    void *context;
};

static struct socket_stream *of(struct mote_stream *stream)
{
    return (struct socket_stream *)stream;
}

static void on_event(int fd, uint32_t events, void *context);

static void watch_writing(struct socket_stream *socket, bool full)
{
    if (socket->full == full)
        return;
    socket->full = full;
    mote_linux_watch(socket->fd, READING | (full ? (uint32_t)EPOLLOUT : 0), on_event, socket);
}

static void on_event(int fd, uint32_t events, void *context)
{
    struct socket_stream *socket = context;
    bool writable = (events & EPOLLOUT) != 0;

    (void)fd;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        socket->readable = true;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        socket->ended = true;
    if (writable)
        watch_writing(socket, false);
    socket->on_ready(socket->context, writable);
}

/* The last words of the other side may still wait to be read, and say more than the error does. */
static void break_off(struct socket_stream *socket, int error)
{
    socket->error = error;
    socket->ended = true;
    socket->readable = true;
    mote_loop_wake();
}

static size_t write_bytes(struct mote_stream *stream, const void *bytes, size_t size)
{
    struct socket_stream *socket = of(stream);
    ssize_t sent;

    if (socket->error != 0 || size == 0)
        return 0;
    do
        sent = send(socket->fd, bytes, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0 || errno == EAGAIN) {
        watch_writing(socket, sent < (ssize_t)size);
        return sent < 0 ? 0 : (size_t)sent;
    }
    break_off(socket, errno);
    return 0;
}

/* After a read that was filled, or with the end in sight, there is something to read at once. */
static size_t received(struct socket_stream *socket, size_t count, size_t size)
{
    socket->readable = count == size || socket->ended;
    if (socket->readable)
        mote_loop_wake();
    return count;
}

static enum mote_reason end(struct socket_stream *socket, int error)
{
    const char *words = error == 0 ? "the other side has closed the connection" : strerror(error);

    mote_words_say("%s: %s", socket->stream.name, words);
    return error == 0 ? MOTE_TCP_RESET : mote_dial_reason(error);
}

static size_t read_bytes(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    struct socket_stream *socket = of(stream);
    ssize_t count;

    if (!socket->readable || size == 0)
        return 0;
    do
        count = recv(socket->fd, into, size, 0);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        return received(socket, (size_t)count, size);
    if (count < 0 && errno == EAGAIN && socket->error == 0) {
        socket->readable = false;
        return 0;
    }
    *reason = end(socket, socket->error != 0 || count == 0 ? socket->error : errno);
    return 0;
}

static void say_goodbye(struct mote_stream *stream)
{
    of(stream)->said_goodbye = shutdown(of(stream)->fd, SHUT_WR) == 0;
}

static void dispose(struct mote_stream *stream)
{
    mote_linux_unwatch(of(stream)->fd);
    if (of(stream)->said_goodbye)
        mote_linger(of(stream)->fd);
    else
        close(of(stream)->fd);
    free(stream);
}

static const struct mote_stream_kind kind = {
    .read = read_bytes,
    .write = write_bytes,
    .say_goodbye = say_goodbye,
    .dispose = dispose,
};

struct mote_stream *mote_socket_open(int fd, const char *name, mote_socket_on_ready *on_ready, void *context)
{
    struct socket_stream *socket = calloc(1, sizeof *socket);

    if (socket == NULL || !mote_linux_watch(fd, READING, on_event, socket)) {
        int error = errno;

        free(socket);
        close(fd);
        errno = error;
        return NULL;
    }
    socket->stream = (struct mote_stream){.kind = &kind, .name = name};
    socket->fd = fd;
    socket->on_ready = on_ready;
    socket->context = context;
    return &socket->stream;
}

void mote_socket_mute(struct mote_stream *stream)
{
    mote_linux_unwatch(of(stream)->fd);
}

void mote_socket_look_again(struct mote_stream *stream)
{
    of(stream)->readable = true;
}

void mote_socket_abort(struct mote_stream *stream)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    setsockopt(of(stream)->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}
