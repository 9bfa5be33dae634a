#include "loopback.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void ring(int fd)
{
    CHECK_EQUAL(eventfd_write(fd, 1), 0);
}

static int bell(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    CHECK(fd >= 0);
    return fd;
}

static struct {
    unsigned calls;
    int fd;
    uint32_t events;
    int victim; /* to be unwatched and closed from within the call */
} heard;

static void hear(int fd, uint32_t events, void *context)
{
    eventfd_t count;

    CHECK(context == &heard);
    heard.calls++;
    heard.fd = fd;
    heard.events = events;
    eventfd_read(fd, &count);
}

static void sleeps_until_the_deadline(void)
{
    uint64_t began_ms = loopback_now_ms();
    unsigned wakes = 0;

    for (; loopback_now_ms() < began_ms + 50; wakes++)
        loopback_wait(began_ms + 50);
    CHECK(wakes <= 2); /* neither early, over and over, nor in small steps */
}

static void does_not_sleep_past_a_deadline(void)
{
    uint64_t began_ms = loopback_now_ms();

    loopback_wait(0);
    loopback_wait(began_ms);
    CHECK(loopback_now_ms() < began_ms + LOOPBACK_PATIENCE_MS);
}

/* What it costs to be idle: nothing. */
static void does_not_spin(void)
{
    struct rusage before, after;
    uint64_t until_ms = loopback_now_ms() + 200;

    getrusage(RUSAGE_SELF, &before);
    while (loopback_now_ms() < until_ms)
        loopback_wait(until_ms);
    getrusage(RUSAGE_SELF, &after);
    CHECK(after.ru_nvcsw - before.ru_nvcsw < 20);
}

static void calls_for_a_descriptor(void)
{
    int fd = bell();

    memset(&heard, 0, sizeof heard);
    CHECK(mote_linux_watch(fd, EPOLLIN, hear, &heard));
    ring(fd);
    LOOPBACK_UNTIL(heard.calls > 0);
    CHECK_EQUAL(heard.fd, fd);
    CHECK_EQUAL(heard.events, EPOLLIN);
    CHECK(mote_linux_watch(fd, EPOLLOUT, hear, &heard)); /* watched anew, with other events */
    LOOPBACK_UNTIL(heard.calls > 1);
    CHECK_EQUAL(heard.events, EPOLLOUT);
    mote_linux_unwatch(fd);
    mote_linux_unwatch(fd);
    ring(fd);
    loopback_wait(0);
    CHECK_EQUAL(heard.calls, 2);
    close(fd);
}

static void refuses_what_cannot_be_watched(void)
{
    CHECK(!mote_linux_watch(-1, EPOLLIN, hear, &heard));
    CHECK(!mote_linux_watch(12345, EPOLLIN, hear, &heard));
    CHECK_EQUAL(errno, EBADF);
    mote_linux_unwatch(-1);
    mote_linux_unwatch(12345);
    mote_linux_unwatch(1234567);
}

/* Whichever of the two is called first ends the other. */
static void end_the_other(int fd, uint32_t events, void *context)
{
    int *bells = context;
    int other = bells[0] == fd ? bells[1] : bells[0];

    (void)events;
    heard.calls++;
    mote_linux_unwatch(other);
    close(other);
    other = bell(); /* the next descriptor has the same number */
    ring(other);
    CHECK(mote_linux_watch(other, EPOLLIN | EPOLLET, hear, &heard));
    bells[2] = other;
    mote_linux_unwatch(fd);
}

static void does_not_mistake_a_new_descriptor_for_an_old_one(void)
{
    int bells[3] = {bell(), bell(), -1};

    memset(&heard, 0, sizeof heard);
    CHECK(mote_linux_watch(bells[0], EPOLLIN, end_the_other, bells));
    CHECK(mote_linux_watch(bells[1], EPOLLIN, end_the_other, bells));
    ring(bells[0]);
    ring(bells[1]);
    loopback_wake(); /* both are ready in this one */
    CHECK_EQUAL(heard.calls, 1);
    CHECK(bells[2] == bells[0] || bells[2] == bells[1]);
    LOOPBACK_UNTIL(heard.calls == 2);
    mote_linux_unwatch(bells[2]);
    close(bells[0]);
    close(bells[1]);
}

static void survives_a_close_without_unwatch(void)
{
    int first = bell(), second;

    memset(&heard, 0, sizeof heard);
    CHECK(mote_linux_watch(first, EPOLLIN, hear, &heard));
    close(first);
    second = bell();
    CHECK_EQUAL(second, first);
    CHECK(mote_linux_watch(second, EPOLLIN, hear, &heard));
    ring(second);
    LOOPBACK_UNTIL(heard.calls == 1);
    mote_linux_unwatch(second);
    close(second);
}

static void watch_more(int fd, uint32_t events, void *context)
{
    int *more = context;

    hear(fd, events, &heard);
    for (int i = 0; i < 200; i++) {
        more[i] = bell();
        CHECK(mote_linux_watch(more[i], EPOLLIN, hear, &heard));
    }
}

static void takes_many_more_from_within_a_call(void)
{
    static int more[200];
    int fd = bell();

    memset(&heard, 0, sizeof heard);
    CHECK(mote_linux_watch(fd, EPOLLIN, watch_more, more));
    ring(fd);
    LOOPBACK_UNTIL(heard.calls == 1);
    for (int i = 0; i < 200; i++)
        ring(more[i]);
    LOOPBACK_UNTIL(heard.calls == 201);
    for (int i = 0; i < 200; i++) {
        mote_linux_unwatch(more[i]);
        close(more[i]);
    }
    mote_linux_unwatch(fd);
    close(fd);
}

