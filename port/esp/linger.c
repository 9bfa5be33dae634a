#include "port/esp/linger.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { READS_MAX = 16 }; /* a turn: others wait */

static struct lingering {
    int fd;
    uint64_t until_ms;
} all[MOTE_LINGER_MAX];
static int count;
static uint64_t last_turn_ms;

/* Returns whether the other side may still send. */
static bool throw_away(int fd)
{
    char unread[256];
    ssize_t size = 1;

    for (int i = 0; i < READS_MAX && size > 0; i++)
        size = recv(fd, unread, sizeof unread, 0);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

static void end(int index)
{
    close(all[index].fd);
    count--;
    memmove(&all[index], &all[index + 1], (size_t)(count - index) * sizeof all[0]);
}

void mote_linger_take(int fd)
{
    if (shutdown(fd, SHUT_WR) != 0) {
        close(fd);
        return;
    }
    if (count == MOTE_LINGER_MAX)
        end(0);
    all[count++] = (struct lingering){.fd = fd, .until_ms = last_turn_ms + MOTE_LINGER_MS};
}

void mote_linger_watch(fd_set *readable, int *highest)
{
    for (int i = 0; i < count; i++) {
        FD_SET(all[i].fd, readable);
        if (all[i].fd > *highest)
            *highest = all[i].fd;
    }
}

void mote_linger_turn(const fd_set *readable, uint64_t now_ms)
{
    last_turn_ms = now_ms;
    for (int i = count - 1; i >= 0; i--) {
        if ((FD_ISSET(all[i].fd, readable) && !throw_away(all[i].fd)) || now_ms >= all[i].until_ms)
            end(i);
    }
}
