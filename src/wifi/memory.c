#include "wifi/turn.h"

#ifndef MOTE_WITHOUT_WIFI

#include <string.h>

/* How long a key that is taken to be wrong is left alone: it may be the router's fault after all. */
enum { WRONG_AGAIN_MS = 600000 };

/* FNV-1a: tells names and keys apart without keeping them. */
static uint32_t mix(uint32_t mark, struct mote_text bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        mark = (mark ^ (uint8_t)bytes.data[i]) * 16777619u;
    return (mark ^ (uint8_t)bytes.length) * 16777619u;
}

static uint32_t mark_of(const struct mote_network *network)
{
    uint32_t mark = mix(2166136261u, mote_text(network->ssid));

    mark = mix(mark, mote_text(network->password));
    return mix(mark, (struct mote_text){(const char *)network->bssid, sizeof network->bssid});
}

/* The networks may have changed places, too. */
void mote_memory_check(struct mote_wifi_turn *turn)
{
    struct mote_wifi_memory *memory = turn->supervisor->memory;
    struct mote_wifi_memory before[MOTE_NETWORKS_MAX];

    memcpy(before, memory, sizeof before);
    for (unsigned i = 0; mote_turn_knows(turn, i); i++) {
        uint32_t mark = mark_of(&turn->config->networks[i]);
        unsigned at = 0;
        while (at < MOTE_NETWORKS_MAX && before[at].mark != mark)
            at++;
        memory[i] = at < MOTE_NETWORKS_MAX ? before[at] : (struct mote_wifi_memory){.mark = mark};
    }
}

void mote_memory_joined(struct mote_wifi_turn *turn)
{
    struct mote_wifi_memory *memory = &turn->supervisor->memory[turn->supervisor->network];

    mote_memory_check(turn);
    memory->key = MOTE_KEY_WORKED;
    memory->aim = turn->status.aim;
}

bool mote_memory_failed(struct mote_wifi_turn *turn, enum mote_reason reason)
{
    struct mote_wifi_memory *memory = &turn->supervisor->memory[turn->supervisor->network];

    if (reason == MOTE_DHCP_NO_LEASE) /* who has come so far has the right key */
        memory->key = MOTE_KEY_WORKED;
    if (reason != MOTE_WIFI_WRONG_KEY || memory->key == MOTE_KEY_WORKED)
        return false;
    turn->supervisor->wrong_again_ms = turn->now_ms + WRONG_AGAIN_MS;
    if (memory->key == MOTE_KEY_WRONG) /* a stranger's network may have the same name */
        return false;
    memory->key = memory->key == MOTE_KEY_UNTRIED ? MOTE_KEY_DOUBTED : MOTE_KEY_WRONG;
    return true;
}

static bool is_before(const struct mote_wifi_turn *turn, unsigned index, unsigned other)
{
    uint8_t priority = turn->config->networks[index].priority;
    uint8_t than = turn->config->networks[other].priority;

    return priority != than ? priority > than : index == turn->supervisor->network;
}

int mote_memory_last(const struct mote_wifi_turn *turn)
{
    int best = -1;

    for (unsigned i = 0; mote_turn_knows(turn, i); i++) {
        const struct mote_wifi_memory *memory = &turn->supervisor->memory[i];
        if (memory->key == MOTE_KEY_WORKED && mote_aim_is_set(memory->aim.bssid) &&
            (best < 0 || is_before(turn, i, (unsigned)best)))
            best = (int)i;
    }
    return best;
}

#endif
