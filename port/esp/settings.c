#include "port/esp/settings.h"
#include "port/esp/nvs.h"
#include "port/words.h"
#include "text/crc32.h"
#include "text/wipe.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 16 }; /* NVS has no longer ones */

static char key[KEY_SIZE]; /* empty: nobody has said whose */

static void choose(void *context, const char *id)
{
    (void)context;
    snprintf(key, sizeof key, "set-%08x", (unsigned)mote_crc32(0, id, strlen(id)));
}

static enum mote_reason load(void *context, void *into, size_t size, size_t *found)
{
    (void)context;
    *found = size;
    if (key[0] == '\0' || !mote_nvs_read(key, into, found))
        *found = 0;
    return MOTE_OK;
}

static enum mote_reason save(void *context, const void *bytes, size_t size)
{
    (void)context;
    if (key[0] == '\0') {
        mote_words_say("settings: whose are they?");
        return MOTE_CONFIG_INVALID;
    }
    if (mote_nvs_write(key, bytes, size))
        return MOTE_OK;
    mote_words_say("settings: NVS has no room, or is damaged");
    return MOTE_MQTT_QUOTA;
}

static bool copy(const char *from, const char *to)
{
    size_t size = 0;
    bool copied;
    void *bytes;

    if (!mote_nvs_read(from, NULL, &size) || (bytes = malloc(size)) == NULL)
        return false;
    copied = mote_nvs_read(from, bytes, &size) && mote_nvs_write(to, bytes, size);
    mote_wipe(bytes, size);
    free(bytes);
    return copied;
}

/* Under another name, where they do no harm; an earlier one that was set aside gives way. */
static void set_aside(void *context, const char *why)
{
    char other[KEY_SIZE];

    (void)context;
    snprintf(other, sizeof other, "bad%s", key + 3);
    if (!copy(key, other)) {
        mote_words_say("settings: %s, and cannot be set aside", why);
        return;
    }
    mote_nvs_erase(key);
    mote_words_say("settings: %s; they are kept in NVS as %s", why, other);
}

const struct mote_settings_port mote_esp_settings = {
    .choose = choose,
    .load = load,
    .save = save,
    .set_aside = set_aside,
};
