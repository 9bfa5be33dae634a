#include "parts.h"

unsigned mote_outbox_syncs_to_end(const struct mote_outbox *outbox)
{
    return (unsigned)outbox->syncing + outbox->dirty;
}

void mote_outbox_begin_sync(struct mote_outbox *outbox)
{
    const struct mote_flash *flash = outbox->config->flash;

    if (!outbox->dirty || outbox->syncing)
        return;
    outbox->dirty = false;
    outbox->syncing = true;
    outbox->loose_new = 0;
    outbox->syncs = outbox->next;
    outbox->sync_ms = MOTE_NEVER;
    flash->calls->sync(flash->context);
}

static void count_down(uint8_t *number)
{
    *number = (uint8_t)(*number - (*number > 0));
}

/* One that has failed counts as one that has ended: nothing more can be done. */
void mote_outbox_look_at_sync(struct mote_outbox *outbox)
{
    const struct mote_flash *flash = outbox->config->flash;
    enum mote_flash_sync state;

    if (!outbox->syncing)
        return;
    state = flash->calls->synced(flash->context);
    if (state == MOTE_FLASH_SYNCING)
        return;
    outbox->syncing = false;
    count_down(&outbox->waits);
    count_down(&outbox->barrier);
    if (state == MOTE_FLASH_SYNCED) {
        outbox->loose = outbox->loose_new;
        outbox->kept = outbox->syncs;
        mote_outbox_look_again(outbox);
        return;
    }
    outbox->dirty = true;
    outbox->counters.failures++;
    outbox->reason = MOTE_OUTBOX_CORRUPT;
}

void mote_outbox_sync_later(struct mote_outbox *outbox, uint64_t now_ms)
{
    uint32_t delay = outbox->config->sync_delay_ms;

    if (outbox->dirty && outbox->sync_ms == MOTE_NEVER)
        outbox->sync_ms = now_ms + (delay == 0 ? 100 : delay);
}
