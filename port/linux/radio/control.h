/* The channel to the wpa_supplicant of the station's interface. */
#ifndef MOTE_CONTROL_H
#define MOTE_CONTROL_H

#include "port/linux/radio/channel.h"

/* As mote_channel_...() of that channel. */
int mote_control_open(const char *path, const struct mote_channel_listener *listener);
void mote_control_close(void);
bool mote_control_is_open(void);
void mote_control_ask(uint8_t request, const char *text);
bool mote_control_awaits(uint8_t request);

#endif
