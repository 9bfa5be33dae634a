/* In the place of the supervisor where WiFi is left out: a node whose network is somebody else's business never asks it, and one that
 * is to join networks is told that it cannot. */
#include "wifi/supervisor.h"

#ifdef MOTE_WITHOUT_WIFI

bool mote_supervisor_turn(struct mote_wifi_supervisor *supervisor, const struct mote_node_config *config,
                          const struct mote_port *port, uint64_t now_ms)
{
    (void)config, (void)port, (void)now_ms;
    supervisor->reason = MOTE_WIFI_INACTIVE;
    supervisor->deadline_ms = MOTE_NEVER;
    return false;
}

void mote_supervisor_restart(struct mote_wifi_supervisor *supervisor)
{
    (void)supervisor;
}

void mote_supervisor_rest(struct mote_wifi_supervisor *supervisor, uint64_t until_ms)
{
    (void)supervisor, (void)until_ms;
}

void mote_supervisor_leave(struct mote_wifi_supervisor *supervisor, const struct mote_port *port)
{
    (void)supervisor, (void)port;
}

#endif
