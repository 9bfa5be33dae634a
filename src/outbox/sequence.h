/* The numbers of messages. They go round, so all comparisons are by distance; what is alive never spans half of them.
 *
 * A message's packet identifier is a function of its number: 1 to 0x7FFF in turn. The last four numbers are left out, so that
 * identifiers follow each other also where the numbers begin again. */
#ifndef MOTE_SEQUENCE_H
#define MOTE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#define MOTE_SEQUENCE_IDS 0x7FFFu
#define MOTE_SEQUENCE_LAST 0xFFFFFFFCu

/* How far `sequence` lies behind `from`. */
static inline uint32_t mote_sequence_distance(uint32_t sequence, uint32_t from)
{
    return sequence - from;
}

static inline bool mote_sequence_is_before(uint32_t a, uint32_t b)
{
    return a - b > INT32_MAX;
}

static inline uint32_t mote_sequence_after(uint32_t sequence)
{
    return sequence >= MOTE_SEQUENCE_LAST ? 1 : sequence + 1;
}

static inline uint32_t mote_sequence_later(uint32_t sequence, uint32_t by)
{
    return sequence + by;
}

static inline uint32_t mote_sequence_before(uint32_t sequence)
{
    return sequence - 1;
}

/* The remainder of a division by 0x7FFF, without one. */
static inline uint32_t mote_sequence_fold(uint32_t number)
{
    number = (number & MOTE_SEQUENCE_IDS) + (number >> 15);
    number = (number & MOTE_SEQUENCE_IDS) + (number >> 15);
    number = (number & MOTE_SEQUENCE_IDS) + (number >> 15);
    return number == MOTE_SEQUENCE_IDS ? 0 : number;
}

static inline uint16_t mote_sequence_packet_id(uint32_t sequence)
{
    return (uint16_t)(mote_sequence_fold(sequence - 1) + 1);
}

/* The first number from `base` on that has this identifier. */
static inline uint32_t mote_sequence_of(uint16_t packet_id, uint32_t base)
{
    uint32_t distance = mote_sequence_fold(packet_id + MOTE_SEQUENCE_IDS - mote_sequence_packet_id(base));

    return base + distance + (distance > MOTE_SEQUENCE_LAST - base ? 4 : 0);
}

#endif
