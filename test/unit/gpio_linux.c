#include "loopback.h"

#include <errno.h>
#include <gpiod.h>
#include <sys/eventfd.h>

/* In place of libgpiod: one chip, `gpiochip0`, of four lines, the second of which is named. */
struct gpiod_line {
    bool requested;
    bool output;
    int type;
    int flags;
    int level;
    int edges; /* its event descriptor, an eventfd */
};

static struct {
    struct gpiod_line lines[4];
    int error;         /* errno of the next request */
    unsigned opened;   /* chips */
    unsigned glitches; /* changes of an output that nobody asked for */
} chip;

struct gpiod_chip *gpiod_chip_open_by_name(const char *name)
{
    if (strcmp(name, "gpiochip0") != 0) {
        errno = ENOENT;
        return NULL;
    }
    chip.opened++;
    return (struct gpiod_chip *)&chip;
}

void gpiod_chip_close(struct gpiod_chip *closed)
{
    CHECK((void *)closed == &chip);
    chip.opened--;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *of, unsigned int offset)
{
    CHECK((void *)of == &chip);
    if (offset < 4)
        return &chip.lines[offset];
    errno = EINVAL;
    return NULL;
}

struct gpiod_line *gpiod_line_find(const char *name)
{
    if (strcmp(name, "GPIO1") != 0)
        return NULL; /* as the library does it: errno is as it was */
    chip.opened++;
    return &chip.lines[1];
}

