#include "check.h"

#include <mote/port.h>
#include <string.h>

/* A port with one pin, which remembers what it was asked. */
static struct {
    enum mote_reason reason; /* that opening gives */
    int level;
    int opened_with;
    unsigned opened;
    unsigned written;
    unsigned closed;
} board;

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    CHECK(context == &board);
    CHECK(!pin->open);
    board.opened++;
    board.opened_with = level;
    if (board.reason == MOTE_OK && level >= 0)
        board.level = level;
    return board.reason;
}

static void write_pin(void *context, struct mote_pin *pin, int level)
{
    CHECK(context == &board && pin->open);
    board.written++;
    board.level = level;
}

static int read_pin(void *context, struct mote_pin *pin)
{
    CHECK(context == &board);
    (void)pin;
    return board.level;
}

static void close_pin(void *context, struct mote_pin *pin)
{
    CHECK(context == &board && pin->open);
    board.closed++;
}

static const struct mote_pin_port pins = {.open = open_pin, .write = write_pin, .read = read_pin, .close = close_pin};
static const struct mote_port port = {.context = &board, .pins = &pins};

static void start(int level)
{
    memset(&board, 0, sizeof board);
    board.level = level;
    mote_port_install(&port);
}

static void boots_off_on_or_as_it_is(void)
{
    static const struct {
        enum mote_level active;
        enum mote_boot boot;
        int level; /* before */
        int opened_with;
        bool on;
    } rows[] = {
        {MOTE_HIGH, MOTE_BOOT_OFF, 1, 0, false},   {MOTE_LOW, MOTE_BOOT_OFF, 0, 1, false},
        {MOTE_HIGH, MOTE_BOOT_ON, 0, 1, true},     {MOTE_LOW, MOTE_BOOT_ON, 1, 0, true},
        {MOTE_HIGH, MOTE_BOOT_KEEP, 0, -1, false}, {MOTE_HIGH, MOTE_BOOT_KEEP, 1, -1, true},
        {MOTE_LOW, MOTE_BOOT_KEEP, 0, -1, true},   {MOTE_LOW, MOTE_BOOT_KEEP, 1, -1, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mote_pin pin = {.direction = MOTE_OUTPUT, .active = rows[i].active, .boot = rows[i].boot};
        start(rows[i].level);
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
        CHECK_EQUAL(board.opened_with, rows[i].opened_with);
        CHECK_EQUAL(mote_pin_read(&pin), rows[i].on);
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
        CHECK_EQUAL(board.opened, 1);
        CHECK_EQUAL(board.written, 0);
    }
}

static void writes_the_level_that_means_on(void)
{
    for (int low = 0; low < 2; low++) {
        for (int on = 0; on < 2; on++) {
            struct mote_pin pin = {.direction = MOTE_OUTPUT, .active = low ? MOTE_LOW : MOTE_HIGH};
            start(0);
            CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
            CHECK_EQUAL(mote_pin_write(&pin, on), MOTE_OK);
            CHECK_EQUAL(board.level, on ^ low);
            CHECK_EQUAL(board.written, 1);
            CHECK_EQUAL(mote_pin_read(&pin), on);
        }
    }
}

/* A relay that is to be on must not click off first. */
static void starts_with_what_is_written_first(void)
{
    struct mote_pin pin = {.direction = MOTE_OUTPUT, .active = MOTE_LOW};

    start(0);
    CHECK_EQUAL(mote_pin_write(&pin, true), MOTE_OK);
    CHECK_EQUAL(board.opened_with, 0);
    CHECK_EQUAL(board.written, 0);
    CHECK(mote_pin_read(&pin));
}

static void toggles(void)
{
    struct mote_pin pin = {.direction = MOTE_OUTPUT, .active = MOTE_LOW, .boot = MOTE_BOOT_ON};

    start(0);
    CHECK_EQUAL(mote_pin_toggle(&pin), MOTE_OK);
    CHECK_EQUAL(board.level, 1);
    CHECK(!mote_pin_read(&pin));
    CHECK_EQUAL(mote_pin_toggle(&pin), MOTE_OK);
    CHECK_EQUAL(board.level, 0);
    CHECK(mote_pin_read(&pin));
}

static void reads_an_input_as_it_is_now(void)
{
    for (int low = 0; low < 2; low++) {
        struct mote_pin pin = {.active = low ? MOTE_LOW : MOTE_HIGH};
        start(1);
        CHECK_EQUAL(mote_pin_read(&pin), !low);
        CHECK_EQUAL(board.opened_with, -1);
        board.level = 0;
        CHECK_EQUAL(mote_pin_read(&pin), low);
    }
}

static void never_writes_to_an_input(void)
{
    struct mote_pin pin = {.number = 4};

    start(0);
    CHECK_EQUAL(mote_pin_write(&pin, true), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_pin_toggle(&pin), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(board.written, 0);
    CHECK_EQUAL(board.level, 0);
}

static void passes_the_reason_on(void)
{
    static const enum mote_reason reasons[] = {MOTE_PIN_ABSENT, MOTE_PIN_BUSY, MOTE_CONFIG_INVALID};

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct mote_pin pin = {.direction = MOTE_OUTPUT};
        start(1);
        board.reason = reasons[i];
        CHECK_EQUAL(mote_pin_open(&pin), reasons[i]);
        CHECK_EQUAL(mote_pin_write(&pin, true), reasons[i]);
        CHECK_EQUAL(mote_pin_toggle(&pin), reasons[i]);
        CHECK(!mote_pin_read(&pin));
        mote_pin_close(&pin);
        CHECK_EQUAL(board.opened, 4);
        CHECK_EQUAL(board.written + board.closed, 0);
        board.reason = MOTE_OK; /* it can be had later */
        CHECK_EQUAL(mote_pin_write(&pin, true), MOTE_OK);
    }
}

static void can_be_taken_again_after_closing(void)
{
    struct mote_pin pin = {.direction = MOTE_OUTPUT, .boot = MOTE_BOOT_KEEP};

    start(0);
    CHECK_EQUAL(mote_pin_write(&pin, true), MOTE_OK);
    mote_pin_close(&pin);
    mote_pin_close(&pin);
    CHECK_EQUAL(board.closed, 1);
    CHECK(mote_pin_read(&pin));
    CHECK_EQUAL(board.opened, 2);
}

static struct {
    unsigned calls;
    bool on;
    struct mote_pin *pin;
} told;

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    CHECK(context == &told);
    told.calls++;
    told.on = on;
    told.pin = pin;
}

