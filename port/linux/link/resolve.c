#include "port/linux/link/resolve.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { TRY_MS = 2000, TRIES = 3 };

/* Each look-up has a channel of its own: a channel reads /etc/resolv.conf when it is made and never again, and that
 * file changes with the network. */
struct mote_resolve {
    ares_channel channel;
    struct mote_timer timer;
    bool done;
    int status;
    struct ares_addrinfo *found;
    mote_resolve_on_done *on_done;
    void *context;
    char host[]; /* for its messages */
};

static const char *name_servers;

void mote_linux_name_servers(const char *servers)
{
    name_servers = servers;
}

static void on_result(void *context, int status, int timeouts, struct ares_addrinfo *found)
{
    struct mote_resolve *resolve = context;

    (void)timeouts;
    resolve->done = true;
    resolve->status = status;
    resolve->found = found;
}

static enum mote_reason reason_of(int status)
{
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
    case ARES_EBADSTR:
        return MOTE_DNS_NOT_FOUND;
    default:
        return MOTE_DNS_TIMEOUT;
    }
}

static void dispose(struct mote_resolve *resolve)
{
    struct ares_addrinfo *found = resolve->found;

    mote_loop_stop(&resolve->timer);
    if (resolve->channel != NULL)
        ares_destroy(resolve->channel);
    if (found != NULL)
        ares_freeaddrinfo(found);
    free(resolve);
}

/* After every call into c-ares, never from within one of its callbacks, since it cannot be ended from there. Returns
 * whether the look-up is over. */
static bool settle(struct mote_resolve *resolve);

static void on_timer(void *context)
{
    struct mote_resolve *resolve = context;

    ares_process_fd(resolve->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    settle(resolve);
}

static void set_timer(struct mote_resolve *resolve)
{
    struct timeval left;

    if (ares_timeout(resolve->channel, NULL, &left) == NULL)
        return;
    mote_loop_after(&resolve->timer, (uint32_t)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1), on_timer, resolve);
}

static bool settle(struct mote_resolve *resolve)
{
    mote_resolve_on_done *on_done = resolve->on_done;
    const struct ares_addrinfo_node *nodes;
    enum mote_reason reason;

    if (!resolve->done) {
        set_timer(resolve);
        return false;
    }
    nodes = resolve->status == ARES_SUCCESS ? resolve->found->nodes : NULL;
    reason = nodes == NULL ? reason_of(resolve->status == ARES_SUCCESS ? ARES_ENODATA : resolve->status) : MOTE_OK;
    if (reason != MOTE_OK)
        mote_words_say("%s: %s", resolve->host, ares_strerror(resolve->status));
    on_done(resolve->context, reason, nodes);
    dispose(resolve);
    return true;
}

static void on_socket(int fd, uint32_t events, void *context)
{
    struct mote_resolve *resolve = context;
    bool readable = (events & ~(uint32_t)EPOLLOUT) != 0; /* errors are found by reading */

    ares_process_fd(resolve->channel, readable ? fd : ARES_SOCKET_BAD, (events & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
    settle(resolve);
}

static void on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
    uint32_t events = (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0);

    if (events == 0)
        mote_linux_unwatch(fd);
    else
        mote_linux_watch(fd, events, on_socket, context);
}

static int open_channel(struct mote_resolve *resolve)
{
    static bool initialized;
    struct ares_options options = {.timeout = TRY_MS, .tries = TRIES};
    int status = ARES_SUCCESS;

    options.sock_state_cb = on_socket_state;
    options.sock_state_cb_data = resolve;
    if (!initialized)
        status = ares_library_init(ARES_LIB_INIT_ALL);
    initialized = status == ARES_SUCCESS;
    if (status == ARES_SUCCESS)
        status = ares_init_options(&resolve->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS && name_servers != NULL)
        status = ares_set_servers_ports_csv(resolve->channel, name_servers);
    return status;
}

static void ask(struct mote_resolve *resolve, uint16_t port)
{
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NUMERICSERV,
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    char service[6];

    snprintf(service, sizeof service, "%u", (unsigned)port);
    ares_getaddrinfo(resolve->channel, resolve->host, service, &hints, on_result, resolve);
}

struct mote_resolve *mote_resolve_start(const char *host, uint16_t port, mote_resolve_on_done *on_done, void *context)
{
    size_t length = strlen(host);
    struct mote_resolve *resolve = calloc(1, sizeof *resolve + length + 1);
    int status;

    if (resolve == NULL) {
        on_done(context, MOTE_DNS_TIMEOUT, NULL);
        return NULL;
    }
    memcpy(resolve->host, host, length);
    resolve->on_done = on_done;
    resolve->context = context;
    status = open_channel(resolve);
    if (status == ARES_SUCCESS)
        ask(resolve, port);
    else
        on_result(resolve, status, 0, NULL);
    return settle(resolve) ? NULL : resolve;
}

void mote_resolve_cancel(struct mote_resolve *resolve)
{
    if (resolve != NULL)
        dispose(resolve);
}
