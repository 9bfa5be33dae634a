/* A wpa_supplicant and a kernel that the test makes up: a control socket in a folder of its own and one end of a pair of
 * sockets, both on the loop. It does what it is told, and remembers what it was asked. */
#ifndef WPA_RIG_H
#define WPA_RIG_H

#include "loopback.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/un.h>

#include "port/linux/radio/radio.h"

enum { WPA_ASKED_MAX = 400, WPA_INDEX = 7, WPA_ATTACHED_MAX = 4 };

/* A client, by the address that it is answered at. */
struct wpa_client {
    struct sockaddr_un address;
    socklen_t size;
};

static struct {
    int fd; /* -1: wpa_supplicant is not there */
    int kernel;
    char folder[64];
    char path[80];
    struct wpa_client client; /* that has asked last */
    struct wpa_client attached[WPA_ATTACHED_MAX];
    unsigned attached_count;
    char asked[WPA_ASKED_MAX][224];
    unsigned asked_count;
    bool silent;         /* does not answer */
    const char *refuses; /* what begins with this fails */
    const char *state;   /* wpa_state */
    const char *mode;
    const char *select_event; /* comes before the answer to a selection */
    const char *ssid;
    const char *bssid;
    const char *listed; /* LIST_NETWORKS without its heading */
    const char *note;   /* of block 1 */
    int selected;
    int added; /* the number of the next block */
    int signal_dbm;
    const char *pages[3]; /* of the scan */
    unsigned page;
    uint32_t address; /* of the interface, in network order */
    uint32_t gateway;
    bool kernel_silent;
} wpa = {.fd = -1, .kernel = -1};

static inline bool wpa_starts(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* How often has something that begins so been asked? */
static inline unsigned wpa_asked(const char *beginning)
{
    unsigned count = 0;

    for (unsigned i = 0; i < wpa.asked_count; i++)
        count += wpa_starts(wpa.asked[i], beginning);
    return count;
}

static inline void wpa_send_to(const struct wpa_client *client, const char *bytes, size_t size)
{
    if (client->size > 0)
        sendto(wpa.fd, bytes, size, 0, (const struct sockaddr *)&client->address, client->size);
}

static inline void wpa_send(const char *bytes, size_t size)
{
    wpa_send_to(&wpa.client, bytes, size);
}

/* Who asks to be told of events is, once. */
static inline void wpa_attach(const char *request)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < wpa.attached_count; i++) {
        if (memcmp(&wpa.attached[i], &wpa.client, sizeof wpa.client) != 0)
            wpa.attached[kept++] = wpa.attached[i];
    }
    wpa.attached_count = kept;
    if (wpa_starts(request, "ATTACH")) {
        CHECK(kept < WPA_ATTACHED_MAX);
        wpa.attached[wpa.attached_count++] = wpa.client;
    }
}

static inline void wpa_event(const char *line)
{
    char text[8192];
    int size = snprintf(text, sizeof text, "<3>%s", line);

    for (unsigned i = 0; i < wpa.attached_count; i++)
        wpa_send_to(&wpa.attached[i], text, (size_t)size);
}

static inline const char *wpa_status(char *text, size_t size)
{
    snprintf(text, size, "bssid=%s\nfreq=2437\nssid=%s\nid=%d\nmode=%s\nwpa_state=%s\n", wpa.bssid, wpa.ssid,
             wpa.selected, wpa.mode, wpa.state);
    return text;
}

static inline const char *wpa_answer(const char *request)
{
    static char text[512];

    if (wpa.refuses != NULL && wpa_starts(request, wpa.refuses))
        return "FAIL\n";
    if (wpa_starts(request, "STATUS"))
        return wpa_status(text, sizeof text);
    if (wpa_starts(request, "GET_CAPABILITY"))
        return "NONE IEEE8021X WPA-EAP WPA-PSK SAE";
    if (wpa_starts(request, "SIGNAL_POLL")) {
        snprintf(text, sizeof text, "RSSI=%d\nLINKSPEED=54\n", wpa.signal_dbm);
        return text;
    }
    if (wpa_starts(request, "LIST_NETWORKS")) {
        snprintf(text, sizeof text, "network id / ssid / bssid / flags\n%s", wpa.listed);
        return text;
    }
    if (wpa_starts(request, "GET_NETWORK"))
        return wpa_starts(request, "GET_NETWORK 1 ") ? wpa.note : "FAIL\n";
    if (wpa_starts(request, "ADD_NETWORK")) {
        snprintf(text, sizeof text, "%d\n", wpa.added);
        return text;
    }
    if (wpa_starts(request, "BSS "))
        return wpa.page < 3 && wpa.pages[wpa.page] != NULL ? wpa.pages[wpa.page++] : "";
    if (wpa_starts(request, "SELECT_NETWORK ")) {
        wpa.selected = atoi(request + strlen("SELECT_NETWORK "));
        wpa.state = "SCANNING";
        if (wpa.select_event != NULL)
            wpa_event(wpa.select_event);
    }
    return "OK\n";
}

