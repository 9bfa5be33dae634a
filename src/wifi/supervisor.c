#include "wifi/supervisor.h"

#include "sched/backoff.h"
#include <string.h>

enum { SCAN_TIMEOUT_MS = 10000 };

enum {
    BEGINNING,
    SCANNING,
    JOINING,
    JOINED,
    WAITING,
};

/* One turn: the supervisor and all that it works with. */
struct turn {
    struct mote_wifi_supervisor *supervisor;
    const struct mote_node_config *config;
    const struct mote_port *port;
    uint64_t now_ms;
    struct mote_wifi_status status;
};

static bool is_known(const struct mote_node_config *config, unsigned index)
{
    return index < MOTE_NETWORKS_MAX && config->networks[index].ssid != NULL;
}

static bool is_named(const struct mote_network *network, const char *ssid)
{
    return mote_text_equals(mote_text(ssid), network->ssid);
}

static void enter(struct turn *turn, uint8_t state, uint64_t deadline_ms)
{
    turn->supervisor->state = state;
    turn->supervisor->deadline_ms = deadline_ms;
}

/* Of all that went wrong in one round, a wrong key is what its owner can do something about. */
static void note(struct turn *turn, enum mote_reason reason)
{
    if (turn->supervisor->round_reason != MOTE_WIFI_WRONG_KEY)
        turn->supervisor->round_reason = reason;
}

static void wait(struct turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    uint32_t random = turn->port->random(turn->port->context);

    if (supervisor->failures < UINT8_MAX)
        supervisor->failures++;
    enter(turn, WAITING,
          turn->now_ms + mote_backoff_ms(random, supervisor->failures, turn->config->retry_delay_ms_min,
                                         turn->config->retry_delay_ms_max));
}

static void end_round(struct turn *turn)
{
    enum mote_reason reason = turn->supervisor->round_reason;

    turn->supervisor->reason = reason == MOTE_OK ? MOTE_WIFI_NO_NETWORK : reason;
    wait(turn);
}

static void begin_round(struct turn *turn)
{
    const struct mote_radio_port *radio = turn->port->radio;
    enum mote_reason reason = MOTE_OK;

    turn->supervisor->round_reason = MOTE_OK;
    if (!radio->is_active(turn->port->context, MOTE_STATION))
        reason = radio->set_active(turn->port->context, MOTE_STATION, true);
    if (reason == MOTE_OK)
        reason = radio->scan(turn->port->context);
    if (reason == MOTE_OK) {
        enter(turn, SCANNING, turn->now_ms + SCAN_TIMEOUT_MS);
    } else {
        note(turn, reason);
        end_round(turn);
    }
}

/* By priority, then by signal, then as listed. -1: none is left. */
static int best_candidate(const struct turn *turn)
{
    const struct mote_wifi_supervisor *supervisor = turn->supervisor;
    const struct mote_network *networks = turn->config->networks;
    int best = -1;

    for (int i = 0; is_known(turn->config, (unsigned)i); i++) {
        if (!supervisor->candidate[i])
            continue;
        if (best < 0 || networks[i].priority > networks[best].priority ||
            (networks[i].priority == networks[best].priority &&
             supervisor->signal_dbm[i] > supervisor->signal_dbm[best]))
            best = i;
    }
    return best;
}

static void try_next(struct turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    for (int best = best_candidate(turn); best >= 0; best = best_candidate(turn)) {
        enum mote_reason reason = turn->port->radio->connect(turn->port->context, &turn->config->networks[best], NULL);

        supervisor->candidate[best] = false;
        supervisor->network = (uint8_t)best;
        if (reason == MOTE_OK) {
            enter(turn, JOINING, turn->now_ms + turn->config->wifi_attempt_ms);
            return;
        }
        note(turn, reason);
    }
    end_round(turn);
}

static void choose_candidates(struct turn *turn, const struct mote_wifi_found *found, int count)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    for (unsigned i = 0; is_known(turn->config, i); i++) {
        const struct mote_network *network = &turn->config->networks[i];

        supervisor->candidate[i] = network->hidden;
        supervisor->signal_dbm[i] = INT8_MIN;
        for (int at = 0; at < count; at++) {
            if (is_named(network, found[at].ssid) && found[at].signal_dbm > supervisor->signal_dbm[i]) {
                supervisor->candidate[i] = true;
                supervisor->signal_dbm[i] = found[at].signal_dbm;
            }
        }
    }
}

static void watch_scan(struct turn *turn)
{
    struct mote_wifi_found found[MOTE_SCAN_MAX];
    int count = turn->port->radio->scan_results(turn->port->context, found, MOTE_SCAN_MAX);

    if (count < 0 && turn->now_ms < turn->supervisor->deadline_ms)
        return;
    choose_candidates(turn, found, count);
    try_next(turn);
}

static void watch_attempt(struct turn *turn)
{
    bool failed =
        turn->status.state == MOTE_WIFI_OFF || (turn->status.state == MOTE_WIFI_IDLE && turn->status.reason != MOTE_OK);

    if (!failed && turn->now_ms < turn->supervisor->deadline_ms)
        return;
    if (!failed)
        turn->port->radio->disconnect(turn->port->context);
    note(turn, turn->status.reason == MOTE_OK ? MOTE_WIFI_REFUSED : turn->status.reason);
    try_next(turn);
}

/* A radio that tries by itself to get back is given the time of one attempt. A network that lets stations in only to lose
 * them soon is not tried again at once. */
static void leave(struct turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    bool has_held = turn->now_ms - supervisor->joined_ms >= turn->config->retry_reset_after_ms;

    supervisor->reason = turn->status.reason == MOTE_OK ? MOTE_WIFI_LOST : turn->status.reason;
    supervisor->round_reason = MOTE_OK;
    memset(supervisor->candidate, 0, sizeof supervisor->candidate);
    if (has_held)
        supervisor->failures = 0;
    if (turn->status.state == MOTE_WIFI_CONNECTING)
        enter(turn, JOINING, turn->now_ms + turn->config->wifi_attempt_ms);
    else if (has_held)
        begin_round(turn);
    else
        wait(turn);
}

static bool is_joined(const struct turn *turn)
{
    if (turn->status.state != MOTE_WIFI_CONNECTED)
        return false;
    for (unsigned i = 0; is_known(turn->config, i); i++) {
        if (is_named(&turn->config->networks[i], turn->status.ssid)) {
            turn->supervisor->network = (uint8_t)i;
            return true;
        }
    }
    return false;
}

bool mote_supervisor_turn(struct mote_wifi_supervisor *supervisor, const struct mote_node_config *config,
                          const struct mote_port *port, uint64_t now_ms)
{
    struct turn turn = {.supervisor = supervisor, .config = config, .port = port, .now_ms = now_ms};

    port->radio->status(port->context, &turn.status);
    if (is_joined(&turn)) {
        if (supervisor->state != JOINED) {
            supervisor->joined_ms = now_ms;
            supervisor->reason = MOTE_OK;
            enter(&turn, JOINED, MOTE_NEVER);
        }
    } else if (supervisor->state == JOINED) {
        leave(&turn);
    } else if (supervisor->state == SCANNING) {
        watch_scan(&turn);
    } else if (supervisor->state == JOINING) {
        watch_attempt(&turn);
    } else if (now_ms >= supervisor->deadline_ms) {
        begin_round(&turn);
    }
    return supervisor->state == JOINED;
}
