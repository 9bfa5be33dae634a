/* The port: a link over MicroPython's sockets, which it uses as a program in Python would, so that it is at home wherever `import socket`
 * works. The sockets do not block; only the look-up of a name does. */
#include "mote_mqtt.h"

#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/stream.h"

/* The longest sleep without a look at what is pending. */
#define SLEEP_MS 1000u

static struct mote_mqtt_object *object(void *context)
{
    return context;
}

/* --- What may raise --- */

bool mote_mqtt_try(struct mote_mqtt_object *self, mote_mqtt_step *step, void *argument, mp_obj_t *raised)
{
    nlr_buf_t nlr;

    if (nlr_push(&nlr) == 0) {
        step(self, argument);
        nlr_pop();
        return true;
    }
    *raised = MP_OBJ_FROM_PTR(nlr.ret_val);
    return false;
}

static int number_of(mp_obj_t exception)
{
    mp_obj_t value = mp_obj_exception_get_value(exception);

    return mp_obj_is_small_int(value) ? (int)MP_OBJ_SMALL_INT_VALUE(value) : MP_EIO;
}

/* An OSError is the connection's, and want of memory may pass; anything else (Ctrl-C, a wrong argument) is for the program. */
static bool attempt(struct mote_mqtt_object *self, mote_mqtt_step *step, void *argument)
{
    mp_obj_t raised;

    if (mote_mqtt_try(self, step, argument, &raised))
        return true;
    if (mp_obj_exception_match(raised, MP_OBJ_FROM_PTR(&mp_type_OSError)))
        self->error = number_of(raised);
    else if (mp_obj_exception_match(raised, MP_OBJ_FROM_PTR(&mp_type_MemoryError)))
        self->error = MP_ENOMEM;
    else
        self->raised = raised;
    self->failure = raised;
    return false;
}

static void forget_error(struct mote_mqtt_object *self)
{
    self->error = 0;
    self->failure = MP_OBJ_NULL;
}

