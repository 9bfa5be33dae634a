/* Connections that are led elsewhere, so that a script runs unchanged where the broker that it names is not. */
#include "python/native/script_inside.h"

#include "port/linux/link/link.h"
#include <stdlib.h>
#include <string.h>

struct detour {
    struct detour *next;
    struct mote_text host; /* all of them views of the copy */
    struct mote_text new_host;
    uint32_t port; /* 0: any */
    uint32_t new_port;
};

static struct detour *detours;

/* Takes a port off the end. An IPv6 address has more colons and stands in brackets if there is a port, or not. */
static bool split(struct mote_text *host, uint32_t *port)
{
    const char *colon = memrchr(host->data, ':', host->length);
    struct mote_text number;

    *port = 0;
    if (colon != NULL && (host->data[0] != '[' || colon[-1] == ']')) {
        number = (struct mote_text){colon + 1, host->length - (size_t)(colon + 1 - host->data)};
        if (!mote_text_to_number(number, UINT16_MAX, port) || *port == 0)
            return false;
        host->length = (size_t)(colon - host->data);
    }
    if (host->length > 2 && host->data[0] == '[' && host->data[host->length - 1] == ']')
        *host = (struct mote_text){host->data + 1, host->length - 2};
    return host->length > 0;
}

static bool add(struct mote_text entry)
{
    const char *equals = memchr(entry.data, '=', entry.length);
    struct detour *detour;

    if (equals == NULL)
        return false;
    detour = calloc(1, sizeof *detour);
    if (detour == NULL)
        return false;
    detour->host = (struct mote_text){entry.data, (size_t)(equals - entry.data)};
    detour->new_host = (struct mote_text){equals + 1, entry.length - detour->host.length - 1};
    if (detour->host.length == 0 || detour->new_host.length == 0 || !split(&detour->host, &detour->port) ||
        !split(&detour->new_host, &detour->new_port)) {
        free(detour);
        return false;
    }
    detour->next = detours;
    detours = detour;
    return true;
}

bool mote_script_hosts_set(const char *text)
{
    char *copy = strdup(text); /* for the life of the program, like what points to it */
    bool right = copy != NULL;

    for (char *at = copy; right && *at != '\0';) {
        size_t length = strcspn(at, ",");

        right = length == 0 || add((struct mote_text){at, length});
        at += length + (at[length] == ',');
    }
    return right;
}

static const struct detour *find(const struct mote_url *url)
{
    for (const struct detour *detour = detours; detour != NULL; detour = detour->next) {
        if (mote_text_same(detour->host, url->host) && (detour->port == 0 || detour->port == url->port))
            return detour;
    }
    return NULL;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    const struct detour *detour = find(url);
    struct mote_url led = *url;
    char host[256];

    if (detour != NULL && mote_text_copy(detour->new_host, host, sizeof host)) {
        led.host = mote_text(host);
        led.port = detour->new_port == 0 ? url->port : (uint16_t)detour->new_port;
    }
    return mote_linux_links.open(context, link, &led);
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    return mote_linux_links.receive(context, link, into, size);
}

static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    return mote_linux_links.send(context, link, bytes, size);
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    mote_linux_links.close(context, link, abort);
}

const struct mote_link_port mote_script_links = {
    .open = open_link,
    .receive = receive,
    .send = send_bytes,
    .close = close_link,
};
