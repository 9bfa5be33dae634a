#include <mote/flash.h>

#include <string.h>

/* `context` is the memory. Erasing does nothing: what is erased may read as it likes. */

static enum mote_reason read_bytes(void *context, uint32_t offset, void *into, uint32_t size)
{
    memcpy(into, (const uint8_t *)context + offset, size);
    return MOTE_OK;
}

static enum mote_reason program_bytes(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    memcpy((uint8_t *)context + offset, bytes, size);
    return MOTE_OK;
}

static enum mote_reason erase_sector(void *context, uint32_t sector)
{
    (void)context;
    (void)sector;
    return MOTE_OK;
}

/* RAM holds anything when the power comes: there is nothing to keep. */
static enum mote_reason set_aside(void *context, const char *why)
{
    (void)context;
    (void)why;
    return MOTE_OK;
}

void mote_flash_in_ram(struct mote_flash *flash, uint8_t *memory, uint32_t sector_size, uint32_t sector_count)
{
    static const struct mote_flash_calls calls = {
        .read = read_bytes, .program = program_bytes, .erase = erase_sector, .set_aside = set_aside};

    *flash = (struct mote_flash){&calls, memory, sector_size, sector_count, 1};
}
