#include "port/linux/radio/dhcp_server.h"
#include "port/linux/folder.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <errno.h>
#include <limits.h>
#include <linux/if.h>
#include <mote/text.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AGAIN_MS = 2000,
    NOT_INSTALLED = 127,
};

static struct {
    pid_t process; /* 0: none */
    pid_t guard;   /* likewise, and when it could not be started */
    int fd;        /* readable when the process has ended */
    char interface[IFNAMSIZ];
    struct mote_timer again;
} server;

static void start(void);

static void start_again(void *context)
{
    (void)context;
    start();
}

static void say_why(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED)
        mote_words_say("dnsmasq is not installed: whoever joins the access point gets no address");
    else if (WIFEXITED(status))
        mote_words_say("dnsmasq has ended with status %d (2: the port or address is taken, or no right to it)",
                       WEXITSTATUS(status));
    else
        mote_words_say("dnsmasq was ended by signal %d", WTERMSIG(status));
}

/* It ends with the server. */
static void wait_for_guard(void)
{
    if (server.guard != 0)
        waitpid(server.guard, NULL, 0);
    server.guard = 0;
}

static void on_end(int fd, uint32_t events, void *context)
{
    int status = 0;

    (void)events;
    (void)context;
    mote_linux_unwatch(fd);
    close(fd);
    waitpid(server.process, &status, 0);
    wait_for_guard();
    server.process = 0;
    say_why(status);
    mote_loop_after(&server.again, AGAIN_MS, start_again, NULL);
}

/* In a child that ends with the server, or ends it when its parent has gone: also with SIGKILL, and also one that has given up
 * its rights, whom the signal of prctl() no longer reaches. It keeps nothing of the parent's open. */
static _Noreturn void guard(int parent_fd, int server_fd)
{
    struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = STDOUT_FILENO, .events = POLLIN}};

    if (dup2(server_fd, STDIN_FILENO) < 0 || dup2(parent_fd, STDOUT_FILENO) < 0)
        _exit(EXIT_FAILURE);
    closefrom(STDERR_FILENO);
    while (poll(ends, 2, -1) < 0 && errno == EINTR)
        continue;
    if (ends[0].revents == 0)
        pidfd_send_signal(STDIN_FILENO, SIGKILL, NULL, 0);
    _exit(EXIT_SUCCESS);
}

/* Without one the server goes on all the same. */
static pid_t start_guard(int server_fd)
{
    int parent_fd = pidfd_open(getpid(), 0);
    pid_t process = parent_fd < 0 ? -1 : fork();

    if (process == 0)
        guard(parent_fd, server_fd);
    if (parent_fd >= 0)
        close(parent_fd);
    return process < 0 ? 0 : process;
}

/* In the child. A parent that has ended meanwhile sends no signal any more. */
static _Noreturn void run(pid_t parent, char *const arguments[])
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == parent)
        execvp(arguments[0], arguments);
    _exit(NOT_INSTALLED);
}

static void launch(char *const arguments[])
{
    pid_t parent = getpid();
    pid_t process = fork();

    if (process == 0)
        run(parent, arguments);
    server.fd = process < 0 ? -1 : pidfd_open(process, 0);
    if (server.fd >= 0 && mote_linux_watch(server.fd, EPOLLIN, on_end, NULL)) {
        server.process = process;
        server.guard = start_guard(server.fd);
        return;
    }
    mote_words_say("dnsmasq: %s", strerror(errno));
    if (process > 0) {
        kill(process, SIGKILL);
        waitpid(process, NULL, 0);
    }
}

/* Leases are kept beside the control socket: a telephone that comes back has its address again. */
static void write_lease_option(char *option, size_t size)
{
    char folder[PATH_MAX];
    int fd = mote_folder_run(folder, sizeof folder) ? mote_folder_make(folder) : -1;

    if (fd >= 0)
        close(fd);
    if (fd >= 0)
        snprintf(option, size, "--dhcp-leasefile=%s/%s.leases", folder, server.interface);
    else
        snprintf(option, size, "--leasefile-ro"); /* none */
}

static void start(void)
{
    char interface[32], leases[PATH_MAX + 64];
    char program[] = "dnsmasq", foreground[] = "--keep-in-foreground", no_file[] = "--conf-file=/dev/null",
         no_dns[] = "--port=0", bind[] = "--bind-interfaces", not_lo[] = "--except-interface=lo",
         no_ping[] = "--no-ping", no_pid[] = "--pid-file", only_one[] = "--dhcp-authoritative",
         quiet[] = "--quiet-dhcp", range[] = "--dhcp-range=192.168.4.10,192.168.4.100,255.255.255.0,10m",
         router[] = "--dhcp-option=option:router,192.168.4.1",
         name_server[] = "--dhcp-option=option:dns-server,192.168.4.1";
    char *const arguments[] = {program, foreground, no_file, no_dns, interface, bind,   not_lo,      no_ping,
                               no_pid,  only_one,   quiet,   leases, range,     router, name_server, NULL};

    snprintf(interface, sizeof interface, "--interface=%s", server.interface);
    write_lease_option(leases, sizeof leases);
    launch(arguments);
}

void mote_dhcp_server_start(const char *interface)
{
    mote_dhcp_server_stop();
    mote_text_copy(mote_text(interface), server.interface, sizeof server.interface);
    start();
}

void mote_dhcp_server_stop(void)
{
    mote_loop_stop(&server.again);
    if (server.process == 0)
        return;
    kill(server.process, SIGKILL); /* dead at once, so that nothing waits for it; it has nothing to tidy up */
    waitpid(server.process, NULL, 0);
    wait_for_guard();
    server.process = 0;
    mote_linux_unwatch(server.fd);
    close(server.fd);
}

int mote_dhcp_server_process(void)
{
    return (int)server.process;
}