static mp_obj_t import(qstr name)
{
    return mp_import_name(name, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
}

static mp_obj_t call_method(mp_obj_t of, qstr name, size_t count, const mp_obj_t *arguments)
{
    mp_obj_t call[5];

    mp_load_method(of, name, call);
    for (size_t i = 0; i < count; i++)
        call[2 + i] = arguments[i];
    return mp_call_method_n_kw(count, 0, call);
}

static mp_uint_t poll_stream(struct mote_mqtt_object *self, mp_uint_t events)
{
    int error = 0;
    mp_uint_t ready = mp_get_stream(self->stream)->ioctl(self->stream, MP_STREAM_POLL, events, &error);

    return ready == MP_STREAM_ERROR ? MP_STREAM_POLL_ERR : ready;
}

static bool is_tls(const struct mote_mqtt_object *self)
{
    return mp_obj_is_true(self->ssl);
}

/* --- Closing --- */

static void close_stream(struct mote_mqtt_object *self, void *argument)
{
    mp_stream_close(*(mp_obj_t *)argument);
}

/* TLS closes its socket, but not every version of it does. */
static void drop_stream(struct mote_mqtt_object *self)
{
    mp_obj_t streams[] = {self->stream, self->socket};
    mp_obj_t raised;

    self->stream = MP_OBJ_NULL;
    self->socket = MP_OBJ_NULL;
    self->poll = MP_OBJ_NULL;
    self->retry_size = 0;
    for (size_t i = 0; i < 2; i++) {
        if (streams[i] != MP_OBJ_NULL && (i == 0 || streams[1] != streams[0]))
            mote_mqtt_try(self, close_stream, &streams[i], &raised);
    }
}

static void link_close(void *context, struct mote_link *link, bool abort)
{
    (void)abort;
    drop_stream(object(context));
    link->state = MOTE_LINK_CLOSED;
}

static void fail(struct mote_link *link, enum mote_reason reason)
{
    link->state = MOTE_LINK_FAILED;
    link->reason = reason;
}

/* --- Opening --- */

static void look_up(struct mote_mqtt_object *self, void *argument)
{
    mp_obj_t of[] = {self->server, MP_OBJ_NEW_SMALL_INT(self->client.url.port)};
    size_t count;
    mp_obj_t *items;

    self->addresses = call_method(import(MP_QSTR_socket), MP_QSTR_getaddrinfo, 2, of);
    self->address_at = 0;
    mp_obj_get_array(self->addresses, &count, &items);
    if (count == 0)
        mp_raise_OSError(MP_ENOENT);
}

static void make_socket(struct mote_mqtt_object *self, void *argument)
{
    mp_obj_t *addresses, *address;
    size_t count;

    mp_obj_get_array(self->addresses, &count, &addresses);
    mp_obj_get_array(addresses[self->address_at], &count, &address);
    self->socket = call_method(import(MP_QSTR_socket), MP_QSTR_socket, 1, &address[0]);
    self->stream = self->socket;
    call_method(self->socket, MP_QSTR_setblocking, 1, &(mp_obj_t){mp_const_false});
    call_method(self->socket, MP_QSTR_connect, 1, &address[count - 1]);
}

static bool begins_to_connect(struct mote_mqtt_object *self)
{
    forget_error(self);
    return attempt(self, make_socket, NULL) || self->error == MP_EINPROGRESS || self->error == MP_EALREADY ||
           self->error == MP_EAGAIN;
}

/* Numbers below 0 are of TLS. */
static enum mote_reason reason_of(int error)
{
    if (error < 0)
        return MOTE_TLS_UNTRUSTED;
    switch (error) {
    case MP_ECONNREFUSED:
        return MOTE_TCP_REFUSED;
    case MP_ETIMEDOUT:
        return MOTE_TCP_TIMEOUT;
    default:
        return MOTE_TCP_RESET;
    }
}

/* From the address in use on; once all have failed, the name is looked up anew the next time. */
static void try_addresses(struct mote_mqtt_object *self, struct mote_link *link)
{
    size_t count;
    mp_obj_t *items;

    mp_obj_get_array(self->addresses, &count, &items);
    for (; self->address_at < count && self->raised == MP_OBJ_NULL; self->address_at++) {
        if (begins_to_connect(self)) {
            forget_error(self);
            link->state = MOTE_LINK_OPENING;
            link->reason = MOTE_TCP_TIMEOUT;
            return;
        }
        drop_stream(self);
    }
    self->addresses = MP_OBJ_NULL;
    fail(link, reason_of(self->error));
}

static enum mote_reason link_open(void *context, struct mote_link *link, const struct mote_url *url)
{
    struct mote_mqtt_object *self = object(context);

    (void)url;
    forget_error(self);
    if (self->addresses == MP_OBJ_NULL && !attempt(self, look_up, NULL))
        fail(link, MOTE_DNS_NOT_FOUND);
    else
        try_addresses(self, link);
    return link->state == MOTE_LINK_FAILED ? link->reason : MOTE_OK;
}

/* The old way, ssl=True: ssl.wrap_socket(socket, **ssl_params). */
static mp_obj_t wrap_by_params(struct mote_mqtt_object *self)
{
    mp_obj_t wrap = mp_load_attr(import(MP_QSTR_ssl), MP_QSTR_wrap_socket);
    mp_map_t *params = mp_obj_dict_get_map(self->ssl_params);
    mp_obj_t *call = m_new(mp_obj_t, 3 + 2 * params->used);
    size_t count = 0;

    call[0] = self->socket;
    for (size_t i = 0; i < params->alloc; i++) {
        if (!mp_map_slot_is_filled(params, i))
            continue;
        call[1 + 2 * count] = params->table[i].key;
        call[2 + 2 * count] = params->table[i].value;
        count++;
    }
    if (mp_map_lookup(params, MP_OBJ_NEW_QSTR(MP_QSTR_do_handshake), MP_MAP_LOOKUP) == NULL) {
        call = m_renew(mp_obj_t, call, 3 + 2 * params->used, 3 + 2 * count);
        call[1 + 2 * count] = MP_OBJ_NEW_QSTR(MP_QSTR_do_handshake);
        call[2 + 2 * count] = mp_const_false;
        count++;
    }
    return mp_call_function_n_kw(wrap, 1, count, call);
}

/* The handshake is made by what is written and read. */
static mp_obj_t wrap_by_context(struct mote_mqtt_object *self)
{
    mp_obj_t call[] = {NULL,          NULL,
                       self->socket,  MP_OBJ_NEW_QSTR(MP_QSTR_server_hostname),
                       self->server,  MP_OBJ_NEW_QSTR(MP_QSTR_do_handshake_on_connect),
                       mp_const_false};

    mp_load_method(self->ssl, MP_QSTR_wrap_socket, call);
    return mp_call_method_n_kw(1, 2, call);
}

static void wrap(struct mote_mqtt_object *self, void *argument)
{
    self->stream = self->ssl == mp_const_true ? wrap_by_params(self) : wrap_by_context(self);
}

static void be_open(struct mote_mqtt_object *self, struct mote_link *link)
{
    if (is_tls(self) && !attempt(self, wrap, NULL)) {
        fail(link, MOTE_TLS_UNTRUSTED);
        return;
    }
    self->poll = MP_OBJ_NULL;
    link->state = MOTE_LINK_OPEN;
    link->reason = MOTE_OK;
}

/* What was wrong is told by reading. */
static void read_error(struct mote_mqtt_object *self, void *argument)
{
    uint8_t byte;
    int error = MP_ECONNREFUSED;

    if (mp_get_stream(self->stream)->read(self->stream, &byte, 1, &error) == MP_STREAM_ERROR)
        mp_raise_OSError(error);
}

static void follow_opening(struct mote_mqtt_object *self, struct mote_link *link)
{
    mp_uint_t ready = poll_stream(self, MP_STREAM_POLL_WR | MP_STREAM_POLL_ERR | MP_STREAM_POLL_HUP);

    if ((ready & (MP_STREAM_POLL_ERR | MP_STREAM_POLL_HUP | MP_STREAM_POLL_NVAL)) != 0) {
        attempt(self, read_error, NULL);
        drop_stream(self);
        self->address_at++;
        try_addresses(self, link);
    } else if ((ready & MP_STREAM_POLL_WR) != 0) {
        be_open(self, link);
    }
}

/* --- Bytes --- */

struct transfer {
    void *into;
    const void *from;
    size_t size;
    size_t moved;
    bool ended;
};

static void check(struct transfer *transfer, mp_uint_t moved, int error)
{
    if (moved != MP_STREAM_ERROR) {
        transfer->moved = moved;
        transfer->ended = moved == 0;
    } else if (error != MP_EAGAIN && error != MP_EWOULDBLOCK) {
        mp_raise_OSError(error);
    }
}

/* Asks first, for the program may have made the socket block. TLS knows by itself what it has. */
static void read_some(struct mote_mqtt_object *self, void *argument)
{
    struct transfer *transfer = argument;
    int error = 0;

    if (!is_tls(self) && poll_stream(self, MP_STREAM_POLL_RD) == 0)
        return;
    mp_uint_t moved = mp_get_stream(self->stream)->read(self->stream, transfer->into, transfer->size, &error);
    check(transfer, moved, error);
}

static size_t link_receive(void *context, struct mote_link *link, void *into, size_t size)
{
    struct mote_mqtt_object *self = object(context);
    struct transfer transfer = {.into = into, .size = size};

    forget_error(self);
    if (!attempt(self, read_some, &transfer) || transfer.ended)
        fail(link, reason_of(self->error));
    return transfer.moved;
}

/* What TLS could not send whole it has begun with: it must be given the same again, and nothing more. */
static void write_some(struct mote_mqtt_object *self, void *argument)
{
    struct transfer *transfer = argument;
    int error = 0;

    if (!is_tls(self) && poll_stream(self, MP_STREAM_POLL_WR) == 0)
        return;
    if (self->retry_size != 0 && self->retry_size < transfer->size)
        transfer->size = self->retry_size;
    mp_uint_t moved = mp_get_stream(self->stream)->write(self->stream, transfer->from, transfer->size, &error);
    self->retry_size = moved == MP_STREAM_ERROR ? transfer->size : 0;
    check(transfer, moved, error);
}

static size_t link_send(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    struct mote_mqtt_object *self = object(context);
    struct transfer transfer = {.from = bytes, .size = size};

    forget_error(self);
    if (!attempt(self, write_some, &transfer))
        fail(link, reason_of(self->error));
    return transfer.moved;
}

/* --- Time --- */

static uint64_t now_ms(void *context)
{
    struct mote_mqtt_object *self = object(context);
    uint32_t ticks = (uint32_t)mp_hal_ticks_ms();

    if (ticks < self->ticks)
        self->ticks_high++;
    self->ticks = ticks;
    return (uint64_t)self->ticks_high << 32 | ticks;
}

static uint32_t next_random(void *context)
{
    struct mote_mqtt_object *self = object(context);

    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

static void make_poll(struct mote_mqtt_object *self, mp_uint_t events)
{
    mp_obj_t arguments[] = {self->stream, MP_OBJ_NEW_SMALL_INT(events)};

    if (self->poll == MP_OBJ_NULL)
        self->poll = call_method(import(MP_QSTR_select), MP_QSTR_poll, 0, NULL);
    call_method(self->poll, MP_QSTR_register, 2, arguments);
}

static void sleep_on_stream(struct mote_mqtt_object *self, void *argument)
{
    mp_uint_t duration_ms = *(mp_uint_t *)argument;
    bool wants_write = self->client.unsent || self->client.link.state == MOTE_LINK_OPENING;

    if (self->stream == MP_OBJ_NULL) {
        mp_hal_delay_ms(duration_ms);
        return;
    }
    make_poll(self, MP_STREAM_POLL_RD | (wants_write ? MP_STREAM_POLL_WR : 0));
    call_method(self->poll, MP_QSTR_ipoll, 1, &(mp_obj_t){MP_OBJ_NEW_SMALL_INT(duration_ms)});
}

static void port_wait(void *context, uint64_t deadline_ms)
{
    struct mote_mqtt_object *self = object(context);
    uint64_t begin_ms = now_ms(self);
    mp_uint_t duration_ms = 0;

    if (deadline_ms > begin_ms)
        duration_ms = deadline_ms - begin_ms < SLEEP_MS ? (mp_uint_t)(deadline_ms - begin_ms) : SLEEP_MS;
    if (duration_ms > 0)
        mote_mqtt_try(self, sleep_on_stream, &duration_ms, &self->raised);
    if (self->client.link.state == MOTE_LINK_OPENING)
        follow_opening(self, &self->client.link);
}

static bool stop_requested(void *context)
{
    return object(context)->raised != MP_OBJ_NULL;
}

/* --- The port --- */

static const struct mote_link_port links = {link_open, link_receive, link_send, link_close};

static void seed(struct mote_mqtt_object *self, void *argument)
{
    mp_buffer_info_t bytes;

    mp_get_buffer_raise(call_method(import(MP_QSTR_os), MP_QSTR_urandom, 1, &(mp_obj_t){MP_OBJ_NEW_SMALL_INT(4)}),
                        &bytes, MP_BUFFER_READ);
    memcpy(&self->random, bytes.buf, sizeof self->random);
}

void mote_mqtt_port_init(struct mote_mqtt_object *self)
{
    mp_obj_t raised;

    self->port = (struct mote_port){.context = self,
                                    .now_ms = now_ms,
                                    .random = next_random,
                                    .wait = port_wait,
                                    .stop_requested = stop_requested,
                                    .link = &links};
    mote_mqtt_try(self, seed, NULL, &raised);
    self->random ^= (uint32_t)mp_hal_ticks_us() | 1;
    if (self->random == 0)
        self->random = 1;
}
