#include "parts.h"

bool mote_outbox_is_done(const struct mote_outbox *outbox, uint32_t sequence)
{
    return mote_sequence_is_before(sequence, outbox->base) || (outbox->done & mote_outbox_bit(outbox, sequence)) != 0;
}

uint64_t mote_outbox_bit(const struct mote_outbox *outbox, uint32_t sequence)
{
    uint32_t distance = mote_sequence_distance(sequence, outbox->base);

    if (distance >= MOTE_OUTBOX_WINDOW)
        return 0;
    return distance < 32 ? UINT32_C(1) << distance : (uint64_t)(UINT32_C(1) << (distance - 32)) << 32;
}

/* Step by step: a chip has no instruction for more. */
static uint64_t shifted(uint64_t bits, uint32_t distance)
{
    for (; distance > 0 && bits != 0; distance--)
        bits >>= 1;
    return bits;
}

static void raise_to(uint32_t *sequence, uint32_t least)
{
    if (mote_sequence_is_before(*sequence, least))
        *sequence = least;
}

/* What is compared with the base must not fall behind it by half of all numbers. */
static void move_base(struct mote_outbox *outbox, uint32_t base)
{
    uint32_t distance = mote_sequence_distance(base, outbox->base);

    outbox->done = shifted(outbox->done, distance);
    outbox->released = shifted(outbox->released, distance);
    outbox->exact = shifted(outbox->exact, distance);
    outbox->base = base;
    raise_to(&outbox->mark, mote_sequence_before(base));
    raise_to(&outbox->resume, mote_sequence_before(base));
    raise_to(&outbox->displaced, mote_sequence_before(base));
    raise_to(&outbox->turn, base);
}

void mote_outbox_finish(struct mote_outbox *outbox, uint32_t sequence, uint32_t end)
{
    if (sequence == outbox->base)
        move_base(outbox, end);
    for (; sequence != end && mote_outbox_bit(outbox, sequence) != 0; sequence = mote_sequence_later(sequence, 1)) {
        uint64_t bit = mote_outbox_bit(outbox, sequence);
        outbox->done |= bit;
        outbox->released &= ~bit;
        outbox->exact &= ~bit;
    }
    while ((outbox->done & 1) != 0)
        move_base(outbox, mote_sequence_after(outbox->base));
}

bool mote_outbox_is_under_way(const struct mote_outbox *outbox, uint32_t sequence)
{
    return mote_sequence_is_before(sequence, outbox->turn) || !mote_sequence_is_before(outbox->resume, sequence);
}

/* Without a division; an hour is a dozen steps. */
void mote_outbox_tell_time(struct mote_outbox *outbox, uint64_t now_ms)
{
    uint32_t now = (uint32_t)(now_ms & UINT32_MAX);
    uint32_t passed = mote_sequence_distance(now, outbox->clock_ms);

    if (!outbox->has_time) {
        outbox->has_time = true;
        outbox->clock_ms = now;
        return;
    }
    if (passed > INT32_MAX) /* it went back */
        return;
    for (uint32_t seconds = 1u << 21; seconds > 0; seconds >>= 1) {
        if (passed < seconds * 1000)
            continue;
        passed -= seconds * 1000;
        outbox->clock_s += seconds;
        mote_outbox_look_again(outbox); /* some may have expired */
        outbox->clock_ms = mote_sequence_later(outbox->clock_ms, seconds * 1000);
    }
}
