#include "port/linux/link/dial.h"
#include "port/linux/loop.h"
#include "port/linux/link/resolve.h"
#include "port/words.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { NEXT_ATTEMPT_MS = 250, QUEUE_FULL_MS = 100 };

struct attempt {
    struct sockaddr_storage address;
    socklen_t length;
    int fd; /* -1: not begun, or over */
};

struct mote_dial {
    struct mote_dial_target target;
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

/* Of a socket in the file system the system has many things to say, all of which mean that nobody is there to answer. */
static enum mote_reason reason_of(const struct attempt *attempt, int error)
{
    bool nobody = attempt->address.ss_family == AF_UNIX && error != ENOMEM && error != ENOBUFS && error != EMFILE &&
                  error != ENFILE;

    return nobody ? MOTE_TCP_REFUSED : mote_dial_reason(error);
}

static void note_failure(struct mote_dial *dial, const struct attempt *attempt, int error)
{
    enum mote_reason reason = reason_of(attempt, error);
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (telling(reason) <= telling(dial->reason))
        return;
    dial->reason = reason;
    if (attempt->address.ss_family == AF_UNIX)
        mote_words_say("%s: %s", dial->target.path, strerror(error));
    else if (error == EADDRNOTAVAIL && dial->target.bind != NULL &&
             getnameinfo(dial->target.bind, dial->target.bind_length, host, sizeof host, NULL, 0, NI_NUMERICHOST) == 0)
        mote_words_say("%s: this machine has no such address to bind to", host);
    else if (getnameinfo((const struct sockaddr *)&attempt->address, attempt->length, host, sizeof host, port,
                         sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0)
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
static int set_up(const struct mote_dial *dial, const struct attempt *attempt)
{
    const int on = 1;

    if (attempt->address.ss_family == AF_UNIX)
        return 0;
    setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (dial->target.bind == NULL)
        return 0;
    setsockopt(attempt->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(attempt->fd, dial->target.bind, dial->target.bind_length) == 0 ? 0 : errno;
}

/* Returns 0, or errno. */
static int begin(struct mote_dial *dial, struct attempt *attempt)
{
    int family = attempt->address.ss_family;
    int error;

    attempt->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, family == AF_UNIX ? 0 : IPPROTO_TCP);
    if (attempt->fd < 0)
        return errno;
    dial->under_way++;
    error = set_up(dial, attempt);
    if (error == 0 && connect(attempt->fd, (const struct sockaddr *)&attempt->address, attempt->length) != 0 &&
        errno != EINPROGRESS)
        error = errno;
    if (error == 0 && !mote_linux_watch(attempt->fd, EPOLLOUT, on_ready, dial))
        error = errno;
    if (error != 0)
        end_attempt(dial, attempt);
    return error;
}

/* The queue of a socket in the file system is full, and nobody tells when it has room again. */
static bool waits_for_queue(struct mote_dial *dial, int error)
{
    if (error != EAGAIN || dial->target.host != NULL)
        return false;
    dial->begun = 0;
    mote_loop_after(&dial->next_attempt, QUEUE_FULL_MS, on_next_attempt, dial);
    return true;
}

static void try_next(struct mote_dial *dial)
{
    while (dial->begun < dial->count) {
        struct attempt *attempt = &dial->attempts[dial->begun++];
        int error = begin(dial, attempt);
        if (error == 0)
            break;
        if (waits_for_queue(dial, error))
            return;
        note_failure(dial, attempt, error);
    }
    if (dial->begun < dial->count)
        mote_loop_after(&dial->next_attempt, NEXT_ATTEMPT_MS, on_next_attempt, dial);
    dial->done = dial->under_way == 0;
}

/* Can it be reached from the address that is to be ours? */
static bool is_reachable(const struct mote_dial *dial, const struct ares_addrinfo_node *node)
{
    return dial->target.bind == NULL || dial->target.bind->sa_family == node->ai_family;
}

/* By turns of the two families, beginning with that of the first address, each in its order. */
static void order(struct mote_dial *dial, const struct ares_addrinfo_node *found)
{
    const struct ares_addrinfo_node *next[2] = {found, found};

    for (size_t turn = 0; dial->count > dial->begun; turn = !turn) {
        const struct ares_addrinfo_node *node = next[turn];
        while (node != NULL && ((node->ai_family == found->ai_family) != (turn == 0) || !is_reachable(dial, node)))
            node = node->ai_next;
        next[turn] = node == NULL ? NULL : node->ai_next;
        if (node == NULL)
            continue;
        memcpy(&dial->attempts[dial->begun].address, node->ai_addr, node->ai_addrlen);
        dial->attempts[dial->begun++].length = node->ai_addrlen;
    }
    dial->begun = 0;
}

static void give_up(struct mote_dial *dial, enum mote_reason reason)
{
    dial->count = 0;
    dial->reason = reason;
    dial->done = true;
}

static void give_up_unreachable(struct mote_dial *dial)
{
    mote_words_say("%s: has no IPv%d address, as the one to bind to is", dial->target.host,
                   dial->target.bind->sa_family == AF_INET6 ? 6 : 4);
    give_up(dial, MOTE_DNS_NOT_FOUND);
}

static void try_all(struct mote_dial *dial, const struct ares_addrinfo_node *found)
{
    *dial->waits_for = MOTE_TCP_TIMEOUT;
    for (const struct ares_addrinfo_node *node = found; node != NULL; node = node->ai_next)
        dial->count += is_reachable(dial, node);
    if (dial->count == 0) {
        give_up_unreachable(dial);
        return;
    }
    dial->attempts = calloc(dial->count, sizeof *dial->attempts);
    if (dial->attempts == NULL) {
        give_up(dial, mote_dial_reason(ENOMEM));
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

static void try_file(struct mote_dial *dial, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct ares_addrinfo_node node = {
        .ai_family = AF_UNIX, .ai_addr = (struct sockaddr *)&address, .ai_addrlen = sizeof address};

    dial->target.bind = NULL;
    memcpy(address.sun_path, path, strnlen(path, sizeof address.sun_path - 1));
    try_all(dial, &node);
}

struct mote_dial *mote_dial_start(const struct mote_dial_target *target, enum mote_reason *waits_for,
                                  mote_dial_on_done *on_done, void *context)
{
    struct mote_dial *dial = calloc(1, sizeof *dial);

    *waits_for = MOTE_DNS_TIMEOUT;
    if (dial == NULL) {
        on_done(context, mote_dial_reason(ENOMEM), -1);
        return NULL;
    }
    *dial = (struct mote_dial){
        .target = *target, .winner = -1, .waits_for = waits_for, .on_done = on_done, .context = context};
    if (target->host == NULL)
        try_file(dial, target->path);
    else if (!is_address(dial, target->host, target->port))
        dial->resolve = mote_resolve_start(target->host, target->port, on_resolved, dial);
    return settle(dial) ? NULL : dial;
}

void mote_dial_cancel(struct mote_dial *dial)
{
    if (dial != NULL)
        dispose(dial);
}
