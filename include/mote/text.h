/* Text: a view of bytes that somebody else owns, usually UTF-8, never NUL-terminated.
 *
 * A view is two words and is passed by value. It is valid as long as the memory it points to: for what a callback
 * is given, until that callback returns. No call here blocks, allocates or keeps a pointer; all may be called from
 * anywhere.
 */
#ifndef MOTE_TEXT_H
#define MOTE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mote_text {
    const char *data; /* may be NULL when length is 0 */
    size_t length;    /* in bytes */
};

/* A view of a string literal, usable in initialisers. */
#define MOTE_TEXT(literal) ((struct mote_text){(literal), sizeof(literal) - 1})

/* A view of a NUL-terminated string, without the NUL; NULL gives the empty view. */
struct mote_text mote_text(const char *string);

/* Is the text, byte for byte, this NUL-terminated string? */
bool mote_text_equals(struct mote_text text, const char *string);

/* The same with ASCII letters compared without case; other bytes must be equal. */
bool mote_text_equals_nocase(struct mote_text text, const char *string);

/* Are the two views of the same bytes? */
bool mote_text_same(struct mote_text a, struct mote_text b);

/* Is it a UTF-8 string that MQTT admits: well-formed, no surrogates, no U+0000, 65 535 bytes at most?
 * [MQTT-1.5.4-1] [MQTT-1.5.4-2], in 3.1.1 [MQTT-1.5.3-1] [MQTT-1.5.3-2]. */
bool mote_text_is_utf8(struct mote_text text);

/* Copies the text and a NUL into `into`. Returns false, with `into` holding the empty string, if `size` is too
 * small. */
bool mote_text_copy(struct mote_text text, char *into, size_t size);

/* Reads a decimal number without sign, of 0 to `max`. Returns false, leaving `number` alone, for anything else. */
bool mote_text_to_number(struct mote_text text, uint32_t max, uint32_t *number);

/* Writes a number in decimal, NUL-terminated, and returns its digits as a view of `into`. */
struct mote_text mote_text_from_number(uint32_t number, char into[11]);

#endif
