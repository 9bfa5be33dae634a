#include "port/linux/radio/control.h"

static struct mote_channel control;

int mote_control_open(const char *path, const struct mote_channel_listener *listener)
{
    return mote_channel_open(&control, path, listener);
}

void mote_control_close(void)
{
    mote_channel_close(&control);
}

bool mote_control_is_open(void)
{
    return mote_channel_is_open(&control);
}

void mote_control_ask(uint8_t request, const char *text)
{
    mote_channel_ask(&control, request, text);
}

bool mote_control_awaits(uint8_t request)
{
    return mote_channel_awaits(&control, request);
}
