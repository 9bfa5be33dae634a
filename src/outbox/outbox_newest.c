#include "mount.h"

#include <string.h>

/* What one sector has. */
struct content {
    bool has_head;
    bool has_state;
    bool is_kept; /* a state says that what was copied into it is sure to be there */
    bool has_own; /* messages that were accepted into it */
    unsigned copies;
    unsigned copies_told; /* by its states */
};

static void take_state(struct mote_outbox *outbox, const struct mote_log_record *record, struct content *content)
{
    unsigned loose, copies;

    if (!mote_log_load(outbox, record) || !mote_log_take_state(outbox, record, &loose, &copies))
        return;
    content->has_state = true;
    content->is_kept = content->is_kept || loose == 0;
    content->copies_told = copies;
    outbox->loose = (uint8_t)loose;
}

/* Goes through it; its last state is taken over. */
static void look_into(struct mote_outbox *outbox, uint16_t sector, struct content *content)
{
    struct mote_log_record record;
    struct mote_log_walk walk;

    memset(content, 0, sizeof *content);
    mote_log_walk_sector(outbox, &walk, sector);
    walk.strict = true;
    content->has_head = walk.has_head;
    while (mote_log_walk_next(&walk, &record)) {
        bool is_own = walk.first != 0 && !mote_sequence_is_before(record.sequence, walk.first);
        if (record.kind == MOTE_LOG_STATE)
            take_state(outbox, &record, content);
        else if (is_own)
            content->has_own = true;
        else
            content->copies++;
    }
}

/* Is all in it that it was to take over? On a flash that keeps things in any order a state alone does not tell. */
static bool is_whole(const struct mote_outbox *outbox, const struct content *content)
{
    if (outbox->config->flash->calls->sync == NULL)
        return content->has_state || content->has_own;
    return content->has_state && (content->is_kept || (content->has_head && content->copies >= content->copies_told));
}

/* What has the sector so far behind the newest one of the epoch that would be its next? */
static void look_behind(struct mote_outbox *outbox, unsigned distance, struct content *content)
{
    struct mote_outbox next = *outbox;

    for (unsigned i = 0; i < distance; i++)
        next.newest = mote_log_behind(outbox, next.newest);
    next.epoch += distance;
    next.offset = 0;
    look_into(&next, next.newest, content);
}

/* Then it is the newest one, with a damaged head. */
static void adopt(struct mote_outbox *outbox)
{
    struct content content;

    look_behind(outbox, 1, &content);
    outbox->offset = 0;
    if (!content.has_state)
        return;
    outbox->newest = mote_log_behind(outbox, outbox->newest);
    outbox->epoch++;
}

/* The first sector of all may have lost its head, too. */
void mote_outbox_adopt_first(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;

    for (uint32_t sector = 0; sector < count && outbox->epoch == 0; sector++) {
        outbox->newest = (uint16_t)(sector == 0 ? count - 1 : sector - 1);
        adopt(outbox);
    }
}

/* A sector that a power cut has left half filled does not count: the one before it is still the newest. Where things are kept in any
 * order, that may be none either: then nothing was copied into it, and nothing in it was known to be kept. */
void mote_outbox_find_newest(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint32_t steps = outbox->config->flash->calls->sync != NULL ? count - 1 : 1;
    struct mote_outbox before = *outbox;
    struct content content;

    before.offset = 0;
    adopt(outbox);
    for (; steps > 0; steps--) {
        look_into(outbox, outbox->newest, &content);
        if (is_whole(outbox, &content) || outbox->epoch == 1)
            return;
        before.newest = (uint16_t)(outbox->newest == 0 ? count - 1 : outbox->newest - 1u);
        before.epoch = outbox->epoch - 1;
        *outbox = before;
    }
}

/* Sectors behind the newest one that were begun and do not count. */
void mote_outbox_find_stale(struct mote_outbox *outbox)
{
    uint32_t most = outbox->config->flash->calls->sync != NULL ? MOTE_LOG_LOOSE_MAX + 1 : 1;
    struct content content;

    for (unsigned distance = 1; distance <= most && distance < outbox->config->flash->sector_count; distance++) {
        look_behind(outbox, distance, &content);
        if (content.has_head || content.has_state || content.has_own || content.copies > 0)
            outbox->stale = (uint8_t)distance;
    }
}

/* Takes over the last state that there is. Returns the epoch of its sector; 0: there is none. */
uint32_t mote_outbox_find_state(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint32_t sector = outbox->newest;
    struct content content;

    for (uint32_t i = 1; i < count && mote_log_epoch(outbox, (uint16_t)sector) > 0; i++) {
        look_into(outbox, (uint16_t)sector, &content);
        if (content.has_state)
            return mote_log_epoch(outbox, (uint16_t)sector);
        sector = sector == 0 ? count - 1 : sector - 1;
    }
    return 0;
}
