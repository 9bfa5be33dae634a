#include "sched/backoff.h"

/* The upper half of a * b, in pieces that a chip without a 64-bit multiply has. */
static uint32_t multiply_high(uint32_t a, uint32_t b)
{
    uint32_t a_low = a & 0xFFFF, a_high = a >> 16;
    uint32_t b_low = b & 0xFFFF, b_high = b >> 16;
    uint32_t middle = a_high * b_low + ((a_low * b_low) >> 16);
    uint32_t other = a_low * b_high + (middle & 0xFFFF);

    return a_high * b_high + (middle >> 16) + (other >> 16);
}

uint32_t mote_backoff_draw_ms(uint32_t random, uint32_t from_ms, uint32_t to_ms)
{
    if (to_ms - from_ms == UINT32_MAX)
        return random;
    return from_ms + multiply_high(random, to_ms - from_ms + 1);
}

uint32_t mote_backoff_bound_ms(unsigned failures, uint32_t min_ms, uint32_t max_ms)
{
    uint32_t bound_ms = min_ms;

    for (; failures > 0 && bound_ms < max_ms; failures--)
        bound_ms = bound_ms > max_ms / 2 ? max_ms : 2 * bound_ms;
    return bound_ms;
}

uint32_t mote_backoff_ms(uint32_t random, unsigned failures, uint32_t min_ms, uint32_t max_ms)
{
    return mote_backoff_draw_ms(random, min_ms, mote_backoff_bound_ms(failures, min_ms, max_ms));
}
