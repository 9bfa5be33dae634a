/* The parts of opening an outbox. */
#ifndef MOTE_OUTBOX_MOUNT_H
#define MOTE_OUTBOX_MOUNT_H

#include "parts.h"

/* --- Where nothing is known: outbox_begin.c --- */

/* Begins a log in a flash that is erased; anything else is set aside, if that is possible. `is_known`: it is a log, of another
 * version. */
enum mote_reason mote_outbox_begin_anew(struct mote_outbox *outbox, bool is_known, const char *why);

/* --- The newest sector: outbox_newest.c --- */

/* Without any head that is right: the first sector of all may have lost its own. */
void mote_outbox_adopt_first(struct mote_outbox *outbox);
/* Which one is it, of which all that it took over is there? Begins with the one of the highest epoch. */
void mote_outbox_find_newest(struct mote_outbox *outbox);
/* Which sectors behind it were begun and do not count? */
void mote_outbox_find_stale(struct mote_outbox *outbox);
/* Takes over the last state that there is. Returns the epoch of its sector; 0: there is none. */
uint32_t mote_outbox_find_state(struct mote_outbox *outbox);

#endif
