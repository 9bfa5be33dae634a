#include "port/linux/radio/channel.h"
#include "port/linux/loop.h"
#include "port/linux/radio/wpa_event.h"
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    DATAGRAM_SIZE = 8192, /* wpa_supplicant's own are at most half of that */
    DATAGRAMS_PER_CALL = 32,
    FULL_MS = 50,
    TELL_MS = 50, /* wpa_supplicant has ten requests waiting, and empties that within one */
};

static void send_first(struct mote_channel *channel);

static void on_timer(void *context)
{
    struct mote_channel *channel = context;

    if (channel->count > 0 && !channel->sent && mote_loop_now_ms() < channel->give_up_ms) {
        send_first(channel);
        return;
    }
    mote_channel_close(channel);
    channel->listener->lost();
}

/* From within wait, so that nobody is called back from within a call. */
static void lose(struct mote_channel *channel)
{
    channel->sent = true;
    mote_loop_after(&channel->timer, 0, on_timer, channel);
}

static void send_first(struct mote_channel *channel)
{
    struct mote_channel_request *first = &channel->queue[0];

    if (send(channel->fd, first->text, strlen(first->text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        channel->sent = true;
        explicit_bzero(first->text, sizeof first->text);
        mote_loop_after(&channel->timer, channel->listener->answer_ms, on_timer, channel);
    } else if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
        mote_loop_after(&channel->timer, FULL_MS, on_timer, channel);
    } else {
        lose(channel);
    }
}

static void begin_first(struct mote_channel *channel)
{
    channel->sent = false;
    channel->give_up_ms = mote_loop_now_ms() + channel->listener->answer_ms;
    send_first(channel);
}

void mote_channel_ask(struct mote_channel *channel, uint8_t request, const char *text)
{
    struct mote_channel_request *last = &channel->queue[channel->count];

    if (!channel->open)
        return;
    if (channel->count == MOTE_CHANNEL_QUEUE_MAX || !mote_text_copy(mote_text(text), last->text, sizeof last->text)) {
        lose(channel);
        return;
    }
    last->number = request;
    channel->count++;
    if (channel->count == 1)
        begin_first(channel);
}

static bool send_now(const struct mote_channel *channel, const char *text)
{
    return send(channel->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

bool mote_channel_tell(struct mote_channel *channel, const char *text)
{
    struct pollfd room = {.fd = channel->fd, .events = POLLOUT};

    if (!channel->open)
        return false;
    return send_now(channel, text) || (errno == EAGAIN && poll(&room, 1, TELL_MS) == 1 && send_now(channel, text));
}

bool mote_channel_awaits(const struct mote_channel *channel, uint8_t request)
{
    for (unsigned i = 0; i < channel->count; i++) {
        if (channel->queue[i].number == request)
            return true;
    }
    return false;
}

static void take_reply(struct mote_channel *channel, struct mote_text reply)
{
    uint8_t number = channel->queue[0].number;

    if (channel->count == 0 || !channel->sent)
        return; /* to nothing that was asked */
    channel->count--;
    memmove(channel->queue, channel->queue + 1, channel->count * sizeof channel->queue[0]);
    explicit_bzero(&channel->queue[channel->count], sizeof channel->queue[0]);
    mote_loop_stop(&channel->timer);
    if (channel->count > 0)
        begin_first(channel);
    channel->listener->replied(number, reply);
}

/* A datagram that has been cut short is none of wpa_supplicant's. Returns false when there is no more. */
static bool read_datagram(struct mote_channel *channel)
{
    char bytes[DATAGRAM_SIZE];
    ssize_t size = recv(channel->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC);
    struct mote_text datagram = {bytes, size < 0 ? 0 : (size_t)size};

    if (size < 0 && errno != EAGAIN && errno != EINTR)
        lose(channel);
    if (size < 0)
        return false;
    if (datagram.length > sizeof bytes)
        datagram.length = 0;
    if (mote_wpa_is_event(datagram))
        channel->listener->event(datagram);
    else
        take_reply(channel, datagram);
    return true;
}

static void on_datagrams(int fd, uint32_t events, void *context)
{
    struct mote_channel *channel = context;

    (void)events;
    for (int i = 0; i < DATAGRAMS_PER_CALL && channel->open && channel->fd == fd && read_datagram(channel); i++)
        ;
}

/* An address without a name in the file system is enough to be answered to, and leaves nothing behind. Once connected, a
 * socket takes datagrams from its other side only. Returns the socket, or -1 with errno set. */
static int connect_to(const char *path)
{
    const struct sockaddr_un any = {.sun_family = AF_UNIX};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, error;

    if (!mote_text_copy(mote_text(path), address.sun_path, sizeof address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (bind(fd, (const struct sockaddr *)&any, offsetof(struct sockaddr_un, sun_path)) == 0 &&
                   connect(fd, (const struct sockaddr *)&address, sizeof address) == 0))
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

int mote_channel_open(struct mote_channel *channel, const char *path, const struct mote_channel_listener *listener)
{
    int fd = connect_to(path);
    int error = errno;

    if (fd < 0)
        return error;
    mote_channel_close(channel);
    if (!mote_linux_watch(fd, EPOLLIN, on_datagrams, channel)) {
        error = errno;
        close(fd);
        return error;
    }
    channel->fd = fd;
    channel->open = true;
    channel->listener = listener;
    return 0;
}

void mote_channel_close(struct mote_channel *channel)
{
    if (channel->open) {
        mote_linux_unwatch(channel->fd);
        close(channel->fd);
    }
    channel->open = false;
    channel->count = 0;
    mote_loop_stop(&channel->timer);
    explicit_bzero(channel->queue, sizeof channel->queue);
}

bool mote_channel_is_open(const struct mote_channel *channel)
{
    return channel->open;
}

int mote_channel_try(const char *path)
{
    int fd = connect_to(path);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}
