/* Which interface the radio is, and what the system has to say of it. */
#ifndef MOTE_INTERFACE_H
#define MOTE_INTERFACE_H

#include <linux/if.h>
#include <mote/wifi.h>

/* Where wpa_supplicant's control sockets are, and which one is ours. */
struct mote_interface {
    char directory[128];
    char name[IFNAMSIZ]; /* empty: the first one there is */
};

/* As the environment says: MOTE_WPA_CTRL (/run/wpa_supplicant) and MOTE_WIFI_INTERFACE (the first one there). Returns whether
 * it says anything. */
bool mote_interface_from_environment(struct mote_interface *interface);

/* Finds the name, unless it is given, and writes the socket's path. Returns false if there is none. */
bool mote_interface_find(const struct mote_interface *interface, char name[IFNAMSIZ], char path[160]);

/* Finds the one for an access point beside the station's: what MOTE_WIFI_AP_INTERFACE says, or another one of wpa_supplicant's
 * that is not in use. Returns false if there is none. */
bool mote_interface_second(const struct mote_interface *interface, const char *station, char name[IFNAMSIZ]);

/* Its number in the kernel; 0: it is not there. */
int mote_interface_index(const char *name);

/* Has NetworkManager this interface in hand? */
bool mote_interface_is_managed(const char *name);

/* Switches it on. Returns MOTE_OK, or MOTE_WIFI_INACTIVE with words. */
enum mote_reason mote_interface_switch_on(const char *name);

enum mote_reason mote_interface_mac(const char *name, uint8_t mac[6]);

#endif
