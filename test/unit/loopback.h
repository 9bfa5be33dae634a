/* The other side of a connection, in the same process: sockets, a name server, and waiting for what they do. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include "check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/sockios.h>
#include <mote/linux.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long anything may take before a test gives up. */
enum { LOOPBACK_PATIENCE_MS = 20000 };

static inline uint64_t loopback_now_ms(void)
{
    return mote_port()->now_ms(mote_port()->context);
}

static inline void loopback_wait(uint64_t deadline_ms)
{
    mote_port()->wait(mote_port()->context, deadline_ms);
}

/* Waits for something to happen, which has to. */
static inline void loopback_wake(void)
{
    uint64_t give_up_ms = loopback_now_ms() + LOOPBACK_PATIENCE_MS;

    loopback_wait(give_up_ms);
    CHECK(loopback_now_ms() < give_up_ms);
}

/* Runs the port's loop until the condition holds. */
#define LOOPBACK_UNTIL(condition)                                                                                      \
    do {                                                                                                               \
        uint64_t give_up_ms = loopback_now_ms() + LOOPBACK_PATIENCE_MS;                                                \
        while (!(condition)) {                                                                                         \
            loopback_wait(give_up_ms);                                                                                 \
            CHECK(loopback_now_ms() < give_up_ms);                                                                     \
        }                                                                                                              \
    } while (0)

/* A TCP socket bound to the loopback address and a port, 0 for any; not listening. Returns -1 if it is taken. */
static inline int loopback_bind(int family, uint16_t port)
{
    const struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed;

    CHECK(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET)
        failed = bind(fd, (const struct sockaddr *)&v4, sizeof v4);
    else
        failed = bind(fd, (const struct sockaddr *)&v6, sizeof v6);
    if (failed) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline int loopback_listen(int family)
{
    int fd = loopback_bind(family, 0);

    if (fd < 0 && family == AF_INET6)
        CHECK_SKIP("this machine has no ::1");
    CHECK(fd >= 0);
    CHECK_EQUAL(listen(fd, 8), 0);
    return fd;
}

static inline uint16_t loopback_port(int fd)
{
    struct sockaddr_in6 address;
    socklen_t size = sizeof address;

    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin6_port); /* the same place in both families */
}

/* Sockets of both families bound to one port. */
static inline void loopback_bind_both(int *v6, int *v4)
{
    for (int tries = 0;; tries++) {
        CHECK(tries < 100); /* ports free in one family, but taken in the other */
        *v6 = loopback_bind(AF_INET6, 0);
        if (*v6 < 0)
            CHECK_SKIP("this machine has no ::1");
        *v4 = loopback_bind(AF_INET, loopback_port(*v6));
        if (*v4 >= 0)
            return;
        close(*v6);
    }
}

/* Waits for a descriptor as a program with a loop of its own would. */
static inline bool loopback_poll(int fd, int timeout_ms)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};

    return poll(&entry, 1, timeout_ms) == 1;
}

static inline int loopback_accept(int listener)
{
    int fd;

    CHECK(loopback_poll(listener, LOOPBACK_PATIENCE_MS));
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

/* Waits until all that was written has arrived. */
static inline void loopback_deliver(int fd)
{
    int left = 1;

    for (int i = 0; left > 0; i++) {
        CHECK(i < LOOPBACK_PATIENCE_MS);
        CHECK_EQUAL(ioctl(fd, SIOCOUTQ, &left), 0);
        poll(NULL, 0, left > 0);
    }
}

/* A listener that answers to nobody: its queue is full. */
struct loopback_deaf {
    int listener;
    int queued[2];
};

static inline void loopback_deafen(struct loopback_deaf *deaf, int bound)
{
    struct sockaddr_in6 address;
    socklen_t size = sizeof address;

    deaf->listener = bound;
    CHECK_EQUAL(listen(bound, 0), 0);
    CHECK_EQUAL(getsockname(bound, (struct sockaddr *)&address, &size), 0);
    for (int i = 0; i < 2; i++) {
        deaf->queued[i] = socket(address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(deaf->queued[i], (struct sockaddr *)&address, size);
    }
}

static inline void loopback_undeafen(struct loopback_deaf *deaf)
{
    close(deaf->queued[0]);
    close(deaf->queued[1]);
    close(deaf->listener);
}

/* How many descriptors this process has. That of a closed link is there until the other side has closed, too. */
static inline unsigned loopback_descriptors(void)
{
    DIR *folder = mote_linux_fd() < 0 ? NULL : opendir("/proc/self/fd"); /* the loop has some of its own */
    unsigned count = 0;

    CHECK(folder != NULL);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* A name server on the loop: `both.test` is ::1 and 127.0.0.1, `four.test` is 127.0.0.1, `silent.test` gets no answer,
 * `broken.test` only that the server is broken, and no other name exists. */
struct loopback_names {
    int fd;
    unsigned asked;
    char address[32];
};

/* Reads the first label of the question; the rest of the name is taken to be `.test`. */
static inline bool loopback_asks_for(const uint8_t *question, const char *label)
{
    return question[0] == strlen(label) && memcmp(question + 1, label, question[0]) == 0;
}

static inline size_t loopback_append_answer(uint8_t *at, const void *address, uint8_t size, uint8_t type)
{
    const uint8_t head[12] = {0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, size}; /* the name is that of the question */

    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, address, size);
    return sizeof head + size;
}

/* Turns a question into its answer. Returns its length, 0 for none. */
static inline size_t loopback_answer(uint8_t *packet, size_t size)
{
    const uint8_t v4[4] = {127, 0, 0, 1};
    const struct in6_addr v6 = IN6ADDR_LOOPBACK_INIT;
    const uint8_t *question = packet + 12;
    bool both = loopback_asks_for(question, "both");
    bool known = both || loopback_asks_for(question, "four");
    uint8_t type =
        packet[size - 3]; /* of a question without additional records: type and class are the last four bytes */

    if (loopback_asks_for(question, "silent"))
        return 0;
    packet[2] |= 0x80;                                                     /* an answer */
    packet[3] = known ? 0 : loopback_asks_for(question, "broken") ? 2 : 3; /* server failure, no such name */
    if (known && type == 1) {
        packet[7] = 1;
        size += loopback_append_answer(packet + size, v4, sizeof v4, type);
    } else if (both && type == 28) {
        packet[7] = 1;
        size += loopback_append_answer(packet + size, &v6, sizeof v6, type);
    }
    return size;
}

static inline void loopback_on_question(int fd, uint32_t events, void *context)
{
    struct loopback_names *names = context;
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    uint8_t packet[512];
    ssize_t size = recvfrom(fd, packet, sizeof packet - 64, 0, (struct sockaddr *)&from, &from_size);
    size_t answer = size < 17 ? 0 : loopback_answer(packet, (size_t)size);

    (void)events;
    names->asked++;
    if (answer > 0)
        sendto(fd, packet, answer, 0, (struct sockaddr *)&from, from_size);
}

static inline void loopback_names_start(struct loopback_names *names)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    names->asked = 0;
    names->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(bind(names->fd, (struct sockaddr *)&address, size), 0);
    getsockname(names->fd, (struct sockaddr *)&address, &size);
    snprintf(names->address, sizeof names->address, "127.0.0.1:%u", ntohs(address.sin_port));
    mote_linux_name_servers(names->address);
    CHECK(mote_linux_watch(names->fd, EPOLLIN, loopback_on_question, names));
}

static inline void loopback_names_stop(struct loopback_names *names)
{
    mote_linux_name_servers(NULL);
    mote_linux_unwatch(names->fd);
    close(names->fd);
}

#endif
