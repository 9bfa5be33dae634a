#include "port/linux/board.h"
#include "port/linux/flash_file.h"
#include "port/linux/link/link.h"
#include "port/linux/loop.h"
#include "port/linux/pins.h"
#include "port/linux/radio/radio.h"
#include "port/linux/settings.h"
#include "port/linux/setup_server.h"
#include "port/words.h"
#include <mote/linux.h>
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

uint64_t mote_board_now_ms(void *context)
{
    (void)context;
    return mote_loop_now_ms();
}

uint32_t mote_board_random(void *context)
{
    uint32_t word;

    (void)context;
    while (getrandom(&word, sizeof word, 0) != (ssize_t)sizeof word)
        ; /* interrupted: so few bytes are never cut short */
    return word;
}

void mote_board_wait(void *context, uint64_t deadline_ms)
{
    (void)context;
    mote_loop_wait(deadline_ms);
}

bool mote_board_stop_requested(void *context)
{
    (void)context;
    return mote_linux_stop_requested();
}

const struct mote_port mote_linux_port = {
    .now_ms = mote_board_now_ms,
    .random = mote_board_random,
    .wait = mote_board_wait,
    .stop_requested = mote_board_stop_requested,
    .words = mote_words,
    .link = &mote_linux_links,
    .pins = &mote_linux_pins,
    .settings = &mote_linux_settings,
    .server = &mote_linux_server,
    .flash = &mote_linux_flash,
};

/* A program's own port has a radio only where that is not the system's business. */
static void install_linux(void)
{
    static struct mote_port port;

    port = mote_linux_port;
    port.radio = mote_radio_is_there() ? &mote_linux_radio : NULL;
    mote_port_install(&port);
}

__attribute__((constructor)) static void install(void)
{
    const char *board = getenv("MOTE_BOARD");

    if (board == NULL || board[0] == '\0' || strcmp(board, "linux") == 0) {
        install_linux();
    } else if (strcmp(board, "sim") == 0) {
        mote_sim_board_install();
    } else {
        fprintf(stderr, "mote: MOTE_BOARD=%s: a board is linux or sim (%s)\n", board,
                mote_reason_code(MOTE_CONFIG_INVALID));
        exit(2);
    }
}
