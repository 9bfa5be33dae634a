/* What the parts of a script's surroundings know of each other. */
#ifndef MOTE_SCRIPT_INSIDE_H
#define MOTE_SCRIPT_INSIDE_H

#include "python/native/script.h"
#include <mote/port.h>
#include <mote/sim.h>

/* The program's port: the board's, with what the environment puts between. */
extern struct mote_port mote_script_port;

/* --- script_air.c --- */

/* Puts up the access points of a text: NETWORK:KEY:MS, a comma or an end of line between two. Returns whether it could be read. */
bool mote_script_air_set(struct mote_sim *sim, const char *text);

/* --- script_hosts.c --- */

/* Leads connections elsewhere: HOST:PORT=HOST:PORT, a comma between two. Returns whether it could be read. */
bool mote_script_hosts_set(const char *text);

/* The links of the board, so led. */
extern const struct mote_link_port mote_script_links;

/* --- script_pins.c --- */

/* Returns false if the file cannot be written. */
bool mote_script_pins_log(const char *file);

/* Calls the handlers of pins that have changed. */
void mote_script_pins_turn(void);

/* The virtual board tells of a change. */
mote_sim_on_pin mote_script_pins_changed;

/* --- script_wlan.c --- */

/* Has the script taken the station into its own hands? Until then its network is there, as when the board has joined it at its start. */
bool mote_script_wlan_is_in_hand(void);

/* Tries again to join what has not worked. */
void mote_script_wlan_turn(void);

/* --- script_system.c --- */

/* The addresses of this machine, or zeros. */
void mote_script_system_addresses(struct mote_wifi_addresses *addresses);
void mote_script_system_mac(uint8_t mac[6]);

/* --- script_client.c --- */

/* Callbacks are about to be called from within a client's wait: until the next call with false, its calls do not wait. */
void mote_script_client_hold(bool hold);

#endif
