/* SysTick counts without ever being stopped or set: each time would lose some ticks. What ends a sleep in time is the board's
 * alarm, which need not be exact. */
#include "port/cortexm/clock.h"
#include "port/cortexm/board.h"
#include "port/cortexm/register.h"

enum {
    PERIOD = 0x1000000,     /* SysTick has 24 bits */
    SLEEP_MIN = 1000,       /* what is sooner is not slept for */
    SLEEP_MAX = 0x40000000, /* SysTick's interrupts end it earlier anyhow */
    RUNNING = 7,            /* counts the processor's clock, with its interrupt */
};

static const uint32_t CONTROL = 0xe000e010u, RELOAD = 0xe000e014u, VALUE = 0xe000e018u;
static const uint32_t INTERRUPT_STATE = 0xe000ed04u, SYSTICK_PENDING = 1u << 26;

static volatile uint64_t passed; /* ticks before the period that runs */
static volatile bool woken;

/* With interrupts off. The value is 0 when a period has just ended, and the next has not begun. Under QEMU it may be so before the
 * interrupt is there: then time stands still, rather than going back. */
static uint64_t ticks(void)
{
    static uint64_t latest;
    uint64_t now = passed;
    uint32_t left = REGISTER(VALUE);

    if ((REGISTER(INTERRUPT_STATE) & SYSTICK_PENDING) != 0) {
        now += PERIOD;
        left = REGISTER(VALUE);
    }
    if (left > 0)
        now += PERIOD - 1 - left;
    if (now > latest)
        latest = now;
    return latest;
}

void mote_clock_start(void)
{
    REGISTER(RELOAD) = PERIOD - 1;
    REGISTER(VALUE) = 0;
    REGISTER(CONTROL) = RUNNING;
}

void mote_clock_interrupt(void)
{
    passed += PERIOD;
}

uint64_t mote_clock_ticks(void)
{
    uint64_t now;

    mote_interrupts_off();
    now = ticks();
    mote_interrupts_on();
    return now;
}

uint64_t mote_clock_now_ms(void)
{
    return mote_clock_ticks() / (mote_board_clock_hz / 1000);
}

void mote_clock_wake(void)
{
    woken = true;
}

static uint64_t ticks_at(uint64_t time_ms)
{
    return time_ms < UINT64_MAX / mote_board_clock_hz ? time_ms * (mote_board_clock_hz / 1000) : UINT64_MAX;
}

/* With interrupts off. Returns whether there is time to sleep. */
static bool set_alarm(uint64_t until)
{
    uint64_t now = ticks();

    if (until < now + SLEEP_MIN)
        return false;
    mote_board_alarm(until - now < SLEEP_MAX ? (uint32_t)(until - now) : SLEEP_MAX);
    return true;
}

/* An interrupt that comes after the look at `woken` is kept off, and so ends the sleep. What it was is looked at next, so that it
 * need not end the next sleep, too. */
void mote_clock_sleep(uint64_t until_ms)
{
    const uint64_t until = ticks_at(until_ms);

    mote_interrupts_off();
    if (!woken && set_alarm(until))
        mote_wait_for_interrupt();
    mote_interrupts_on();
    woken = false;
}
