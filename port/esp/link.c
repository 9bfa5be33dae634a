#include "port/esp/link.h"
#include "port/esp/linger.h"
#include "port/esp/lookup.h"
#include "port/esp/tls.h"
#include "port/words.h"
#include "text/assert.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum step {
    RESOLVING,
    CONNECTING,
    SHAKING, /* TLS */
    OPEN,
};

struct connection {
    struct mote_link *link; /* NULL: free */
    enum step step;
    int fd;               /* -1: none */
    struct mote_tls *tls; /* NULL: none */
    bool secure;
    bool wants_room;
    bool has_more; /* the last read was full */
    bool told;     /* that there is something to read, and nobody has: it is not told again */
    uint16_t port;
    char host[MOTE_LOOKUP_NAME_SIZE];
};

static struct connection connections[MOTE_ESP_LINKS];

static struct connection *of(const struct mote_link *link)
{
    return link->hidden[0];
}

static void fail(struct connection *connection, enum mote_reason reason)
{
    connection->link->state = MOTE_LINK_FAILED;
    connection->link->reason = reason;
}

static void say_failed(struct connection *connection, enum mote_reason reason, const char *words)
{
    mote_words_say("%s: %s", connection->host, words);
    fail(connection, reason);
}

static const struct mote_tls_options *tls_options(const struct mote_link *link)
{
    static const struct mote_tls_options none;

    return link->options == NULL ? &none : &link->options->tls;
}

/* --- Opening: the name, the connection, TLS --- */

/* Of a port where nobody listens lwIP says ECONNRESET. */
static enum mote_reason reason_of(int error)
{
    return error == ECONNREFUSED || error == ECONNRESET ? MOTE_TCP_REFUSED : MOTE_TCP_TIMEOUT;
}

static void enter(struct connection *connection)
{
    connection->step = OPEN;
    connection->link->state = MOTE_LINK_OPEN;
    connection->link->reason = MOTE_OK;
}

static void shake(struct connection *connection)
{
    enum mote_reason reason = MOTE_OK;
    int result = mote_tls_shake(connection->tls, &reason);

    if (result > 0)
        enter(connection);
    else if (result < 0)
        fail(connection, reason);
}

static void begin_tls(struct connection *connection)
{
    connection->tls = mote_tls_begin(connection->fd, connection->host, tls_options(connection->link));
    if (connection->tls == NULL) {
        say_failed(connection, MOTE_MQTT_QUOTA, "there is no memory left for TLS");
        return;
    }
    connection->step = SHAKING;
    shake(connection);
}

static void connected(struct connection *connection)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0)
        say_failed(connection, reason_of(error), strerror(error));
    else if (connection->secure)
        begin_tls(connection);
    else
        enter(connection);
}

static bool set_up(int fd)
{
    const int on = 1;

    return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK) >= 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

static socklen_t make_address(const ip_addr_t *address, uint16_t port, struct sockaddr_storage *into)
{
    struct sockaddr_in *in = (struct sockaddr_in *)into;

    memset(into, 0, sizeof *into);
#if LWIP_IPV6
    if (IP_IS_V6(address)) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)into;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        inet6_addr_from_ip6addr(&in6->sin6_addr, ip_2_ip6(address));
        return sizeof *in6;
    }
#endif
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    inet_addr_from_ip4addr(&in->sin_addr, ip_2_ip4(address));
    return sizeof *in;
}

static void dial(struct connection *connection, const ip_addr_t *address)
{
    struct sockaddr_storage to;
    socklen_t size = make_address(address, connection->port, &to);

    connection->fd = socket(((struct sockaddr *)&to)->sa_family, SOCK_STREAM, 0);
    connection->step = CONNECTING;
    connection->link->reason = MOTE_TCP_TIMEOUT;
    if (connection->fd < 0 || !set_up(connection->fd))
        say_failed(connection, MOTE_TCP_REFUSED, "no socket is left: see CONFIG_LWIP_MAX_SOCKETS");
    else if (connect(connection->fd, (const struct sockaddr *)&to, size) != 0 && errno != EINPROGRESS)
        say_failed(connection, reason_of(errno), strerror(errno));
}

static void on_resolved(const ip_addr_t *address, void *context)
{
    struct connection *connection = context;

    if (address != NULL)
        dial(connection, address);
    else
        say_failed(connection, MOTE_DNS_NOT_FOUND, "the name server knows no such name, or does not answer");
}

/* --- What select() has to do with them --- */

/* Has it something that select() does not know of? */
static bool has_more(const struct connection *connection)
{
    return connection->has_more || (connection->tls != NULL && mote_tls_has_more(connection->tls));
}

/* One that nobody reads, as while a node is held, would otherwise let the loop run without end, and nothing else of the chip. */
static bool wants_to_read(const struct connection *connection)
{
    return connection->step == SHAKING || (connection->step == OPEN && !connection->told);
}

bool mote_links_watch(fd_set *readable, fd_set *writable, int *highest)
{
    bool at_once = false;

    for (int i = 0; i < MOTE_ESP_LINKS; i++) {
        const struct connection *connection = &connections[i];

        if (connection->link == NULL || connection->step == RESOLVING || connection->link->state == MOTE_LINK_FAILED)
            continue;
        if (wants_to_read(connection))
            FD_SET(connection->fd, readable);
        if (connection->step == CONNECTING || connection->wants_room)
            FD_SET(connection->fd, writable);
        if (connection->fd > *highest)
            *highest = connection->fd;
        at_once = at_once || (wants_to_read(connection) && has_more(connection));
    }
    return at_once;
}

