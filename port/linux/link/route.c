#include "port/linux/link/route.h"
#include "port/words.h"
#include <errno.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* The parts of a proxy's URL take no more than the URL itself and their NULs. */
enum { NULS_SIZE = 16 };

/* A path may take three times its length when it is asked for (websocket.h). */
enum { HOST_MAX = 255, PATH_MAX_SIZE = 1024 };

static enum mote_reason refuse(const char *what, const char *why)
{
    mote_words_say("%s%s%s", what, what[0] == '\0' ? "" : ": ", why);
    return MOTE_CONFIG_INVALID;
}

static const struct scheme {
    const char *name;
    bool file;
    bool tls;
    bool websocket;
} schemes[] = {
    {.name = "mqtt"},
    {.name = "mqtts", .tls = true},
    {.name = "ws", .websocket = true},
    {.name = "wss", .tls = true, .websocket = true},
    {.name = "unix", .file = true},
};

static const struct scheme *find_scheme(struct mote_text name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (mote_text_equals_nocase(name, schemes[i].name))
            return &schemes[i];
    }
    return name.length == 0 ? &schemes[0] : NULL;
}

static char *lay(char *at, struct mote_text part)
{
    if (part.length > 0)
        memcpy(at, part.data, part.length);
    return at + part.length + 1; /* the memory is zero */
}

static enum mote_reason plan_place(struct mote_route *route, const struct mote_url *url, const struct scheme *scheme)
{
    char *path = lay(route->memory, url->host);

    if (!scheme->file && url->host.length == 0)
        return refuse("", "the URL names no host");
    if (scheme->file && url->path.length == 0)
        return refuse("", "the URL names no socket");
    lay(path, url->path);
    if (url->host.length > HOST_MAX)
        return refuse("", "the host's name has 255 bytes at most");
    if (url->path.length > PATH_MAX_SIZE)
        return refuse("", "the path of the URL has 1024 bytes at most");
    if (scheme->file && url->path.length >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return refuse(path, "the name of a socket has 107 bytes at most");
    route->host = scheme->file ? NULL : route->memory;
    route->path = path;
    route->port = url->port;
    route->websocket = scheme->websocket;
    return MOTE_OK;
}

static enum mote_reason plan_bind(struct mote_route *route, const char *address)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    if (address == NULL)
        return MOTE_OK;
    if (getaddrinfo(address, NULL, &hints, &found) != 0)
        return refuse(address, "the address to bind to has to be a numeric one of this machine");
    memcpy(&route->bind, found->ai_addr, found->ai_addrlen);
    route->bind_length = found->ai_addrlen;
    freeaddrinfo(found);
    return MOTE_OK;
}

static enum mote_reason plan_proxy(struct mote_route *route, const char *url, size_t size)
{
    const char *words = NULL;

    if (url == NULL)
        return MOTE_OK;
    if (route->host == NULL)
        return refuse("proxy", "none leads to a socket of this machine's file system");
    route->has_proxy = true;
    if (mote_url_parse_proxy(&route->proxy, mote_text(url), route->memory + route->size - size, size, &words) !=
        MOTE_OK)
        return refuse("proxy", words);
    return MOTE_OK;
}

static enum mote_reason plan_tls(struct mote_route *route, const struct mote_tls_options *options)
{
    route->tls = mote_tls_context_take(options);
    return route->tls == NULL ? MOTE_CONFIG_INVALID : MOTE_OK;
}

struct mote_route *mote_route_plan(const struct mote_url *url, const struct mote_link_options *options,
                                   enum mote_reason *reason)
{
    static const struct mote_link_options defaults;
    const struct mote_link_options *wanted = options == NULL ? &defaults : options;
    const struct scheme *scheme = find_scheme(url->scheme);
    size_t proxy_size = wanted->proxy == NULL ? 0 : strlen(wanted->proxy) + NULS_SIZE;
    size_t size = url->host.length + url->path.length + 2 + proxy_size;
    struct mote_route *route;

    *reason = MOTE_CONFIG_INVALID;
    if (scheme == NULL) {
        refuse("", "only mqtt://, mqtts://, ws://, wss:// and unix:// can be connected to");
        return NULL;
    }
    route = calloc(1, sizeof *route + size);
    if (route == NULL) {
        mote_words_say("%s", strerror(ENOMEM));
        *reason = MOTE_TCP_REFUSED;
        return NULL;
    }
    route->size = size;
    *reason = plan_place(route, url, scheme);
    if (*reason == MOTE_OK)
        *reason = plan_bind(route, wanted->bind_address);
    if (*reason == MOTE_OK)
        *reason = plan_proxy(route, wanted->proxy, proxy_size);
    if (*reason == MOTE_OK && scheme->tls)
        *reason = plan_tls(route, &wanted->tls);
    if (*reason == MOTE_OK)
        return route;
    mote_route_free(route);
    return NULL;
}

const char *mote_route_name(const struct mote_route *route)
{
    return route->host != NULL ? route->host : route->path;
}

/* It may hold the password of a proxy. */
void mote_route_free(struct mote_route *route)
{
    if (route == NULL)
        return;
    mote_tls_context_give_back(route->tls);
    OPENSSL_cleanse(route->memory, route->size);
    free(route);
}
