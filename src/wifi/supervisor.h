/* Supervisor: keeps the station in one of the known networks.
 *
 * It tries where it was joined last, scans, tries the access points that are in reach by priority and then by signal,
 * each for a limited time, and waits with backoff once all have failed. A key that has never worked is not tried for
 * ever; one that has is. It moves to a stronger access point when the signal is weak, and leaves a network that has been
 * joined alone otherwise, whatever becomes of the broker. It works through the port's radio, never waits, and keeps
 * nothing but its struct. docs/WIFI.md has its states. */
#ifndef MOTE_SUPERVISOR_H
#define MOTE_SUPERVISOR_H

#include <mote/node.h>

/* Does what there is to do at this moment, with the networks and times of the config. Returns whether the station is
 * joined; else supervisor->reason says why, MOTE_OK before anything has failed. supervisor->deadline_ms is when it has
 * work again without the radio's doing. Begin with a zeroed struct. */
bool mote_supervisor_turn(struct mote_wifi_supervisor *supervisor, const struct mote_node_config *config,
                          const struct mote_port *port, uint64_t now_ms);

/* May there be such a network: a name of 1 to 32 bytes, a key of none, or 8 to 63 characters, or 64 hexadecimal digits? */
bool mote_network_is_possible(const struct mote_network *network);

/* The known networks have changed, or somebody wants it now: unless it is joined, it begins anew in its next turn. */
void mote_supervisor_restart(struct mote_wifi_supervisor *supervisor);

/* Somebody is being served by this device's own access point: while it waits, it does not begin anew before `until_ms`. */
void mote_supervisor_rest(struct mote_wifi_supervisor *supervisor, uint64_t until_ms);

/* The station leaves the network that it is in, even one that is known, and begins anew. What has been learnt stays. */
void mote_supervisor_leave(struct mote_wifi_supervisor *supervisor, const struct mote_port *port);

#endif
