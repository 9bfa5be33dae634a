/* Updates over the air, by esp_ota. */
#include "port/esp/sdk.h"
#include "port/words.h"
#include <mote/esp.h>

static struct {
    const esp_partition_t *partition; /* NULL: nothing is being written */
    esp_ota_handle_t handle;
} update;

static enum mote_reason fail(const char *words)
{
    mote_words_say("update: %s", words);
    return MOTE_CONFIG_INVALID;
}

enum mote_reason mote_esp_update_begin(void)
{
    const esp_partition_t *partition = esp_ota_get_next_update_partition(NULL);

    if (update.partition != NULL)
        return fail("one is being written already");
    if (partition == NULL)
        return fail("the partition table has no room for a second program");
    if (esp_ota_begin(partition, OTA_SIZE_UNKNOWN, &update.handle) != ESP_OK)
        return fail("the partition cannot be erased");
    update.partition = partition;
    return MOTE_OK;
}

enum mote_reason mote_esp_update_write(const void *bytes, size_t size)
{
    if (update.partition == NULL)
        return fail("none has begun");
    if (size > 0 && esp_ota_write(update.handle, bytes, size) != ESP_OK)
        return fail("this is no program for this chip, or the flash fails");
    return MOTE_OK;
}

enum mote_reason mote_esp_update_end(void)
{
    const esp_partition_t *partition = update.partition;

    if (partition == NULL)
        return fail("none has begun");
    update.partition = NULL;
    if (esp_ota_end(update.handle) != ESP_OK)
        return fail("it is not whole, or damaged");
    return esp_ota_set_boot_partition(partition) == ESP_OK ? MOTE_OK : fail("it cannot be made the next to start");
}

void mote_esp_update_abort(void)
{
    if (update.partition == NULL)
        return;
    update.partition = NULL;
    mote_sdk_ota_abort(update.handle);
}

bool mote_esp_update_confirm(void)
{
    return mote_sdk_ota_confirm();
}
