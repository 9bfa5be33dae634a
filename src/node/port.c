#include <mote/port.h>

static enum mote_reason no_link_open(void *context, struct mote_link *link, const struct mote_url *url)
{
    (void)context;
    (void)url;
    link->state = MOTE_LINK_FAILED;
    link->reason = MOTE_TCP_REFUSED;
    return MOTE_TCP_REFUSED;
}

static size_t no_link_receive(void *context, struct mote_link *link, void *into, size_t size)
{
    (void)context;
    (void)link;
    (void)into;
    (void)size;
    return 0;
}

static size_t no_link_send(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    (void)context;
    (void)link;
    (void)bytes;
    (void)size;
    return 0;
}

static void no_link_close(void *context, struct mote_link *link, bool abort)
{
    (void)context;
    (void)abort;
    link->state = MOTE_LINK_CLOSED;
}

static uint64_t no_now_ms(void *context)
{
    (void)context;
    return 0;
}

static uint32_t no_random(void *context)
{
    (void)context;
    return 0;
}

static void no_wait(void *context, uint64_t deadline_ms)
{
    (void)context;
    (void)deadline_ms;
}

static const struct mote_link_port no_link = {
    .open = no_link_open,
    .receive = no_link_receive,
    .send = no_link_send,
    .close = no_link_close,
};

static const struct mote_port no_port = {
    .now_ms = no_now_ms,
    .random = no_random,
    .wait = no_wait,
    .link = &no_link,
};

static const struct mote_port *installed;

void mote_port_install(const struct mote_port *port)
{
    installed = port;
}

const struct mote_port *mote_port(void)
{
    return installed == NULL ? &no_port : installed;
}
