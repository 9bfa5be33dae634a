/* The one network block in wpa_supplicant that is ours. It is never saved. While it is selected, the system's own blocks are
 * disabled; they are enabled again, those that were, when it goes. Its note (id_str) says that it is ours and which others were
 * enabled, so that a program that is started anew finds it. */
#ifndef MOTE_BLOCK_H
#define MOTE_BLOCK_H

#include <mote/wifi.h>

/* wpa_supplicant is a new one: looks for a block of an earlier run. */
void mote_block_find(void);

/* It has gone, and the block with it. */
void mote_block_reset(void);

/* Does the radio know SAE (WPA3)? */
void mote_block_allow_sae(bool allowed);

/* Makes the block that of this network, at that access point (zeros: any) and frequency (0: any), and selects it. */
void mote_block_join(const struct mote_network *network, const uint8_t bssid[6], int frequency_mhz);

/* Goes over to another access point of the network that is joined. */
void mote_block_roam(const uint8_t bssid[6], int frequency_mhz);

/* Is it for this name and key? */
bool mote_block_is_for(const struct mote_network *network);

/* wpa_supplicant scans no other frequency than that of the only block that is enabled: lets it look elsewhere, too. */
void mote_block_widen(void);

/* No more attempts. */
void mote_block_stop(void);

/* Takes it away. `silent`: nor is any other network to be joined then. */
void mote_block_leave(bool silent);

/* Another block that was enabled before, and is so again when ours goes. */
void mote_block_adopt(int number);

void mote_block_replied(struct mote_text reply); /* to MOTE_REQUEST_BLOCK */

/* Its number in wpa_supplicant, -1: there is none. */
int mote_block_number(void);

/* Has it been selected, so that what wpa_supplicant says is about it? */
bool mote_block_is_selected(void);

/* Why it cannot be: what wpa_supplicant has refused to take. NULL: nothing so far. */
const char *mote_block_refusal(void);

#endif
