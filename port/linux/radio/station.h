/* The station: joined, joining, or why it is not. Events are hints; how it is, wpa_supplicant's STATUS says. */
#ifndef MOTE_STATION_H
#define MOTE_STATION_H

#include "port/linux/radio/wpa_event.h"
#include <mote/wifi.h>

/* wpa_supplicant is a new one, or has gone: nothing is known. */
void mote_station_reset(void);

void mote_station_join(const struct mote_network *network, const struct mote_wifi_aim *aim);
void mote_station_leave(bool silent);

void mote_station_event(const struct mote_wpa_event *event);
void mote_station_replied(struct mote_text reply); /* to MOTE_REQUEST_BLOCK */
void mote_station_status(struct mote_text reply);  /* to MOTE_REQUEST_STATUS */
void mote_station_signal(struct mote_text reply);  /* to MOTE_REQUEST_SIGNAL */

/* Asks how it is, unless the answer to that is under way already. */
void mote_station_look(void);

/* Asks for the signal, if there is one. */
void mote_station_measure(void);

bool mote_station_is_associated(void);

/* Has wpa_supplicant no interface that it could use: switched off, removed, or blocked? */
bool mote_station_is_disabled(void);

/* As mote_wifi_status(), for a station that is on. */
void mote_station_tell(struct mote_wifi_status *status);

#endif