static void tells_of_changes_only(void)
{
    for (int low = 0; low < 2; low++) {
        struct mote_pin pin = {.active = low ? MOTE_LOW : MOTE_HIGH, .on_change = on_change, .context = &told};
        memset(&told, 0, sizeof told);
        start(low);
        mote_pin_changed(&pin, !low); /* not taken: a late call of the port */
        CHECK_EQUAL(told.calls, 0);
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
        mote_pin_changed(&pin, low); /* a bounce that came back to where it was */
        CHECK_EQUAL(told.calls, 0);
        mote_pin_changed(&pin, !low);
        CHECK_EQUAL(told.calls, 1);
        CHECK(told.on && told.pin == &pin);
        mote_pin_changed(&pin, !low);
        CHECK_EQUAL(told.calls, 1);
        mote_pin_changed(&pin, low);
        CHECK_EQUAL(told.calls, 2);
        CHECK(!told.on);
    }
}

static void needs_nobody_to_tell(void)
{
    struct mote_pin pin = {.number = 0};

    start(0);
    CHECK_EQUAL(mote_pin_open(&pin), MOTE_OK);
    mote_pin_changed(&pin, 1);
    CHECK_EQUAL(board.closed, 0);
}

static void is_absent_without_pins(void)
{
    static const struct mote_port bare;
    struct mote_pin pin = {.direction = MOTE_OUTPUT};

    mote_port_install(&bare);
    CHECK_EQUAL(mote_pin_open(&pin), MOTE_PIN_ABSENT);
    CHECK_EQUAL(mote_pin_write(&pin, true), MOTE_PIN_ABSENT);
    CHECK_EQUAL(mote_pin_toggle(&pin), MOTE_PIN_ABSENT);
    CHECK(!mote_pin_read(&pin));
    mote_pin_close(&pin);
}

static void has_a_port_that_has_nothing(void)
{
    struct mote_pin pin = {.direction = MOTE_OUTPUT};
    struct mote_link link = {.state = MOTE_LINK_CLOSED};
    const struct mote_url url = {.host = MOTE_TEXT("localhost"), .port = 1883};
    const struct mote_port *none;
    char byte = 'x';

    mote_port_install(NULL);
    none = mote_port();
    CHECK(none != NULL);
    CHECK_EQUAL(mote_pin_open(&pin), MOTE_PIN_ABSENT);
    none->wait(none->context, none->now_ms(none->context) + 1000);
    (void)none->random(none->context);
    CHECK(none->radio == NULL);
    CHECK(none->link->open(none->context, &link, &url) != MOTE_OK);
    CHECK_EQUAL(link.state, MOTE_LINK_FAILED);
    CHECK_EQUAL(none->link->send(none->context, &link, &byte, 1), 0);
    CHECK_EQUAL(none->link->receive(none->context, &link, &byte, 1), 0);
    none->link->close(none->context, &link, false);
    CHECK_EQUAL(link.state, MOTE_LINK_CLOSED);
}

static const struct check_case cases[] = {
    {"boots_off_on_or_as_it_is", boots_off_on_or_as_it_is},
    {"writes_the_level_that_means_on", writes_the_level_that_means_on},
    {"starts_with_what_is_written_first", starts_with_what_is_written_first},
    {"toggles", toggles},
    {"reads_an_input_as_it_is_now", reads_an_input_as_it_is_now},
    {"never_writes_to_an_input", never_writes_to_an_input},
    {"passes_the_reason_on", passes_the_reason_on},
    {"can_be_taken_again_after_closing", can_be_taken_again_after_closing},
    {"tells_of_changes_only", tells_of_changes_only},
    {"needs_nobody_to_tell", needs_nobody_to_tell},
    {"is_absent_without_pins", is_absent_without_pins},
    {"has_a_port_that_has_nothing", has_a_port_that_has_nothing},
};

int main(int argc, char **argv)
{
    return check_main("unit/pin", cases, sizeof cases / sizeof cases[0], argc, argv);
}
