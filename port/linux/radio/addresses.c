#include "port/linux/radio/addresses.h"
#include "port/linux/loop.h"
#include "port/linux/radio/wpa_text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DATAGRAM_SIZE = 32768, /* the kernel's answer comes in datagrams of at most that */
    DATAGRAMS_PER_CALL = 16,
    AGAIN_MS = 1000,
    ROUTE_MS = 1000, /* without a default route by then, there will be none */
};

/* The three questions, asked one after the other; each answer may need that of the one before. */
static const uint16_t questions[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE};

enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static struct {
    int fd;
    void (*on_change)(void);
    char interface[IFNAMSIZ];
    struct mote_netlink_facts facts;
    struct mote_netlink_facts coming; /* what the answers have brought so far */
    unsigned question;                /* the one that is being answered; QUESTIONS: none is */
    uint32_t sequence;
    bool stale; /* something has changed meanwhile */
    char name_server[16];
    struct mote_timer again;
    uint64_t routed_ms; /* by then the address has its routes */
    struct mote_timer routed;
} addresses = {.fd = -1, .question = QUESTIONS};

static void ask_again(void *context)
{
    (void)context;
    addresses.question = QUESTIONS;
    mote_addresses_refresh();
}

static void fail(void)
{
    addresses.question = QUESTIONS;
    mote_loop_after(&addresses.again, AGAIN_MS, ask_again, NULL);
}

static void ask(void)
{
    struct {
        struct nlmsghdr head;
        struct rtgenmsg body;
    } request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                 .nlmsg_type = questions[addresses.question],
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.rtgen_family = addresses.question == 0 ? AF_UNSPEC : AF_INET},
    };

    addresses.sequence += addresses.sequence == UINT32_MAX ? 2 : 1;
    request.head.nlmsg_seq = addresses.sequence;
    if (send(addresses.fd, &request, request.head.nlmsg_len, 0) < 0)
        fail();
}

void mote_addresses_refresh(void)
{
    if (addresses.fd < 0 || addresses.interface[0] == '\0')
        return;
    addresses.stale = addresses.question < QUESTIONS;
    if (addresses.stale)
        return;
    memset(&addresses.coming, 0, sizeof addresses.coming);
    addresses.question = 0;
    ask();
}

static void on_routed(void *context)
{
    (void)context;
    addresses.on_change();
}

static void expect_routes(void)
{
    addresses.routed_ms = mote_loop_now_ms() + ROUTE_MS;
    mote_loop_after(&addresses.routed, ROUTE_MS, on_routed, NULL);
}

/* All answers are there. */
static void take_over(void)
{
    char before[sizeof addresses.name_server];
    bool changed = memcmp(&addresses.facts, &addresses.coming, sizeof addresses.facts) != 0;

    memcpy(before, addresses.name_server, sizeof before);
    mote_addresses_name_server("/etc/resolv.conf", addresses.name_server);
    if (addresses.coming.address != addresses.facts.address)
        expect_routes();
    addresses.facts = addresses.coming;
    if (changed || strcmp(before, addresses.name_server) != 0)
        addresses.on_change();
    if (addresses.stale)
        mote_addresses_refresh();
}

static void next_question(void)
{
    addresses.question++;
    if (addresses.question < QUESTIONS)
        ask();
    else
        take_over();
}

static void take(const void *bytes, size_t size)
{
    bool asking = addresses.question < QUESTIONS;
    unsigned news = mote_netlink_read(bytes, size, addresses.interface, asking ? addresses.sequence : 0,
                                      addresses.facts.index, &addresses.coming);

    if (news & MOTE_NETLINK_CHANGED)
        mote_addresses_refresh();
    if (asking && (news & MOTE_NETLINK_FAILED))
        fail();
    else if (asking && (news & MOTE_NETLINK_DONE))
        next_question();
}

/* Only the kernel is believed. Returns false when there is no more. */
static bool read_datagram(void)
{
    static uint8_t bytes[DATAGRAM_SIZE];
    struct sockaddr_nl from = {.nl_pid = 0};
    socklen_t from_size = sizeof from;
    ssize_t size = recvfrom(addresses.fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

    if (size >= 0 && (from_size == 0 || from.nl_pid == 0))
        take(bytes, (size_t)size);
    if (size < 0 && errno == ENOBUFS)
        fail(); /* it has lost some: all is asked anew */
    return size >= 0;
}

static void on_datagrams(int fd, uint32_t events, void *context)
{
    (void)fd;
    (void)events;
    (void)context;
    for (int i = 0; i < DATAGRAMS_PER_CALL && addresses.fd >= 0 && read_datagram(); i++)
        ;
}

static int open_netlink(void)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool mote_addresses_open(int fd, void (*on_change)(void))
{
    mote_addresses_close();
    addresses.on_change = on_change;
    addresses.fd = fd >= 0 ? fd : open_netlink();
    if (addresses.fd >= 0 && mote_linux_watch(addresses.fd, EPOLLIN, on_datagrams, NULL))
        return true;
    mote_addresses_close();
    return false;
}

void mote_addresses_close(void)
{
    if (addresses.fd >= 0) {
        mote_linux_unwatch(addresses.fd);
        close(addresses.fd);
    }
    mote_loop_stop(&addresses.again);
    mote_loop_stop(&addresses.routed);
    addresses.fd = -1;
    addresses.question = QUESTIONS;
    addresses.interface[0] = '\0';
    memset(&addresses.facts, 0, sizeof addresses.facts);
}

void mote_addresses_choose(const char *interface)
{
    if (strcmp(interface, addresses.interface) == 0 ||
        !mote_text_copy(mote_text(interface), addresses.interface, IFNAMSIZ))
        return;
    memset(&addresses.facts, 0, sizeof addresses.facts);
    addresses.question = QUESTIONS;
    mote_addresses_refresh();
}

const struct mote_netlink_facts *mote_addresses_facts(void)
{
    return &addresses.facts;
}

bool mote_addresses_are_usable(void)
{
    return addresses.facts.address != 0 && (addresses.facts.gateway != 0 || mote_loop_now_ms() >= addresses.routed_ms);
}

static void print(uint32_t address, char text[16])
{
    text[0] = '\0';
    if (address != 0)
        inet_ntop(AF_INET, &address, text, 16);
}

void mote_addresses_tell(struct mote_wifi_addresses *into)
{
    const struct mote_netlink_facts *facts = &addresses.facts;
    uint32_t mask = facts->prefix == 0 ? 0 : htonl(UINT32_MAX << (32 - facts->prefix));

    print(facts->address, into->address);
    print(facts->address == 0 ? 0 : mask, into->netmask);
    print(facts->gateway, into->gateway);
    memcpy(into->dns, addresses.name_server, sizeof into->dns);
}

void mote_addresses_name_server(const char *path, char address[16])
{
    char content[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd < 0 ? 0 : read(fd, content, sizeof content);
    struct mote_text rest = {content, size < 0 ? 0 : (size_t)size}, line, word;

    if (fd >= 0)
        close(fd);
    while (mote_wpa_line(&rest, &line)) {
        struct in_addr parsed;
        bool is_one = mote_wpa_part(&line, ' ', &word) && mote_text_equals(word, "nameserver") &&
                      mote_wpa_part(&line, ' ', &word) && mote_text_copy(word, address, 16);
        if (is_one && inet_pton(AF_INET, address, &parsed) == 1)
            return;
    }
    address[0] = '\0';
}
