#include "wifi/turn.h"

#ifndef MOTE_WITHOUT_WIFI

#include "sched/backoff.h"
#include <string.h>

enum {
    SCAN_TIMEOUT_MS = 10000,
    RESCAN_MS = 2000,
    AIM_MS = 2500, /* for where it was joined last; then a scan is the better way */
    WEAK_DBM = -85,
    LEAVE_MS = 3000, /* a radio that takes longer to leave a network has not listened */
};

/* Of all that went wrong in one round, a wrong key is what its owner can do something about. */
static void note(struct mote_wifi_turn *turn, enum mote_reason reason)
{
    if (turn->supervisor->round_reason != MOTE_WIFI_WRONG_KEY)
        turn->supervisor->round_reason = reason;
}

/* A network that may appear at any moment is looked for often; unless somebody is being served by this device's own
 * access point, whom every scan disturbs. */
static bool rescans_soon(const struct mote_wifi_turn *turn)
{
    return turn->supervisor->reason == MOTE_WIFI_NO_NETWORK &&
           !turn->port->radio->is_active(turn->port->context, MOTE_ACCESS_POINT);
}

static void wait(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    const struct mote_node_config *config = turn->config;
    uint32_t random = turn->port->random(turn->port->context);
    uint32_t max_ms = config->wifi_rescan_ms == 0 ? RESCAN_MS : config->wifi_rescan_ms;
    uint32_t min_ms = config->retry_delay_ms_min < max_ms ? config->retry_delay_ms_min : max_ms;

    if (!rescans_soon(turn)) {
        min_ms = config->retry_delay_ms_min;
        max_ms = config->retry_delay_ms_max;
    }
    if (supervisor->failures < UINT8_MAX)
        supervisor->failures++;
    supervisor->off = !turn->port->radio->is_active(turn->port->context, MOTE_STATION);
    mote_turn_enter(turn, MOTE_SUPERVISOR_WAITING,
                    turn->now_ms + mote_backoff_ms(random, supervisor->failures, min_ms, max_ms));
}

static void end_round(struct mote_wifi_turn *turn)
{
    enum mote_reason reason = turn->supervisor->round_reason;

    turn->supervisor->reason = reason == MOTE_OK ? MOTE_WIFI_NO_NETWORK : reason;
    wait(turn);
}

static void fail_round(struct mote_wifi_turn *turn, enum mote_reason reason)
{
    note(turn, reason);
    end_round(turn);
}

static void scan(struct mote_wifi_turn *turn)
{
    enum mote_reason reason = turn->port->radio->scan(turn->port->context);

    if (reason == MOTE_OK)
        mote_turn_enter(turn, MOTE_SUPERVISOR_SCANNING, turn->now_ms + SCAN_TIMEOUT_MS);
    else
        fail_round(turn, reason);
}

/* Begins to join a network where it was joined last. */
static bool aim_at(struct mote_wifi_turn *turn, int network)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    uint32_t attempt_ms = turn->config->wifi_attempt_ms < AIM_MS ? turn->config->wifi_attempt_ms : AIM_MS;

    if (network < 0 || turn->port->radio->connect(turn->port->context, &turn->config->networks[network],
                                                  &supervisor->memory[network].aim) != MOTE_OK)
        return false;
    supervisor->network = (uint8_t)network;
    supervisor->aiming = true;
    mote_turn_enter(turn, MOTE_SUPERVISOR_JOINING, turn->now_ms + attempt_ms);
    return true;
}

static void begin_round(struct mote_wifi_turn *turn)
{
    const struct mote_radio_port *radio = turn->port->radio;
    enum mote_reason reason = MOTE_OK;

    mote_memory_check(turn);
    turn->supervisor->round_reason = MOTE_OK;
    turn->supervisor->candidate_count = 0;
    turn->supervisor->aiming = false;
    if (!radio->is_active(turn->port->context, MOTE_STATION))
        reason = radio->set_active(turn->port->context, MOTE_STATION, true);
    if (reason != MOTE_OK)
        fail_round(turn, reason);
    else if (!aim_at(turn, mote_memory_last(turn)))
        scan(turn);
}

static void try_next(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    struct mote_wifi_candidate *best;

    while ((best = mote_candidates_best(turn)) != NULL) {
        const struct mote_wifi_aim *where = mote_aim_is_set(best->aim.bssid) ? &best->aim : NULL;
        enum mote_reason reason =
            turn->port->radio->connect(turn->port->context, &turn->config->networks[best->network], where);

        best->attempts_left--;
        supervisor->candidate = (uint8_t)(best - supervisor->candidates);
        supervisor->network = best->network;
        if (reason == MOTE_OK) {
            mote_turn_enter(turn, MOTE_SUPERVISOR_JOINING, turn->now_ms + turn->config->wifi_attempt_ms);
            return;
        }
        note(turn, reason);
    }
    end_round(turn);
}

