/* What the kernel was asked to do with addresses and routes: a line each, "+192.168.4.1/24 7", "-default 192.168.7.1 7". */
#ifndef ASSIGN_RIG_H
#define ASSIGN_RIG_H

#include "loopback.h"

#include <linux/rtnetlink.h>

#include "port/linux/radio/assign.h"

enum { ASSIGN_LINES = 32 };

static struct {
    bool begun;
    int fd;
    unsigned count;
    char lines[ASSIGN_LINES][64];
} assigned;

/* The first attribute of four bytes, which the tests know. */
static inline const char *assign_first(const uint8_t *attributes, char text[16])
{
    inet_ntop(AF_INET, attributes + sizeof(struct rtattr), text, 16);
    return text;
}

static inline void assign_note_address(const struct nlmsghdr *head, const uint8_t *body)
{
    struct ifaddrmsg address;
    char text[16];

    memcpy(&address, body, sizeof address);
    snprintf(assigned.lines[assigned.count++], sizeof assigned.lines[0], "%c%s/%u %u",
             head->nlmsg_type == RTM_NEWADDR ? '+' : '-', assign_first(body + sizeof address, text),
             address.ifa_prefixlen, address.ifa_index);
}

static inline void assign_note_route(const struct nlmsghdr *head, const uint8_t *body)
{
    uint32_t index;
    char text[16];

    memcpy(&index, body + sizeof(struct rtmsg) + 2 * sizeof(struct rtattr) + 4, sizeof index);
    snprintf(assigned.lines[assigned.count++], sizeof assigned.lines[0], "%cdefault %s %u",
             head->nlmsg_type == RTM_NEWROUTE ? '+' : '-', assign_first(body + sizeof(struct rtmsg), text), index);
}

static inline void assign_on_request(int fd, uint32_t events, void *context)
{
    uint8_t bytes[256];
    struct nlmsghdr head;

    (void)events;
    (void)context;
    CHECK(recv(fd, bytes, sizeof bytes, 0) > (ssize_t)sizeof head && assigned.count < ASSIGN_LINES);
    memcpy(&head, bytes, sizeof head);
    if (head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_DELADDR)
        assign_note_address(&head, bytes + sizeof head);
    else
        assign_note_route(&head, bytes + sizeof head);
}

static inline void assign_begin(void)
{
    int pair[2];

    if (assigned.begun) {
        mote_linux_unwatch(assigned.fd);
        close(assigned.fd);
    }
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assigned.begun = true;
    assigned.fd = pair[0];
    assigned.count = 0;
    CHECK(mote_linux_watch(assigned.fd, EPOLLIN, assign_on_request, NULL));
    mote_assign_by(pair[1]);
}

#endif
