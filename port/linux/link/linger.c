#include "port/linux/link/linger.h"
#include "port/linux/loop.h"
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LINGERING_MAX = 8, /* the one that has been there for longest gives way */
    READS_MAX = 16,
    AT_EXIT_MS = 200,
};

static int lingering[LINGERING_MAX];
static int count;
static bool registered;

/* Returns whether the other side may still send. */
static bool throw_away(int fd)
{
    char unread[4096];
    ssize_t size = 1;

    for (int i = 0; i < READS_MAX && size > 0; i++)
        size = recv(fd, unread, sizeof unread, MSG_DONTWAIT);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

static void end(int index)
{
    int fd = lingering[index];

    count--;
    memmove(&lingering[index], &lingering[index + 1], (size_t)(count - index) * sizeof lingering[0]);
    mote_linux_unwatch(fd);
    close(fd);
}

static void on_event(int fd, uint32_t events, void *context)
{
    (void)events;
    (void)context;
    if (throw_away(fd))
        return;
    for (int i = 0; i < count; i++) {
        if (lingering[i] == fd)
            end(i);
    }
}

static void wait_for_last_words(void)
{
    uint64_t until_ms = mote_loop_now_ms() + AT_EXIT_MS, now_ms;

    while (count > 0 && (now_ms = mote_loop_now_ms()) < until_ms) {
        struct pollfd waiting = {.fd = lingering[0], .events = POLLIN};

        if (poll(&waiting, 1, (int)(until_ms - now_ms)) <= 0)
            return;
        if (!throw_away(waiting.fd))
            end(0);
    }
}

void mote_linger(int fd)
{
    if (!registered)
        registered = atexit(wait_for_last_words) == 0;
    if (count == LINGERING_MAX)
        end(0);
    if (mote_linux_watch(fd, EPOLLIN | EPOLLRDHUP, on_event, NULL))
        lingering[count++] = fd;
    else
        close(fd);
}
