/* What the parts of an outbox above its log are to each other. */
#ifndef MOTE_OUTBOX_PARTS_H
#define MOTE_OUTBOX_PARTS_H

#include "log.h"

/* --- Which messages are done, and the clock: outbox_window.c --- */

bool mote_outbox_is_done(const struct mote_outbox *outbox, uint32_t sequence);
/* All from here up to `end`, which is not. */
void mote_outbox_finish(struct mote_outbox *outbox, uint32_t sequence, uint32_t end);
/* May the broker have it, or get it at any moment? */
bool mote_outbox_is_under_way(const struct mote_outbox *outbox, uint32_t sequence);
/* Its bit. 0: it is not in the window. */
uint64_t mote_outbox_bit(const struct mote_outbox *outbox, uint32_t sequence);
void mote_outbox_tell_time(struct mote_outbox *outbox, uint64_t now_ms);

/* --- Messages as records: outbox_message.c --- */

/* The bytes of a message that count against the page. */
size_t mote_outbox_message_size(const struct mote_message *message);
uint32_t mote_outbox_body_size(const struct mote_message *message);
/* Adds it to the newest sector, where there is room. */
enum mote_reason mote_outbox_add(struct mote_outbox *outbox, const struct mote_message *message, uint32_t sequence,
                                 enum mote_outbox_policy policy);
/* Reads it. The views are in the page. `clock_s`: when it was accepted. Returns false if it is damaged. */
bool mote_outbox_read(struct mote_outbox *outbox, const struct mote_log_record *record, struct mote_message *message,
                      uint32_t *clock_s);

/* --- What becomes of a message: outbox_policy.c --- */

enum mote_outbox_fate {
    MOTE_OUTBOX_WAITS,
    MOTE_OUTBOX_IS_DONE,
    MOTE_OUTBOX_IS_REPLACED,
    MOTE_OUTBOX_IS_DROPPED,
    MOTE_OUTBOX_IS_EXPIRED,
    MOTE_OUTBOX_IS_DAMAGED,
};

/* NULL: nothing is said of it. */
struct mote_outbox_topic *mote_outbox_topic_of(const struct mote_outbox *outbox, struct mote_text topic);
/* May use the page. `drop`: what may be dropped is. */
enum mote_outbox_fate mote_outbox_fate(struct mote_outbox *outbox, const struct mote_log_record *record, bool drop);

/* How long ago that was by the outbox's clock. After a power cut the clock is that of the last state, and messages that were accepted
 * after it are from its future: they are new. */
uint32_t mote_outbox_age_s(const struct mote_outbox *outbox, uint32_t clock_s);
/* It is given up. */
void mote_outbox_count_fate(struct mote_outbox *outbox, enum mote_outbox_fate fate);

/* --- Room for a message: outbox_room.c --- */

/* Sees to it that so many bytes can be added. Returns MOTE_OK, MOTE_OUTBOX_FULL, or that the flash cannot. */
enum mote_reason mote_outbox_make_room(struct mote_outbox *outbox, uint32_t size);
/* Something may have died since there was no room. */
void mote_outbox_look_again(struct mote_outbox *outbox);

/* --- Keeping: outbox_sync.c --- */

/* Syncs that have to end before all that has been programmed so far is kept. */
unsigned mote_outbox_syncs_to_end(const struct mote_outbox *outbox);
void mote_outbox_begin_sync(struct mote_outbox *outbox);
/* Looks how far it is. */
void mote_outbox_look_at_sync(struct mote_outbox *outbox);
/* Something was programmed: a sync is due some time after it. */
void mote_outbox_sync_later(struct mote_outbox *outbox, uint64_t now_ms);

/* --- Opening: outbox_mount.c --- */

enum mote_reason mote_outbox_mount(struct mote_outbox *outbox);
/* An empty log. */
void mote_outbox_begin(struct mote_outbox *outbox, uint16_t newest, bool blank);

#endif
