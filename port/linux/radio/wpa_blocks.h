/* The network blocks that wpa_supplicant has. While one of ours is in use, those of the system are disabled; which of them were
 * enabled stands in a note (id_str) of our own block, so that a program that is started anew, too, can enable them again. */
#ifndef MOTE_WPA_BLOCKS_H
#define MOTE_WPA_BLOCKS_H

#include <mote/text.h>

enum { MOTE_WPA_BLOCKS_MAX = 32 };

/* Numbers of blocks, each once; over the limit they are left out. */
struct mote_wpa_blocks {
    unsigned count;
    int numbers[MOTE_WPA_BLOCKS_MAX];
};

void mote_wpa_blocks_add(struct mote_wpa_blocks *blocks, int number);
void mote_wpa_blocks_remove(struct mote_wpa_blocks *blocks, int number);

/* Takes the next block off the reply to LIST_NETWORKS. Returns false at its end. Enabled is not what P2P keeps for itself. */
bool mote_wpa_listed(struct mote_text *reply, int *number, bool *enabled);

/* Writes the note, with its quotes: the owner and the numbers, as many as there is room for. */
void mote_wpa_write_note(char *text, size_t size, const char *owner, const struct mote_wpa_blocks *blocks);

/* Reads a note, and adds its numbers. Returns false, adding nothing, if it is not this owner's. */
bool mote_wpa_read_note(struct mote_text note, const char *owner, struct mote_wpa_blocks *blocks);

#endif
