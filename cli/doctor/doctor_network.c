/* The first steps: does this machine have a network, and an address in it? */
#include "doctor.h"
#include "wifi.h"
#include "wifi_print.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <mote/mqtt.h>
#include <mote/port.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 3000 }; /* for wpa_supplicant and the kernel to say how it is */

/* An interface that leads somewhere, and its address. */
struct way {
    char interface[IFNAMSIZ]; /* empty: there is none */
    char address[INET6_ADDRSTRLEN];
    bool wireless;
};

/* --- As the system has it --- */

static bool is_global(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
    if (address == NULL) {
        return false;
    }
    if (address->sa_family == AF_INET) {
        const struct in_addr *v4 = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
        inet_ntop(AF_INET, v4, text, INET6_ADDRSTRLEN);
        return (ntohl(v4->s_addr) & 0xFFFF0000u) != 0xA9FE0000u; /* one that nobody has given (RFC 3927) */
    }
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
        return !IN6_IS_ADDR_LINKLOCAL(v6);
    }
    return false;
}

/* The interface of the default route with the lowest metric. */
static void find_default(char interface[IFNAMSIZ])
{
    FILE *file = fopen("/proc/net/route", "r");
    char line[256], name[IFNAMSIZ];
    unsigned destination, flags, metric, lowest = UINT32_MAX;

    interface[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%15s %x %*x %x %*d %*d %u", name, &destination, &flags, &metric) == 4 && destination == 0 &&
            (flags & 1) != 0 && metric < lowest) {
            lowest = metric;
            memcpy(interface, name, sizeof name);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static bool is_wireless(const char *interface)
{
    char path[64];

    snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", interface);
    return access(path, F_OK) == 0;
}

/* The default route's interface, or, without one, the first that has an address. */
static struct way find_way(void)
{
    struct way way = {.wireless = false};
    struct ifaddrs *all = NULL;
    char wanted[IFNAMSIZ], address[INET6_ADDRSTRLEN];

    find_default(wanted);
    getifaddrs(&all);
    for (const struct ifaddrs *one = all; one != NULL && way.interface[0] == '\0'; one = one->ifa_next) {
        const bool right = wanted[0] == '\0' || strcmp(one->ifa_name, wanted) == 0;
        if (right && (one->ifa_flags & IFF_LOOPBACK) == 0 && (one->ifa_flags & IFF_UP) != 0 &&
            is_global(one->ifa_addr, address)) {
            snprintf(way.interface, sizeof way.interface, "%s", one->ifa_name);
            memcpy(way.address, address, sizeof way.address);
        }
    }
    freeifaddrs(all);
    way.wireless = way.interface[0] != '\0' && is_wireless(way.interface);
    return way;
}

/* --- WiFi --- */

static void look_at_station(struct mote_wifi_status *status)
{
    const uint64_t end_ms = mote_now_ms() + LOOK_MS;
    const struct mote_port *port = mote_port();

    do {
        mote_wifi_status(status);
        if (status->state == MOTE_WIFI_CONNECTED && status->signal_dbm != 0) {
            return;
        }
        port->wait(port->context, end_ms);
    } while (mote_now_ms() < end_ms);
}

static bool tell_station(struct doctor_case *patient, const struct mote_wifi_status *status, const struct way *way)
{
    char name[WIFI_NAME_SIZE];

    wifi_print_name(status->ssid, name);
    if (status->state == MOTE_WIFI_CONNECTED || status->reason == MOTE_DHCP_NO_LEASE) {
        return doctor_pass(patient, DOCTOR_WIFI, "%s, channel %u, %d dBm", name, status->aim.channel,
                           status->signal_dbm);
    }
    if (way->interface[0] != '\0' && !way->wireless) {
        return doctor_skip(patient, DOCTOR_WIFI, "not joined, but %s is wired", way->interface);
    }
    return doctor_fail(patient, DOCTOR_WIFI, status->reason != MOTE_OK ? status->reason : MOTE_WIFI_NO_NETWORK);
}

/* WiFi that is the system's is known by its interface only. */
static bool look_without_radio(struct doctor_case *patient, const struct way *way)
{
    if (way->wireless) {
        return doctor_skip(patient, DOCTOR_WIFI, "%s is the system's business: wpa_supplicant must not be asked",
                           way->interface);
    }
    return doctor_skip(patient, DOCTOR_WIFI, way->interface[0] != '\0' ? "%s is wired" : "this machine has none%s",
                       way->interface);
}

static bool look_at_wifi(struct doctor_case *patient, const struct way *way)
{
    struct mote_wifi_status status;

    doctor_begin(patient, DOCTOR_WIFI);
    if (mote_port()->radio == NULL || mote_wifi_set_active(MOTE_STATION, true) != MOTE_OK) {
        return look_without_radio(patient, way);
    }
    look_at_station(&status);
    return tell_station(patient, &status, way);
}

static bool look_at_lease(struct doctor_case *patient)
{
    const struct way way = find_way();

    doctor_begin(patient, DOCTOR_LEASE);
    if (way.interface[0] == '\0') {
        snprintf(patient->findings[DOCTOR_LEASE].words, DOCTOR_WORDS_SIZE, "no interface has an address");
        return doctor_fail(patient, DOCTOR_LEASE, MOTE_DHCP_NO_LEASE);
    }
    return doctor_pass(patient, DOCTOR_LEASE, "%s has %s", way.interface, way.address);
}

static bool skip_both(struct doctor_case *patient)
{
    for (enum doctor_step step = DOCTOR_WIFI; step <= DOCTOR_LEASE; step++) {
        doctor_begin(patient, step);
        doctor_skip(patient, step, "the broker is on this machine");
    }
    return true;
}

bool doctor_network(struct doctor_case *patient)
{
    const struct way way = find_way();

    if (doctor_is_local(patient)) {
        return skip_both(patient);
    }
    return look_at_wifi(patient, &way) && look_at_lease(patient);
}
