#include "port/cortexm/calendar.h"
#include "port/chip/date.h"
#include "port/cortexm/board.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/host.h"
#include "port/cortexm/network.h"
#include <lwip/apps/sntp.h>
#include <stddef.h>
#include <stdlib.h>

static uint64_t start_s; /* when the clock was at 0; 0: nobody knows */
static const char *server;
static bool asked;

/* What cannot be right is not taken. */
void mote_calendar_set(uint64_t seconds)
{
    if (seconds < MOTE_DATE_WRITTEN_S)
        return;
    start_s = seconds - mote_clock_now_ms() / 1000;
    mote_clock_wake();
}

void mote_calendar_start(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    server = getenv("MOTE_TIME_SERVER");
    if (server != NULL)
        return;
    mote_calendar_set(mote_board_time());
    if (start_s == 0)
        mote_calendar_set(mote_host_time());
}

void mote_calendar_turn(void)
{
    if (server == NULL || asked || !mote_network_is_up())
        return;
    sntp_setoperatingmode(SNTP_OPMODE_POLL);
    sntp_setservername(0, server);
    sntp_init();
    asked = true;
}

uint64_t mote_calendar_now_s(void)
{
    return start_s == 0 ? 0 : start_s + mote_clock_now_ms() / 1000;
}

const char *mote_calendar_waits_for(void)
{
    return start_s == 0 ? server : NULL;
}