/* A loop around ours: polls our descriptor, and hears of everything by it, our timers included. */
static void fits_into_another_loop(void)
{
    struct loopback_names names;
    struct loopback_deaf deaf;
    struct mote_link mine = {.state = MOTE_LINK_CLOSED};
    struct mote_url url = {.host = MOTE_TEXT("both.test")};
    char buffer[4];
    int bound[2], other;
    const struct mote_port *port = mote_port();

    loopback_names_start(&names);
    loopback_bind_both(&bound[0], &bound[1]);
    loopback_deafen(&deaf, bound[0]);
    listen(bound[1], 1);
    url.port = loopback_port(bound[1]);
    CHECK_EQUAL(port->link->open(port->context, &mine, &url), MOTE_OK);
    while (mine.state == MOTE_LINK_OPENING) { /* the second address is tried by a timer */
        CHECK(loopback_poll(mote_linux_fd(), LOOPBACK_PATIENCE_MS));
        loopback_wait(0);
    }
    CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
    other = loopback_accept(bound[1]);
    CHECK_EQUAL(write(other, "12345678", 8), 8);
    for (size_t count = 0, got; count < 8; count += got) { /* of which each read takes but a part */
        CHECK(loopback_poll(mote_linux_fd(), LOOPBACK_PATIENCE_MS));
        loopback_wait(0);
        got = port->link->receive(port->context, &mine, buffer, sizeof buffer);
    }
    loopback_wait(0);
    CHECK_EQUAL(port->link->receive(port->context, &mine, buffer, sizeof buffer), 0);
    loopback_wait(0);
    CHECK(!loopback_poll(mote_linux_fd(), 0)); /* and now there is peace */
    port->link->close(port->context, &mine, false);
    close(other);
    close(bound[1]);
    loopback_undeafen(&deaf);
    loopback_names_stop(&names);
}

static void has_time_and_chance(void)
{
    uint64_t before_ms = loopback_now_ms();
    uint32_t first = mote_port()->random(mote_port()->context);
    unsigned different = 0;

    for (int i = 0; i < 8; i++)
        different += mote_port()->random(mote_port()->context) != first;
    CHECK(different > 6);
    CHECK(loopback_now_ms() >= before_ms);
}

static int signal_sent;

/* Runs in a process of its own. Returns the status that it ends with, or minus the signal. */
static int end_of(void (*run)(void))
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(60);                    /* ends it if it hangs */
        signal(signal_sent, SIG_DFL); /* a shell has its background jobs ignore some */
        run();
        _exit(99);
    }
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void stop_when_asked(void)
{
    uint64_t until_ms;
    unsigned wakes = 0;

    if (mote_linux_stop_requested() || mote_port()->stop_requested(NULL))
        _exit(1);
    raise(signal_sent);
    loopback_wait(UINT64_MAX);
    if (!mote_linux_stop_requested())
        _exit(2);
    for (until_ms = loopback_now_ms() + 50; loopback_now_ms() < until_ms; wakes++)
        loopback_wait(until_ms); /* there may be much to do before the end, which is to be done in peace */
    _exit(!mote_port()->stop_requested(NULL) ? 3 : wakes > 3 ? 4 : 0);
}

static void stop_when_asked_while_asleep(void)
{
    if (mote_linux_stop_requested())
        _exit(1);
    if (fork() == 0) {
        usleep(30000); /* most likely asleep by now; if not, the test is a weaker one */
        kill(getppid(), signal_sent);
        _exit(0);
    }
    while (!mote_linux_stop_requested())
        loopback_wait(UINT64_MAX);
    _exit(0);
}

static void ask_twice(void)
{
    mote_linux_stop_requested();
    raise(signal_sent);
    raise(signal_sent);
}

static void ignore_it(void)
{
    signal(signal_sent, SIG_IGN);
    mote_linux_stop_requested();
    raise(signal_sent);
    _exit(mote_linux_stop_requested() ? 1 : 0);
}

static void never_listen(void)
{
    raise(signal_sent);
}

static void is_asked_to_stop_by_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM};

    for (size_t i = 0; i < 2; i++) {
        signal_sent = signals[i];
        CHECK_EQUAL(end_of(stop_when_asked), 0);
        CHECK_EQUAL(end_of(stop_when_asked_while_asleep), 0);
        CHECK_EQUAL(end_of(ask_twice), -signal_sent);
        CHECK_EQUAL(end_of(ignore_it), 0);
        CHECK_EQUAL(end_of(never_listen), -signal_sent);
    }
}

static const struct check_case cases[] = {
    {"sleeps_until_the_deadline", sleeps_until_the_deadline},
    {"does_not_sleep_past_a_deadline", does_not_sleep_past_a_deadline},
    {"does_not_spin", does_not_spin},
    {"calls_for_a_descriptor", calls_for_a_descriptor},
    {"refuses_what_cannot_be_watched", refuses_what_cannot_be_watched},
    {"does_not_mistake_a_new_descriptor_for_an_old_one", does_not_mistake_a_new_descriptor_for_an_old_one},
    {"survives_a_close_without_unwatch", survives_a_close_without_unwatch},
    {"takes_many_more_from_within_a_call", takes_many_more_from_within_a_call},
    {"fits_into_another_loop", fits_into_another_loop},
    {"has_time_and_chance", has_time_and_chance},
    {"is_asked_to_stop_by_signals", is_asked_to_stop_by_signals},
};

int main(int argc, char **argv)
{
    return check_main("unit/loop", cases, sizeof cases / sizeof cases[0], argc, argv);
}
