/* The port's table, and its wait. */
#include <mote/port.h>

#include "port/chip/input.h"
#include "port/esp/flash.h"
#include "port/esp/image.h"
#include "port/esp/link.h"
#include "port/esp/linger.h"
#include "port/esp/pins.h"
#include "port/esp/port.h"
#include "port/esp/post.h"
#include "port/esp/radio.h"
#include "port/esp/sdk.h"
#include "port/esp/settings.h"
#include "port/esp/wake.h"
#include "port/words.h"
#include <esp_timer.h>
#include <string.h>

/* Should a datagram that was to wake it get lost, it wakes by itself. */
enum { SLEEP_MS_MAX = 1000 };

static uint64_t now_ms(void *context)
{
    (void)context;
    return (uint64_t)esp_timer_get_time() / 1000;
}

/* Truly random once the WiFi is on, which it is before anything is asked that has to be. */
static uint32_t random_word(void *context)
{
    (void)context;
    return esp_random();
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct timeval time_until(uint64_t deadline_ms)
{
    uint64_t now = now_ms(NULL);
    uint32_t ms = 0;

    if (deadline_ms > now)
        ms = (uint32_t)earlier(deadline_ms - now, SLEEP_MS_MAX);
    return (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

/* What select() says counts only if it has not failed. */
static void sleep_until(uint64_t deadline_ms, fd_set *readable, fd_set *writable)
{
    int highest = mote_wake_fd();
    struct timeval time;

    FD_ZERO(readable);
    FD_ZERO(writable);
    FD_SET(mote_wake_fd(), readable);
    if (mote_links_watch(readable, writable, &highest))
        deadline_ms = 0;
    mote_linger_watch(readable, &highest);
    time = time_until(deadline_ms);
    if (select(highest + 1, readable, writable, NULL, &time) < 0) {
        FD_ZERO(readable);
        FD_ZERO(writable);
    }
}

static void wait(void *context, uint64_t deadline_ms)
{
    fd_set readable, writable;

    (void)context;
    sleep_until(earlier(deadline_ms, mote_inputs_deadline()), &readable, &writable);
    mote_wake_clear();
    mote_post_run();
    mote_links_turn(&readable, &writable);
    mote_linger_turn(&readable, now_ms(NULL));
    mote_radio_turn(now_ms(NULL));
    mote_inputs_turn(now_ms(NULL));
}

static const struct mote_port port = {
    .now_ms = now_ms,
    .random = random_word,
    .wait = wait,
    .words = mote_words,
    .provide = mote_esp_provide,
    .link = &mote_esp_links,
    .pins = &mote_esp_pins,
    .radio = &mote_esp_radio,
    .settings = &mote_esp_settings,
    .flash = &mote_esp_flash,
};

void mote_esp_install(void)
{
    mote_port_install(&port);
}
