/* WiFi: the station and the access point of this device.
 *
 * The calls start something and return at once; mote_wifi_status() tells how far it is. They work on the board that
 * the program runs on (see port.h). On a board without a radio of its own they return MOTE_WIFI_INACTIVE, and the
 * station is off. None blocks; all may be called from within any callback, none from an interrupt or another thread.
 */
#ifndef MOTE_WIFI_H
#define MOTE_WIFI_H

#include <mote/reason.h>
#include <mote/text.h>

enum mote_wifi_role {
    MOTE_STATION,
    MOTE_ACCESS_POINT,
};

/* The station's four addresses, in dotted decimal. */
struct mote_wifi_addresses {
    char address[16];
    char netmask[16];
    char gateway[16];
    char dns[16];
};

/* A known network. The strings are the caller's and live as long as whoever was given the struct. */
struct mote_network {
    const char *ssid;     /* 1 to 32 bytes */
    const char *password; /* 8 to 63 characters; NULL or empty: an open network */
    uint8_t priority;     /* higher is tried first; equal ones by signal */
    bool hidden;          /* does not announce itself */
    uint8_t bssid[6];     /* this access point and no other of that name; zeros: any */
    uint8_t attempts;     /* in a row at one access point, before the next one has its turn; 0: 1 */
    /* What the station has there without asking anybody; the caller's, like the strings. `gateway` and `dns` may be empty.
     * NULL: what the network gives. On Linux it needs the right to change the interface. */
    const struct mote_wifi_addresses *fixed;
};

/* Where a network is to be found on the air; zero means anywhere. */
struct mote_wifi_aim {
    uint8_t bssid[6];
    uint8_t channel;
};

/* What is known of a network's key. */
enum mote_wifi_key {
    MOTE_KEY_UNTRIED, /* or it has not come so far that it was looked at */
    MOTE_KEY_DOUBTED, /* it has never worked, and was refused once */
    MOTE_KEY_WRONG,   /* it has never worked, and was refused again: the other networks come before it */
    MOTE_KEY_WORKED,  /* a refusal may pass: the router may be starting */
};

/* What has been learnt of a known network: for the next time, also over a restart. */
struct mote_wifi_memory {
    struct mote_wifi_aim aim; /* where it was joined last */
    uint8_t key;              /* enum mote_wifi_key */
    uint32_t mark;            /* of the name and key that this was learnt with; others have to learn anew */
};

/* An access point that a scan has found. */
struct mote_wifi_found {
    char ssid[33];
    uint8_t bssid[6];
    uint8_t channel;
    int8_t signal_dbm; /* -100 to 0 */
    bool open;         /* needs no key */
};

enum mote_wifi_state {
    MOTE_WIFI_OFF,
    MOTE_WIFI_IDLE,       /* active, told to join nothing, or failed: see reason */
    MOTE_WIFI_CONNECTING, /* associating, or waiting for an address */
    MOTE_WIFI_CONNECTED,  /* joined, and has an address */
};

struct mote_wifi_status {
    enum mote_wifi_state state;
    /* Why it is not connected, MOTE_OK while nothing has failed; while connecting what it waits for: dhcp.no_lease for an
     * address, else MOTE_OK. */
    enum mote_reason reason;
    char ssid[33];
    struct mote_wifi_aim aim; /* the access point that it is joined to */
    int8_t signal_dbm;
    struct mote_wifi_addresses addresses;
};

/* Switches the station or the access point on or off. Returns MOTE_OK, or MOTE_WIFI_INACTIVE if there is no radio. */
enum mote_reason mote_wifi_set_active(enum mote_wifi_role role, bool active);

/* Is it switched on? */
bool mote_wifi_is_active(enum mote_wifi_role role);

/* Starts a scan. Returns MOTE_OK, or MOTE_WIFI_INACTIVE: switch the station on first. */
enum mote_reason mote_wifi_scan(void);

/* What the last scan found, strongest first. Returns how many, at most `max`; -1 while it is going on. */
int mote_wifi_scan_results(struct mote_wifi_found *found, int max);

/* Begins to join a network; the strings are copied. Returns MOTE_OK, MOTE_WIFI_INACTIVE (switch the station on first)
 * or MOTE_CONFIG_INVALID (a name or key of impossible length). Whether it has worked, mote_wifi_status() says. */
enum mote_reason mote_wifi_connect(const char *ssid, const char *password);

/* Leaves the network. */
void mote_wifi_disconnect(void);

/* Is the station joined, with an address? */
bool mote_wifi_is_connected(void);

/* How the station is. */
void mote_wifi_status(struct mote_wifi_status *status);

/* The four addresses; empty strings while not connected. */
void mote_wifi_ifconfig(struct mote_wifi_addresses *addresses);

/* The MAC address of the station or the access point. Returns MOTE_OK; MOTE_WIFI_INACTIVE, with zeros, if there is no
 * radio. */
enum mote_reason mote_wifi_mac(enum mote_wifi_role role, uint8_t mac[6]);

/* Names the access point and gives it a key (NULL or empty: open); takes effect while it is active, too; the strings
 * are copied. Returns MOTE_OK, MOTE_WIFI_INACTIVE if there is no radio, or MOTE_CONFIG_INVALID (a name or key of
 * impossible length). */
enum mote_reason mote_wifi_access_point(const char *ssid, const char *password);

#endif
