/* Words: the characters of a text eight at a time, where a register holds as many; elsewhere single bytes do as
 * well. */
#ifndef MOTE_WORD_H
#define MOTE_WORD_H

#include <mote/text.h>

#include <string.h>

#define MOTE_HAS_WORDS (sizeof(size_t) == 8)

/* A word of which each byte is this one. */
#define MOTE_WORD_OF(byte) ((size_t)-1 / 255 * (byte))

static inline size_t mote_word_at(const char *data)
{
    size_t word;

    memcpy(&word, data, sizeof word);
    return word;
}

/* In the result the high bit of some byte is set if any byte of the word is 0, and may be if one is above 0x80. */
static inline size_t mote_word_zeros(size_t word)
{
    return word - MOTE_WORD_OF(1);
}

/* Such a bit is set if any byte is NUL or not ASCII. */
static inline size_t mote_word_not_ascii(size_t word)
{
    return word | mote_word_zeros(word);
}

/* Such a bit is set if any byte is not ASCII, or below `,` (0x2C): NUL and the wildcards, which are looked for, are among
 * these, and little that topics are made of. */
static inline size_t mote_word_not_plain(size_t word)
{
    return word | (word - MOTE_WORD_OF(0x2C));
}

/* Is the text a word or more of such characters, so without wildcards? The last word overlaps the one before. If not, it
 * may still be a legal topic. */
static inline bool mote_words_are_plain(struct mote_text text)
{
    size_t last = text.length - sizeof(size_t);

    if (!MOTE_HAS_WORDS || text.length < sizeof(size_t))
        return false;
    size_t wrong = mote_word_not_plain(mote_word_at(text.data)) | mote_word_not_plain(mote_word_at(text.data + last));
    for (size_t i = sizeof(size_t); i < last; i += sizeof(size_t))
        wrong |= mote_word_not_plain(mote_word_at(text.data + i));
    return (wrong & MOTE_WORD_OF(0x80)) == 0;
}

/* Is it so apart from wildcards? */
static inline bool mote_words_are_ascii(struct mote_text text)
{
    size_t last = text.length - sizeof(size_t);

    if (!MOTE_HAS_WORDS || text.length < sizeof(size_t))
        return false;
    size_t wrong = mote_word_not_ascii(mote_word_at(text.data)) | mote_word_not_ascii(mote_word_at(text.data + last));
    for (size_t i = sizeof(size_t); i < last; i += sizeof(size_t))
        wrong |= mote_word_not_ascii(mote_word_at(text.data + i));
    return (wrong & MOTE_WORD_OF(0x80)) == 0;
}

/* Copies bytes, from NULL too if there are none. It is built in where there are words: for a handful of bytes the
 * call of memcpy() costs more than the copy. What is left at the end is copied along with bytes before it, which
 * are copied twice. */
inline void mote_word_copy(void *into, const void *from, size_t length)
{
    char *to = into;
    const char *at = from;

    if (!MOTE_HAS_WORDS) {
        if (length > 0)
            memcpy(into, from, length);
    } else if (length > 16) {
        for (size_t i = 0; i < length - 16; i += 16)
            memcpy(to + i, at + i, 16);
        memcpy(to + length - 16, at + length - 16, 16);
    } else if (length >= 8) {
        memcpy(to, at, 8);
        memcpy(to + length - 8, at + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, at, 4);
        memcpy(to + length - 4, at + length - 4, 4);
    } else if (length >= 2) {
        memcpy(to, at, 2);
        memcpy(to + length - 2, at + length - 2, 2);
    } else if (length == 1) {
        *to = *at;
    }
}

#endif
