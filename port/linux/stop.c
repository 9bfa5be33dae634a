#include "port/linux/loop.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t requested;
static volatile sig_atomic_t bell = -1;

static void on_signal(int signal)
{
    const uint64_t one = 1;
    ssize_t written = 0;

    (void)signal;
    requested = 1;
    if (bell >= 0)
        written = write(bell, &one, sizeof one);
    (void)written; /* if it fails the bell has rung already */
}

static void on_bell(int fd, uint32_t events, void *context)
{
    (void)events;
    (void)context;
    mote_linux_unwatch(fd); /* never read: once asked to stop is asked for good */
}

static void take_over(int signal)
{
    struct sigaction action;

    if (sigaction(signal, NULL, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL)
        return;
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(signal, &action, NULL);
}

static void listen_to_signals(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd >= 0 && !mote_linux_watch(fd, EPOLLIN, on_bell, NULL)) {
        close(fd);
        fd = -1;
    }
    bell = fd;
    take_over(SIGINT);
    take_over(SIGTERM);
}

bool mote_linux_stop_requested(void)
{
    static bool listening;

    if (!listening) {
        listening = true;
        listen_to_signals();
    }
    return requested != 0;
}
