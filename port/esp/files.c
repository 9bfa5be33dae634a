#include "port/esp/files.h"
#include <mote/esp.h>
#include <mote/text.h>

static struct {
    const char *name;
    const char *pem;
} files[MOTE_ESP_FILES];

bool mote_esp_file(const char *name, const char *pem)
{
    for (int i = 0; i < MOTE_ESP_FILES; i++) {
        if (files[i].name != NULL && !mote_text_equals(mote_text(name), files[i].name))
            continue;
        files[i].name = name;
        files[i].pem = pem;
        return true;
    }
    return false;
}

const char *mote_esp_file_find(const char *name)
{
    for (int i = 0; i < MOTE_ESP_FILES; i++) {
        if (files[i].name != NULL && mote_text_equals(mote_text(name), files[i].name))
            return files[i].pem;
    }
    return NULL;
}
