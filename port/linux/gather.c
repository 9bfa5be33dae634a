#include "port/linux/gather.h"

enum {
    LULL_US = 10 * MOTE_GATHER_REST_US,
    STREAM_US = 10000, /* long enough to show what is usual, also of a stream that comes in bursts */
    STREAM_WAKES = 64,
    TRIAL_WAKES = 16,
    STRETCH_WAKES = 64,
    PATIENCE_MAX = 12,
};

static void begin(struct mote_gather *gather, bool resting, uint64_t now_us)
{
    gather->resting = resting;
    gather->wakes = 0;
    gather->bytes = 0;
    gather->since_us = now_us;
}

static uint64_t per_second(const struct mote_gather *gather, uint64_t now_us)
{
    return gather->bytes * 1000000 / (now_us - gather->since_us + 1);
}

static void give_up(struct mote_gather *gather, uint64_t now_us)
{
    if (gather->patience < PATIENCE_MAX)
        gather->patience += 2;
    begin(gather, false, now_us);
}

/* Wake-ups that come further apart than a rest would not be made fewer by it. */
static void measure(struct mote_gather *gather, uint64_t now_us)
{
    uint64_t took_us = now_us - gather->since_us;

    if (gather->wakes < (uint32_t)STREAM_WAKES << gather->patience || took_us < STREAM_US)
        return;
    gather->usual_bytes = gather->bytes / gather->wakes;
    gather->usual_per_s = per_second(gather, now_us);
    begin(gather, gather->bytes > 0 && took_us / gather->wakes < MOTE_GATHER_REST_US, now_us);
}

static bool brings_more(const struct mote_gather *gather)
{
    return gather->bytes >= 2 * gather->usual_bytes * gather->wakes;
}

/* The first few are looked at alone: whoever sends one message and waits for the answer is not to be held up for long. */
static void judge(struct mote_gather *gather, uint64_t now_us)
{
    bool done = gather->wakes == STRETCH_WAKES;

    if (gather->wakes != TRIAL_WAKES && !done)
        return;
    if (!brings_more(gather) || (done && per_second(gather, now_us) < gather->usual_per_s * 3 / 4)) {
        give_up(gather, now_us);
    } else if (done) {
        gather->patience = 0;
        begin(gather, true, now_us);
    }
}

bool mote_gather_woke(struct mote_gather *gather, uint64_t now_us)
{
    bool lull = now_us - gather->woke_us > LULL_US;

    gather->woke_us = now_us;
    gather->wakes++;
    if (!gather->resting)
        measure(gather, now_us);
    else if (lull)
        begin(gather, false, now_us);
    else
        judge(gather, now_us);
    return gather->resting;
}

void mote_gather_read(struct mote_gather *gather, uint64_t bytes)
{
    gather->bytes += bytes;
}
