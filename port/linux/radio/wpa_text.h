/* What wpa_supplicant says on its control socket, as text. All of it is checked: an SSID comes from a stranger. */
#ifndef MOTE_WPA_TEXT_H
#define MOTE_WPA_TEXT_H

#include <mote/wifi.h>

/* Takes the first line off `rest`. Returns false when nothing is left. */
bool mote_wpa_line(struct mote_text *rest, struct mote_text *line);

/* Takes what is before the first `separator` off `rest`, all of it if there is none. Returns false when nothing is left. */
bool mote_wpa_part(struct mote_text *rest, char separator, struct mote_text *part);

/* The value behind `key=` in a reply of lines, or, with ' ' as separator, in an event of words. The first one counts. */
bool mote_wpa_value(struct mote_text text, char separator, const char *key, struct mote_text *value);

bool mote_wpa_starts_with(struct mote_text text, const char *beginning);

/* A decimal number, with a sign or without. Returns false, leaving `number` alone, for anything else. */
bool mote_wpa_number(struct mote_text text, int min, int max, int *number);

/* The number behind `key=`, or `otherwise`. */
int mote_wpa_number_of(struct mote_text text, char separator, const char *key, int min, int max, int otherwise);

/* aa:bb:cc:dd:ee:ff. Returns false, leaving `mac` alone, for anything else. */
bool mote_wpa_mac(struct mote_text text, uint8_t mac[6]);

/* An SSID with wpa_supplicant's escapes (\" \\ \e \n \r \t \xHH). Returns false, with `ssid` empty, if it cannot be one that
 * has a name: none, more than 32 bytes, or with a NUL. */
bool mote_wpa_ssid(struct mote_text escaped, char ssid[33]);

/* An SSID as wpa_supplicant always takes it: two digits for each of its up to 32 bytes. */
void mote_wpa_hex(const char *ssid, char digits[65]);

/* The channel of a frequency in MHz; 0 where the number would not tell the band (6 GHz), or if there is none. */
uint8_t mote_wpa_channel(int frequency_mhz);

/* The frequency of such a channel, in MHz; 0 if there is none. */
int mote_wpa_frequency(uint8_t channel);

#endif
