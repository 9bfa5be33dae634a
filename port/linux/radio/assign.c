#include "port/linux/radio/assign.h"
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int given = -1;

void mote_assign_by(int netlink)
{
    given = netlink;
}

struct request {
    struct nlmsghdr head;
    union {
        struct ifaddrmsg address;
        struct rtmsg route;
    } body;
    uint8_t attributes[64];
};

static void begin(struct request *request, uint16_t type, uint16_t flags, size_t body_size)
{
    memset(request, 0, sizeof *request);
    request->head.nlmsg_type = type;
    request->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    request->head.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size);
}

/* All attributes are of four bytes. */
static void add(struct request *request, unsigned short type, uint32_t value)
{
    const struct rtattr head = {.rta_len = sizeof head + sizeof value, .rta_type = type};
    uint8_t *at = (uint8_t *)request + request->head.nlmsg_len;

    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, &value, sizeof value);
    request->head.nlmsg_len += (uint32_t)(sizeof head + sizeof value);
}

/* The kernel has answered by the time that send() returns. */
static int read_answer(int fd)
{
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
        uint8_t rest[512];
    } answer;
    ssize_t size = recv(fd, &answer, sizeof answer, MSG_DONTWAIT);

    if (size < (ssize_t)(sizeof answer.head + sizeof answer.body.error) || answer.head.nlmsg_type != NLMSG_ERROR)
        return 0;
    return -answer.body.error;
}

static int ask(const struct request *request)
{
    int fd = given >= 0 ? given : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int error = 0;

    if (fd < 0 || send(fd, request, request->head.nlmsg_len, MSG_NOSIGNAL) < 0)
        error = errno;
    else if (given < 0)
        error = read_answer(fd);
    if (fd >= 0 && given < 0)
        close(fd);
    return error;
}

static int change_address(const struct mote_assigned *assigned, uint16_t type, uint16_t flags)
{
    struct request request;

    begin(&request, type, flags, sizeof request.body.address);
    request.body.address.ifa_family = AF_INET;
    request.body.address.ifa_prefixlen = assigned->prefix;
    request.body.address.ifa_index = (unsigned)assigned->index;
    add(&request, IFA_LOCAL, assigned->address);
    add(&request, IFA_ADDRESS, assigned->address);
    return ask(&request);
}

static int change_route(const struct mote_assigned *assigned, uint16_t type, uint16_t flags)
{
    struct request request;

    begin(&request, type, flags, sizeof request.body.route);
    request.body.route.rtm_family = AF_INET;
    request.body.route.rtm_table = RT_TABLE_MAIN;
    request.body.route.rtm_protocol = RTPROT_STATIC;
    request.body.route.rtm_scope = RT_SCOPE_UNIVERSE;
    request.body.route.rtm_type = RTN_UNICAST;
    add(&request, RTA_GATEWAY, assigned->gateway);
    add(&request, RTA_OIF, (uint32_t)assigned->index);
    return ask(&request);
}

int mote_assign(struct mote_assigned *assigned, const struct mote_assigned *wanted)
{
    int error;

    mote_assign_undo(assigned);
    error = change_address(wanted, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
    if (error != 0)
        return error;
    *assigned = *wanted;
    return wanted->gateway == 0 ? 0 : change_route(wanted, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
}

void mote_assign_undo(struct mote_assigned *assigned)
{
    if (assigned->index == 0)
        return;
    if (assigned->gateway != 0)
        change_route(assigned, RTM_DELROUTE, 0);
    change_address(assigned, RTM_DELADDR, 0);
    assigned->index = 0;
}
