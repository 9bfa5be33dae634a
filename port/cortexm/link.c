/* A link owns a buffer as large as the window that lwIP announces, and takes into it what comes at once: so whatever the sender
 * does, no packet buffer of lwIP's is held, and the window opens only by what has been read. */
#include "port/cortexm/link.h"
#include "port/cortexm/clock.h"
#include "port/cortexm/network.h"
#include "port/cortexm/tls.h"
#include "port/words.h"
#include "text/assert.h"
#include <lwip/dns.h>
#include <lwip/priv/tcp_priv.h>
#include <string.h>

enum { LINGER_TICKS = TCP_FIN_WAIT_TIMEOUT / TCP_SLOW_INTERVAL, LAST_WORDS_MS = 2000 };

struct connection {
    struct mote_link *link; /* NULL: free */
    struct tcp_pcb *pcb;    /* NULL: there is none yet, or no more */
    struct mote_tls *tls;   /* NULL: not begun, or there is none */
    bool is_secure;         /* there is to be one */
    bool waiting;           /* for the network, and with TLS for the time */
    bool resolving;
    bool ended;           /* nothing comes any more, */
    enum mote_reason why; /* which the link is told once it has read all */
    uint16_t port;
    uint16_t first, count; /* of what was received: a ring */
    char host[DNS_MAX_NAME_LENGTH];
    uint8_t received[TCP_WND];
};

static struct connection connections[MOTE_CORTEXM_LINKS];

static struct connection *of(const struct mote_link *link)
{
    return link->hidden[0];
}

static void fail_silently(struct connection *connection, enum mote_reason reason)
{
    connection->link->state = MOTE_LINK_FAILED;
    connection->link->reason = reason;
    mote_clock_wake();
}

static void fail(struct connection *connection, enum mote_reason reason, const char *words)
{
    mote_words_say("%s: %s", connection->host, words);
    fail_silently(connection, reason);
}

/* What it will have been if it does not come, and somebody gives up. */
static void await(struct connection *connection, enum mote_reason reason, const char *words)
{
    mote_words_say("%s: %s", connection->host, words);
    connection->link->reason = reason;
}

static void end(struct connection *connection, enum mote_reason reason, const char *words)
{
    if (connection->link->state == MOTE_LINK_OPENING && connection->tls == NULL) {
        fail(connection, reason, words);
        return;
    }
    mote_words_say("%s: %s", connection->host, words);
    connection->ended = true;
    connection->why = reason;
    mote_clock_wake();
}

/* --- What lwIP tells: the port's wait returns after it --- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The window is never wider than the room that is left. */
static err_t on_received(void *context, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    struct connection *connection = context;
    size_t at, straight;

    (void)pcb, (void)error;
    if (packet == NULL) {
        end(connection, MOTE_TCP_RESET, "the other side has closed the connection");
        return ERR_OK;
    }
    MOTE_ASSERT(packet->tot_len <= TCP_WND - connection->count);
    at = ((size_t)connection->first + connection->count) % TCP_WND;
    straight = least(packet->tot_len, TCP_WND - at);
    pbuf_copy_partial(packet, connection->received + at, (uint16_t)straight, 0);
    pbuf_copy_partial(packet, connection->received, (uint16_t)(packet->tot_len - straight), (uint16_t)straight);
    connection->count = (uint16_t)(connection->count + packet->tot_len);
    pbuf_free(packet);
    return ERR_OK;
}

/* lwIP gives a connection up when its packets are not answered, or when its address is taken from it. */
static void on_error(void *context, err_t error)
{
    struct connection *connection = context;
    bool opening = connection->link->state == MOTE_LINK_OPENING && connection->tls == NULL;

    connection->pcb = NULL;
    if (error == ERR_RST)
        end(connection, opening ? MOTE_TCP_REFUSED : MOTE_TCP_RESET,
            opening ? "Connection refused" : "Connection reset");
    else if (!mote_network_is_up())
        end(connection, MOTE_DHCP_NO_LEASE, "the address is no longer this board's");
    else
        end(connection, MOTE_TCP_TIMEOUT, "no answer");
}

/* --- The bytes of a connection --- */

static size_t take(struct connection *connection, uint8_t *into, size_t size)
{
    size_t straight;

    size = least(size, connection->count);
    straight = least(size, (size_t)TCP_WND - connection->first);
    memcpy(into, connection->received + connection->first, straight);
    memcpy(into + straight, connection->received, size - straight);
    connection->first = (uint16_t)((connection->first + size) % TCP_WND);
    connection->count = (uint16_t)(connection->count - size);
    if (connection->pcb != NULL && size > 0)
        tcp_recved(connection->pcb, (uint16_t)size);
    return size;
}

