#include "port/linux/link/proxy.h"
#include "port/words.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names and numbers of RFC 1928 and RFC 1929. */
enum {
    SOCKS_VERSION = 5,
    LOGIN_VERSION = 1,
    METHOD_NONE = 0,
    METHOD_PASSWORD = 2,
    COMMAND_CONNECT = 1,
    ADDRESS_V4 = 1,
    ADDRESS_NAME = 3,
    ADDRESS_V6 = 4,
    MESSAGE_MAX = 3 + 2 * 255, /* the longest, a login */
};

enum step { GREET, LOG_IN, CONNECT, SKIP_ADDRESS, DONE };

struct proxy_stream {
    struct mote_stream stream; /* first: a stream is its proxy */
    const struct mote_url *proxy;
    const char *host;
    uint16_t port;
    enum step step;
    size_t out_from;
    size_t out_to;
    size_t in_count;
    size_t in_wanted;
    uint8_t out[MESSAGE_MAX];
    uint8_t in[MESSAGE_MAX];
};

static struct proxy_stream *of(struct mote_stream *stream)
{
    return (struct proxy_stream *)stream;
}

/* --- What is said --- */

static void put(struct proxy_stream *proxy, const void *bytes, size_t size)
{
    memcpy(proxy->out + proxy->out_to, bytes, size);
    proxy->out_to += size;
}

static void put_byte(struct proxy_stream *proxy, size_t byte)
{
    proxy->out[proxy->out_to++] = (uint8_t)byte;
}

static void put_text(struct proxy_stream *proxy, struct mote_text text)
{
    put_byte(proxy, text.length);
    if (text.length > 0)
        put(proxy, text.data, text.length);
}

static void expect(struct proxy_stream *proxy, enum step step, size_t size)
{
    proxy->step = step;
    proxy->in_count = 0;
    proxy->in_wanted = size;
}

static void greet(struct proxy_stream *proxy)
{
    put_byte(proxy, SOCKS_VERSION);
    put_byte(proxy, proxy->proxy->has_username ? 2 : 1);
    put_byte(proxy, METHOD_NONE);
    if (proxy->proxy->has_username)
        put_byte(proxy, METHOD_PASSWORD);
    expect(proxy, GREET, 2);
}

static void log_in(struct proxy_stream *proxy)
{
    put_byte(proxy, LOGIN_VERSION);
    put_text(proxy, proxy->proxy->username);
    put_text(proxy, proxy->proxy->password);
    expect(proxy, LOG_IN, 2);
}

/* A name is looked up by the proxy. */
static void put_host(struct proxy_stream *proxy)
{
    struct in6_addr address;

    if (inet_pton(AF_INET, proxy->host, &address) == 1) {
        put_byte(proxy, ADDRESS_V4);
        put(proxy, &address, sizeof(struct in_addr));
    } else if (inet_pton(AF_INET6, proxy->host, &address) == 1) {
        put_byte(proxy, ADDRESS_V6);
        put(proxy, &address, sizeof address);
    } else {
        put_byte(proxy, ADDRESS_NAME);
        put_text(proxy, mote_text(proxy->host));
    }
}

static void connect_on(struct proxy_stream *proxy)
{
    put_byte(proxy, SOCKS_VERSION);
    put_byte(proxy, COMMAND_CONNECT);
    put_byte(proxy, 0);
    put_host(proxy);
    put_byte(proxy, proxy->port >> 8);
    put_byte(proxy, proxy->port & 0xff);
    expect(proxy, CONNECT, 5); /* to the first byte of an address, which may be a name's length */
}

/* --- What is answered --- */

static enum mote_reason say(const struct proxy_stream *proxy, enum mote_reason reason, const char *words)
{
    mote_words_say("proxy %s: %s", proxy->proxy->host.data, words);
    return reason;
}

static enum mote_reason take_method(struct proxy_stream *proxy)
{
    if (proxy->in[1] == METHOD_PASSWORD && proxy->proxy->has_username)
        log_in(proxy);
    else if (proxy->in[1] == METHOD_NONE)
        connect_on(proxy);
    else
        return say(proxy, MOTE_CONFIG_INVALID,
                   proxy->proxy->has_username ? "it takes no user name and password"
                                              : "it wants a user name and password");
    return MOTE_OK;
}

static enum mote_reason take_login(struct proxy_stream *proxy)
{
    if (proxy->in[1] != 0)
        return say(proxy, MOTE_CONFIG_INVALID, "it does not accept the user name and the password");
    connect_on(proxy);
    return MOTE_OK;
}

