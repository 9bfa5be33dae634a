/* A number is a digest of the pool and the time; after each the pool is replaced by another, from which the one before
 * cannot be told. What was stirred in once stays in, over a reset, too: the pool is kept. */
#include "port/cortexm/random.h"
#include "link/sha1.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/host.h"
#include "port/cortexm/kept.h"
#include <string.h>

enum { STIR_MAX = 64 };

struct block {
    uint8_t pool[MOTE_SHA1_SIZE];
    uint64_t ticks;
    uint32_t purpose;
    uint8_t more[STIR_MAX];
};

_Static_assert(sizeof(struct block) <= MOTE_SHA1_TEXT_MAX, "a block is digested at once");

enum { NUMBER = 1, NEXT = 2 };

static bool seeded;

static void digest(uint32_t purpose, const void *more, size_t size, uint8_t into[MOTE_SHA1_SIZE])
{
    struct block block;

    memset(&block, 0, sizeof block);
    memcpy(block.pool, mote_kept.random_pool, sizeof block.pool);
    block.ticks = mote_clock_ticks();
    block.purpose = purpose;
    memcpy(block.more, more, size);
    mote_sha1((struct mote_text){(const char *)&block, sizeof block}, into);
}

void mote_random_stir(const void *bytes, size_t size)
{
    digest(NEXT, bytes, size < STIR_MAX ? size : STIR_MAX, mote_kept.random_pool);
}

void mote_random_start(void)
{
    uint8_t seed[32];

    if (mote_board_entropy(seed, sizeof seed)) {
        mote_random_stir(seed, sizeof seed);
        seeded = true;
    }
    if (mote_host_entropy(seed, sizeof seed)) {
        mote_random_stir(seed, sizeof seed);
        seeded = true;
    }
    mote_random_stir("", 0);
}

uint32_t mote_random(void)
{
    uint8_t number[MOTE_SHA1_SIZE];
    uint32_t word;

    digest(NUMBER, "", 0, number);
    mote_random_stir("", 0);
    memcpy(&word, number, sizeof word);
    return word;
}

bool mote_random_is_seeded(void)
{
    return seeded;
}
