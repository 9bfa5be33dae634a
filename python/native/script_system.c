/* How this machine is connected, for a board whose network is the system's business. */
#include "python/native/script_inside.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>

static void write_address(const struct sockaddr *address, char into[16])
{
    if (address != NULL)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, into, 16);
}

static bool is_up(const struct ifaddrs *entry, int family)
{
    return entry->ifa_addr != NULL && entry->ifa_addr->sa_family == family && (entry->ifa_flags & IFF_UP) != 0 &&
           (entry->ifa_flags & IFF_LOOPBACK) == 0;
}

static void read_gateway(char into[16])
{
    FILE *routes = fopen("/proc/net/route", "re");
    char line[256];
    unsigned destination, gateway;

    while (routes != NULL && fgets(line, sizeof line, routes) != NULL) {
        if (sscanf(line, "%*s %x %x", &destination, &gateway) == 2 && destination == 0 && gateway != 0)
            inet_ntop(AF_INET, &(struct in_addr){.s_addr = gateway}, into, 16);
    }
    if (routes != NULL)
        fclose(routes);
}

static void read_name_server(char into[16])
{
    FILE *servers = fopen("/etc/resolv.conf", "re");
    char line[256];
    char address[16];
    struct in_addr parsed;
    bool found = false;

    while (servers != NULL && !found && fgets(line, sizeof line, servers) != NULL) {
        found = sscanf(line, "nameserver %15[0-9.]", address) == 1 && inet_pton(AF_INET, address, &parsed) == 1;
        if (found)
            strcpy(into, address);
    }
    if (servers != NULL)
        fclose(servers);
}

/* The first interface that has one. A machine that has none but its own loopback has that. */
void mote_script_system_addresses(struct mote_wifi_addresses *addresses)
{
    struct ifaddrs *list = NULL;
    const struct ifaddrs *entry;

    strcpy(addresses->address, "127.0.0.1");
    strcpy(addresses->netmask, "255.0.0.0");
    if (getifaddrs(&list) != 0)
        return;
    for (entry = list; entry != NULL && !is_up(entry, AF_INET); entry = entry->ifa_next)
        ;
    if (entry != NULL) {
        write_address(entry->ifa_addr, addresses->address);
        write_address(entry->ifa_netmask, addresses->netmask);
    }
    freeifaddrs(list);
    read_gateway(addresses->gateway);
    read_name_server(addresses->dns);
}

void mote_script_system_mac(uint8_t mac[6])
{
    static const uint8_t made_up[6] = {0x02, 'M', 'O', 'T', 'E', 1};
    struct ifaddrs *list = NULL;
    const struct ifaddrs *entry;

    memcpy(mac, made_up, sizeof made_up);
    if (getifaddrs(&list) != 0)
        return;
    for (entry = list; entry != NULL && !is_up(entry, AF_PACKET); entry = entry->ifa_next)
        ;
    if (entry != NULL)
        memcpy(mac, ((const struct sockaddr_ll *)(const void *)entry->ifa_addr)->sll_addr, 6);
    freeifaddrs(list);
}
