#include "port/linux/board.h"
#include "port/linux/flash_file.h"
#include "port/linux/link/link.h"
#include "port/linux/loop.h"
#include "port/linux/setup_server.h"
#include "port/words.h"
#include "port/sim/sim.h"
#include <stdio.h>
#include <stdlib.h>

static struct mote_sim board;
static struct mote_pin_port pins;
static struct mote_settings_port settings;
static struct mote_timer alarm_timer;
static bool installed;

static void on_due(void *context)
{
    (void)context; /* that it has woken the loop is all */
}

/* Whoever polls the loop's descriptor hears of the board by a timer, too. */
static void set_alarm(void)
{
    uint64_t due_ms = mote_sim_deadline(&board);
    uint64_t now_ms = mote_loop_now_ms();

    if (due_ms == UINT64_MAX)
        mote_loop_stop(&alarm_timer);
    else
        mote_loop_after(&alarm_timer, due_ms > now_ms ? (uint32_t)(due_ms - now_ms) : 0, on_due, NULL);
}

static bool turn(void)
{
    bool moved = mote_sim_turn(&board, mote_loop_now_ms());

    mote_linux_link_gate(mote_sim_is_reachable(&board));
    return moved;
}

static void wait_for_both(void *context, uint64_t deadline_ms)
{
    (void)context;
    if (turn())
        mote_loop_wake();
    set_alarm();
    mote_loop_wait(deadline_ms);
    turn();
    set_alarm();
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    enum mote_reason reason = mote_sim_pin_port.open(context, pin, level);

    if (reason != MOTE_OK)
        mote_words_say("%s", board.words);
    return reason;
}

static void set_aside(void *context, const char *why)
{
    mote_sim_settings_port.set_aside(context, why);
    mote_words_say("settings: %s", why);
}

static void say(struct mote_sim *sim, uint16_t number, void *context)
{
    const struct mote_pin *pin = mote_sim_pin(sim, number);

    (void)context;
    if (pin != NULL && pin->direction == MOTE_OUTPUT)
        fprintf(stderr, "sim: pin %u = %d\n", (unsigned)number, mote_sim_level(sim, number));
}

static void set_air(void)
{
    const char *air = getenv("MOTE_SIM_AIR");
    enum mote_reason reason = mote_sim_air_set(&board, mote_text(air == NULL ? MOTE_SIM_HOME_AIR : air));

    if (reason == MOTE_OK)
        return;
    fprintf(stderr, "mote: MOTE_SIM_AIR: %s (%s)\n",
            reason == MOTE_MQTT_QUOTA ? "too many access points"
                                      : "is like NAME=KEY@-50;OPEN, with names of 1 to 32 bytes and keys of 8 to 63",
            mote_reason_code(reason));
    exit(2);
}

struct mote_sim *mote_sim_board_install(void)
{
    if (installed)
        return &board;
    installed = true;
    mote_sim_init(&board, 0);
    board.now_ms = mote_loop_now_ms();
    pins = mote_sim_pin_port;
    pins.open = open_pin;
    board.port.pins = &pins;
    settings = mote_sim_settings_port;
    settings.set_aside = set_aside;
    board.port.settings = &settings;
    board.port.server = &mote_loopback_server;
    board.port.flash = &mote_linux_flash; /* which outlasts the program, too */
    board.port.now_ms = mote_board_now_ms;
    board.port.random = mote_board_random;
    board.port.wait = wait_for_both;
    board.port.stop_requested = mote_board_stop_requested;
    board.port.words = mote_words;
    board.port.link = &mote_linux_links;
    mote_sim_observe(&board, say, NULL);
    set_air();
    turn();
    mote_port_install(&board.port);
    return &board;
}

struct mote_sim *mote_sim_board(void)
{
    return installed ? &board : NULL;
}
