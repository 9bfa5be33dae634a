/* A task of its own looks for what is typed, since neither SDK can tell a select() of it on every console; what a line says is done in
 * the loop's task. */
#include "port/esp/shell.h"
#include "port/esp/post.h"
#include "port/esp/sdk.h"
#include "port/esp/shell_command.h"
#include <esp_log.h>
#include <freertos/FreeRTOS.h>
#include <freertos/semphr.h>
#include <freertos/task.h>
#include <stdio.h>
#include <unistd.h>

enum { STACK_SIZE = 2048, PRIORITY = 1, LOOK_MS = 20 };

static struct mote_shell_line line; /* the loop's while it is being done */
static SemaphoreHandle_t done;

/* --- In the loop's task --- */

static void set_log_level(int level)
{
    (void)level; /* an SDK without levels at run time has a macro for this that does nothing */
    esp_log_level_set("*", (esp_log_level_t)level);
}

static void restart(void)
{
    fflush(stdout);
    esp_restart();
}

static void do_line(void *context)
{
    static const struct mote_shell_machine machine = {
        .free_memory = esp_get_free_heap_size,
        .log_level = set_log_level,
        .restart = restart,
    };

    (void)context;
    mote_shell_do(&line, &machine);
    printf("> ");
    fflush(stdout);
    xSemaphoreGive(done);
}

/* --- In its own --- */

static bool take(char character)
{
    char echo[4];
    bool complete = mote_shell_line_take(&line, character, echo);

    fputs(echo, stdout);
    fflush(stdout);
    return complete;
}

static void run(void *context)
{
    char character;

    (void)context;
    for (;;) {
        if (read(STDIN_FILENO, &character, 1) != 1)
            vTaskDelay(pdMS_TO_TICKS(LOOK_MS));
        else if (take(character) && mote_post_inside(do_line, "", 0))
            xSemaphoreTake(done, portMAX_DELAY);
    }
}

bool mote_shell_start(void)
{
    done = xSemaphoreCreateBinary();
    return done != NULL && xTaskCreate(run, "mote shell", STACK_SIZE, NULL, PRIORITY, NULL) == pdPASS;
}
