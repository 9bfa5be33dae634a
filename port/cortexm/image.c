#include "port/cortexm/image.h"
#include "port/cortexm/console.h"
#include <stddef.h>

extern const uint8_t mote_image_flash[], mote_image_flash_end[]; /* firmware.ld */

static struct mote_image image;

/* Flash that is memory, as an emulator's, is erased to zeros. */
static bool is_erased(void)
{
    for (size_t i = 0; i < MOTE_IMAGE_HEAD; i++) {
        if (mote_image_flash[i] != 0)
            return false;
    }
    return true;
}

void mote_image_start(void)
{
    const char *words = "";

    if (is_erased() ||
        mote_image_read(&image, mote_image_flash, (size_t)(mote_image_flash_end - mote_image_flash), &words) == MOTE_OK)
        return;
    mote_console_say("mote: ");
    mote_console_say(words);
    mote_console_say(" (config.invalid); what was built in counts\n");
}

void mote_cortexm_provide(void *context, struct mote_node_config *config)
{
    (void)context;
    mote_image_apply(&image, config);
}

/* As a text, whether the file ends with a line or not. */
#ifdef MOTE_AUTHORITIES
__asm__(".section .rodata.mote_authorities, \"a\"\n"
        "mote_authorities: .incbin \"" MOTE_AUTHORITIES "\"\n"
        ".byte 0\n"
        ".previous");
extern const char mote_authorities[];
#else
static const char *const mote_authorities = NULL;
#endif

const char *mote_cortexm_authorities(void)
{
    return image.authorities != NULL ? image.authorities : mote_authorities;
}
