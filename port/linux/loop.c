#include "port/linux/loop.h"
#include "port/linux/gather.h"
#include "port/linux/post.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 64 };

/* Indexed by descriptor. The generation tells an event of an earlier descriptor of the same number from its own. */
struct watch {
    mote_linux_on_ready *on_ready; /* NULL: not watched */
    void *context;
    uint32_t generation;
};

static struct {
    bool started;
    bool polled_elsewhere; /* somebody has asked for the descriptor */
    int epoll;
    int timer;
    int bell; /* rung by what other threads post */
    struct watch *watches;
    size_t watch_count;
    struct mote_sched timers;
    uint64_t armed_ms; /* what the timer is set to */
    bool wake;
    bool rests; /* before it sleeps the next time */
    struct mote_gather gather;
} loop = {.armed_ms = MOTE_NEVER};

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t mote_loop_now_ms(void)
{
    return now_us() / 1000;
}

static bool make_room(int fd)
{
    size_t count = loop.watch_count == 0 ? 64 : loop.watch_count;
    struct watch *watches;

    if ((size_t)fd < loop.watch_count)
        return true;
    while (count <= (size_t)fd)
        count *= 2;
    watches = realloc(loop.watches, count * sizeof *watches);
    if (watches == NULL)
        return false;
    memset(watches + loop.watch_count, 0, (count - loop.watch_count) * sizeof *watches);
    loop.watches = watches;
    loop.watch_count = count;
    return true;
}

/* One that was closed without being unwatched has left the epoll instance by itself. */
static bool change(int fd, uint32_t events, bool known)
{
    struct epoll_event event = {.events = events};

    loop.watches[fd].generation += !known;
    event.data.u64 = (uint64_t)loop.watches[fd].generation << 32 | (uint32_t)fd;
    if (epoll_ctl(loop.epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    return known && errno == ENOENT && change(fd, events, false);
}

static bool watch(int fd, uint32_t events, mote_linux_on_ready *on_ready, void *context)
{
    if (!make_room(fd) || !change(fd, events, loop.watches[fd].on_ready != NULL))
        return false;
    loop.watches[fd].on_ready = on_ready;
    loop.watches[fd].context = context;
    return true;
}

/* It may have been set anew since it ended; then there is nothing to read. */
static void on_timer(int fd, uint32_t events, void *context)
{
    uint64_t count;

    (void)events;
    (void)context;
    if (read(fd, &count, sizeof count) == (ssize_t)sizeof count)
        loop.armed_ms = MOTE_NEVER;
}

/* Reading acknowledges the jump. */
static void on_resumed(int fd, uint32_t events, void *context)
{
    uint64_t count;
    ssize_t size = read(fd, &count, sizeof count);

    (void)size;
    (void)events;
    (void)context;
}

/* epoll's timeout stands still while the machine sleeps. This timer never ends, but is cancelled by any jump of the
 * clock, and so also wakes us when the machine does. */
static void start_resume_alarm(void)
{
    const struct itimerspec far_away = {.it_value.tv_sec = LONG_MAX};
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

    if (fd < 0)
        return;
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far_away, NULL) != 0 ||
        !watch(fd, EPOLLIN, on_resumed, NULL))
        close(fd);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static bool start(void)
{
    if (loop.started)
        return true;
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    loop.timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    loop.bell = mote_post_bell();
    loop.started = loop.epoll >= 0 && loop.timer >= 0 && loop.bell >= 0 && watch(loop.timer, EPOLLIN, on_timer, NULL) &&
                   watch(loop.bell, EPOLLIN, mote_post_on_bell, NULL);
    if (!loop.started) {
        close_if_open(loop.timer);
        close_if_open(loop.epoll);
        return false;
    }
    mote_sched_turn(&loop.timers, mote_loop_now_ms());
    start_resume_alarm();
    return true;
}

int mote_linux_fd(void)
{
    loop.polled_elsewhere = true;
    return start() ? loop.epoll : -1;
}

bool mote_linux_watch(int fd, uint32_t events, mote_linux_on_ready *on_ready, void *context)
{
    return fd >= 0 && start() && watch(fd, events, on_ready, context);
}

void mote_linux_unwatch(int fd)
{
    if (fd < 0 || (size_t)fd >= loop.watch_count || loop.watches[fd].on_ready == NULL)
        return;
    loop.watches[fd].on_ready = NULL;
    epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void set_timer(uint64_t due_ms)
{
    struct itimerspec at = {.it_value.tv_sec = 0};

    if (due_ms != MOTE_NEVER) {
        at.it_value.tv_sec = (time_t)(due_ms / 1000);
        at.it_value.tv_nsec = (long)(due_ms % 1000) * 1000000 + 1; /* all zero would be never */
    }
    timerfd_settime(loop.timer, TFD_TIMER_ABSTIME, &at, NULL);
    loop.armed_ms = due_ms;
}

static void arm(void)
{
    uint64_t due_ms = mote_sched_deadline(&loop.timers);

    if (loop.wake && loop.polled_elsewhere)
        due_ms = 0;
    if (due_ms != loop.armed_ms)
        set_timer(due_ms);
}

void mote_loop_after(struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run, void *context)
{
    if (!start())
        return;
    mote_after(&loop.timers, timer, delay_ms, run, context);
    arm();
}

void mote_loop_stop(struct mote_timer *timer)
{
    mote_timer_stop(&loop.timers, timer);
}

void mote_loop_wake(void)
{
    loop.wake = true;
    arm();
}

static int timeout_until(uint64_t deadline_ms)
{
    uint64_t now_ms;

    if (loop.wake)
        return 0;
    if (deadline_ms == MOTE_NEVER)
        return -1;
    now_ms = mote_loop_now_ms();
    if (deadline_ms <= now_ms)
        return 0;
    return deadline_ms - now_ms > INT_MAX ? INT_MAX : (int)(deadline_ms - now_ms);
}

static void dispatch(const struct epoll_event *event)
{
    uint32_t fd = (uint32_t)event->data.u64;
    struct watch entry = loop.watches[fd]; /* the table may move during the call */

    if (entry.on_ready != NULL && entry.generation == event->data.u64 >> 32)
        entry.on_ready((int)fd, event->events, entry.context);
}

void mote_loop_has_read(size_t bytes)
{
    mote_gather_read(&loop.gather, bytes);
}

/* A rest never goes past a deadline: it is shorter than what is left in whole milliseconds. */
static int sleep_for(struct epoll_event *events, int timeout)
{
    const struct timespec rest = {.tv_nsec = MOTE_GATHER_REST_US * 1000};

    if (loop.rests && timeout != 0)
        nanosleep(&rest, NULL);
    return epoll_wait(loop.epoll, events, EVENTS_PER_WAIT, timeout);
}

void mote_loop_wait(uint64_t deadline_ms)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    int timeout = timeout_until(deadline_ms);
    uint64_t woke_us;
    int count;

    if (!start()) {
        poll(NULL, 0, timeout);
        return;
    }
    loop.wake = false;
    arm();
    count = sleep_for(events, timeout);
    woke_us = now_us();
    if (timeout != 0)
        loop.rests = mote_gather_woke(&loop.gather, woke_us);
    mote_sched_turn(&loop.timers, woke_us / 1000);
    for (int i = 0; i < count; i++)
        dispatch(&events[i]);
    arm();
}
