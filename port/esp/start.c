/* From the SDK's app_main() to the program's main(). */
#include "port/esp/image.h"
#include "port/esp/nvs.h"
#include "port/esp/port.h"
#include "port/esp/post.h"
#include "port/esp/radio.h"
#include "port/esp/sdk.h"
#include "port/esp/shell.h"
#include "port/esp/wake.h"
#include <esp_log.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <mote/esp.h>
#include <stdlib.h>

static bool has_worked(bool worked, const char *what)
{
    if (!worked)
        ESP_LOGE("mote", "%s does not start", what);
    return worked;
}

enum mote_reason mote_esp_start(void)
{
    if (!has_worked(mote_nvs_start(), "NVS") || !has_worked(mote_sdk_network_start() == ESP_OK, "the network") ||
        !has_worked(mote_post_start() && mote_wake_start(), "the loop") || !has_worked(mote_radio_start(), "the WiFi"))
        return MOTE_WIFI_INACTIVE;
    mote_esp_image_load();
    mote_esp_install();
#ifdef CONFIG_MOTE_SHELL
    has_worked(mote_shell_start(), "the shell");
#endif
    return MOTE_OK;
}

#ifdef CONFIG_MOTE_APP_MAIN

enum { PAUSE_MS = 10000, LOOK_MS = 50 };

/* A device that hangs on a wall has nobody who resets it, and next time there may be memory. */
static void start_anew(void)
{
    ESP_LOGE("mote", "it starts anew in ten seconds");
    vTaskDelay(pdMS_TO_TICKS(PAUSE_MS));
    esp_restart();
}

/* What is wrong with what was kept can be mended there. Of the program nothing is called any more but what it has posted. */
static void serve_shell(void)
{
#ifdef CONFIG_MOTE_SHELL
    for (;;) {
        mote_post_run();
        vTaskDelay(pdMS_TO_TICKS(LOOK_MS));
    }
#endif
}

int main(int argc, char **argv);

void app_main(void);

void app_main(void)
{
    static char name[] = "mote";
    char *arguments[] = {name, NULL};
    int status;

#ifdef CONFIG_MOTE_LOG
    setenv("MOTE_LOG", "1", 1);
#endif
    if (mote_esp_start() != MOTE_OK)
        start_anew();
    status = main(1, arguments);
    ESP_LOGE("mote", "the program has ended with status %d: reset to start it again", status);
    serve_shell();
}

#endif