/* What lwIP has no memory for now is asked again when something has been acknowledged, or at its next timer. */
static size_t put(struct connection *connection, const void *bytes, size_t size)
{
    if (connection->pcb == NULL)
        return 0;
    size = least(size, tcp_sndbuf(connection->pcb));
    if (size == 0 || tcp_write(connection->pcb, bytes, (uint16_t)size, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;
    tcp_output(connection->pcb);
    return size;
}

/* --- TLS on it --- */

static const struct mote_tls_options *tls_options(const struct mote_link *link)
{
    static const struct mote_tls_options none;

    return link->options == NULL ? &none : &link->options->tls;
}

static void become_open(struct connection *connection)
{
    connection->link->state = MOTE_LINK_OPEN;
    connection->link->reason = MOTE_OK;
    mote_words_say("%s", "");
}

static size_t read_below(void *context, void *into, size_t size)
{
    return take(context, into, size);
}

static size_t write_below(void *context, const void *bytes, size_t size)
{
    return put(context, bytes, size);
}

static void begin_tls(struct connection *connection)
{
    const struct mote_tls_below below = {read_below, write_below, connection};

    mote_words_say("%s: no answer in TLS's handshake", connection->host);
    connection->tls = mote_tls_begin(&below, connection->host, connection->port, tls_options(connection->link));
    if (connection->tls == NULL)
        fail_silently(connection, MOTE_CONFIG_INVALID);
    mote_clock_wake();
}

/* The connection has ended, as the words say, and TLS does not know why. */
static void fail_below(struct connection *connection, const char *words)
{
    mote_words_add(words);
    fail_silently(connection, connection->why);
}

static void shake(struct connection *connection)
{
    enum mote_reason reason = MOTE_OK;

    if (mote_tls_shake(connection->tls, &reason))
        become_open(connection);
    else if (reason != MOTE_OK)
        fail_silently(connection, reason);
    else if (connection->ended)
        fail_below(connection, ", in the middle of TLS's handshake: is this the port for TLS?");
}

static size_t receive_secure(struct connection *connection, void *into, size_t size)
{
    enum mote_reason reason = MOTE_OK;
    size_t taken = mote_tls_receive(connection->tls, into, size, &reason);

    if (reason != MOTE_OK)
        fail_silently(connection, reason);
    else if (taken == 0 && connection->ended)
        fail_below(connection, ", without ending TLS: the last words may be missing");
    else if (taken > 0)
        mote_clock_wake();
    return taken;
}

/* --- Opening: the network, the name, the connection --- */

static err_t on_connected(void *context, struct tcp_pcb *pcb, err_t error)
{
    struct connection *connection = context;

    (void)pcb, (void)error;
    if (connection->is_secure)
        begin_tls(connection);
    else
        become_open(connection);
    return ERR_OK;
}

static void forget(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
}

static void dial(struct connection *connection, const ip_addr_t *address)
{
    struct tcp_pcb *pcb = tcp_new();

    await(connection, MOTE_TCP_TIMEOUT, "no answer");
    if (pcb == NULL) {
        fail(connection, MOTE_TCP_REFUSED, "no memory for another connection");
        return;
    }
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, connection);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_error);
    if (tcp_connect(pcb, address, connection->port, on_connected) == ERR_OK) {
        connection->pcb = pcb;
    } else {
        forget(pcb);
        tcp_abort(pcb);
        fail(connection, MOTE_TCP_TIMEOUT, "there is no way there");
    }
}

/* Of a link that was closed meanwhile the answer may still come: it counts for the next one only if that asks the same. */
static void on_resolved(const char *name, const ip_addr_t *address, void *context)
{
    struct connection *connection = context;

    if (connection->link == NULL || !connection->resolving || strcmp(connection->host, name) != 0)
        return;
    connection->resolving = false;
    if (address != NULL)
        dial(connection, address);
    else if (mote_network_is_taking())
        fail(connection, MOTE_DNS_NOT_FOUND, "the name server knows no such name");
    else
        fail(connection, MOTE_DNS_TIMEOUT, "no answer from the name server");
}

static void look_up(struct connection *connection)
{
    ip_addr_t address;

    await(connection, MOTE_DNS_TIMEOUT, "no answer from the name server");
    connection->resolving = true;
    switch (dns_gethostbyname(connection->host, &address, on_resolved, connection)) {
    case ERR_OK:
        connection->resolving = false;
        dial(connection, &address);
        break;
    case ERR_INPROGRESS:
        break;
    default:
        connection->resolving = false;
        fail(connection, MOTE_DNS_TIMEOUT, "DHCP has named no name server, or too many names are being looked up");
    }
}

static void go_on(struct connection *connection)
{
    if (connection->tls != NULL && connection->link->state == MOTE_LINK_OPENING)
        shake(connection);
    if (!connection->waiting || !mote_network_is_up())
        return;
    if (connection->is_secure && !mote_tls_is_ready(tls_options(connection->link), &connection->link->reason))
        return;
    connection->waiting = false;
    look_up(connection);
}

void mote_links_turn(void)
{
    for (int i = 0; i < MOTE_CORTEXM_LINKS; i++) {
        if (connections[i].link != NULL)
            go_on(&connections[i]);
    }
}

static enum mote_reason give_up(struct mote_link *link, enum mote_reason reason)
{
    link->state = MOTE_LINK_FAILED;
    link->reason = reason;
    return reason;
}

static enum mote_reason refuse(struct mote_link *link, enum mote_reason reason, const char *words)
{
    mote_words_say("broker: %s", words);
    return give_up(link, reason);
}

