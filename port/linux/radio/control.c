#include "port/linux/radio/control.h"
#include "port/linux/loop.h"
#include "port/linux/radio/wpa_event.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    QUEUE_MAX = 16, /* each kind of request is under way once at most */
    TEXT_SIZE = 224,
    DATAGRAM_SIZE = 8192, /* wpa_supplicant's own are at most half of that */
    DATAGRAMS_PER_CALL = 32,
    FULL_MS = 50,
};

struct request {
    uint8_t number;
    char text[TEXT_SIZE];
};

static struct {
    int fd;
    const struct mote_control_listener *listener;
    struct request queue[QUEUE_MAX]; /* the first has been sent, or is about to be */
    unsigned count;
    bool sent;
    uint64_t give_up_ms;
    struct mote_timer timer;
} control = {.fd = -1};

static void send_first(void);

static void on_timer(void *context)
{
    (void)context;
    if (control.count > 0 && !control.sent && mote_loop_now_ms() < control.give_up_ms) {
        send_first();
        return;
    }
    mote_control_close();
    control.listener->lost();
}

/* From within wait, so that nobody is called back from within a call. */
static void lose(void)
{
    control.sent = true;
    mote_loop_after(&control.timer, 0, on_timer, NULL);
}

static void send_first(void)
{
    struct request *first = &control.queue[0];

    if (send(control.fd, first->text, strlen(first->text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
        control.sent = true;
        explicit_bzero(first->text, sizeof first->text);
        mote_loop_after(&control.timer, control.listener->answer_ms, on_timer, NULL);
    } else if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
        mote_loop_after(&control.timer, FULL_MS, on_timer, NULL);
    } else {
        lose();
    }
}

static void begin_first(void)
{
    control.sent = false;
    control.give_up_ms = mote_loop_now_ms() + control.listener->answer_ms;
    send_first();
}

void mote_control_ask(uint8_t request, const char *text)
{
    struct request *last = &control.queue[control.count];

    if (control.fd < 0)
        return;
    if (control.count == QUEUE_MAX || !mote_text_copy(mote_text(text), last->text, sizeof last->text)) {
        lose();
        return;
    }
    last->number = request;
    control.count++;
    if (control.count == 1)
        begin_first();
}

bool mote_control_awaits(uint8_t request)
{
    for (unsigned i = 0; i < control.count; i++) {
        if (control.queue[i].number == request)
            return true;
    }
    return false;
}

static void take_reply(struct mote_text reply)
{
    uint8_t number = control.queue[0].number;

    if (control.count == 0 || !control.sent)
        return; /* to nothing that was asked */
    control.count--;
    memmove(control.queue, control.queue + 1, control.count * sizeof control.queue[0]);
    explicit_bzero(&control.queue[control.count], sizeof control.queue[0]);
    mote_loop_stop(&control.timer);
    if (control.count > 0)
        begin_first();
    control.listener->replied(number, reply);
}

/* A datagram that has been cut short is none of wpa_supplicant's. Returns false when there is no more. */
static bool read_datagram(void)
{
    char bytes[DATAGRAM_SIZE];
    ssize_t size = recv(control.fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_TRUNC);
    struct mote_text datagram = {bytes, size < 0 ? 0 : (size_t)size};

    if (size < 0 && errno != EAGAIN && errno != EINTR)
        lose();
    if (size < 0)
        return false;
    if (datagram.length > sizeof bytes)
        datagram.length = 0;
    if (mote_wpa_is_event(datagram))
        control.listener->event(datagram);
    else
        take_reply(datagram);
    return true;
}

static void on_datagrams(int fd, uint32_t events, void *context)
{
    (void)events;
    (void)context;
    for (int i = 0; i < DATAGRAMS_PER_CALL && control.fd == fd && read_datagram(); i++)
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

int mote_control_open(const char *path, const struct mote_control_listener *listener)
{
    int fd = connect_to(path);
    int error = errno;

    if (fd < 0)
        return error;
    mote_control_close();
    if (!mote_linux_watch(fd, EPOLLIN, on_datagrams, NULL)) {
        error = errno;
        close(fd);
        return error;
    }
    control.fd = fd;
    control.listener = listener;
    return 0;
}

void mote_control_close(void)
{
    if (control.fd >= 0) {
        mote_linux_unwatch(control.fd);
        close(control.fd);
    }
    control.fd = -1;
    control.count = 0;
    mote_loop_stop(&control.timer);
    explicit_bzero(control.queue, sizeof control.queue);
}

bool mote_control_is_open(void)
{
    return control.fd >= 0;
}

int mote_control_try(const char *path)
{
    int fd = connect_to(path);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}
