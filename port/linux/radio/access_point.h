/* This device's access point: a network block of wpa_supplicant in mode 2, kept apart from the station's, with the address
 * 192.168.4.1/24 and a DHCP server.
 *
 * It has an interface of its own where MOTE_WIFI_AP_INTERFACE names one, or wpa_supplicant has a second one that is not in
 * use. Else it takes turns with the station on the only one: while the station joins, or is joined, the access point is off the
 * air, and comes back a second after the station has given up. */
#ifndef MOTE_ACCESS_POINT_H
#define MOTE_ACCESS_POINT_H

#include "port/linux/radio/interface.h"

/* Its name and key (NULL or empty: open); copied. Takes effect at once. */
enum mote_reason mote_access_point_name(const char *ssid, const char *key);

/* Opens it, beside the station on `station`, whose control socket is in that folder. Returns MOTE_OK, and it comes up; or
 * MOTE_WIFI_INACTIVE or MOTE_CONFIG_INVALID, with words. */
enum mote_reason mote_access_point_open(const struct mote_interface *interface, const char *station);
void mote_access_point_close(void);

/* Is it on the air? If not, the port's words may say why. */
bool mote_access_point_is_up(void);

/* Is it, or would be if the station had not the interface at the moment? */
bool mote_access_point_is_on(void);

/* How the station on the same interface is: `busy` while it joins or is joined. Without effect on two interfaces. */
void mote_access_point_yield(bool busy);

/* Its block on the station's interface; -1: there is none. */
int mote_access_point_block(void);

/* The interface that it has, or would have, beside that station. */
void mote_access_point_interface(const struct mote_interface *interface, const char *station, char name[IFNAMSIZ]);

#endif
