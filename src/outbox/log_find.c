#include "log.h"

#include <string.h>

enum { NO_SECTOR = UINT16_MAX };

void mote_log_forget_found(struct mote_outbox *outbox)
{
    outbox->found_count = 0;
    outbox->cursor.sector = NO_SECTOR;
}

static struct mote_outbox_found place_of(const struct mote_log_record *record)
{
    return (struct mote_outbox_found){record->sequence, record->sector, (uint16_t)record->offset};
}

static bool is_full(const struct mote_outbox *outbox)
{
    return outbox->found_count == MOTE_OUTBOX_FOUND_MAX;
}

static const struct mote_outbox_found *last(const struct mote_outbox *outbox)
{
    return &outbox->found[outbox->found_count - 1];
}

static bool read_found(struct mote_outbox *outbox, const struct mote_outbox_found *found,
                       struct mote_log_record *record)
{
    uint8_t bytes[MOTE_LOG_RECORD_SIZE];

    record->sector = found->sector;
    record->offset = found->offset;
    return mote_log_read(outbox, found->sector, found->offset, bytes, sizeof bytes) &&
           mote_log_decode(outbox, bytes, mote_log_epoch(outbox, found->sector), record) &&
           record->sequence == found->sequence;
}

/* Puts it among those that were found, in order. A power cut may leave the same one twice, and one of them torn. */
static void insert(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    struct mote_log_record other;
    unsigned at = outbox->found_count;

    while (at > 0 && mote_sequence_is_before(record->sequence, outbox->found[at - 1].sequence))
        at--;
    if (at > 0 && outbox->found[at - 1].sequence == record->sequence) {
        if (!read_found(outbox, &outbox->found[at - 1], &other) || !mote_log_is_whole(outbox, &other))
            outbox->found[at - 1] = place_of(record);
        return;
    }
    outbox->found_count = (uint8_t)(outbox->found_count + !is_full(outbox));
    memmove(&outbox->found[at + 1], &outbox->found[at], (outbox->found_count - at - 1u) * sizeof outbox->found[0]);
    outbox->found[at] = place_of(record);
}

/* Is there nothing for the search in the rest of this sector? In each the messages are in order. */
static bool is_beyond(const struct mote_outbox *outbox, const struct mote_log_record *record)
{
    return is_full(outbox) && !mote_sequence_is_before(record->sequence, last(outbox)->sequence);
}

static bool is_passed(const struct mote_log_walk *walk, uint32_t sequence)
{
    return walk->bound != 0 && !mote_sequence_is_before(sequence, walk->bound);
}

static void look_at(struct mote_outbox *outbox, struct mote_log_walk *walk, const struct mote_log_record *record,
                    uint32_t sequence)
{
    if (is_passed(walk, sequence) || (record->kind != MOTE_LOG_STATE && is_beyond(outbox, record)))
        mote_log_walk_skip(walk);
    else if (record->kind != MOTE_LOG_STATE && !mote_sequence_is_before(record->sequence, sequence))
        insert(outbox, record);
}

/* Where all messages from this one on are in order, they are read in order. */
static void search(struct mote_outbox *outbox, uint32_t sequence)
{
    bool in_order = mote_sequence_is_before(outbox->displaced, sequence);
    struct mote_log_record record;
    struct mote_log_walk walk;

    outbox->found_count = 0;
    outbox->found_from = sequence;
    if (in_order && outbox->cursor.sector != NO_SECTOR && !mote_sequence_is_before(sequence, outbox->cursor.sequence))
        mote_log_walk_from(outbox, &walk, outbox->cursor.sector, outbox->cursor.offset);
    else
        mote_log_walk_all(outbox, &walk);
    while (!(in_order && is_full(outbox)) && mote_log_walk_next(&walk, &record))
        look_at(outbox, &walk, &record, sequence);
    if (!in_order)
        outbox->cursor.sector = NO_SECTOR;
    else if (outbox->found_count > 0)
        outbox->cursor = *last(outbox);
    else
        outbox->cursor = (struct mote_outbox_found){sequence, outbox->newest, (uint16_t)outbox->offset};
}

static const struct mote_outbox_found *find(const struct mote_outbox *outbox, uint32_t sequence)
{
    if (mote_sequence_is_before(sequence, outbox->found_from))
        return NULL;
    for (unsigned i = 0; i < outbox->found_count; i++) {
        if (!mote_sequence_is_before(outbox->found[i].sequence, sequence))
            return &outbox->found[i];
    }
    return NULL;
}

bool mote_log_find(struct mote_outbox *outbox, uint32_t sequence, struct mote_log_record *record)
{
    const struct mote_outbox_found *found = find(outbox, sequence);

    if (found != NULL && read_found(outbox, found, record))
        return true;
    search(outbox, sequence);
    found = find(outbox, sequence);
    return found != NULL && read_found(outbox, found, record);
}
