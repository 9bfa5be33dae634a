#include "log.h"

#include <string.h>

enum { DOUBTS = 32 };

/* The next sector's head says where this one's records end: what is torn behind them counts for nothing. */
static void look_behind(struct mote_outbox *outbox, struct mote_log_walk *walk)
{
    struct mote_log_head behind;
    uint16_t sector = mote_log_behind(outbox, walk->sector);

    if (mote_log_read_head(outbox, sector, &behind) != MOTE_LOG_HEAD || behind.epoch != walk->epoch + 1 ||
        behind.end < walk->offset)
        return;
    walk->end = behind.end;
    walk->bound = behind.first;
    walk->ends = true;
}

void mote_log_walk_sector(struct mote_outbox *outbox, struct mote_log_walk *walk, uint16_t sector)
{
    struct mote_log_head head;

    *walk = (struct mote_log_walk){.outbox = outbox, .sector = sector, .doubts = DOUBTS};
    walk->epoch = mote_log_epoch(outbox, sector);
    walk->offset = mote_log_begin(outbox);
    if (walk->epoch == 0)
        return;
    walk->has_head = mote_log_read_head(outbox, sector, &head) == MOTE_LOG_HEAD && head.epoch == walk->epoch;
    walk->first = walk->has_head ? head.first : 0;
    walk->end = outbox->config->flash->sector_size;
    if (sector != outbox->newest)
        look_behind(outbox, walk);
    else if (outbox->offset != 0) {
        walk->end = outbox->offset;
        walk->ends = true;
    }
}

void mote_log_walk_from(struct mote_outbox *outbox, struct mote_log_walk *walk, uint16_t sector, uint32_t offset)
{
    uint32_t newest = outbox->newest;

    mote_log_walk_sector(outbox, walk, sector);
    if (offset > walk->offset)
        walk->offset = offset;
    walk->left = (uint16_t)(newest >= sector ? newest - sector : newest + outbox->config->flash->sector_count - sector);
}

void mote_log_walk_all(struct mote_outbox *outbox, struct mote_log_walk *walk)
{
    uint16_t spare = mote_log_behind(outbox, outbox->newest);

    mote_log_walk_from(outbox, walk, mote_log_behind(outbox, spare), 0);
}

void mote_log_walk_skip(struct mote_log_walk *walk)
{
    walk->offset = walk->end;
}

/* Is there a record, by its head; and if that is asked for, as a whole? */
static bool is_record(struct mote_log_walk *walk, const uint8_t *bytes, uint32_t offset, bool whole,
                      struct mote_log_record *record)
{
    record->sector = walk->sector;
    record->offset = offset;
    if (!mote_log_decode(walk->outbox, bytes, walk->epoch, record) || record->size > walk->end - offset) {
        record->size = 0;
        return false;
    }
    if (!whole)
        return true;
    if (walk->doubts == 0)
        return false;
    if (mote_log_is_whole(walk->outbox, record))
        return true;
    walk->doubts--;
    return false;
}

static bool read_record(struct mote_log_walk *walk, uint32_t offset, bool whole, struct mote_log_record *record)
{
    uint8_t bytes[MOTE_LOG_RECORD_SIZE];

    memset(bytes, 0xFF, sizeof bytes);
    record->size = 0;
    return offset < walk->end && walk->end - offset >= sizeof bytes &&
           mote_log_read(walk->outbox, walk->sector, offset, bytes, sizeof bytes) &&
           is_record(walk, bytes, offset, whole, record);
}

/* Looks for a record in one chunk from the offset on, which moves on if there is none. */
static bool search_chunk(struct mote_log_walk *walk, struct mote_log_record *record)
{
    uint32_t unit = walk->outbox->config->flash->program_size;
    uint8_t bytes[2 * MOTE_LOG_CHUNK];
    uint32_t size = walk->end - walk->offset < sizeof bytes ? walk->end - walk->offset : (uint32_t)sizeof bytes;
    uint32_t at = 0;

    if (!mote_log_read(walk->outbox, walk->sector, walk->offset, bytes, size))
        memset(bytes, 0xFF, sizeof bytes);
    for (; at + MOTE_LOG_RECORD_SIZE <= size; at += unit) {
        if (is_record(walk, bytes + at, walk->offset + at, true, record)) {
            walk->offset += at;
            return true;
        }
    }
    walk->offset += at;
    return false;
}

/* Behind something damaged: its own size is believed first, if its head is right. */
static bool search(struct mote_log_walk *walk, struct mote_log_record *record)
{
    uint32_t damaged = walk->offset;
    uint32_t unit = walk->outbox->config->flash->program_size;
    uint32_t size = record->size;

    if (size > 0 && size <= walk->end - damaged && read_record(walk, damaged + size, true, record)) {
        walk->offset = damaged + size;
        return true;
    }
    walk->offset = damaged + unit;
    while (walk->doubts > 0 && walk->end > walk->offset && walk->end - walk->offset >= MOTE_LOG_RECORD_SIZE) {
        if (search_chunk(walk, record))
            return true;
    }
    walk->offset = damaged;
    return false;
}

/* The next one in this sector. At its end the offset is where the records end. Where nobody says that, only what is whole is one: behind
 * it there may be what a power cut has torn, with a number that another message has since. */
static bool next_here(struct mote_log_walk *walk, struct mote_log_record *record)
{
    if (walk->offset >= walk->end)
        return false;
    if (!read_record(walk, walk->offset, walk->strict || !walk->ends, record)) {
        bool found = search(walk, record);
        walk->gaps = (uint16_t)(walk->gaps + (found || walk->ends));
        if (!found) {
            walk->end = walk->offset;
            return false;
        }
    }
    walk->offset = record->offset + record->size;
    return true;
}

bool mote_log_walk_next(struct mote_log_walk *walk, struct mote_log_record *record)
{
    while (!next_here(walk, record)) {
        struct mote_log_walk before = *walk;
        if (walk->left == 0)
            return false;
        mote_log_walk_sector(before.outbox, walk, mote_log_behind(before.outbox, before.sector));
        walk->left = (uint16_t)(before.left - 1);
        walk->gaps = before.gaps;
        walk->strict = before.strict;
    }
    return true;
}
