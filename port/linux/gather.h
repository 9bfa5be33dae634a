/* Gathering: in a busy stream the loop rests for a moment before it looks again, so that one look finds several messages, as
 * network cards do with their interrupts. It costs nobody who waits for an answer: it begins only in a stream of wake-ups in
 * quick succession, and ends as soon as the rest does not bring more at once, or the stream has become slower by it.
 *
 * Knows neither clock nor sockets: it is told. Times are microseconds of a clock that never goes back. */
#ifndef MOTE_GATHER_H
#define MOTE_GATHER_H

#include <stdbool.h>
#include <stdint.h>

enum { MOTE_GATHER_REST_US = 200 };

/* Zero to begin with. */
struct mote_gather {
    bool resting;
    uint32_t wakes;    /* in the stretch that is being measured, */
    uint64_t bytes;    /* what was read in it, */
    uint64_t since_us; /* and when it began */
    uint64_t woke_us;
    uint32_t patience;    /* quick wake-ups in a row before it is tried, as powers of two above the first */
    uint64_t usual_bytes; /* that one wake-up brought without a rest, */
    uint64_t usual_per_s; /* and one second */
};

/* The loop has slept and was woken. Returns whether it is to rest before it sleeps the next time. */
bool mote_gather_woke(struct mote_gather *gather, uint64_t now_us);

/* So much was read from connections. */
void mote_gather_read(struct mote_gather *gather, uint64_t bytes);

#endif
