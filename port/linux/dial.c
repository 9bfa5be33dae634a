#include "port/linux/dial.h"
#include "port/linux/loop.h"
#include "port/linux/resolve.h"
#include "port/linux/words.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEXT_ATTEMPT_MS = 250 };

struct attempt {
    struct sockaddr_storage address;
    socklen_t length;
    int fd; /* -1: not begun, or over */
};

struct mote_dial {
    struct mote_resolve *resolve;
    struct attempt *attempts;
    size_t count;
    size_t begun;
    size_t under_way;
    struct mote_timer next_attempt;
    enum mote_reason *waits_for;
    enum mote_reason reason; /* the most telling of all failures so far */
    bool done;
    int winner;
    mote_dial_on_done *on_done;
    void *context;
};

enum mote_reason mote_dial_reason(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return MOTE_TCP_REFUSED;
    case ETIMEDOUT:
    case EACCES:
    case EPERM:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return MOTE_TCP_TIMEOUT;
    default:
        return MOTE_TCP_RESET;
    }
}

/* A host that refuses says more than an address that leads nowhere. */
static int telling(enum mote_reason reason)
{
    return reason == MOTE_OK ? 0 : reason == MOTE_TCP_TIMEOUT ? 1 : reason == MOTE_TCP_RESET ? 2 : 3;
}

