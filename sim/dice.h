/* Dice: chance that comes from a seed and nothing else. Each part of the world has dice of its own, so that what one part draws
 * does not depend on how often another one does. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* SplitMix64. */
static inline uint64_t dice_word(struct dice *dice)
{
    uint64_t word = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* The dice of one part of the world with this seed. */
static inline struct dice dice_of(uint64_t seed, uint64_t part)
{
    struct dice dice = {seed * UINT64_C(0x100000001b3) + part};

    dice.state = dice_word(&dice);
    return dice;
}

/* 0 to below - 1; 0 for 0. */
static inline uint32_t dice_below(struct dice *dice, uint32_t below)
{
    return (uint32_t)((dice_word(dice) >> 32) * below >> 32);
}

static inline bool dice_one_in(struct dice *dice, uint32_t many)
{
    return dice_below(dice, many) == 0;
}

static inline uint64_t dice_between(struct dice *dice, uint64_t least, uint64_t most)
{
    return least + dice_word(dice) % (most - least + 1);
}

/* Evenly among orders of magnitude: as often between 1 and 10 as between 10 and 100. */
static inline uint64_t dice_magnitude(struct dice *dice, uint64_t least, uint64_t most)
{
    uint64_t range = least;

    while (range < most && dice_below(dice, 8) != 0)
        range += range / 4 + 1;
    return dice_between(dice, least, range < most ? range : most);
}

#endif
