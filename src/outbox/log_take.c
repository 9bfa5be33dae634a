#include "parts.h"

static enum mote_reason copy(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    enum mote_reason reason;

    if (!mote_log_load(outbox, record)) {
        mote_outbox_count_fate(outbox, MOTE_OUTBOX_IS_DAMAGED);
        return MOTE_OK;
    }
    reason = mote_log_append(outbox, record->kind, record->sequence, record->body_size);
    if (reason != MOTE_OK)
        return reason;
    outbox->copies++;
    if (mote_sequence_is_before(outbox->displaced, record->sequence))
        outbox->displaced = record->sequence;
    return MOTE_OK;
}

/* What was damaged in a sector goes with it. */
static void forget_gaps(struct mote_outbox *outbox, const struct mote_log_walk *walk)
{
    unsigned gaps = walk->gaps + (walk->epoch != 0 && !walk->has_head ? 1u : 0u);

    outbox->gaps = (uint8_t)(gaps < outbox->gaps ? outbox->gaps - gaps : 0);
}

/* `kept`: is all that the sector held plainly done, so that nothing is lost if what is written now is? */
static enum mote_reason copy_sector(struct mote_outbox *outbox, uint16_t sector, bool drop, bool *kept)
{
    enum mote_reason reason = MOTE_OK;
    struct mote_log_record record;
    struct mote_log_walk walk;

    mote_log_walk_sector(outbox, &walk, sector);
    while (reason == MOTE_OK && mote_log_walk_next(&walk, &record)) {
        if (record.kind == MOTE_LOG_STATE || mote_outbox_is_done(outbox, record.sequence))
            continue;
        enum mote_outbox_fate fate = mote_outbox_fate(outbox, &record, drop);
        *kept = false;
        if (fate == MOTE_OUTBOX_WAITS)
            reason = copy(outbox, &record);
        else
            mote_outbox_count_fate(outbox, fate);
    }
    forget_gaps(outbox, &walk);
    return reason;
}

static enum mote_reason begin(struct mote_outbox *outbox, uint16_t sector)
{
    struct mote_log_head head = {outbox->epoch + 1, outbox->next, outbox->offset};
    enum mote_reason reason = outbox->blank ? MOTE_OK : mote_log_erase(outbox, sector);

    outbox->blank = false;
    if (reason == MOTE_OK)
        reason = mote_log_write_head(outbox, sector, &head);
    if (reason != MOTE_OK)
        return reason;
    outbox->newest = sector;
    outbox->epoch++;
    outbox->offset = mote_log_begin(outbox);
    outbox->copies = 0;
    outbox->fresh = false;
    return MOTE_OK;
}

static void count_loose(uint8_t *loose, bool is_before_loose)
{
    if (*loose == 0 && is_before_loose)
        *loose = 1;
    *loose = (uint8_t)(*loose + (*loose < UINT8_MAX));
}

/* Another sector is not known to be kept, and perhaps the end of the one before it. */
static void note_loose(struct mote_outbox *outbox)
{
    if (outbox->config->flash->calls->sync == NULL)
        return;
    count_loose(&outbox->loose, outbox->dirty || outbox->syncing);
    count_loose(&outbox->loose_new, outbox->dirty);
}

/* Until there is a state in the new sector it does not count: then the old one is still the newest. */
static enum mote_reason fill(struct mote_outbox *outbox, bool drop, const struct mote_log_ids *ids)
{
    bool kept = true;
    enum mote_reason reason = copy_sector(outbox, mote_log_behind(outbox, outbox->newest), drop, &kept);

    if (reason == MOTE_OK)
        reason = mote_log_put_state(outbox, ids);
    /* The first of all heads is kept before there is another, too: else nobody knows what the rest is. */
    if (reason == MOTE_OK && (!kept || outbox->epoch == 1))
        outbox->barrier = (uint8_t)mote_outbox_syncs_to_end(outbox);
    return reason;
}

/* What an earlier beginning of these sectors has left must not come back. Those after the first are then found damaged: no head,
 * and nothing up to where the records ended. */
static enum mote_reason erase_for_good(struct mote_outbox *outbox)
{
    uint16_t sector = outbox->newest;

    for (unsigned i = 0; i < outbox->stale; i++) {
        sector = mote_log_behind(outbox, sector);
        enum mote_reason reason = mote_log_erase(outbox, sector);
        if (reason != MOTE_OK)
            return reason;
        outbox->gaps = (uint8_t)(outbox->gaps + (i > 0 && outbox->gaps < UINT8_MAX - 1 ? 2 : 0));
    }
    outbox->stale = 0;
    outbox->blank = true;
    outbox->barrier = (uint8_t)mote_outbox_syncs_to_end(outbox);
    return MOTE_OK;
}

/* One head that is kept has to be left, by which the rest can be found. */
bool mote_log_must_wait(const struct mote_outbox *outbox)
{
    uint32_t most = outbox->config->flash->sector_count - 2;

    return outbox->barrier > 0 || outbox->loose >= (most < MOTE_LOG_LOOSE_MAX ? most : MOTE_LOG_LOOSE_MAX);
}

enum mote_reason mote_log_is_ready(struct mote_outbox *outbox)
{
    enum mote_reason reason = outbox->stale > 0 ? erase_for_good(outbox) : MOTE_OK;

    if (reason == MOTE_OK && mote_log_must_wait(outbox)) {
        mote_outbox_begin_sync(outbox);
        reason = MOTE_OUTBOX_FULL;
    }
    return reason;
}

enum mote_reason mote_log_take(struct mote_outbox *outbox, bool drop, const struct mote_log_ids *ids)
{
    uint16_t newest = outbox->newest;
    uint32_t epoch = outbox->epoch, offset = outbox->offset;
    uint8_t gaps = outbox->gaps;
    enum mote_reason reason;

    reason = mote_log_is_ready(outbox);
    if (reason != MOTE_OK)
        return reason;
    mote_log_forget_found(outbox);
    note_loose(outbox);
    reason = begin(outbox, mote_log_behind(outbox, newest));
    if (reason == MOTE_OK)
        reason = fill(outbox, drop, ids);
    if (reason == MOTE_OK)
        return MOTE_OK;
    outbox->newest = newest;
    outbox->epoch = epoch;
    outbox->offset = offset;
    outbox->gaps = gaps;
    outbox->fresh = true;
    outbox->stale = 1;
    return reason;
}