static void note_failure(struct mote_dial *dial, const struct attempt *attempt, int error)
{
    enum mote_reason reason = mote_dial_reason(error);
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (telling(reason) <= telling(dial->reason))
        return;
    dial->reason = reason;
    if (getnameinfo((const struct sockaddr *)&attempt->address, attempt->length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        mote_words_say("%s port %s: %s", host, port, strerror(error));
}

static void end_attempt(struct mote_dial *dial, struct attempt *attempt)
{
    if (attempt->fd < 0)
        return;
    mote_linux_unwatch(attempt->fd);
    close(attempt->fd);
    attempt->fd = -1;
    dial->under_way--;
}

static void dispose(struct mote_dial *dial)
{
    mote_resolve_cancel(dial->resolve);
    mote_loop_stop(&dial->next_attempt);
    for (size_t i = 0; i < dial->count; i++)
        end_attempt(dial, &dial->attempts[i]);
    free(dial->attempts);
    free(dial);
}

static void win(struct mote_dial *dial, struct attempt *attempt)
{
    mote_linux_unwatch(attempt->fd);
    dial->winner = attempt->fd;
    attempt->fd = -1;
    dial->under_way--;
    dial->reason = MOTE_OK;
    dial->done = true;
}

/* After every step, and nowhere else, since the dial is gone after it. Returns whether it is over. */
static bool settle(struct mote_dial *dial)
{
    mote_dial_on_done *on_done = dial->on_done;
    void *context = dial->context;
    enum mote_reason reason = dial->reason;
    int winner = dial->winner;

    if (!dial->done)
        return false;
    dispose(dial);
    on_done(context, reason, winner);
    return true;
}

static void try_next(struct mote_dial *dial);

static void on_ready(int fd, uint32_t events, void *context)
{
    struct mote_dial *dial = context;
    struct attempt *attempt = dial->attempts;
    int error = 0;
    socklen_t size = sizeof error;

    (void)events;
    while (attempt->fd != fd)
        attempt++;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error == 0) {
        win(dial, attempt);
    } else {
        note_failure(dial, attempt, error);
        end_attempt(dial, attempt);
        try_next(dial);
    }
    settle(dial);
}

static void on_next_attempt(void *context)
{
    try_next(context);
    settle(context);
}

/* Returns 0, or errno. */
static int begin(struct mote_dial *dial, struct attempt *attempt)
{
    const int on = 1;
    int error = 0;

    attempt->fd = socket(attempt->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (attempt->fd < 0)
        return errno;
    dial->under_way++;
    setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(attempt->fd, (const struct sockaddr *)&attempt->address, attempt->length) != 0 && errno != EINPROGRESS)
        error = errno;
    else if (!mote_linux_watch(attempt->fd, EPOLLOUT, on_ready, dial))
        error = errno;
    if (error != 0)
        end_attempt(dial, attempt);
    return error;
}

static void try_next(struct mote_dial *dial)
{
    while (dial->begun < dial->count) {
        struct attempt *attempt = &dial->attempts[dial->begun++];
        int error = begin(dial, attempt);
        if (error == 0)
            break;
        note_failure(dial, attempt, error);
    }
    if (dial->begun < dial->count)
        mote_loop_after(&dial->next_attempt, NEXT_ATTEMPT_MS, on_next_attempt, dial);
    dial->done = dial->under_way == 0;
}

/* By turns of the two families, beginning with that of the first address, each in its order. */
static void order(struct mote_dial *dial, const struct ares_addrinfo_node *found)
{
    const struct ares_addrinfo_node *next[2] = {found, found};

    for (size_t turn = 0; dial->count > dial->begun; turn = !turn) {
        const struct ares_addrinfo_node *node = next[turn];
        while (node != NULL && (node->ai_family == found->ai_family) != (turn == 0))
            node = node->ai_next;
        next[turn] = node == NULL ? NULL : node->ai_next;
        if (node == NULL)
            continue;
        memcpy(&dial->attempts[dial->begun].address, node->ai_addr, node->ai_addrlen);
        dial->attempts[dial->begun++].length = node->ai_addrlen;
    }
    dial->begun = 0;
}

static void try_all(struct mote_dial *dial, const struct ares_addrinfo_node *found)
{
    *dial->waits_for = MOTE_TCP_TIMEOUT;
    for (const struct ares_addrinfo_node *node = found; node != NULL; node = node->ai_next)
        dial->count++;
    dial->attempts = calloc(dial->count, sizeof *dial->attempts);
    if (dial->attempts == NULL) {
        dial->count = 0;
        dial->reason = mote_dial_reason(ENOMEM);
        dial->done = true;
        return;
    }
    order(dial, found);
    for (size_t i = 0; i < dial->count; i++)
        dial->attempts[i].fd = -1;
    try_next(dial);
}

static void on_resolved(void *context, enum mote_reason reason, const struct ares_addrinfo_node *found)
{
    struct mote_dial *dial = context;
    bool within_start = dial->resolve == NULL;

    dial->resolve = NULL;
    dial->reason = reason;
    dial->done = reason != MOTE_OK;
    if (reason == MOTE_OK)
        try_all(dial, found);
    if (!within_start)
        settle(dial);
}

/* An address needs nobody to look it up. */
static bool is_address(struct mote_dial *dial, const char *host, uint16_t port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct ares_addrinfo_node node = {.ai_next = NULL};

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    if (found->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)found->ai_addr)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)found->ai_addr)->sin_port = htons(port);
    node.ai_family = found->ai_family;
    node.ai_addr = found->ai_addr;
    node.ai_addrlen = found->ai_addrlen;
    try_all(dial, &node);
    freeaddrinfo(found);
    return true;
}

struct mote_dial *mote_dial_start(const char *host, uint16_t port, enum mote_reason *waits_for,
                                  mote_dial_on_done *on_done, void *context)
{
    struct mote_dial *dial = calloc(1, sizeof *dial);

    *waits_for = MOTE_DNS_TIMEOUT;
    if (dial == NULL) {
        on_done(context, mote_dial_reason(ENOMEM), -1);
        return NULL;
    }
    *dial = (struct mote_dial){.winner = -1, .waits_for = waits_for, .on_done = on_done, .context = context};
    if (!is_address(dial, host, port))
        dial->resolve = mote_resolve_start(host, port, on_resolved, dial);
    return settle(dial) ? NULL : dial;
}

void mote_dial_cancel(struct mote_dial *dial)
{
    if (dial != NULL)
        dispose(dial);
}