int gpiod_line_request(struct gpiod_line *line, const struct gpiod_line_request_config *config, int level)
{
    CHECK(strcmp(config->consumer, "mote") == 0);
    errno = chip.error != 0 ? chip.error : EBUSY;
    if (chip.error != 0 || line->requested)
        return -1;
    line->requested = true;
    line->type = config->request_type;
    line->flags = config->flags;
    if (config->request_type == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) {
        line->output = true;
        line->level = level;
    } else if (config->request_type == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES) {
        line->output = false;
        line->edges = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return 0;
}

int gpiod_line_set_config(struct gpiod_line *line, int direction, int flags, int level)
{
    CHECK(line->requested && direction == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT);
    chip.glitches += line->level != level;
    line->output = true;
    line->flags = flags;
    return 0;
}

int gpiod_line_get_value(struct gpiod_line *line)
{
    CHECK(line->requested);
    return line->level;
}

int gpiod_line_set_value(struct gpiod_line *line, int level)
{
    CHECK(line->requested && line->output);
    line->level = level;
    return 0;
}

unsigned int gpiod_line_offset(struct gpiod_line *line)
{
    return (unsigned)(line - chip.lines);
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
    return line->edges;
}

int gpiod_line_event_read_fd_multiple(int fd, struct gpiod_line_event *events, unsigned int count)
{
    eventfd_t edges;

    (void)events;
    return eventfd_read(fd, &edges) != 0 ? -1 : edges < count ? (int)edges : (int)count;
}

void gpiod_line_close_chip(struct gpiod_line *line)
{
    if (line->requested && line->edges > 0)
        close(line->edges);
    line->edges = 0;
    line->requested = false;
    chip.opened--;
}

static void start(void)
{
    memset(&chip, 0, sizeof chip);
}

static void edge(unsigned offset, int level)
{
    chip.lines[offset].level = level;
    eventfd_write(chip.lines[offset].edges, 1);
}

static void starts_an_output_with_its_level(void)
{
    for (int on = 0; on < 2; on++) {
        struct mote_pin relay = {.number = 3, .direction = MOTE_OUTPUT, .active = MOTE_LOW};
        start();
        relay.boot = on ? MOTE_BOOT_ON : MOTE_BOOT_OFF;
        CHECK_EQUAL(mote_pin_open(&relay), MOTE_OK);
        CHECK_EQUAL(chip.lines[3].type, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT);
        CHECK_EQUAL(chip.lines[3].level, !on);
        CHECK_EQUAL(mote_pin_toggle(&relay), MOTE_OK);
        CHECK_EQUAL(chip.lines[3].level, on);
        mote_pin_close(&relay);
        CHECK_EQUAL(chip.opened, 0);
    }
}

static void keeps_an_output_without_a_glitch(void)
{
    for (int level = 0; level < 2; level++) {
        struct mote_pin relay = {.number = 3, .direction = MOTE_OUTPUT, .boot = MOTE_BOOT_KEEP};
        start();
        chip.lines[3].level = level;
        CHECK_EQUAL(mote_pin_open(&relay), MOTE_OK);
        CHECK(chip.lines[3].output);
        CHECK_EQUAL(chip.lines[3].level, level);
        CHECK_EQUAL(chip.glitches, 0);
        CHECK_EQUAL(mote_pin_read(&relay), level);
        mote_pin_close(&relay);
    }
}

static void finds_a_line_by_number_place_or_name(void)
{
    static const struct {
        const char *line;
        unsigned offset;
    } rows[] = {{NULL, 2}, {"gpiochip0/3", 3}, {"gpiochip0/0", 0}, {"GPIO1", 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mote_pin pin = {.number = 2, .line = rows[i].line, .direction = MOTE_OUTPUT, .boot = MOTE_BOOT_ON};
        start();
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
        CHECK_EQUAL(chip.lines[rows[i].offset].level, 1);
        mote_pin_close(&pin);
        CHECK_EQUAL(chip.opened, 0);
    }
}

static void has_no_other_lines(void)
{
    static const char *const lines[] = {"gpiochip0/4", "gpiochip1/0", "GPIO9", "gpiochip0/", "gpiochip0/x"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct mote_pin pin = {.line = lines[i]};
        start();
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_PIN_ABSENT);
        CHECK(strstr(mote_port()->words(NULL), lines[i]) == mote_port()->words(NULL));
        CHECK_EQUAL(chip.opened, 0);
    }
}

static void passes_the_pull_on(void)
{
    static const int flags[] = {
        [MOTE_PULL_NONE] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
        [MOTE_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [MOTE_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };

    for (enum mote_pull pull = MOTE_PULL_NONE; pull <= MOTE_PULL_DOWN; pull++) {
        struct mote_pin pin = {.number = 1, .pull = pull};
        start();
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
        CHECK_EQUAL(chip.lines[1].flags, flags[pull]);
        CHECK_EQUAL(chip.lines[1].type, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES);
        mote_pin_close(&pin);
    }
}

static void says_why_a_line_cannot_be_had(void)
{
    static const struct {
        int error;
        enum mote_reason reason;
    } rows[] = {
        {EBUSY, MOTE_PIN_BUSY},    {EACCES, MOTE_PIN_BUSY},       {EPERM, MOTE_PIN_BUSY},
        {ENODEV, MOTE_PIN_ABSENT}, {EINVAL, MOTE_CONFIG_INVALID},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mote_pin pin = {.number = 3};
        start();
        chip.error = rows[i].error;
        CHECK_EQUAL(mote_pin_open(&pin), rows[i].reason);
        CHECK(strstr(mote_port()->words(NULL), "gpiochip0/3: ") == mote_port()->words(NULL));
        CHECK(strstr(mote_port()->words(NULL), strerror(rows[i].error)) != NULL);
        CHECK_EQUAL(chip.opened, 0);
    }
}

static void gives_a_line_to_one_only(void)
{
    struct mote_pin first = {.number = 0}, second = {.number = 0};

    start();
    CHECK_EQUAL(mote_pin_open(&first), MOTE_OK);
    CHECK_EQUAL(mote_pin_open(&second), MOTE_PIN_BUSY);
    mote_pin_close(&first);
    CHECK_EQUAL(mote_pin_open(&second), MOTE_OK);
    mote_pin_close(&second);
}

static unsigned presses, releases;

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    (void)pin;
    (void)context;
    presses += on;
    releases += !on;
}

static void settles_a_contact_that_bounces(void)
{
    struct mote_pin button = {.number = 0, .active = MOTE_LOW, .pull = MOTE_PULL_UP, .on_change = on_change};
    unsigned descriptors = loopback_descriptors();

    start();
    presses = releases = 0;
    chip.lines[0].level = 1;
    CHECK_EQUAL(mote_pin_open(&button), MOTE_OK);
    for (int i = 0; i < 9; i++) { /* ends pressed */
        edge(0, i & 1);
        loopback_wait(0);
        CHECK_EQUAL(presses, 0);
    }
    LOOPBACK_UNTIL(presses > 0);
    CHECK(mote_pin_read(&button));
    edge(0, 1);
    LOOPBACK_UNTIL(releases > 0);
    CHECK_EQUAL(presses, 1);
    CHECK_EQUAL(releases, 1);
    mote_pin_close(&button);
    CHECK_EQUAL(loopback_descriptors(), descriptors);
}

static void does_not_tell_of_a_spike(void)
{
    struct mote_pin button = {.number = 0, .active = MOTE_LOW, .on_change = on_change};
    uint64_t until_ms;

    start();
    presses = releases = 0;
    chip.lines[0].level = 1;
    CHECK_EQUAL(mote_pin_open(&button), MOTE_OK);
    edge(0, 0);
    edge(0, 1);
    for (until_ms = loopback_now_ms() + 60; loopback_now_ms() < until_ms;)
        loopback_wait(until_ms);
    CHECK_EQUAL(presses + releases, 0);
    mote_pin_close(&button);
}

static void is_quiet_after_closing(void)
{
    struct mote_pin button = {.number = 0, .on_change = on_change};
    uint64_t until_ms;

    start();
    presses = releases = 0;
    CHECK_EQUAL(mote_pin_open(&button), MOTE_OK);
    edge(0, 1);
    loopback_wake();
    mote_pin_close(&button); /* while it settles */
    for (until_ms = loopback_now_ms() + 60; loopback_now_ms() < until_ms;)
        loopback_wait(until_ms);
    CHECK_EQUAL(presses + releases, 0);
}

static const struct check_case cases[] = {
    {"starts_an_output_with_its_level", starts_an_output_with_its_level},
    {"keeps_an_output_without_a_glitch", keeps_an_output_without_a_glitch},
    {"finds_a_line_by_number_place_or_name", finds_a_line_by_number_place_or_name},
    {"has_no_other_lines", has_no_other_lines},
    {"passes_the_pull_on", passes_the_pull_on},
    {"says_why_a_line_cannot_be_had", says_why_a_line_cannot_be_had},
    {"gives_a_line_to_one_only", gives_a_line_to_one_only},
    {"settles_a_contact_that_bounces", settles_a_contact_that_bounces},
    {"does_not_tell_of_a_spike", does_not_tell_of_a_spike},
    {"is_quiet_after_closing", is_quiet_after_closing},
};

int main(int argc, char **argv)
{
    return check_main("unit/gpio", cases, sizeof cases / sizeof cases[0], argc, argv);
}
