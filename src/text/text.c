#include "word.h"

#include <mote/text.h>

#include <string.h>

extern inline void mote_word_copy(void *into, const void *from, size_t length);

struct mote_text mote_text(const char *string)
{
    return (struct mote_text){string, string == NULL ? 0 : strlen(string)};
}

bool mote_text_same(struct mote_text a, struct mote_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool mote_text_equals(struct mote_text text, const char *string)
{
    return mote_text_same(text, mote_text(string));
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool mote_text_equals_nocase(struct mote_text text, const char *string)
{
    struct mote_text other = mote_text(string);

    if (text.length != other.length)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (to_lower(text.data[i]) != to_lower(other.data[i]))
            return false;
    }
    return true;
}

/* The size of the well-formed character that the bytes begin with, 0 if there is none (Unicode, table 3-7). The
 * second byte is what rules out overlong forms, surrogates and numbers that are too large. */
static size_t character_size(const uint8_t *bytes, size_t left)
{
    unsigned first = bytes[0];

    if (first != 0 && first < 0x80) /* nearly all of them, and so before all else */
        return 1;
    unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (first < 0xC2 || first > 0xF4 || left < size || bytes[1] < lowest || bytes[1] > highest)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

bool mote_text_is_utf8(struct mote_text text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    size_t size;

    if (text.length > UINT16_MAX)
        return false;
    if (mote_words_are_ascii(text))
        return true;
    for (size_t i = 0; i < text.length; i += size) {
        size = character_size(bytes + i, text.length - i);
        if (size == 0)
            return false;
    }
    return true;
}

bool mote_text_copy(struct mote_text text, char *into, size_t size)
{
    bool fits = text.length < size;
    size_t length = fits ? text.length : 0;

    if (length > 0)
        memcpy(into, text.data, length);
    if (size > 0)
        into[length] = '\0';
    return fits;
}

bool mote_text_to_number(struct mote_text text, uint32_t max, uint32_t *number)
{
    uint32_t value = 0;

    for (size_t i = 0; i < text.length; i++) {
        uint32_t digit = (uint32_t)(unsigned char)text.data[i] - '0';
        if (digit > 9 || value > UINT32_MAX / 10 || value * 10 > max || digit > max - value * 10)
            return false;
        value = value * 10 + digit;
    }
    if (text.length > 0)
        *number = value;
    return text.length > 0;
}

/* Without a division, which the smallest chips do not have. */
struct mote_text mote_text_from_number(uint32_t number, char into[11])
{
    static const uint32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t length = 0;

    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++) {
        char digit = '0';
        for (; number >= powers[i]; number -= powers[i])
            digit++;
        if (digit != '0' || length > 0 || powers[i] == 1)
            into[length++] = digit;
    }
    into[length] = '\0';
    return (struct mote_text){into, length};
}
