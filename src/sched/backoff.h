/* Backoff: how long to wait before trying again what has failed. */
#ifndef MOTE_BACKOFF_H
#define MOTE_BACKOFF_H

#include <stdint.h>

/* A delay drawn evenly from `min_ms` to a bound that begins at twice the minimum for one failure and doubles with each
 * further one, up to `max_ms`. The draw spreads devices that have failed at the same moment; the minimum keeps one that
 * is refused at once from trying in a tight loop. `random` is any 32 bits; min_ms <= max_ms. */
uint32_t mote_backoff_ms(uint32_t random, unsigned failures, uint32_t min_ms, uint32_t max_ms);

/* The bound of that draw. */
uint32_t mote_backoff_bound_ms(unsigned failures, uint32_t min_ms, uint32_t max_ms);

/* A draw that is even from `from_ms` to `to_ms`, both included; from_ms <= to_ms. */
uint32_t mote_backoff_draw_ms(uint32_t random, uint32_t from_ms, uint32_t to_ms);

#endif
