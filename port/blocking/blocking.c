#include "port/blocking/blocking.h"

uint64_t mote_now_ms(void)
{
    return mote_port()->now_ms(mote_port()->context);
}

void mote_blocking_wait(uint64_t deadline_ms)
{
    mote_port()->wait(mote_port()->context, deadline_ms);
}

uint64_t mote_blocking_deadline(uint32_t delay_ms)
{
    return delay_ms == UINT32_MAX ? MOTE_NEVER : mote_now_ms() + delay_ms;
}

void mote_sleep_ms(uint32_t duration_ms)
{
    uint64_t end_ms = mote_now_ms() + duration_ms;

    while (mote_now_ms() < end_ms)
        mote_blocking_wait(end_ms);
}

/* Once the radio has given up, nothing will happen by itself. */
static bool is_under_way(const struct mote_wifi_status *status)
{
    return status->state == MOTE_WIFI_CONNECTING || (status->state == MOTE_WIFI_IDLE && status->reason == MOTE_OK);
}

static enum mote_reason why_not_joined(const struct mote_wifi_status *status)
{
    if (status->state == MOTE_WIFI_CONNECTED)
        return MOTE_OK;
    if (status->reason != MOTE_OK)
        return status->reason;
    return status->state == MOTE_WIFI_CONNECTING ? MOTE_WIFI_REFUSED : MOTE_WIFI_INACTIVE;
}

enum mote_reason mote_wifi_wait(uint32_t timeout_ms)
{
    uint64_t deadline_ms = mote_blocking_deadline(timeout_ms);
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    while (is_under_way(&status) && mote_now_ms() < deadline_ms) {
        mote_blocking_wait(deadline_ms);
        mote_wifi_status(&status);
    }
    return why_not_joined(&status);
}
