/* A look at a node's flash file (flash_file.h) from another program. */
#ifndef MOTE_FLASH_LOOK_H
#define MOTE_FLASH_LOOK_H

#include <mote/flash.h>
#include <mote/reason.h>

/* Reads the file of this id as it is at this moment, also while a node has it, into memory that the caller frees, as flash that can be
 * read and written to and leaves the file alone. Returns MOTE_OK, with `*memory` NULL if there is no such file; or MOTE_OUTBOX_CORRUPT
 * with words. */
enum mote_reason mote_flash_look(const char *id, struct mote_flash *flash, unsigned char **memory);

/* Takes the file away: the next node begins a new one. Returns MOTE_OK, or MOTE_OUTBOX_CORRUPT with words, as when a node has it. */
enum mote_reason mote_flash_remove(const char *id);

#endif
