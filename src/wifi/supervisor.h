/* Supervisor: keeps the station in one of the known networks.
 *
 * It scans, tries the networks that are in reach by priority and then by signal, each for a limited time, and waits with
 * backoff once all have failed. It leaves a network that has been joined alone, whatever becomes of the broker. It works
 * through the port's radio, never waits, and keeps nothing but its struct. */
#ifndef MOTE_SUPERVISOR_H
#define MOTE_SUPERVISOR_H

#include <mote/node.h>

/* Does what there is to do at this moment, with the networks and times of the config. Returns whether the station is
 * joined; else supervisor->reason says why, MOTE_OK before anything has failed. supervisor->deadline_ms is when it has
 * work again without the radio's doing. Begin with a zeroed struct. */
bool mote_supervisor_turn(struct mote_wifi_supervisor *supervisor, const struct mote_node_config *config,
                          const struct mote_port *port, uint64_t now_ms);

#endif
