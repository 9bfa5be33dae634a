/* Random numbers, made of what the board has to seed them with. */
#ifndef MOTE_CORTEXM_RANDOM_H
#define MOTE_CORTEXM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gathers what there is: the chip's own source, the host's if there is one, what memory held before, and the time that all
 * this took. */
void mote_random_start(void);

/* Adds something that others may not know, up to 64 bytes. */
void mote_random_stir(const void *bytes, size_t size);

uint32_t mote_random(void);

/* Has a source that nobody can guess seeded them, since the start? */
bool mote_random_is_seeded(void);

#endif
