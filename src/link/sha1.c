#include "link/sha1.h"

#include "text/assert.h"
#include <string.h>

enum { BLOCK_SIZE = 64, LENGTH_SIZE = 8, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_word(uint8_t *bytes, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* The function and constant of a round, in FIPS 180-4's names. */
static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5a827999u;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1u;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
    return (b ^ c ^ d) + 0xca62c1d6u;
}

/* The schedule's words are made in a ring of 16, as they are needed. */
static void take_block(uint32_t state[5], const uint8_t block[BLOCK_SIZE])
{
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t *word = &words[i & 15];
        uint32_t sum;

        if (i < 16)
            *word = word_at(block + 4 * (size_t)i);
        else
            *word = rotate(words[(i + 13) & 15] ^ words[(i + 8) & 15] ^ words[(i + 2) & 15] ^ *word, 1);
        sum = rotate(a, 5) + mix(i, b, c, d) + e + *word;
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = sum;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void mote_sha1(struct mote_text text, uint8_t digest[MOTE_SHA1_SIZE])
{
    uint32_t state[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    uint8_t padded[2 * BLOCK_SIZE] = {0};
    size_t blocks = text.length + 1 + LENGTH_SIZE > BLOCK_SIZE ? 2 : 1;

    MOTE_ASSERT(text.length <= MOTE_SHA1_TEXT_MAX);
    if (text.length > 0)
        memcpy(padded, text.data, text.length);
    padded[text.length] = 0x80;
    put_word(padded + blocks * BLOCK_SIZE - 4, (uint32_t)text.length * 8);
    for (size_t i = 0; i < blocks; i++)
        take_block(state, padded + i * BLOCK_SIZE);
    for (size_t i = 0; i < 5; i++)
        put_word(digest + 4 * i, state[i]);
}
