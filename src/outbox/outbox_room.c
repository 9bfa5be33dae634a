#include "parts.h"

/* So many sectors at most are taken in one call, which takes its time; the next call goes on. */
enum { TAKES_MAX = 8 };

/* The bytes of what a sector has that would have to be copied. */
static uint32_t alive_in(struct mote_outbox *outbox, uint16_t sector, bool drop)
{
    struct mote_log_record record;
    struct mote_log_walk walk;
    uint32_t size = 0;

    mote_log_walk_sector(outbox, &walk, sector);
    while (mote_log_walk_next(&walk, &record)) {
        if (record.kind != MOTE_LOG_STATE && mote_outbox_fate(outbox, &record, drop) == MOTE_OUTBOX_WAITS)
            size += record.size;
    }
    return size;
}

/* How many sectors have to be taken until there is room for so much; 0: there never is. */
static unsigned takes_needed(struct mote_outbox *outbox, uint32_t size, bool drop)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint32_t room = mote_log_limit(outbox) - mote_log_begin(outbox) - mote_log_state_size(outbox, NULL);
    uint16_t sector = mote_log_behind(outbox, outbox->newest);

    for (unsigned takes = 1; takes < count; takes++) {
        sector = mote_log_behind(outbox, sector);
        uint32_t alive = alive_in(outbox, sector, drop);
        if (alive + size <= room)
            return takes;
    }
    return 0;
}

static bool has_room(const struct mote_outbox *outbox, uint32_t size)
{
    return !outbox->fresh && outbox->offset + size <= mote_log_limit(outbox);
}

static enum mote_reason take(struct mote_outbox *outbox, unsigned takes, bool drop)
{
    enum mote_reason reason = MOTE_OK;

    for (unsigned i = 0; i < takes && i < TAKES_MAX && reason == MOTE_OK; i++)
        reason = mote_log_take(outbox, drop && i + 1 == takes, NULL);
    return reason;
}

/* Nothing has died since there was no room for as much? */
static bool is_known_to_be_full(const struct mote_outbox *outbox, uint32_t size)
{
    return outbox->full_size != 0 && size >= outbox->full_size;
}

void mote_outbox_look_again(struct mote_outbox *outbox)
{
    outbox->full_size = 0;
}

enum mote_reason mote_outbox_make_room(struct mote_outbox *outbox, uint32_t size)
{
    enum mote_reason reason;
    bool drop = false;
    unsigned takes;

    if (has_room(outbox, size))
        return MOTE_OK;
    if (is_known_to_be_full(outbox, size))
        return MOTE_OUTBOX_FULL;
    takes = takes_needed(outbox, size, false);
    if (takes == 0) {
        drop = true;
        takes = takes_needed(outbox, size, true);
    }
    if (takes == 0) {
        outbox->full_size = (uint16_t)size; /* at most half a sector */
        return MOTE_OUTBOX_FULL;
    }
    reason = take(outbox, takes, drop);
    if (reason != MOTE_OK)
        return reason;
    return has_room(outbox, size) ? MOTE_OK : MOTE_OUTBOX_FULL;
}
