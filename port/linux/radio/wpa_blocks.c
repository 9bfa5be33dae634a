#include "port/linux/radio/wpa_blocks.h"
#include "port/linux/radio/wpa_text.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void mote_wpa_blocks_add(struct mote_wpa_blocks *blocks, int number)
{
    for (unsigned i = 0; i < blocks->count; i++) {
        if (blocks->numbers[i] == number)
            return;
    }
    if (blocks->count < MOTE_WPA_BLOCKS_MAX)
        blocks->numbers[blocks->count++] = number;
}

void mote_wpa_blocks_remove(struct mote_wpa_blocks *blocks, int number)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < blocks->count; i++) {
        if (blocks->numbers[i] != number)
            blocks->numbers[kept++] = blocks->numbers[i];
    }
    blocks->count = kept;
}

/* --- The list --- */

static bool has_flag(struct mote_text flags, const char *flag)
{
    return memmem(flags.data, flags.length, flag, strlen(flag)) != NULL;
}

/* Number, SSID, BSSID, flags, with tabulators in between. */
bool mote_wpa_listed(struct mote_text *reply, int *number, bool *enabled)
{
    struct mote_text line, field, flags;

    while (mote_wpa_line(reply, &line)) {
        flags = MOTE_TEXT("");
        if (!mote_wpa_part(&line, '\t', &field) || !mote_wpa_number(field, 0, INT16_MAX, number))
            continue; /* the heading */
        while (mote_wpa_part(&line, '\t', &field))
            flags = field;
        *enabled = !has_flag(flags, "[DISABLED]") && !has_flag(flags, "[P2P");
        return true;
    }
    return false;
}

/* --- The note --- */

void mote_wpa_write_note(char *text, size_t size, const char *owner, const struct mote_wpa_blocks *blocks)
{
    const size_t number_max = sizeof " 32767\"" - 1;
    size_t used = (size_t)snprintf(text, size, "\"%s", owner);

    for (unsigned i = 0; i < blocks->count && used + number_max < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %d", blocks->numbers[i]);
    snprintf(text + used, size - used, "\"");
}

/* `"mote 0 2"` */
static bool is_owners(struct mote_text *note, const char *owner)
{
    size_t length = strlen(owner);

    if (note->length < length + 2 || note->data[0] != '"' || note->data[note->length - 1] != '"' ||
        memcmp(note->data + 1, owner, length) != 0)
        return false;
    note->data += 1 + length;
    note->length -= 2 + length;
    return note->length == 0 || note->data[0] == ' ';
}

bool mote_wpa_read_note(struct mote_text note, const char *owner, struct mote_wpa_blocks *blocks)
{
    struct mote_text word;
    int number;

    if (!is_owners(&note, owner))
        return false;
    while (mote_wpa_part(&note, ' ', &word)) {
        if (mote_wpa_number(word, 0, INT16_MAX, &number))
            mote_wpa_blocks_add(blocks, number);
    }
    return true;
}