/* Reads the scan, which is kept by the radio. Returns false while it goes on. */
static bool gather(struct mote_wifi_turn *turn)
{
    struct mote_wifi_found found[MOTE_SCAN_MAX];
    int count = turn->port->radio->scan_results(turn->port->context, found, MOTE_SCAN_MAX);

    if (count < 0 && turn->now_ms < turn->supervisor->deadline_ms)
        return false;
    if (mote_candidates_gather(turn, found, count))
        note(turn, MOTE_WIFI_WRONG_KEY);
    return true;
}

static enum mote_reason why_not(const struct mote_wifi_turn *turn)
{
    const struct mote_wifi_supervisor *supervisor = turn->supervisor;
    enum mote_reason reason = turn->status.reason == MOTE_OK ? MOTE_WIFI_REFUSED : turn->status.reason;
    bool heard = !supervisor->aiming && supervisor->candidate < supervisor->candidate_count;
    int signal_dbm = heard ? supervisor->candidates[supervisor->candidate].signal_dbm : 0;

    return reason == MOTE_WIFI_REFUSED && signal_dbm < WEAK_DBM && signal_dbm != INT8_MIN ? MOTE_WIFI_WEAK : reason;
}

static void watch_attempt(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    bool failed =
        turn->status.state == MOTE_WIFI_OFF || (turn->status.state == MOTE_WIFI_IDLE && turn->status.reason != MOTE_OK);
    enum mote_reason reason = why_not(turn);

    if (!failed && turn->now_ms < supervisor->deadline_ms)
        return;
    if (!failed)
        turn->port->radio->disconnect(turn->port->context);
    note(turn, reason);
    if (mote_memory_failed(turn, reason))
        mote_candidates_drop(turn, supervisor->network);
    if (supervisor->aiming) {
        supervisor->aiming = false;
        scan(turn);
    } else {
        try_next(turn);
    }
}

/* A radio that tries by itself to get back is given the time of one attempt. A network that lets stations in only to lose
 * them soon is not tried again at once. */
static void leave(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    bool has_held = turn->now_ms - supervisor->joined_ms >= turn->config->retry_reset_after_ms;

    supervisor->reason = turn->status.reason == MOTE_OK ? MOTE_WIFI_LOST : turn->status.reason;
    supervisor->round_reason = MOTE_OK;
    supervisor->candidate_count = 0;
    if (has_held)
        supervisor->failures = 0;
    if (turn->status.state == MOTE_WIFI_CONNECTING)
        mote_turn_enter(turn, MOTE_SUPERVISOR_JOINING, turn->now_ms + turn->config->wifi_attempt_ms);
    else if (has_held || turn->status.state == MOTE_WIFI_OFF) /* then it is not the network's fault */
        begin_round(turn);
    else
        wait(turn);
}

/* The radio that was not there is back: there is nothing more to wait for. */
static bool is_back(const struct mote_wifi_turn *turn)
{
    return turn->supervisor->off && turn->port->radio->is_active(turn->port->context, MOTE_STATION);
}

/* The move has failed: back to where it came from. */
static void go_back(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    mote_memory_failed(turn, turn->status.reason);
    supervisor->reason = MOTE_WIFI_WEAK;
    supervisor->round_reason = MOTE_OK;
    supervisor->candidate_count = 0;
    if (!aim_at(turn, supervisor->from))
        begin_round(turn);
}

/* Is the station where this network is, at the access point that it is pinned to? */
static bool is_in(const struct mote_wifi_turn *turn, const struct mote_network *network)
{
    const uint8_t *bssid = turn->status.aim.bssid;

    return mote_text_equals(mote_text(turn->status.ssid), network->ssid) &&
           (!mote_aim_is_set(network->bssid) || memcmp(bssid, network->bssid, sizeof network->bssid) == 0);
}

