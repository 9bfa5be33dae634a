/* Forms as browsers send them: name=value&name=value, with %41 for what is not plain and + for a blank. */
#include "setup/inside.h"

#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | ('a' - 'A'));
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at the beginning, and how many characters it takes; -1: a % that two digits do not follow. */
static int byte_at(struct mote_text text, size_t at, size_t *taken)
{
    int high = at + 2 < text.length ? digit(text.data[at + 1]) : -1;
    int low = high >= 0 ? digit(text.data[at + 2]) : -1;

    *taken = 1;
    if (text.data[at] == '+')
        return ' ';
    if (text.data[at] != '%')
        return (unsigned char)text.data[at];
    *taken = 3;
    return low < 0 ? -1 : high * 16 + low;
}

static bool decode(struct mote_text text, char *into, size_t size)
{
    size_t used = 0, taken;

    for (size_t at = 0; at < text.length; at += taken) {
        int byte = byte_at(text, at, &taken);

        if (byte <= 0 || used + 1 >= size) {
            into[0] = '\0';
            return false;
        }
        into[used++] = (char)byte;
    }
    into[used] = '\0';
    return true;
}

static size_t find(struct mote_text text, size_t from, char c)
{
    while (from < text.length && text.data[from] != c)
        from++;
    return from;
}

enum mote_form_field mote_form_get(struct mote_text form, const char *name, char *into, size_t size)
{
    size_t end;

    into[0] = '\0';
    for (size_t at = 0; at < form.length; at = end + 1) {
        end = find(form, at, '&');
        size_t equals = find((struct mote_text){form.data, end}, at, '=');

        if (equals < end && mote_text_equals((struct mote_text){form.data + at, equals - at}, name))
            return decode((struct mote_text){form.data + equals + 1, end - equals - 1}, into, size) ? MOTE_FORM_FOUND
                                                                                                    : MOTE_FORM_WRONG;
    }
    return MOTE_FORM_ABSENT;
}
