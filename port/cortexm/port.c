/* The port's table, and its wait. */
#include <mote/port.h>

#include "port/chip/input.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/console.h"
#include "port/cortexm/flash.h"
#include "port/cortexm/image.h"
#include "port/cortexm/link.h"
#include "port/cortexm/network.h"
#include "port/cortexm/pins.h"
#include "port/cortexm/port.h"
#include "port/cortexm/random.h"
#include "port/words.h"

static uint64_t now_ms(void *context)
{
    (void)context;
    return mote_clock_now_ms();
}

static uint32_t random_word(void *context)
{
    (void)context;
    return mote_random();
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Returns at each of lwIP's timers, too: then a send that found no memory is tried again. */
static void wait(void *context, uint64_t deadline_ms)
{
    uint64_t until_ms = earlier(mote_network_deadline(mote_clock_now_ms()), mote_inputs_deadline());

    (void)context;
    mote_clock_sleep(earlier(until_ms, deadline_ms));
    mote_network_turn();
    mote_links_turn();
    mote_inputs_turn(mote_clock_now_ms());
}

static bool stop_requested(void *context)
{
    (void)context;
    return mote_console_stop_requested();
}

static const struct mote_port port = {
    .now_ms = now_ms,
    .random = random_word,
    .wait = wait,
    .stop_requested = stop_requested,
    .words = mote_words,
    .provide = mote_cortexm_provide,
    .link = &mote_cortexm_links,
    .pins = &mote_cortexm_pins,
    .flash = &mote_cortexm_flash,
};

void mote_cortexm_install(void)
{
    mote_port_install(&port);
}
