/* port/chip/input.c: a contact that bounces is told once, and whatever it does, its last level is told. */
#include "port/chip/input.h"

#include "check.h"

#include <mote/sched.h>
#include <string.h>

enum { SETTLED_MS = 21 };

static struct {
    int levels[MOTE_INPUTS_MAX + 1]; /* by the pin's number */
    bool edge_while_reading;
    struct mote_pin pins[MOTE_INPUTS_MAX + 1];
    unsigned changes;
    bool on;
} board;

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    struct mote_input *input = mote_input_find(NULL);

    (void)context, (void)level;
    if (input == NULL)
        return MOTE_PIN_BUSY;
    mote_input_begin(input, pin, pin->pull == MOTE_PULL_UP);
    return MOTE_OK;
}

static int read_pin(void *context, struct mote_pin *pin)
{
    int level = board.levels[pin->number];

    (void)context;
    if (board.edge_while_reading) {
        board.edge_while_reading = false;
        board.levels[pin->number] = !level;
        mote_input_edge(pin->number);
    }
    return level;
}

static void close_pin(void *context, struct mote_pin *pin)
{
    (void)context;
    mote_input_find(pin)->pin = NULL;
}

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    (void)pin, (void)context;
    board.changes++;
    board.on = on;
}

/* Pins with a pull have edges here, the others have none. */
static struct mote_pin *open_number(unsigned number, enum mote_pull pull)
{
    struct mote_pin *pin = &board.pins[number];

    *pin = (struct mote_pin){.number = (uint16_t)number, .pull = pull, .on_change = on_change};
    CHECK_EQUAL(mote_pin_open(pin), MOTE_OK);
    return pin;
}

static void begin(void)
{
    static const struct mote_pin_port pins = {.open = open_pin, .read = read_pin, .close = close_pin};
    static const struct mote_port port = {.pins = &pins};
    struct mote_input *input;

    for (unsigned i = 0; i <= MOTE_INPUTS_MAX; i++) {
        input = mote_input_find(&board.pins[i]);
        if (input != NULL)
            input->pin = NULL;
    }
    memset(&board, 0, sizeof board);
    mote_port_install(&port);
}

/* Opens an input that has edges, and lets it settle at 0. */
static void begin_settled(void)
{
    begin();
    open_number(0, MOTE_PULL_UP);
    mote_inputs_turn(0);
    mote_inputs_turn(SETTLED_MS);
    CHECK_EQUAL(board.changes, 0);
    CHECK_EQUAL(mote_inputs_deadline(), MOTE_NEVER);
}

static void move(int level)
{
    board.levels[0] = level;
    mote_input_edge(0);
}

static void a_bounce_is_told_once(void)
{
    begin_settled();
    for (unsigned ms = 100; ms < 150; ms += 5) {
        move(ms / 5 % 2 == 0);
        mote_inputs_turn(ms);
    }
    move(1);
    mote_inputs_turn(150);
    mote_inputs_turn(169);
    CHECK_EQUAL(board.changes, 0);
    CHECK_EQUAL(mote_inputs_deadline(), 170);
    mote_inputs_turn(170);
    CHECK_EQUAL(board.changes, 1);
    CHECK(board.on);
    CHECK_EQUAL(mote_inputs_deadline(), MOTE_NEVER);
}

static void a_pulse_between_two_turns_makes_it_wait_again(void)
{
    begin_settled();
    move(1);
    mote_inputs_turn(100);
    move(0);
    move(1);
    mote_inputs_turn(119);
    mote_inputs_turn(120);
    CHECK_EQUAL(board.changes, 0);
    mote_inputs_turn(139);
    CHECK_EQUAL(board.changes, 1);
}

static void what_moves_while_it_is_read_is_not_lost(void)
{
    begin_settled();
    board.edge_while_reading = true;
    mote_inputs_turn(100);
    CHECK(mote_input_find(&board.pins[0])->edge);
    mote_inputs_turn(101);
    mote_inputs_turn(101 + SETTLED_MS);
    CHECK_EQUAL(board.changes, 1);
    CHECK(board.on);
}

static void without_edges_it_is_looked_at_again(void)
{
    begin();
    open_number(1, MOTE_PULL_NONE);
    CHECK_EQUAL(mote_inputs_deadline(), 0);
    mote_inputs_turn(0);
    mote_inputs_turn(20);
    CHECK_EQUAL(mote_inputs_deadline(), 40);
    board.levels[1] = 1;
    mote_inputs_turn(40);
    mote_inputs_turn(60);
    CHECK_EQUAL(board.changes, 1);
}

static void an_edge_is_that_of_its_number(void)
{
    begin_settled();
    open_number(2, MOTE_PULL_UP);
    mote_inputs_turn(100);
    mote_inputs_turn(120);
    mote_input_edge(2);
    CHECK(mote_input_find(&board.pins[2])->edge);
    CHECK(!mote_input_find(&board.pins[0])->edge);
}

static void one_too_many_is_busy_until_one_is_closed(void)
{
    struct mote_pin one_more = {.number = MOTE_INPUTS_MAX};

    begin();
    for (unsigned i = 0; i < MOTE_INPUTS_MAX; i++)
        open_number(i, MOTE_PULL_UP);
    CHECK_EQUAL(mote_pin_open(&one_more), MOTE_PIN_BUSY);
    mote_pin_close(&board.pins[3]);
    open_number(MOTE_INPUTS_MAX, MOTE_PULL_UP);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-bounce-is-told-once", a_bounce_is_told_once},
        {"a-pulse-between-two-turns-makes-it-wait-again", a_pulse_between_two_turns_makes_it_wait_again},
        {"what-moves-while-it-is-read-is-not-lost", what_moves_while_it_is_read_is_not_lost},
        {"without-edges-it-is-looked-at-again", without_edges_it_is_looked_at_again},
        {"an-edge-is-that-of-its-number", an_edge_is_that_of_its_number},
        {"one-too-many-is-busy-until-one-is-closed", one_too_many_is_busy_until_one_is_closed},
    };

    return check_main("unit/chip_input", cases, sizeof cases / sizeof cases[0], argc, argv);
}
