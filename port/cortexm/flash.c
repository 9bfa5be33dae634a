#include "port/cortexm/flash.h"
#include "link/sha1.h"
#include "port/cortexm/kept.h"
#include "port/words.h"
#include <string.h>

enum { SECTOR_SIZE = 1024 };

static bool taken;

static uint32_t kept_size(void)
{
    return (uint32_t)(mote_kept_flash_end - mote_kept_flash);
}

/* What another firmware has left there is not sent in this one's name. */
static void begin_for(const char *id)
{
    uint8_t owner[MOTE_SHA1_SIZE];

    mote_sha1(mote_text(id), owner);
    if (memcmp(owner, mote_kept.flash_owner, sizeof owner) == 0)
        return;
    memset(mote_kept_flash, 0, kept_size());
    memcpy(mote_kept.flash_owner, owner, sizeof owner);
}

static enum mote_reason open_flash(void *context, const char *id, uint32_t size, struct mote_flash *flash)
{
    (void)context, (void)size;
    if (taken || strlen(id) > MOTE_SHA1_TEXT_MAX) {
        mote_words_say("flash: %s", taken ? "somebody has it already" : "its id is too long");
        return MOTE_OUTBOX_CORRUPT;
    }
    begin_for(id);
    mote_flash_in_ram(flash, mote_kept_flash, SECTOR_SIZE, kept_size() / SECTOR_SIZE);
    taken = true;
    return MOTE_OK;
}

static void close_flash(void *context, struct mote_flash *flash)
{
    (void)context, (void)flash;
    taken = false;
}

const struct mote_flash_port mote_cortexm_flash = {
    .open = open_flash,
    .close = close_flash,
};
