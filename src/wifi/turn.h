/* One turn of the supervisor, and what its files share:
 *
 *   supervisor.c   the states, and what leads from one to the next
 *   candidate.c    which access points may be joined, and which of them first
 *   memory.c       what has been learnt of each network: where it is, and whether its key works
 *   roam.c         a weak signal: the look for a stronger access point
 */
#ifndef MOTE_WIFI_TURN_H
#define MOTE_WIFI_TURN_H

#include "wifi/supervisor.h"

enum {
    MOTE_SUPERVISOR_BEGINNING,
    MOTE_SUPERVISOR_SCANNING,
    MOTE_SUPERVISOR_JOINING,
    MOTE_SUPERVISOR_JOINED,
    MOTE_SUPERVISOR_LOOKING, /* joined, and scanning for a stronger access point */
    MOTE_SUPERVISOR_MOVING,  /* on the way to it */
    MOTE_SUPERVISOR_WAITING,
    MOTE_SUPERVISOR_LEAVING, /* a network on purpose: the radio may still speak of it for a moment */
};

struct mote_wifi_turn {
    struct mote_wifi_supervisor *supervisor;
    const struct mote_node_config *config;
    const struct mote_port *port;
    uint64_t now_ms;
    struct mote_wifi_status status;
};

static inline void mote_turn_enter(struct mote_wifi_turn *turn, uint8_t state, uint64_t deadline_ms)
{
    turn->supervisor->state = state;
    turn->supervisor->deadline_ms = deadline_ms;
}

static inline bool mote_turn_knows(const struct mote_wifi_turn *turn, unsigned index)
{
    return index < MOTE_NETWORKS_MAX && turn->config->networks[index].ssid != NULL;
}

bool mote_aim_is_set(const uint8_t bssid[6]);
bool mote_aim_is_same(const struct mote_wifi_aim *a, const struct mote_wifi_aim *b);

/* --- candidate.c --- */

/* Makes the list of what a scan has found. A network whose key is wrong is left out, unless it is the only one that is known,
 * and from time to time comes after all others. Returns whether one was left out. */
bool mote_candidates_gather(struct mote_wifi_turn *turn, const struct mote_wifi_found *found, int count);

/* The best that is left: by priority, then by signal, then as the networks are listed. NULL: none is left. */
struct mote_wifi_candidate *mote_candidates_best(const struct mote_wifi_turn *turn);

/* A candidate of this network will not do; nor will its others. */
void mote_candidates_drop(struct mote_wifi_turn *turn, uint8_t network);

/* --- memory.c --- */

/* Forgets what was learnt with other names and keys than those of now. */
void mote_memory_check(struct mote_wifi_turn *turn);

/* The network was joined where the status says. */
void mote_memory_joined(struct mote_wifi_turn *turn);

/* It was not. Returns whether its key is to blame, so that no other access point of it needs to be tried. */
bool mote_memory_failed(struct mote_wifi_turn *turn, enum mote_reason reason);

/* The network to try where it was joined last, without a scan; -1: there is none. */
int mote_memory_last(const struct mote_wifi_turn *turn);

/* --- roam.c --- */

/* The station has come to an access point. */
void mote_roam_begin(struct mote_wifi_turn *turn);

/* Looks at the signal of a station that is joined; begins to look for another access point after a while of weakness. */
void mote_roam_watch(struct mote_wifi_turn *turn);

/* That look is done: the candidates are gathered. Goes on with the move to a better one, or stays. */
void mote_roam_decide(struct mote_wifi_turn *turn);

#endif
