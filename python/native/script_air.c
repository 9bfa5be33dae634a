/* The air of the virtual board, as a text. */
#include "python/native/script_inside.h"

#include <string.h>

static bool is_end(char c)
{
    return c == ',' || c == '\n' || c == '\r' || c == '\0';
}

/* The key ends at the last colon that milliseconds and the entry's end follow: names and keys may have commas, keys also colons. Returns the
 * key's end, or NULL. */
static const char *find_ms(const char *key, const char **end)
{
    for (const char *at = key; *at != '\0' && *at != '\n'; at++) {
        size_t digits = *at == ':' ? strspn(at + 1, "0123456789") : 0;

        if (digits == 0 || !is_end(at[1 + digits]))
            continue;
        *end = at + 1 + digits;
        return at;
    }
    return NULL;
}

static struct mote_text between(const char *from, const char *to)
{
    return (struct mote_text){from, (size_t)(to - from)};
}

/* Returns what follows the entry, or NULL if it cannot be read. */
static const char *add_entry(struct mote_sim *sim, const char *text)
{
    struct mote_sim_access_point point = {.signal_dbm = (int8_t)(-48 - 4 * (int)mote_sim_air_count(sim)),
                                          .present = true};
    const char *name_end = strchr(text, ':');
    const char *end = NULL;
    const char *key_end = name_end == NULL ? NULL : find_ms(name_end + 1, &end);
    char key[sizeof point.key];

    if (key_end == NULL || !mote_text_to_number(between(key_end + 1, end), UINT32_MAX, &point.join_ms) ||
        !mote_text_copy(between(text, name_end), point.ssid, sizeof point.ssid) ||
        !mote_text_copy(between(name_end + 1, key_end), key, sizeof key))
        return NULL;
    if (point.join_ms == 0)
        point.join_ms = 1;
    if (mote_sim_air_add(sim, &point) != MOTE_OK)
        return NULL;
    /* Keys that are shorter than WPA has them are for those who only play. */
    memcpy(mote_sim_air_at(sim, mote_sim_air_count(sim) - 1)->key, key, sizeof key);
    return end;
}

bool mote_script_air_set(struct mote_sim *sim, const char *text)
{
    mote_sim_air_set(sim, MOTE_TEXT(""));
    while (text != NULL && *text != '\0') {
        if (is_end(*text))
            text++;
        else
            text = add_entry(sim, text);
    }
    return text != NULL;
}
