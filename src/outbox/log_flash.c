#include "log.h"

#include <string.h>

enum { READ_TRIES = 3 };

static uint32_t address(const struct mote_outbox *outbox, uint16_t sector, uint32_t offset)
{
    return sector * outbox->config->flash->sector_size + offset;
}

bool mote_log_read(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, void *into, uint32_t size)
{
    const struct mote_flash *flash = outbox->config->flash;

    for (unsigned tries = 0; tries < READ_TRIES; tries++) {
        if (flash->calls->read(flash->context, address(outbox, sector, offset), into, size) == MOTE_OK)
            return true;
    }
    outbox->unread = true;
    return false;
}

/* What failed may work again; what was damaged as the log was opened stays so. */
static enum mote_reason judge(struct mote_outbox *outbox, enum mote_reason reason)
{
    if (reason != MOTE_OK)
        outbox->counters.failures++;
    outbox->reason = reason == MOTE_OK && outbox->damaged ? MOTE_OUTBOX_CORRUPT : reason;
    return reason;
}

static bool reads_the_same(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, const uint8_t *bytes,
                           uint32_t size)
{
    uint8_t chunk[MOTE_LOG_CHUNK];

    for (uint32_t done = 0, count; done < size; done += count) {
        count = size - done < sizeof chunk ? size - done : (uint32_t)sizeof chunk;
        if (!mote_log_read(outbox, sector, offset + done, chunk, count) || memcmp(chunk, bytes + done, count) != 0)
            return false;
    }
    return true;
}

enum mote_reason mote_log_program(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, const uint8_t *bytes,
                                  uint32_t size)
{
    const struct mote_flash *flash = outbox->config->flash;
    enum mote_reason reason = flash->calls->program(flash->context, address(outbox, sector, offset), bytes, size);

    outbox->counters.bytes_programmed += size;
    outbox->dirty = flash->calls->sync != NULL;
    if (reason == MOTE_OK && !reads_the_same(outbox, sector, offset, bytes, size))
        reason = MOTE_OUTBOX_CORRUPT;
    return judge(outbox, reason);
}

enum mote_reason mote_log_erase(struct mote_outbox *outbox, uint16_t sector)
{
    const struct mote_flash *flash = outbox->config->flash;

    outbox->counters.erasures++;
    outbox->dirty = flash->calls->sync != NULL;
    return judge(outbox, flash->calls->erase(flash->context, sector));
}
