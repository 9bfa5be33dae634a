#include "wifi/turn.h"

#ifndef MOTE_WITHOUT_WIFI

#include <string.h>

bool mote_aim_is_set(const uint8_t bssid[6])
{
    static const uint8_t none[6];

    return memcmp(bssid, none, sizeof none) != 0;
}

bool mote_aim_is_same(const struct mote_wifi_aim *a, const struct mote_wifi_aim *b)
{
    return memcmp(a->bssid, b->bssid, sizeof a->bssid) == 0;
}

static bool is_of(const struct mote_network *network, const struct mote_wifi_found *found)
{
    return mote_text_equals(mote_text(found->ssid), network->ssid) &&
           (!mote_aim_is_set(network->bssid) || memcmp(found->bssid, network->bssid, sizeof network->bssid) == 0);
}

static struct mote_wifi_candidate *add(struct mote_wifi_turn *turn, uint8_t index)
{
    struct mote_wifi_supervisor *supervisor = turn->supervisor;
    uint8_t attempts = turn->config->networks[index].attempts;
    struct mote_wifi_candidate *candidate = &supervisor->candidates[supervisor->candidate_count];

    if (supervisor->candidate_count == MOTE_SCAN_MAX)
        return NULL;
    supervisor->candidate_count++;
    *candidate = (struct mote_wifi_candidate){
        .network = index, .signal_dbm = INT8_MIN, .attempts_left = attempts == 0 ? 1 : attempts};
    memcpy(candidate->aim.bssid, turn->config->networks[index].bssid, sizeof candidate->aim.bssid);
    return candidate;
}

static void add_found(struct mote_wifi_turn *turn, uint8_t index, const struct mote_wifi_found *found)
{
    struct mote_wifi_candidate *candidate = add(turn, index);

    if (candidate == NULL)
        return;
    memcpy(candidate->aim.bssid, found->bssid, sizeof candidate->aim.bssid);
    candidate->aim.channel = found->channel;
    candidate->signal_dbm = found->signal_dbm;
}

/* Returns whether any of the network's access points was heard. */
static bool add_all_found(struct mote_wifi_turn *turn, uint8_t index, const struct mote_wifi_found *found, int count,
                          bool wanted)
{
    bool heard = false;

    for (int i = 0; i < count; i++) {
        if (!is_of(&turn->config->networks[index], &found[i]))
            continue;
        heard = true;
        if (wanted)
            add_found(turn, index, &found[i]);
    }
    return heard;
}

static bool has_wrong_key(const struct mote_wifi_turn *turn, uint8_t network)
{
    return turn->supervisor->memory[network].key == MOTE_KEY_WRONG;
}

bool mote_candidates_gather(struct mote_wifi_turn *turn, const struct mote_wifi_found *found, int count)
{
    bool with_wrong = !mote_turn_knows(turn, 1) || turn->now_ms >= turn->supervisor->wrong_again_ms;
    bool left_out = false;

    turn->supervisor->candidate_count = 0;
    for (uint8_t i = 0; mote_turn_knows(turn, i); i++) {
        bool wanted = with_wrong || !has_wrong_key(turn, i);
        bool heard = add_all_found(turn, i, found, count, wanted);
        if (!heard && wanted && turn->config->networks[i].hidden)
            add(turn, i);
        left_out = left_out || (heard && !wanted);
    }
    return left_out;
}

static bool is_better(const struct mote_wifi_turn *turn, const struct mote_wifi_candidate *candidate,
                      const struct mote_wifi_candidate *than)
{
    uint8_t priority = turn->config->networks[candidate->network].priority;
    uint8_t other = turn->config->networks[than->network].priority;

    if (has_wrong_key(turn, candidate->network) != has_wrong_key(turn, than->network))
        return has_wrong_key(turn, than->network);
    return priority != other ? priority > other : candidate->signal_dbm > than->signal_dbm;
}

struct mote_wifi_candidate *mote_candidates_best(const struct mote_wifi_turn *turn)
{
    struct mote_wifi_candidate *best = NULL;

    for (uint8_t i = 0; i < turn->supervisor->candidate_count; i++) {
        struct mote_wifi_candidate *candidate = &turn->supervisor->candidates[i];
        if (candidate->attempts_left > 0 && (best == NULL || is_better(turn, candidate, best)))
            best = candidate;
    }
    return best;
}

void mote_candidates_drop(struct mote_wifi_turn *turn, uint8_t network)
{
    for (uint8_t i = 0; i < turn->supervisor->candidate_count; i++) {
        if (turn->supervisor->candidates[i].network == network)
            turn->supervisor->candidates[i].attempts_left = 0;
    }
}

#endif
