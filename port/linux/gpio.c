#include "port/linux/gpio.h"
#include "port/linux/loop.h"
#include "port/linux/pins.h"
#include "port/words.h"
#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { SETTLE_MS = 20, EVENTS_AT_ONCE = 16 };

static const char CONSUMER[] = "mote";

struct mote_gpio {
    struct mote_pin *pin;
    struct gpiod_line *line; /* of a chip of its own */
    int event_fd;            /* -1: an output */
    struct mote_timer settle;
};

static void on_settled(void *context)
{
    struct mote_gpio *gpio = context;
    int level = gpiod_line_get_value(gpio->line);

    if (level >= 0)
        mote_pin_changed(gpio->pin, level);
}

/* A contact bounces: what counts is the level that it has when it has been quiet for a while. */
static void on_edge(int fd, uint32_t events, void *context)
{
    struct mote_gpio *gpio = context;
    struct gpiod_line_event ignored[EVENTS_AT_ONCE];

    (void)events;
    if (gpiod_line_event_read_fd_multiple(fd, ignored, EVENTS_AT_ONCE) < 0) {
        mote_linux_unwatch(fd); /* the chip has been unplugged */
        return;
    }
    mote_loop_after(&gpio->settle, SETTLE_MS, on_settled, gpio);
}

/* "gpiochip1/3", a line's name, or without either the number on the first chip. Returns NULL with errno set. */
static struct gpiod_line *find_line(const struct mote_pin *pin)
{
    char chip_name[32] = "gpiochip0";
    const char *slash = pin->line == NULL ? NULL : strchr(pin->line, '/');
    uint32_t offset = pin->number;
    struct gpiod_chip *chip;
    struct gpiod_line *line;

    if (pin->line != NULL && slash == NULL) {
        errno = 0;
        line = gpiod_line_find(pin->line);
        errno = line == NULL && errno == 0 ? ENOENT : errno;
        return line;
    }
    if (slash != NULL &&
        (!mote_text_copy((struct mote_text){pin->line, (size_t)(slash - pin->line)}, chip_name, sizeof chip_name) ||
         !mote_text_to_number(mote_text(slash + 1), UINT16_MAX, &offset))) {
        errno = ENOENT;
        return NULL;
    }
    chip = gpiod_chip_open_by_name(chip_name);
    if (chip == NULL)
        return NULL;
    line = gpiod_chip_get_line(chip, offset);
    if (line == NULL) {
        gpiod_chip_close(chip);
        errno = ENOENT;
    }
    return line;
}

/* An input without a pull is told so, since the last program may have left it one. */
static int pull_flags(const struct mote_pin *pin)
{
    switch (pin->pull) {
    case MOTE_PULL_UP:
        return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    case MOTE_PULL_DOWN:
        return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    case MOTE_PULL_NONE:
        break;
    }
    return pin->direction == MOTE_INPUT ? GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE : 0;
}

static int request(struct gpiod_line *line, int type, int flags, int level)
{
    const struct gpiod_line_request_config config = {.consumer = CONSUMER, .request_type = type, .flags = flags};

    return gpiod_line_request(line, &config, level);
}

/* Taken as it is, read, and only then made an output, in one step with its level. */
static int request_kept(struct gpiod_line *line, int flags)
{
    int level;

    if (request(line, GPIOD_LINE_REQUEST_DIRECTION_AS_IS, 0, 0) != 0)
        return -1;
    level = gpiod_line_get_value(line);
    if (level < 0)
        return -1;
    return gpiod_line_set_config(line, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT, flags, level);
}

static int request_for(struct mote_gpio *gpio, int level)
{
    int flags = pull_flags(gpio->pin);

    if (gpio->pin->direction == MOTE_INPUT)
        return request(gpio->line, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, flags, 0);
    if (level < 0)
        return request_kept(gpio->line, flags);
    return request(gpio->line, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT, flags, level);
}

static int start_events(struct mote_gpio *gpio)
{
    gpio->event_fd = -1;
    if (gpio->pin->direction == MOTE_OUTPUT)
        return 0;
    gpio->event_fd = gpiod_line_event_get_fd(gpio->line);
    return mote_linux_watch(gpio->event_fd, EPOLLIN, on_edge, gpio) ? 0 : -1;
}

static enum mote_reason refuse(const struct mote_pin *pin, struct mote_gpio *gpio, int error)
{
    char what[64];

    snprintf(what, sizeof what, "gpiochip0/%u", (unsigned)pin->number);
    if (gpio != NULL && gpio->line != NULL)
        gpiod_line_close_chip(gpio->line);
    free(gpio);
    return mote_pins_reason(pin->line == NULL ? what : pin->line, error);
}

enum mote_reason mote_gpio_open(struct mote_pin *pin, int level, struct mote_gpio **into)
{
    struct mote_gpio *gpio = calloc(1, sizeof *gpio);

    if (gpio == NULL)
        return refuse(pin, NULL, ENOMEM);
    gpio->pin = pin;
    gpio->line = find_line(pin);
    if (gpio->line == NULL || request_for(gpio, level) != 0 || start_events(gpio) != 0)
        return refuse(pin, gpio, errno);
    *into = gpio;
    return MOTE_OK;
}

void mote_gpio_write(struct mote_gpio *gpio, int level)
{
    if (gpiod_line_set_value(gpio->line, level) != 0)
        mote_words_say("GPIO line %u: %s", gpiod_line_offset(gpio->line), strerror(errno));
}

int mote_gpio_read(struct mote_gpio *gpio)
{
    return gpiod_line_get_value(gpio->line) == 1;
}

void mote_gpio_close(struct mote_gpio *gpio)
{
    mote_loop_stop(&gpio->settle);
    if (gpio->event_fd >= 0)
        mote_linux_unwatch(gpio->event_fd);
    gpiod_line_close_chip(gpio->line);
    free(gpio);
}