/* A handshake is asked at each turn, since it may also wait for room. */
static void go_on(struct connection *connection, const fd_set *readable, const fd_set *writable)
{
    if (connection->step == CONNECTING && FD_ISSET(connection->fd, writable))
        connected(connection);
    else if (connection->step == SHAKING)
        shake(connection);
    else if (connection->step == OPEN && (FD_ISSET(connection->fd, readable) || has_more(connection)))
        connection->told = true;
}

void mote_links_turn(const fd_set *readable, const fd_set *writable)
{
    for (int i = 0; i < MOTE_ESP_LINKS; i++) {
        if (connections[i].link != NULL && connections[i].link->state != MOTE_LINK_FAILED)
            go_on(&connections[i], readable, writable);
    }
}

/* --- The table --- */

static enum mote_reason refuse(struct mote_link *link, enum mote_reason reason, const char *words)
{
    if (words != NULL)
        mote_words_say("broker: %s", words);
    link->state = MOTE_LINK_FAILED;
    link->reason = reason;
    return reason;
}

static struct connection *find_free(void)
{
    for (int i = 0; i < MOTE_ESP_LINKS; i++) {
        if (connections[i].link == NULL)
            return &connections[i];
    }
    return NULL;
}

static const char *why_not(const struct mote_link *link, const struct mote_url *url)
{
    if (!mote_text_equals(url->scheme, "mqtt") && !mote_text_equals(url->scheme, "mqtts"))
        return "this board speaks mqtt:// and mqtts:// only";
    if (link->options != NULL && (link->options->bind_address != NULL || link->options->proxy != NULL))
        return "this board has neither proxies nor addresses to choose";
    if (url->host.length >= MOTE_LOOKUP_NAME_SIZE)
        return "its name is too long";
    return NULL;
}

static void begin(struct connection *connection, struct mote_link *link, const struct mote_url *url)
{
    memset(connection, 0, sizeof *connection);
    connection->link = link;
    connection->fd = -1;
    connection->port = url->port;
    connection->secure = mote_text_equals(url->scheme, "mqtts");
    mote_text_copy(url->host, connection->host, sizeof connection->host);
    link->hidden[0] = connection;
    link->state = MOTE_LINK_OPENING;
    link->reason = MOTE_DNS_TIMEOUT;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct connection *connection = find_free();
    const char *words = why_not(link, url);

    (void)context;
    MOTE_ASSERT(link->state == MOTE_LINK_CLOSED);
    if (words != NULL)
        return refuse(link, MOTE_CONFIG_INVALID, words);
    if (mote_text_equals(url->scheme, "mqtts") && mote_tls_check(tls_options(link)) != MOTE_OK)
        return refuse(link, MOTE_CONFIG_INVALID, NULL);
    if (connection == NULL)
        return refuse(link, MOTE_TCP_REFUSED, "too many links: see MOTE_ESP_LINKS");
    begin(connection, link, url);
    if (!mote_lookup_begin(connection->host, on_resolved, connection))
        say_failed(connection, MOTE_DNS_TIMEOUT, "too many names are being looked up");
    return link->state == MOTE_LINK_FAILED ? link->reason : MOTE_OK;
}

static size_t receive_plain(struct connection *connection, void *into, size_t size, bool *ended)
{
    ssize_t count = recv(connection->fd, into, size, 0);

    if (count > 0)
        return (size_t)count;
    if (count < 0 && (errno == EWOULDBLOCK || errno == EAGAIN))
        return 0;
    mote_words_say("%s: %s", connection->host,
                   count == 0 ? "the other side has closed the connection" : strerror(errno));
    *ended = true;
    return 0;
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct connection *connection = of(link);
    bool ended = false;
    size_t taken;

    (void)context;
    if (link->state != MOTE_LINK_OPEN || size == 0)
        return 0;
    connection->told = false;
    if (connection->tls != NULL)
        taken = mote_tls_receive(connection->tls, into, size, &ended);
    else
        taken = receive_plain(connection, into, size, &ended);
    connection->has_more = taken == size || (taken > 0 && ended);
    if (ended && taken == 0)
        fail(connection, MOTE_TCP_RESET);
    return taken;
}

static size_t send_plain(struct connection *connection, const void *bytes, size_t size, bool *ended)
{
    ssize_t count = send(connection->fd, bytes, size, 0);

    if (count >= 0)
        return (size_t)count;
    if (errno == EWOULDBLOCK || errno == EAGAIN || errno == ENOMEM)
        return 0;
    mote_words_say("%s: %s", connection->host, strerror(errno));
    *ended = true;
    return 0;
}

/* That the connection has ended is told by the next read, after what has still come. */
static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct connection *connection = of(link);
    bool ended = false;
    size_t taken;

    (void)context;
    if (link->state != MOTE_LINK_OPEN || size == 0)
        return 0;
    if (connection->tls != NULL)
        taken = mote_tls_send(connection->tls, bytes, size, &ended);
    else
        taken = send_plain(connection, bytes, size, &ended);
    connection->wants_room = taken < size && !ended;
    connection->has_more = connection->has_more || ended;
    return taken;
}

/* With no time to linger it is reset. */
static void cut(int fd)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    struct connection *connection = of(link);

    (void)context;
    link->hidden[0] = NULL;
    link->state = MOTE_LINK_CLOSED;
    if (connection == NULL)
        return;
    mote_lookup_forget(connection);
    if (connection->tls != NULL)
        mote_tls_end(connection->tls, abort);
    if (connection->fd >= 0 && abort)
        cut(connection->fd);
    else if (connection->fd >= 0)
        mote_linger_take(connection->fd);
    connection->link = NULL;
}

const struct mote_link_port mote_esp_links = {
    .open = open_link,
    .receive = receive,
    .send = send_bytes,
    .close = close_link,
};
