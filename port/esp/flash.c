#include "port/esp/flash.h"
#include "port/esp/nvs.h"
#include "port/words.h"
#include <esp_partition.h>
#include <string.h>

enum { SECTOR_SIZE = 4096, PROGRAM_SIZE = 4, SECTORS_MIN = 3, BOUNCE_SIZE = 64 };

#define OWNER_KEY "outbox-owner"

static const esp_partition_t *partition; /* while somebody has it */

static enum mote_reason fail(const char *what)
{
    mote_words_say("flash: " MOTE_ESP_OUTBOX_LABEL ": %s", what);
    return MOTE_OUTBOX_CORRUPT;
}

static enum mote_reason read_flash(void *context, uint32_t offset, void *into, uint32_t size)
{
    (void)context;
    return esp_partition_read(partition, offset, into, size) == ESP_OK ? MOTE_OK : fail("it cannot be read");
}

/* The chip reads from addresses that are multiples of four. */
static enum mote_reason program(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    uint32_t bounce[BOUNCE_SIZE / sizeof(uint32_t)];

    (void)context;
    for (uint32_t at = 0; at < size; at += BOUNCE_SIZE) {
        uint32_t part = size - at < BOUNCE_SIZE ? size - at : BOUNCE_SIZE;

        memcpy(bounce, (const uint8_t *)bytes + at, part);
        if (esp_partition_write(partition, offset + at, bounce, part) != ESP_OK)
            return fail("it cannot be written");
    }
    return MOTE_OK;
}

static enum mote_reason erase(void *context, uint32_t sector)
{
    (void)context;
    return esp_partition_erase_range(partition, sector * SECTOR_SIZE, SECTOR_SIZE) == ESP_OK
               ? MOTE_OK
               : fail("it cannot be erased");
}

static const struct mote_flash_calls calls = {
    .read = read_flash,
    .program = program,
    .erase = erase,
};

/* Somebody may have used the partition for something else: then it is no log that is damaged. */
static bool has_log(const esp_partition_t *found)
{
    uint32_t mark = 0;

    for (uint32_t at = 0; at + SECTOR_SIZE <= found->size; at += SECTOR_SIZE) {
        if (esp_partition_read(found, at, &mark, sizeof mark) == ESP_OK && memcmp(&mark, "MOUT", sizeof mark) == 0)
            return true;
    }
    return false;
}

/* Erases what nobody has begun as an outbox; a power cut in between only does it again. What was accepted in another node's name is sent
 * in this one's: the outbox knows whose session it was. */
static enum mote_reason begin_for(const esp_partition_t *found, const char *id)
{
    char owner[80] = "";
    size_t size = sizeof owner;
    bool has_owner = mote_nvs_read(OWNER_KEY, owner, &size);

    if (has_owner && size == strlen(id) + 1 && memcmp(owner, id, size) == 0)
        return MOTE_OK;
    if (has_owner || has_log(found))
        mote_words_say("flash: " MOTE_ESP_OUTBOX_LABEL ": what another node has accepted is sent by %s", id);
    else if (esp_partition_erase_range(found, 0, found->size & ~(uint32_t)(SECTOR_SIZE - 1)) != ESP_OK)
        return fail("it cannot be erased");
    return mote_nvs_write(OWNER_KEY, id, strlen(id) + 1) ? MOTE_OK : fail("NVS does not keep whose it is");
}

static enum mote_reason open_flash(void *context, const char *id, uint32_t size, struct mote_flash *flash)
{
    const esp_partition_t *found =
        esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, MOTE_ESP_OUTBOX_LABEL);
    enum mote_reason reason;

    (void)context, (void)size;
    if (partition != NULL)
        return fail("somebody has it already");
    if (found == NULL || found->size < SECTORS_MIN * SECTOR_SIZE)
        return fail("the partition table has no such partition of 12 KB or more");
    reason = begin_for(found, id);
    if (reason != MOTE_OK)
        return reason;
    partition = found;
    *flash = (struct mote_flash){
        .calls = &calls,
        .sector_size = SECTOR_SIZE,
        .sector_count = found->size / SECTOR_SIZE,
        .program_size = PROGRAM_SIZE,
    };
    return MOTE_OK;
}

static void close_flash(void *context, struct mote_flash *flash)
{
    (void)context, (void)flash;
    partition = NULL;
}

const struct mote_flash_port mote_esp_flash = {
    .open = open_flash,
    .close = close_flash,
};
