/* A board without TLS. */
#include "port/cortexm/tls.h"
#include "port/words.h"

enum mote_reason mote_tls_check(const struct mote_tls_options *options)
{
    (void)options;
    mote_words_say("broker: this board speaks mqtt:// only");
    return MOTE_CONFIG_INVALID;
}

bool mote_tls_is_ready(const struct mote_tls_options *options, enum mote_reason *reason)
{
    (void)options, (void)reason;
    return true;
}

struct mote_tls *mote_tls_begin(const struct mote_tls_below *below, const char *host, uint16_t port,
                                const struct mote_tls_options *options)
{
    (void)below, (void)host, (void)port, (void)options;
    return NULL;
}

bool mote_tls_shake(struct mote_tls *tls, enum mote_reason *reason)
{
    (void)tls, (void)reason;
    return false;
}

size_t mote_tls_receive(struct mote_tls *tls, void *into, size_t size, enum mote_reason *reason)
{
    (void)tls, (void)into, (void)size, (void)reason;
    return 0;
}

size_t mote_tls_send(struct mote_tls *tls, const void *bytes, size_t size)
{
    (void)tls, (void)bytes, (void)size;
    return 0;
}

void mote_tls_say_goodbye(struct mote_tls *tls)
{
    (void)tls;
}

void mote_tls_end(struct mote_tls *tls)
{
    (void)tls;
}
