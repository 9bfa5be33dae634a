#include "port/esp/nvs.h"
#include <esp_err.h>
#include <esp_log.h>
#include <nvs.h>
#include <nvs_flash.h>

static const char name_space[] = "mote";

bool mote_nvs_start(void)
{
    esp_err_t error = nvs_flash_init();

    if (error == ESP_ERR_NVS_NO_FREE_PAGES || error == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_LOGW("mote", "NVS cannot be used as it is (0x%x): it is erased", (unsigned)error);
        error = nvs_flash_erase();
        if (error == ESP_OK)
            error = nvs_flash_init();
    }
    return error == ESP_OK;
}

bool mote_nvs_read(const char *key, void *into, size_t *size)
{
    size_t room = *size;
    nvs_handle_t handle;
    esp_err_t error;

    *size = 0;
    if (nvs_open(name_space, NVS_READONLY, &handle) != ESP_OK)
        return false; /* nothing has been written yet */
    error = nvs_get_blob(handle, key, NULL, size);
    if (error == ESP_OK && *size <= room)
        error = nvs_get_blob(handle, key, into, size);
    nvs_close(handle);
    return error == ESP_OK;
}

bool mote_nvs_write(const char *key, const void *bytes, size_t size)
{
    nvs_handle_t handle;
    esp_err_t error;

    if (nvs_open(name_space, NVS_READWRITE, &handle) != ESP_OK)
        return false;
    error = nvs_set_blob(handle, key, bytes, size);
    if (error == ESP_OK)
        error = nvs_commit(handle);
    nvs_close(handle);
    return error == ESP_OK;
}

void mote_nvs_erase(const char *key)
{
    nvs_handle_t handle;

    if (nvs_open(name_space, NVS_READWRITE, &handle) != ESP_OK)
        return;
    if (nvs_erase_key(handle, key) == ESP_OK)
        nvs_commit(handle);
    nvs_close(handle);
}
