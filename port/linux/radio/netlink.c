#include "port/linux/radio/netlink.h"
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A message, and the rest of what it is taken from. Headers are copied: nothing says that they are aligned. */
struct view {
    const uint8_t *data;
    size_t size;
};

struct message {
    struct nlmsghdr head;
    struct view body;
};

static bool take(struct view *from, void *into, size_t size)
{
    if (from->size < size)
        return false;
    memcpy(into, from->data, size);
    from->data += size;
    from->size -= size;
    return true;
}

/* Takes a body of `size` bytes and what pads it to four. */
static bool take_body(struct view *from, size_t size, struct view *body)
{
    size_t padded = (size + 3) & ~(size_t)3;

    if (from->size < size)
        return false;
    *body = (struct view){from->data, size};
    padded = padded < from->size ? padded : from->size;
    from->data += padded;
    from->size -= padded;
    return true;
}

static bool next_message(struct view *datagram, struct message *message)
{
    return take(datagram, &message->head, sizeof message->head) && message->head.nlmsg_len >= sizeof message->head &&
           take_body(datagram, message->head.nlmsg_len - sizeof message->head, &message->body);
}

static bool next_attribute(struct view *attributes, unsigned short *type, struct view *value)
{
    struct rtattr head;

    if (!take(attributes, &head, sizeof head) || head.rta_len < sizeof head ||
        !take_body(attributes, head.rta_len - sizeof head, value))
        return false;
    *type = head.rta_type;
    return true;
}

/* The number in an attribute of four bytes, `otherwise` if it is not there. */
static uint32_t number_of(struct view attributes, unsigned short wanted, uint32_t otherwise)
{
    unsigned short type;
    struct view value;
    uint32_t number = otherwise;

    while (next_attribute(&attributes, &type, &value)) {
        if (type == wanted && value.size == sizeof number)
            memcpy(&number, value.data, sizeof number);
    }
    return number;
}

static bool is_named(struct view attributes, const char *interface)
{
    size_t length = strlen(interface);
    unsigned short type;
    struct view value;

    while (next_attribute(&attributes, &type, &value)) {
        if (type == IFLA_IFNAME)
            return value.size == length + 1 && memcmp(value.data, interface, value.size) == 0;
    }
    return false;
}

/* An address of 169.254/16 is one that nobody has given. */
static bool is_link_local(uint32_t address)
{
    return (ntohl(address) & 0xffff0000) == 0xa9fe0000;
}

static bool read_link(struct view body, const char *interface, int known, struct mote_netlink_facts *facts)
{
    struct ifinfomsg head;

    if (!take(&body, &head, sizeof head))
        return false;
    if (!is_named(body, interface))
        return head.ifi_index == known && known != 0; /* renamed, or another one has its number now */
    if (facts != NULL) {
        facts->index = head.ifi_index;
        facts->up = (head.ifi_flags & IFF_UP) != 0;
    }
    return true;
}

static bool read_address(struct view body, int known, struct mote_netlink_facts *facts)
{
    struct ifaddrmsg head;
    uint32_t address;

    if (!take(&body, &head, sizeof head) || head.ifa_family != AF_INET || head.ifa_prefixlen > 32 || known == 0 ||
        head.ifa_index != (unsigned)known)
        return false;
    address = number_of(body, IFA_LOCAL, number_of(body, IFA_ADDRESS, 0));
    if (facts != NULL && facts->address == 0 && !is_link_local(address)) {
        facts->address = address;
        facts->prefix = head.ifa_prefixlen;
    }
    return true;
}

static bool read_route(struct view body, int known, struct mote_netlink_facts *facts)
{
    struct rtmsg head;
    uint32_t gateway, metric;

    if (!take(&body, &head, sizeof head) || head.rtm_family != AF_INET || head.rtm_dst_len != 0 || known == 0 ||
        number_of(body, RTA_OIF, 0) != (uint32_t)known)
        return false;
    gateway = number_of(body, RTA_GATEWAY, 0);
    metric = number_of(body, RTA_PRIORITY, 0);
    if (facts != NULL && gateway != 0 && (facts->gateway == 0 || metric < facts->metric)) {
        facts->gateway = gateway;
        facts->metric = metric;
    }
    return true;
}

/* Returns whether it concerns the interface. */
static bool read_message(const struct message *message, const char *interface, int known,
                         struct mote_netlink_facts *facts)
{
    switch (message->head.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return read_link(message->body, interface, known, facts);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return read_address(message->body, known, facts);
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return read_route(message->body, known, facts);
    default:
        return false;
    }
}

static unsigned read_answer(const struct message *message, const char *interface, struct mote_netlink_facts *facts)
{
    if (message->head.nlmsg_type == NLMSG_DONE)
        return MOTE_NETLINK_DONE;
    if (message->head.nlmsg_type == NLMSG_ERROR)
        return MOTE_NETLINK_FAILED;
    read_message(message, interface, facts->index, facts);
    return 0;
}

unsigned mote_netlink_read(const void *bytes, size_t size, const char *interface, uint32_t sequence, int known,
                           struct mote_netlink_facts *facts)
{
    struct view datagram = {bytes, size};
    struct message message;
    unsigned news = 0;

    while (next_message(&datagram, &message)) {
        if (sequence != 0 && message.head.nlmsg_seq == sequence)
            news |= read_answer(&message, interface, facts);
        else if (read_message(&message, interface, known, NULL))
            news |= MOTE_NETLINK_CHANGED;
    }
    return news;
}
