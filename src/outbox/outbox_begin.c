#include "mount.h"

/* Are all bytes from the offset on 0xFF, or all 0? */
static bool is_blank(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, uint8_t *value)
{
    uint8_t chunk[MOTE_LOG_CHUNK];
    uint32_t size = outbox->config->flash->sector_size;

    for (; offset < size; offset += (uint32_t)sizeof chunk) {
        uint32_t count = size - offset < sizeof chunk ? size - offset : (uint32_t)sizeof chunk;
        if (!mote_log_read(outbox, sector, offset, chunk, count))
            return false;
        *value = chunk[0];
        for (uint32_t i = 0; i < count; i++) {
            if (chunk[i] != chunk[0] || (chunk[i] != 0xFF && chunk[i] != 0))
                return false;
        }
    }
    return true;
}

/* Is the flash erased, but for what power cuts have left of a beginning? That is torn heads or, where things are kept in any order,
 * first sectors without their heads. Finds a sector to begin with. */
static bool find_blank(struct mote_outbox *outbox, uint16_t *first, bool *erased)
{
    uint32_t count = outbox->config->flash->sector_count;
    bool in_order = outbox->config->flash->calls->sync == NULL;
    uint8_t value;

    *erased = false;
    *first = 0;
    for (uint32_t left = count; left > 0; left--) {
        uint32_t sector = left - 1;
        if (is_blank(outbox, (uint16_t)sector, 0, &value) && value == 0xFF) {
            *erased = true;
            *first = (uint16_t)sector;
        } else if (!is_blank(outbox, (uint16_t)sector, mote_log_begin(outbox), &value) && (in_order || !*erased)) {
            return false;
        }
    }
    return true;
}

void mote_outbox_begin(struct mote_outbox *outbox, uint16_t first, bool blank)
{
    uint32_t count = outbox->config->flash->sector_count;

    outbox->newest = (uint16_t)(first == 0 ? count - 1 : first - 1u);
    outbox->epoch = 0;
    outbox->offset = mote_log_begin(outbox);
    outbox->base = 1u + outbox->config->first;
    outbox->next = outbox->base;
    outbox->turn = outbox->base;
    outbox->kept = outbox->base;
    outbox->mark = outbox->base - 1;
    outbox->resume = outbox->mark;
    outbox->displaced = outbox->mark;
    outbox->fresh = true;
    outbox->blank = blank;
    outbox->is_open = true;
}

enum mote_reason mote_outbox_begin_anew(struct mote_outbox *outbox, bool is_known, const char *why)
{
    const struct mote_flash *flash = outbox->config->flash;
    uint16_t first;
    bool erased;

    if (!is_known && !outbox->unread && find_blank(outbox, &first, &erased)) {
        mote_outbox_begin(outbox, first, erased);
        return MOTE_OK;
    }
    outbox->damaged = true;
    outbox->reason = MOTE_OUTBOX_CORRUPT;
    if (outbox->unread || flash->calls->set_aside == NULL || flash->calls->set_aside(flash->context, why) != MOTE_OK)
        return MOTE_OUTBOX_CORRUPT;
    if (find_blank(outbox, &first, &erased))
        mote_outbox_begin(outbox, first, erased);
    else
        mote_outbox_begin(outbox, 0, false);
    return MOTE_OUTBOX_CORRUPT;
}
