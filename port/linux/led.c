#include "port/linux/led.h"
#include "port/linux/pins.h"
#include "port/words.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_SIZE = 1024 }; /* the list of triggers is long */

struct mote_led {
    struct mote_led *next;
    char *bright; /* the number that is full brightness */
    char folder[];
};

static struct mote_led *open_leds;

static int open_file(const struct mote_led *led, const char *file, int flags)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", led->folder, file);
    return open(path, flags | O_CLOEXEC);
}

/* Returns 0, or errno. Without the newline at its end. */
static int read_value(const struct mote_led *led, const char *file, char value[VALUE_SIZE])
{
    int fd = open_file(led, file, O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, value, VALUE_SIZE - 1);
    int error = size < 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    value[size < 0 ? 0 : size] = '\0';
    value[strcspn(value, "\n")] = '\0';
    return error;
}

static int write_value(const struct mote_led *led, const char *file, const char *value)
{
    int fd = open_file(led, file, O_WRONLY | O_TRUNC);
    ssize_t size = fd < 0 ? -1 : write(fd, value, strlen(value));
    int error = size < 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    return error;
}

int mote_led_read(const struct mote_led *led)
{
    char value[VALUE_SIZE];

    return read_value(led, "brightness", value) == 0 && strspn(value, "0") != strlen(value);
}

/* Taking a trigger away puts the LED out, so what it is to show comes after. */
static int take_over(struct mote_led *led, int level)
{
    char value[VALUE_SIZE], bright[VALUE_SIZE];
    int error = read_value(led, "max_brightness", bright);

    if (error == 0 && (led->bright = strdup(bright)) == NULL)
        error = ENOMEM;
    if (error == 0 && level < 0)
        level = mote_led_read(led);
    if (error == 0)
        error = read_value(led, "trigger", value);
    if (error == 0 && strstr(value, "[none]") == NULL)
        error = write_value(led, "trigger", "none");
    if (error == 0)
        error = write_value(led, "brightness", level ? led->bright : "0");
    return error;
}

static void dispose(struct mote_led *led)
{
    free(led->bright);
    free(led);
}

static const char *leds_folder(void)
{
    const char *folder = getenv("MOTE_SYSFS_LEDS");

    return folder == NULL ? "/sys/class/leds" : folder;
}

static bool is_taken(const char *folder)
{
    const struct mote_led *led = open_leds;

    while (led != NULL && strcmp(led->folder, folder) != 0)
        led = led->next;
    return led != NULL;
}

enum mote_reason mote_led_open(const char *name, int level, struct mote_led **into)
{
    size_t size = strlen(leds_folder()) + 1 + strlen(name) + 1;
    struct mote_led *led;
    int error;

    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return mote_pins_reason(name, ENOENT);
    led = calloc(1, sizeof *led + size);
    if (led == NULL)
        return mote_pins_reason(name, ENOMEM);
    snprintf(led->folder, size, "%s/%s", leds_folder(), name);
    error = is_taken(led->folder) ? EBUSY : take_over(led, level);
    if (error != 0) {
        enum mote_reason reason = mote_pins_reason(led->folder, error);
        dispose(led);
        return reason;
    }
    led->next = open_leds;
    open_leds = led;
    *into = led;
    return MOTE_OK;
}

void mote_led_write(struct mote_led *led, int level)
{
    int error = write_value(led, "brightness", level ? led->bright : "0");

    if (error != 0)
        mote_words_say("%s: %s", led->folder, strerror(error));
}

void mote_led_close(struct mote_led *led)
{
    struct mote_led **at = &open_leds;

    while (*at != led)
        at = &(*at)->next;
    *at = led->next;
    dispose(led);
}