static struct connection *find_free(void)
{
    for (int i = 0; i < MOTE_CORTEXM_LINKS; i++) {
        if (connections[i].link == NULL)
            return &connections[i];
    }
    return NULL;
}

static bool has_options(const struct mote_link_options *options)
{
    return options != NULL && (options->bind_address != NULL || options->proxy != NULL);
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct connection *connection = find_free();
    bool is_secure = mote_text_equals(url->scheme, "mqtts");
    enum mote_reason reason;

    (void)context;
    MOTE_ASSERT(link->state == MOTE_LINK_CLOSED);
    if (!mote_text_equals(url->scheme, "mqtt") && !is_secure)
        return refuse(link, MOTE_CONFIG_INVALID, "this board speaks neither WebSocket nor Unix sockets");
    if (is_secure && (reason = mote_tls_check(tls_options(link))) != MOTE_OK)
        return give_up(link, reason);
    if (has_options(link->options))
        return refuse(link, MOTE_CONFIG_INVALID, "this board has neither proxies nor addresses to choose");
    if (connection == NULL)
        return refuse(link, MOTE_TCP_REFUSED, "too many links: see MOTE_CORTEXM_LINKS");
    if (!mote_text_copy(url->host, connection->host, sizeof connection->host))
        return refuse(link, MOTE_CONFIG_INVALID, "its name is too long");
    connection->link = link;
    connection->is_secure = is_secure;
    connection->port = url->port;
    connection->first = connection->count = 0;
    connection->ended = false;
    connection->waiting = true;
    link->hidden[0] = connection;
    link->state = MOTE_LINK_OPENING;
    await(connection, MOTE_DHCP_NO_LEASE, "no address from DHCP");
    mote_links_turn();
    return link->state == MOTE_LINK_FAILED ? link->reason : MOTE_OK;
}

/* --- Reading and writing --- */

static size_t receive_plain(struct connection *connection, void *into, size_t size)
{
    size_t taken = take(connection, into, size);

    if (taken == size || (taken > 0 && connection->ended))
        mote_clock_wake();
    else if (connection->ended)
        fail_silently(connection, connection->why);
    return taken;
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct connection *connection = of(link);

    (void)context;
    if (link->state != MOTE_LINK_OPEN || size == 0)
        return 0;
    return connection->tls != NULL ? receive_secure(connection, into, size) : receive_plain(connection, into, size);
}

static size_t send_bytes(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct connection *connection = of(link);

    (void)context;
    if (link->state != MOTE_LINK_OPEN)
        return 0;
    return connection->tls != NULL ? mote_tls_send(connection->tls, bytes, size) : put(connection, bytes, size);
}

/* --- Closing --- */

/* From now on what comes is answered with a reset, and lwIP's own time limits count. */
static err_t on_lingered(void *context, struct tcp_pcb *pcb)
{
    (void)context;
    return tcp_close(pcb);
}

/* What the other side has on the way still comes. A reset in answer to it takes from the other side what it has not read yet, the goodbye
 * itself: a broker publishes the will then. So only the sending side is closed, and lwIP takes what comes and throws it away, until the other
 * side closes, too. If a new connection finds no memory, lwIP gives up the one of these that has been silent for longest. */
static void linger(struct tcp_pcb *pcb)
{
    tcp_setprio(pcb, TCP_PRIO_MIN);
    tcp_poll(pcb, on_lingered, LINGER_TICKS);
    if (tcp_shutdown(pcb, false, true) != ERR_OK)
        tcp_abort(pcb);
}

/* What nobody has read counts as read, so that the window is open. */
static void say_goodbye(struct connection *connection)
{
    struct tcp_pcb *pcb = connection->pcb;

    if (connection->count > 0)
        tcp_recved(pcb, connection->count);
    forget(pcb);
    linger(pcb);
}

static void cut(struct tcp_pcb *pcb)
{
    forget(pcb);
    tcp_abort(pcb);
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    struct connection *connection = of(link);

    (void)context;
    link->hidden[0] = NULL;
    link->state = MOTE_LINK_CLOSED;
    if (connection == NULL)
        return;
    if (connection->tls != NULL) {
        if (!abort)
            mote_tls_say_goodbye(connection->tls);
        mote_tls_end(connection->tls);
    }
    connection->tls = NULL;
    if (connection->pcb != NULL && abort)
        cut(connection->pcb);
    else if (connection->pcb != NULL)
        say_goodbye(connection);
    connection->pcb = NULL;
    connection->link = NULL;
    connection->waiting = connection->resolving = false;
}

void mote_links_end(void)
{
    uint64_t until_ms = mote_clock_now_ms() + LAST_WORDS_MS;

    while (tcp_active_pcbs != NULL && mote_clock_now_ms() < until_ms) {
        mote_clock_sleep(mote_network_deadline(mote_clock_now_ms()));
        mote_network_turn();
    }
}

const struct mote_link_port mote_cortexm_links = {
    .open = open_link,
    .receive = receive,
    .send = send_bytes,
    .close = close_link,
};