static enum mote_reason refused(const struct proxy_stream *proxy)
{
    static const struct {
        enum mote_reason reason;
        const char *words;
    } replies[] = {
        {MOTE_TCP_TIMEOUT, "it has failed"},
        {MOTE_TCP_REFUSED, "its rules do not allow the connection"},
        {MOTE_TCP_TIMEOUT, "no way leads to the network"},
        {MOTE_TCP_TIMEOUT, "the host cannot be reached, or its name not be found"},
        {MOTE_TCP_REFUSED, "connection refused"},
        {MOTE_TCP_TIMEOUT, "the connection has timed out"},
        {MOTE_CONFIG_INVALID, "it makes no connections for others"},
        {MOTE_CONFIG_INVALID, "it cannot do this kind of address"},
    };
    size_t i = (size_t)proxy->in[1] - 1;
    bool known = i < sizeof replies / sizeof replies[0];

    mote_words_say("proxy %s: to %s port %u: %s", proxy->proxy->host.data, proxy->host, (unsigned)proxy->port,
                   known ? replies[i].words : "it has failed in a way of its own");
    return known ? replies[i].reason : MOTE_TCP_TIMEOUT;
}

/* What it has connected from is of no use, but is to be read to its end, and no further. */
static enum mote_reason take_connected(struct proxy_stream *proxy)
{
    size_t left;

    if (proxy->in[1] != 0)
        return refused(proxy);
    switch (proxy->in[3]) {
    case ADDRESS_V4:
        left = sizeof(struct in_addr) - 1;
        break;
    case ADDRESS_V6:
        left = sizeof(struct in6_addr) - 1;
        break;
    case ADDRESS_NAME:
        left = proxy->in[4];
        break;
    default:
        return say(proxy, MOTE_CONFIG_INVALID, "it does not speak SOCKS5");
    }
    expect(proxy, SKIP_ADDRESS, left + 2);
    return MOTE_OK;
}

static enum mote_reason take_answer(struct proxy_stream *proxy)
{
    uint8_t version = proxy->step == LOG_IN ? LOGIN_VERSION : SOCKS_VERSION;

    if (proxy->step != SKIP_ADDRESS && proxy->in[0] != version)
        return say(proxy, MOTE_CONFIG_INVALID, "it does not speak SOCKS5");
    switch (proxy->step) {
    case GREET:
        return take_method(proxy);
    case LOG_IN:
        return take_login(proxy);
    case CONNECT:
        return take_connected(proxy);
    default:
        proxy->step = DONE;
        OPENSSL_cleanse(proxy->out, sizeof proxy->out);
        return MOTE_OK;
    }
}

/* --- The layer --- */

static bool flush(struct mote_stream *stream)
{
    struct proxy_stream *proxy = of(stream);

    proxy->out_from += mote_stream_write(stream->below, proxy->out + proxy->out_from, proxy->out_to - proxy->out_from);
    if (proxy->out_from < proxy->out_to)
        return false;
    proxy->out_from = proxy->out_to = 0;
    return true;
}

/* The layer below has called the broker's name, but it is the proxy that has closed. */
static void blame_proxy(const struct proxy_stream *proxy)
{
    const char *words = mote_words(NULL);
    size_t name = strlen(proxy->stream.name) + 2;
    char why[128];

    snprintf(why, sizeof why, "%s", strlen(words) > name ? words + name : words);
    mote_words_say("proxy %s: %s", proxy->proxy->host.data, why);
}

static bool open_stream(struct mote_stream *stream, enum mote_reason *reason)
{
    struct proxy_stream *proxy = of(stream);
    size_t count = 1;

    while (count > 0 && proxy->step != DONE && flush(stream)) {
        size_t left = proxy->in_wanted - proxy->in_count;

        count = mote_stream_read(stream->below, proxy->in + proxy->in_count, left, reason);
        proxy->in_count += count;
        if (*reason != MOTE_OK)
            blame_proxy(proxy);
        else if (count == left)
            *reason = take_answer(proxy);
        if (*reason != MOTE_OK)
            return false;
    }
    if (*reason == MOTE_OK)
        say(proxy, MOTE_OK, "it does not answer");
    if (proxy->step == DONE)
        mote_words_say("%s", "");
    return proxy->step == DONE;
}

static void dispose(struct mote_stream *stream)
{
    OPENSSL_cleanse(of(stream)->out, sizeof of(stream)->out);
    free(stream);
}

static const struct mote_stream_kind kind = {
    .open = open_stream,
    .dispose = dispose,
};

struct mote_stream *mote_proxy_open(struct mote_stream *below, const struct mote_url *url, const char *host,
                                    uint16_t port)
{
    struct proxy_stream *proxy = calloc(1, sizeof *proxy);

    if (proxy == NULL)
        return NULL;
    proxy->stream = (struct mote_stream){.kind = &kind, .below = below, .name = below->name};
    proxy->proxy = url;
    proxy->host = host;
    proxy->port = port;
    greet(proxy);
    return &proxy->stream;
}
