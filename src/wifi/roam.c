#include "wifi/turn.h"

#ifndef MOTE_WITHOUT_WIFI

#include "sched/backoff.h"

enum {
    BELOW_DBM = -75,
    GAIN_DB = 8,
    WEAK_TIMES = 3, /* a hand around the antenna, or somebody who walks past, is over by then */
    WEAK_CHECK_MS = 5000,
    LOOK_MS_MIN = 60000, /* a scan takes the radio away from its channel */
    LOOK_MS_MAX = 600000,
    SCAN_TIMEOUT_MS = 10000,
    MOVE_MS = 5000,
};

static bool is_weak(const struct mote_wifi_turn *turn)
{
    int below_dbm = turn->config->roam_below_dbm == 0 ? BELOW_DBM : turn->config->roam_below_dbm;

    return turn->status.signal_dbm < below_dbm && mote_aim_is_set(turn->status.aim.bssid);
}

/* Nobody wakes for a signal that is good: it is looked at when there is a turn anyway. */
static void stay(struct mote_wifi_turn *turn, uint32_t delay_ms)
{
    turn->supervisor->look_ms = turn->now_ms + delay_ms;
    mote_turn_enter(turn, MOTE_SUPERVISOR_JOINED, turn->supervisor->look_ms);
}

/* Whatever comes of a look, the next one is further away. */
static uint32_t next_look_ms(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    if (supervisor->looks < UINT8_MAX)
        supervisor->looks++;
    return mote_backoff_ms(turn->port->random(turn->port->context), supervisor->looks, LOOK_MS_MIN, LOOK_MS_MAX);
}

void mote_roam_begin(struct mote_wifi_turn *turn)
{
    turn->supervisor->weak = 0;
    if (!is_weak(turn)) {
        turn->supervisor->looks = 0;
        turn->supervisor->look_ms = turn->now_ms;
    }
    mote_roam_watch(turn);
}

void mote_roam_watch(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    if (!is_weak(turn)) {
        supervisor->weak = 0;
        supervisor->deadline_ms = MOTE_NEVER;
    } else if (turn->now_ms < supervisor->look_ms) {
        supervisor->deadline_ms = supervisor->look_ms;
    } else if (supervisor->weak < WEAK_TIMES) {
        supervisor->weak++;
        stay(turn, WEAK_CHECK_MS);
    } else if (turn->port->radio->scan(turn->port->context) == MOTE_OK) {
        mote_turn_enter(turn, MOTE_SUPERVISOR_LOOKING, turn->now_ms + SCAN_TIMEOUT_MS);
    } else {
        stay(turn, next_look_ms(turn));
    }
}

static bool is_worth_it(const struct mote_wifi_turn *turn, const struct mote_wifi_candidate *candidate)
{
    const struct mote_network *networks = turn->config->networks;
    int gain_db = turn->config->roam_gain_db == 0 ? GAIN_DB : turn->config->roam_gain_db;

    return networks[candidate->network].priority >= networks[turn->supervisor->network].priority &&
           candidate->signal_dbm >= turn->status.signal_dbm + gain_db &&
           !mote_aim_is_same(&candidate->aim, &turn->status.aim);
}

void mote_roam_decide(struct mote_wifi_turn *turn)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;

    stay(turn, next_look_ms(turn));
    for (uint8_t i = 0; i < supervisor->candidate_count; i++) {
        if (!is_worth_it(turn, &supervisor->candidates[i]))
            supervisor->candidates[i].attempts_left = 0;
    }
    struct mote_wifi_candidate *to = mote_candidates_best(turn);
    if (to == NULL ||
        turn->port->radio->connect(turn->port->context, &turn->config->networks[to->network], &to->aim) != MOTE_OK)
        return;
    supervisor->candidate = (uint8_t)(to - supervisor->candidates);
    supervisor->from = supervisor->network;
    supervisor->network = to->network;
    mote_turn_enter(turn, MOTE_SUPERVISOR_MOVING, turn->now_ms + MOVE_MS);
}

#endif