static inline void wpa_on_request(int fd, uint32_t events, void *context)
{
    char text[224];
    ssize_t size;

    (void)events;
    (void)context;
    memset(&wpa.client, 0, sizeof wpa.client);
    wpa.client.size = sizeof wpa.client.address;
    size = recvfrom(fd, text, sizeof text - 1, 0, (struct sockaddr *)&wpa.client.address, &wpa.client.size);
    CHECK(size > 0 && wpa.asked_count < WPA_ASKED_MAX);
    text[size] = '\0';
    memcpy(wpa.asked[wpa.asked_count++], text, sizeof text);
    if (wpa_starts(text, "ATTACH") || wpa_starts(text, "DETACH"))
        wpa_attach(text);
    if (!wpa.silent) {
        const char *answer = wpa_answer(text);
        wpa_send(answer, strlen(answer));
    }
}

static inline void wpa_start(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, wpa.path, sizeof wpa.path);
    unlink(wpa.path); /* one that was killed has left it */
    wpa.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(bind(wpa.fd, (struct sockaddr *)&address, sizeof address), 0);
    CHECK(mote_linux_watch(wpa.fd, EPOLLIN, wpa_on_request, NULL));
    wpa.client.size = 0;
    wpa.attached_count = 0;
}

/* `clean`: it takes its socket away; else it has been killed. */
static inline void wpa_stop(bool clean)
{
    if (wpa.fd < 0)
        return;
    mote_linux_unwatch(wpa.fd);
    close(wpa.fd);
    if (clean)
        unlink(wpa.path);
    wpa.fd = -1;
}

/* --- The kernel --- */

static inline size_t wpa_attribute(uint8_t *at, unsigned short type, const void *value, size_t size)
{
    const struct rtattr head = {.rta_len = (unsigned short)(sizeof head + size), .rta_type = type};

    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, value, size);
    return (sizeof head + size + 3) & ~(size_t)3;
}

/* Writes a message with up to two attributes of four bytes, or a name. */
static inline size_t wpa_message(uint8_t *at, uint16_t type, uint32_t sequence, const void *body, size_t body_size,
                                 const uint32_t *first, unsigned short first_type, const uint32_t *second,
                                 unsigned short second_type, const char *name)
{
    struct nlmsghdr head = {.nlmsg_type = type, .nlmsg_seq = sequence};
    size_t size = sizeof head;

    memcpy(at + size, body, body_size);
    size += body_size;
    if (first != NULL)
        size += wpa_attribute(at + size, first_type, first, 4);
    if (second != NULL)
        size += wpa_attribute(at + size, second_type, second, 4);
    if (name != NULL)
        size += wpa_attribute(at + size, IFLA_IFNAME, name, strlen(name) + 1);
    head.nlmsg_len = (uint32_t)size;
    memcpy(at, &head, sizeof head);
    return size;
}

static inline size_t wpa_link(uint8_t *at, uint16_t type, uint32_t sequence, const char *name)
{
    const struct ifinfomsg body = {.ifi_index = WPA_INDEX, .ifi_flags = IFF_UP};

    return wpa_message(at, type, sequence, &body, sizeof body, NULL, 0, NULL, 0, name);
}

static inline size_t wpa_address(uint8_t *at, uint16_t type, uint32_t sequence, uint32_t address)
{
    const struct ifaddrmsg body = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = WPA_INDEX};

    return wpa_message(at, type, sequence, &body, sizeof body, &address, IFA_LOCAL, NULL, 0, NULL);
}

static inline size_t wpa_route(uint8_t *at, uint16_t type, uint32_t sequence, uint32_t gateway)
{
    const struct rtmsg body = {.rtm_family = AF_INET};
    const uint32_t index = WPA_INDEX;

    return wpa_message(at, type, sequence, &body, sizeof body, &gateway, RTA_GATEWAY, &index, RTA_OIF, NULL);
}

