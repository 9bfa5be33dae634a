#include "port/linux/radio/fixed_address.h"
#include "port/linux/loop.h"
#include "port/linux/radio/assign.h"
#include "port/words.h"
#include <arpa/inet.h>
#include <mote/linux.h>
#include <string.h>

enum { AGAIN_MS = 1000 };

static struct {
    struct mote_assigned wanted; /* its address is 0: nothing is */
    struct mote_assigned given;
    char name_server[16];
    uint64_t again_ms; /* when it may be given again */
} fixed;

static bool read_address(const char *text, uint32_t *address)
{
    struct in_addr parsed;

    if (inet_pton(AF_INET, text, &parsed) != 1)
        return false;
    *address = parsed.s_addr;
    return true;
}

/* Ones, and then zeros. */
static bool read_netmask(const char *text, uint8_t *prefix)
{
    uint32_t mask;

    if (!read_address(text, &mask))
        return false;
    mask = ntohl(mask);
    for (*prefix = 0; (mask & 0x80000000u) != 0; mask <<= 1)
        (*prefix)++;
    return mask == 0 && *prefix > 0;
}

static bool read_all(const struct mote_wifi_addresses *addresses, struct mote_assigned *wanted)
{
    uint32_t name_server;

    return read_address(addresses->address, &wanted->address) && read_netmask(addresses->netmask, &wanted->prefix) &&
           (addresses->gateway[0] == '\0' || read_address(addresses->gateway, &wanted->gateway)) &&
           (addresses->dns[0] == '\0' || read_address(addresses->dns, &name_server));
}

static void take_away(void)
{
    mote_assign_undo(&fixed.given);
    if (fixed.name_server[0] != '\0')
        mote_linux_name_servers(NULL);
    memset(&fixed, 0, sizeof fixed);
}

static bool is_same(const struct mote_assigned *a, const struct mote_assigned *b)
{
    return a->address == b->address && a->prefix == b->prefix && a->gateway == b->gateway;
}

enum mote_reason mote_fixed_address_want(const struct mote_wifi_addresses *addresses)
{
    struct mote_assigned wanted = {.index = 0};

    if (addresses != NULL && !read_all(addresses, &wanted)) {
        mote_words_say("%s with the netmask %s: this is no address for a station", addresses->address,
                       addresses->netmask);
        return MOTE_CONFIG_INVALID;
    }
    if (!is_same(&wanted, &fixed.wanted) || (addresses != NULL && strcmp(addresses->dns, fixed.name_server) != 0))
        take_away();
    fixed.wanted = wanted;
    if (addresses != NULL)
        memcpy(fixed.name_server, addresses->dns, sizeof fixed.name_server);
    return MOTE_OK;
}

/* The kernel needs a moment to tell that it is there, and an interface that has gone and come has lost it. */
void mote_fixed_address_give(int index)
{
    int error;

    if (fixed.wanted.address == 0 || index == 0 || mote_loop_now_ms() < fixed.again_ms)
        return;
    fixed.again_ms = mote_loop_now_ms() + AGAIN_MS;
    fixed.wanted.index = index;
    error = mote_assign(&fixed.given, &fixed.wanted);
    if (error != 0)
        mote_words_say("the fixed address cannot be given to the interface: %s", strerror(error));
    if (fixed.name_server[0] != '\0')
        mote_linux_name_servers(fixed.name_server);
}

void mote_fixed_address_tell(struct mote_wifi_addresses *addresses)
{
    if (fixed.given.index != 0 && fixed.name_server[0] != '\0')
        memcpy(addresses->dns, fixed.name_server, sizeof addresses->dns);
}