static bool is_joined(const struct mote_wifi_turn *turn)
{
    if (turn->status.state != MOTE_WIFI_CONNECTED)
        return false;
    for (unsigned i = 0; mote_turn_knows(turn, i); i++) {
        if (is_in(turn, &turn->config->networks[i])) {
            turn->supervisor->network = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static void arrive(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    if (supervisor->state != MOTE_SUPERVISOR_MOVING)
        supervisor->joined_ms = turn->now_ms;
    supervisor->reason = MOTE_OK;
    supervisor->aiming = false;
    mote_memory_joined(turn);
    mote_turn_enter(turn, MOTE_SUPERVISOR_JOINED, MOTE_NEVER);
    mote_roam_begin(turn);
}

/* Has the station come to the access point that it was sent to? Until then the radio may still speak of the one before. */
static bool has_moved(const struct mote_wifi_turn *turn)
{
    const struct mote_wifi_supervisor *supervisor = turn->supervisor;

    return mote_aim_is_same(&turn->status.aim, &supervisor->candidates[supervisor->candidate].aim);
}

static void turn_joined(struct mote_wifi_turn *turn)
{
    uint8_t state = turn->supervisor->state;

    if (state == MOTE_SUPERVISOR_JOINED)
        mote_roam_watch(turn);
    else if (state == MOTE_SUPERVISOR_LOOKING && gather(turn))
        mote_roam_decide(turn);
    else if (state != MOTE_SUPERVISOR_LOOKING &&
             (state != MOTE_SUPERVISOR_MOVING || has_moved(turn) || turn->now_ms >= turn->supervisor->deadline_ms))
        arrive(turn);
}

static bool is_on_the_move(const struct mote_wifi_turn *turn)
{
    return turn->supervisor->state == MOTE_SUPERVISOR_MOVING && turn->now_ms < turn->supervisor->deadline_ms &&
           (turn->status.state == MOTE_WIFI_CONNECTING ||
            (turn->status.state == MOTE_WIFI_IDLE && turn->status.reason == MOTE_OK));
}

static void turn_apart(struct mote_wifi_turn *turn)
{
    switch (turn->supervisor->state) {
    case MOTE_SUPERVISOR_MOVING:
        if (!is_on_the_move(turn))
            go_back(turn);
        break;
    case MOTE_SUPERVISOR_JOINED:
    case MOTE_SUPERVISOR_LOOKING:
        leave(turn);
        break;
    case MOTE_SUPERVISOR_SCANNING:
        if (gather(turn))
            try_next(turn);
        break;
    case MOTE_SUPERVISOR_JOINING:
        watch_attempt(turn);
        break;
    default:
        if (turn->now_ms >= turn->supervisor->deadline_ms || is_back(turn))
            begin_round(turn);
    }
}

/* Within one network connections last, so that nobody need hear of a move. */
static bool counts_as_joined(const struct mote_wifi_supervisor *supervisor)
{
    return supervisor->state == MOTE_SUPERVISOR_JOINED || supervisor->state == MOTE_SUPERVISOR_LOOKING ||
           (supervisor->state == MOTE_SUPERVISOR_MOVING && supervisor->network == supervisor->from);
}

static bool has_left(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    if (supervisor->deadline_ms == 0)
        supervisor->deadline_ms = turn->now_ms + LEAVE_MS;
    if (turn->status.state == MOTE_WIFI_CONNECTED && turn->now_ms < supervisor->deadline_ms)
        return false;
    mote_turn_enter(turn, MOTE_SUPERVISOR_BEGINNING, 0);
    return true;
}

bool mote_supervisor_turn(struct mote_wifi_supervisor *supervisor, const struct mote_node_config *config,
                          const struct mote_port *port, uint64_t now_ms)
{
    struct mote_wifi_turn turn = {.supervisor = supervisor, .config = config, .port = port, .now_ms = now_ms};

    port->radio->status(port->context, &turn.status);
    if (supervisor->state == MOTE_SUPERVISOR_LEAVING && !has_left(&turn))
        return false;
    if (is_joined(&turn))
        turn_joined(&turn);
    else
        turn_apart(&turn);
    return counts_as_joined(supervisor);
}

void mote_supervisor_restart(struct mote_wifi_supervisor *supervisor)
{
    if (counts_as_joined(supervisor) || supervisor->state == MOTE_SUPERVISOR_MOVING)
        return;
    supervisor->state = MOTE_SUPERVISOR_BEGINNING;
    supervisor->failures = 0;
    supervisor->deadline_ms = 0;
}

void mote_supervisor_rest(struct mote_wifi_supervisor *supervisor, uint64_t until_ms)
{
    if (supervisor->state == MOTE_SUPERVISOR_WAITING && supervisor->deadline_ms < until_ms)
        supervisor->deadline_ms = until_ms;
}

void mote_supervisor_leave(struct mote_wifi_supervisor *supervisor, const struct mote_port *port)
{
    if (port->radio != NULL)
        port->radio->disconnect(port->context);
    supervisor->state = MOTE_SUPERVISOR_LEAVING;
    supervisor->failures = 0;
    supervisor->deadline_ms = 0;
    supervisor->candidate_count = 0;
    supervisor->aiming = false;
    supervisor->reason = MOTE_OK;
    supervisor->round_reason = MOTE_OK;
}

#endif