static inline size_t wpa_kernel_answer(const struct nlmsghdr *request, uint8_t *into)
{
    const int32_t none = 0;
    size_t size = 0;

    if (request->nlmsg_type == RTM_GETLINK)
        size = wpa_link(into, RTM_NEWLINK, request->nlmsg_seq, "wlan7");
    if (request->nlmsg_type == RTM_GETADDR && wpa.address != 0)
        size = wpa_address(into, RTM_NEWADDR, request->nlmsg_seq, wpa.address);
    if (request->nlmsg_type == RTM_GETROUTE && wpa.gateway != 0)
        size = wpa_route(into, RTM_NEWROUTE, request->nlmsg_seq, wpa.gateway);
    return size + wpa_message(into + size, NLMSG_DONE, request->nlmsg_seq, &none, sizeof none, NULL, 0, NULL, 0, NULL);
}

static inline void wpa_on_kernel(int fd, uint32_t events, void *context)
{
    uint8_t bytes[512], answer[1024];
    struct nlmsghdr request;
    ssize_t size = recv(fd, bytes, sizeof bytes, 0);

    (void)events;
    (void)context;
    CHECK(size >= (ssize_t)sizeof request);
    memcpy(&request, bytes, sizeof request);
    if (!wpa.kernel_silent)
        send(fd, answer, wpa_kernel_answer(&request, answer), 0);
}

/* Somebody has given the interface an address, or taken it away. */
static inline void wpa_give_address(const char *address, const char *gateway)
{
    uint8_t bytes[256];

    wpa.address = address == NULL ? 0 : inet_addr(address);
    wpa.gateway = gateway == NULL ? 0 : inet_addr(gateway);
    send(wpa.kernel, bytes, wpa_address(bytes, address == NULL ? RTM_DELADDR : RTM_NEWADDR, 0, wpa.address), 0);
}

/* --- Both, and the radio --- */

static inline void wpa_begin(void)
{
    struct mote_interface interface = {.name = "wlan7"};
    int pair[2];

    mote_radio_end();
    wpa_stop(true);
    if (wpa.kernel >= 0) {
        mote_linux_unwatch(wpa.kernel);
        close(wpa.kernel);
    }
    if (wpa.folder[0] == '\0') {
        snprintf(wpa.folder, sizeof wpa.folder, "/tmp/mote-wpa-XXXXXX");
        CHECK(mkdtemp(wpa.folder) != NULL);
        snprintf(wpa.path, sizeof wpa.path, "%s/wlan7", wpa.folder);
    }
    wpa.asked_count = 0;
    wpa.silent = wpa.kernel_silent = false;
    wpa.refuses = NULL;
    wpa.state = "DISCONNECTED";
    wpa.mode = "station";
    wpa.select_event = NULL;
    wpa.ssid = "";
    wpa.bssid = "00:00:00:00:00:00";
    wpa.listed = "";
    wpa.note = "FAIL\n";
    wpa.selected = -1;
    wpa.added = 1;
    wpa.signal_dbm = -48;
    memset(wpa.pages, 0, sizeof wpa.pages);
    wpa.page = 0;
    wpa.address = wpa.gateway = 0;
    wpa_start();
    CHECK_EQUAL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    wpa.kernel = pair[0];
    CHECK(mote_linux_watch(wpa.kernel, EPOLLIN, wpa_on_kernel, NULL));
    snprintf(interface.directory, sizeof interface.directory, "%s", wpa.folder);
    mote_radio_begin(&interface, pair[1]);
}

static inline void wpa_end(void)
{
    mote_radio_end();
    wpa_stop(true);
    rmdir(wpa.folder);
}

/* wpa_supplicant is in this network now, as it says itself. */
static inline void wpa_associate(const char *ssid, int block)
{
    wpa.state = "COMPLETED";
    wpa.ssid = ssid;
    wpa.bssid = "02:00:00:00:00:07";
    wpa.selected = block;
    wpa_event("CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:07 completed [id=1 id_str=]");
}

static inline struct mote_wifi_status wpa_see(void)
{
    struct mote_wifi_status status;

    mote_linux_radio.status(NULL, &status);
    return status;
}

static inline void wpa_switch_on(void)
{
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_OK);
}

static inline void wpa_begin_station(void)
{
    wpa_begin();
    wpa_switch_on();
    LOOPBACK_UNTIL(wpa_asked("STATUS") == 1);
}

/* Waits until what has been sent so far has been read: a look is asked for and answered behind it. */
static inline void wpa_let_it_read(void)
{
    unsigned before = wpa_asked("STATUS");

    wpa_event("CTRL-EVENT-BEACON-LOSS ");
    LOOPBACK_UNTIL(wpa_asked("STATUS") > before);
}

#endif
