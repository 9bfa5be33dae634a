/* Connections that are led elsewhere, so that a script runs unchanged where the broker that it names is not. */
#include "python/native/script_inside.h"

#include "port/linux/link/link.h"
#include <stdlib.h>
#include <string.h>

struct detour {
    struct detour *next;
    struct mote_text host; /* views of the text */
    struct mote_text new_host;
    uint32_t port; /* 0: any */
    uint32_t new_port;
    char text[];
};

static struct detour *detours;

/* Takes a port off the end. An IPv6 address has several colons; one with a port stands in brackets. */
static bool split(struct mote_text *host, uint32_t *port)
{
    const char *colon = memrchr(host->data, ':', host->length);
    struct mote_text number;

    *port = 0;
    if (colon != NULL && (colon == memchr(host->data, ':', host->length) || colon[-1] == ']')) {
        number = (struct mote_text){colon + 1, host->length - (size_t)(colon + 1 - host->data)};
        if (!mote_text_to_number(number, UINT16_MAX, port) || *port == 0)
            return false;
        host->length = (size_t)(colon - host->data);
    }
    if (host->length > 2 && host->data[0] == '[' && host->data[host->length - 1] == ']')
        *host = (struct mote_text){host->data + 1, host->length - 2};
    return host->length > 0;
}

/* Returns whether the text is HOST:PORT=HOST:PORT, both ports optional. */
static bool read_entry(struct detour *detour, size_t length)
{
    const char *equals = memchr(detour->text, '=', length);

    if (equals == NULL)
        return false;
    detour->host = (struct mote_text){detour->text, (size_t)(equals - detour->text)};
    detour->new_host = (struct mote_text){equals + 1, length - detour->host.length - 1};
    return detour->host.length > 0 && detour->new_host.length > 0 && split(&detour->host, &detour->port) &&
           split(&detour->new_host, &detour->new_port);
}

/* For the life of the program. */
static bool add(const char *text, size_t length)
{
    struct detour *detour = calloc(1, sizeof *detour + length);

    if (detour == NULL)
        return false;
    memcpy(detour->text, text, length);
    if (!read_entry(detour, length)) {
        free(detour);
        return false;
    }
    detour->next = detours;
    detours = detour;
    return true;
}

bool mote_script_hosts_set(const char *text)
{
    bool right = true;

    while (right && *text != '\0') {
        size_t length = strcspn(text, ",");

        right = length == 0 || add(text, length);
        text += length + (text[length] == ',');
    }
    return right;
}

/* One for the very port comes before one for all of the host. */
static const struct detour *find(struct mote_text host, uint16_t port)
{
    const struct detour *of_host = NULL;

    for (const struct detour *detour = detours; detour != NULL; detour = detour->next) {
        if (!mote_text_same(detour->host, host))
            continue;
        if (detour->port == port)
            return detour;
        if (detour->port == 0 && of_host == NULL)
            of_host = detour;
    }
    return of_host;
}

void mote_script_detour(struct mote_text *host, uint16_t *port)
{
    const struct detour *detour = find(*host, *port);

    if (detour == NULL)
        return;
    *host = detour->new_host;
    if (detour->new_port != 0)
        *port = (uint16_t)detour->new_port;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct mote_url led = *url;
    char host[256];

    mote_script_detour(&led.host, &led.port);
    if (mote_text_copy(led.host, host, sizeof host))
        led.host = mote_text(host);
    else
        led = *url;
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
