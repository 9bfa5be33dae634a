/* mote_mqtt: Mote's MQTT client as a module of MicroPython, with umqtt's names. */
#include "mote_mqtt.h"

#include "py/mperrno.h"
#include "py/objexcept.h"
#include "py/objstr.h"

#define BUFFER_SIZE_DEFAULT 512
#define BUFFER_SIZE_MIN 64
#define BUFFER_SIZE_MAX 65535
#define TIMEOUT_S_DEFAULT 20
#define TIMEOUT_S_MAX 2000000

/* Of CONNECT beside names and will. */
#define CONNECT_SIZE 32

MP_DEFINE_EXCEPTION(MQTTException, Exception)

static struct mote_mqtt_object *object(mp_obj_t self)
{
    return MP_OBJ_TO_PTR(self);
}

/* --- Arguments --- */

static void require(bool is_right, mp_rom_error_text_t what)
{
    if (!is_right)
        mp_raise_ValueError(what);
}

/* A view of it, and the object itself, or a copy that nobody changes, for as long as there is the view. */
static struct mote_text keep(mp_obj_t *text)
{
    mp_buffer_info_t bytes;

    mp_get_buffer_raise(*text, &bytes, MP_BUFFER_READ);
    if (!mp_obj_is_str_or_bytes(*text)) {
        *text = mp_obj_new_bytes(bytes.buf, bytes.len);
        mp_get_buffer_raise(*text, &bytes, MP_BUFFER_READ);
    }
    return (struct mote_text){bytes.buf, bytes.len};
}

/* Seconds, also with a fraction; None: `otherwise`. */
static uint32_t milliseconds(mp_obj_t seconds, uint32_t otherwise)
{
    if (seconds == mp_const_none)
        return otherwise;
#if MICROPY_PY_BUILTINS_FLOAT
    if (mp_obj_is_float(seconds)) {
        mp_float_t exact = mp_obj_get_float(seconds);
        require(exact >= 0 && exact <= TIMEOUT_S_MAX, MP_ERROR_TEXT("timeout"));
        return (uint32_t)(exact * 1000);
    }
#endif
    mp_int_t whole = mp_obj_get_int(seconds);
    require(whole >= 0 && whole <= TIMEOUT_S_MAX, MP_ERROR_TEXT("timeout"));
    return (uint32_t)whole * 1000;
}

static enum mote_qos qos_of(mp_int_t qos)
{
    require(qos >= 0 && qos <= 2, MP_ERROR_TEXT("qos"));
    return (enum mote_qos)qos;
}

/* topic, msg, retain=False, qos=0, behind self; and the objects that they are views of. */
static struct mote_message message_of(size_t count, const mp_obj_t *arguments, mp_map_t *keywords, mp_obj_t *topic,
                                      mp_obj_t *payload)
{
    static const mp_arg_t expected[] = {
        {MP_QSTR_topic, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_msg, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_retain, MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_qos, MP_ARG_INT, {.u_int = 0}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(expected)];

    mp_arg_parse_all(count - 1, arguments + 1, keywords, MP_ARRAY_SIZE(expected), expected, args);
    *topic = args[0].u_obj;
    *payload = args[1].u_obj;
    return (struct mote_message){
        .topic = keep(topic),
        .payload = keep(payload),
        .retain = args[2].u_bool,
        .qos = qos_of(args[3].u_int),
    };
}

/* --- Exceptions --- */

static _Noreturn void raise_code(uint8_t code)
{
    nlr_raise(mp_obj_new_exception_arg1(&mp_type_MQTTException, MP_OBJ_NEW_SMALL_INT(code)));
}

/* What MicroPython has said of the connection is passed on as it is. */
static _Noreturn void raise_reason(const struct mote_mqtt_object *self, enum mote_reason reason)
{
    switch (reason) {
    case MOTE_CONFIG_INVALID:
        mp_raise_ValueError(MP_ERROR_TEXT("not valid in MQTT (config.invalid)"));
    case MOTE_MQTT_PACKET_TOO_LARGE:
        mp_raise_ValueError(MP_ERROR_TEXT("larger than the buffer (mqtt.packet_too_large)"));
    case MOTE_MQTT_QUOTA:
        mp_raise_OSError(MP_ENOBUFS);
    case MOTE_MQTT_NO_PINGRESP:
    case MOTE_TCP_TIMEOUT:
        mp_raise_OSError(MP_ETIMEDOUT);
    case MOTE_DNS_NOT_FOUND:
    case MOTE_TCP_REFUSED:
    case MOTE_TCP_RESET:
    case MOTE_TLS_UNTRUSTED:
        if (self->failure != MP_OBJ_NULL)
            nlr_raise(self->failure);
        break;
    default:
        break;
    }
    mp_raise_OSError(-1);
}

/* What every call ends with. */
static void finish(struct mote_mqtt_object *self, enum mote_reason reason)
{
    mp_obj_t raised = self->raised;

    self->raised = MP_OBJ_NULL;
    if (raised != MP_OBJ_NULL)
        nlr_raise(raised);
    if (reason == MOTE_OK)
        return;
    if (self->client.refusal != 0)
        raise_code(self->client.refusal);
    raise_reason(self, reason);
}

/* --- Making one --- */

enum {
    ARG_client_id,
    ARG_server,
    ARG_port,
    ARG_user,
    ARG_password,
    ARG_keepalive,
    ARG_ssl,
    ARG_ssl_params,
    ARG_strict,
    ARG_timeout,
    ARG_buffer,
    ARG_version,
};

static const mp_arg_t allowed[] = {
    {MP_QSTR_client_id, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_server, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_port, MP_ARG_INT, {.u_int = 0}},
    {MP_QSTR_user, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_password, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_keepalive, MP_ARG_INT, {.u_int = 0}},
    {MP_QSTR_ssl, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_ssl_params, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    {MP_QSTR_strict, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
    {MP_QSTR_timeout, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(TIMEOUT_S_DEFAULT)}},
    {MP_QSTR_buffer, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = BUFFER_SIZE_DEFAULT}},
    {MP_QSTR_version, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = MOTE_MQTT_3_1_1}},
};

static size_t length_of(mp_obj_t text)
{
    return text == mp_const_none ? 0 : keep(&text).length;
}

static void lay_out(struct mote_mqtt_object *self, size_t buffer_size, size_t send_size)
{
    struct mote_session_config *config = &self->client.config;

    self->client.filters = self->filters;
    self->client.filter_max = MP_ARRAY_SIZE(self->filters);
    config->inflight = self->inflight;
    config->inflight_count = MP_ARRAY_SIZE(self->inflight);
    config->received_ids = self->received_ids;
    config->received_count = MP_ARRAY_SIZE(self->received_ids);
    config->receive_buffer = self->buffers;
    config->receive_size = buffer_size;
    config->send_buffer = config->receive_buffer + buffer_size;
    config->send_size = send_size;
    config->store = config->send_buffer + send_size;
    config->store_size = buffer_size;
}

static struct mote_mqtt_object *allocate(const mp_obj_type_t *type, const mp_arg_val_t *args)
{
    mp_int_t buffer_size = args[ARG_buffer].u_int;

    require(buffer_size >= BUFFER_SIZE_MIN && buffer_size <= BUFFER_SIZE_MAX, MP_ERROR_TEXT("buffer"));
    size_t send_size = buffer_size + CONNECT_SIZE + length_of(args[ARG_client_id].u_obj) +
                       length_of(args[ARG_user].u_obj) + length_of(args[ARG_password].u_obj);
    struct mote_mqtt_object *self = m_malloc0(sizeof *self + 2 * buffer_size + send_size);
    self->base.type = type;
    lay_out(self, buffer_size, send_size);
    return self;
}

static void set_names(struct mote_mqtt_object *self, const mp_arg_val_t *args)
{
    struct mote_session_config *config = &self->client.config;

    self->client_id = args[ARG_client_id].u_obj;
    self->user = args[ARG_user].u_obj;
    self->password = args[ARG_password].u_obj;
    config->client_id = keep(&self->client_id);
    config->has_username = self->user != mp_const_none;
    config->has_password = self->password != mp_const_none;
    if (config->has_username)
        config->username = keep(&self->user);
    if (config->has_password)
        config->password = keep(&self->password);
}

static void set_server(struct mote_mqtt_object *self, const mp_arg_val_t *args)
{
    bool is_tls = mp_obj_is_true(args[ARG_ssl].u_obj);
    mp_int_t port = args[ARG_port].u_int;

    require(port >= 0 && port <= 65535, MP_ERROR_TEXT("port"));
    self->server = args[ARG_server].u_obj;
    self->ssl = args[ARG_ssl].u_obj;
    self->ssl_params = args[ARG_ssl_params].u_obj == mp_const_none ? mp_obj_new_dict(0) : args[ARG_ssl_params].u_obj;
    self->client.url = (struct mote_url){
        .scheme = is_tls ? MOTE_TEXT("mqtts") : MOTE_TEXT("mqtt"),
        .host = keep(&self->server),
        .port = (uint16_t)(port != 0 ? port : (is_tls ? 8883 : 1883)),
    };
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t count, size_t keyword_count, const mp_obj_t *arguments)
{
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    mp_int_t keep_alive_s, version;

    mp_arg_parse_all_kw_array(count, keyword_count, arguments, MP_ARRAY_SIZE(allowed), allowed, args);
    keep_alive_s = args[ARG_keepalive].u_int;
    version = args[ARG_version].u_int;
    require(keep_alive_s >= 0 && keep_alive_s <= 65535, MP_ERROR_TEXT("keepalive"));
    require(version >= MOTE_MQTT_3_1 && version <= MOTE_MQTT_5, MP_ERROR_TEXT("version"));
    struct mote_mqtt_object *self = allocate(type, args);
    set_names(self, args);
    set_server(self, args);
    self->callback = mp_const_none;
    self->client.config.keep_alive_s = (uint16_t)keep_alive_s;
    self->client.config.version = (enum mote_mqtt_version)version;
    self->client.timeout_ms = milliseconds(args[ARG_timeout].u_obj, UINT32_MAX);
    self->client.strict = args[ARG_strict].u_bool;
    self->client.port = &self->port;
    self->client.on_message = mote_mqtt_take;
    self->client.context = self;
    mote_mqtt_port_init(self);
    mote_umqtt_init(&self->client);
    return MP_OBJ_FROM_PTR(self);
}

/* --- Before connecting --- */

static mp_obj_t client_set_callback(mp_obj_t self, mp_obj_t callback)
{
    object(self)->callback = callback;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(client_set_callback_obj, client_set_callback);

static mp_obj_t client_set_last_will(size_t count, const mp_obj_t *arguments, mp_map_t *keywords)
{
    struct mote_mqtt_object *self = object(arguments[0]);
    const struct mote_message will = message_of(count, arguments, keywords, &self->will_topic, &self->will_message);

    self->client.config.will =
        (struct mote_will){.topic = will.topic, .payload = will.payload, .retain = will.retain, .qos = will.qos};
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(client_set_last_will_obj, 1, client_set_last_will);

/* --- Coming and going --- */

static mp_obj_t client_connect(size_t count, const mp_obj_t *arguments, mp_map_t *keywords)
{
    static const mp_arg_t expected[] = {
        {MP_QSTR_clean_session, MP_ARG_BOOL, {.u_bool = true}},
        {MP_QSTR_timeout, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    struct mote_mqtt_object *self = object(arguments[0]);
    mp_arg_val_t args[MP_ARRAY_SIZE(expected)];

    mp_arg_parse_all(count - 1, arguments + 1, keywords, MP_ARRAY_SIZE(expected), expected, args);
    finish(self,
           mote_umqtt_connect(&self->client, args[0].u_bool, milliseconds(args[1].u_obj, self->client.timeout_ms)));
    return MP_OBJ_NEW_SMALL_INT(self->client.session_present);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(client_connect_obj, 1, client_connect);

static mp_obj_t client_disconnect(mp_obj_t self)
{
    mote_umqtt_disconnect(&object(self)->client);
    finish(object(self), MOTE_OK);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(client_disconnect_obj, client_disconnect);

static mp_obj_t client_ping(mp_obj_t self)
{
    finish(object(self), mote_umqtt_ping(&object(self)->client));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(client_ping_obj, client_ping);

/* --- Talking --- */

static mp_obj_t client_publish(size_t count, const mp_obj_t *arguments, mp_map_t *keywords)
{
    struct mote_mqtt_object *self = object(arguments[0]);
    mp_obj_t topic, payload;
    const struct mote_message message = message_of(count, arguments, keywords, &topic, &payload);

    finish(self, mote_umqtt_publish(&self->client, &message, MP_OBJ_TO_PTR(payload)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(client_publish_obj, 1, client_publish);

static mp_obj_t client_subscribe(size_t count, const mp_obj_t *arguments, mp_map_t *keywords)
{
    static const mp_arg_t expected[] = {
        {MP_QSTR_topic, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_qos, MP_ARG_INT, {.u_int = 0}},
    };
    struct mote_mqtt_object *self = object(arguments[0]);
    mp_arg_val_t args[MP_ARRAY_SIZE(expected)];

    mp_arg_parse_all(count - 1, arguments + 1, keywords, MP_ARRAY_SIZE(expected), expected, args);
    if (self->callback == mp_const_none)
        mp_raise_msg(&mp_type_AssertionError, MP_ERROR_TEXT("Subscribe callback is not set"));
    struct mote_text topic = keep(&args[0].u_obj);
    finish(self, mote_umqtt_subscribe(&self->client, topic, qos_of(args[1].u_int), MP_OBJ_TO_PTR(args[0].u_obj)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(client_subscribe_obj, 1, client_subscribe);

static mp_obj_t client_unsubscribe(mp_obj_t self, mp_obj_t topic)
{
    struct mote_text view = keep(&topic);

    finish(object(self), mote_umqtt_unsubscribe(&object(self)->client, view, MP_OBJ_TO_PTR(topic)));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(client_unsubscribe_obj, client_unsubscribe);

/* --- Listening --- */

/* The first byte of the last message's packet, as umqtt gives it. */
static mp_obj_t result(const struct mote_mqtt_object *self)
{
    return self->client.last_head == 0 ? mp_const_none : MP_OBJ_NEW_SMALL_INT(self->client.last_head);
}

static mp_obj_t client_wait_msg(mp_obj_t self)
{
    finish(object(self), mote_umqtt_wait(&object(self)->client));
    return result(object(self));
}
static MP_DEFINE_CONST_FUN_OBJ_1(client_wait_msg_obj, client_wait_msg);

static mp_obj_t client_check_msg(mp_obj_t self)
{
    finish(object(self), mote_umqtt_check(&object(self)->client));
    return result(object(self));
}
static MP_DEFINE_CONST_FUN_OBJ_1(client_check_msg_obj, client_check_msg);

/* --- What can be read --- */

static mp_obj_t code_of(enum mote_reason reason)
{
    const char *code = mote_reason_code(reason);

    return mp_obj_new_str(code, strlen(code));
}

static mp_obj_t load(struct mote_mqtt_object *self, qstr name)
{
    switch (name) {
    case MP_QSTR_sock:
        return self->stream == MP_OBJ_NULL ? mp_const_none : self->stream;
    case MP_QSTR_connected:
        return mp_obj_new_bool(self->client.state == MOTE_UMQTT_CONNECTED);
    case MP_QSTR_reason:
        return code_of(self->client.reason);
    case MP_QSTR_dropped:
        return mp_obj_new_int_from_uint(self->client.dropped + self->dropped);
    case MP_QSTR_qos:
        return MP_OBJ_NEW_SMALL_INT(self->message_qos);
    case MP_QSTR_retain:
        return mp_obj_new_bool(self->message_retain);
    case MP_QSTR_dup:
        return mp_obj_new_bool(self->message_duplicate);
    case MP_QSTR_client_id:
        return self->client_id;
    case MP_QSTR_server:
        return self->server;
    case MP_QSTR_port:
        return MP_OBJ_NEW_SMALL_INT(self->client.url.port);
    case MP_QSTR_keepalive:
        return MP_OBJ_NEW_SMALL_INT(self->client.config.keep_alive_s);
    default:
        return MP_OBJ_NULL;
    }
}

static void attr(mp_obj_t self, qstr name, mp_obj_t *destination)
{
    if (destination[0] != MP_OBJ_NULL)
        return;
    destination[0] = load(object(self), name);
    if (destination[0] == MP_OBJ_NULL)
        destination[1] = MP_OBJ_SENTINEL; /* a method, or nothing */
}

/* --- The module --- */

static const mp_rom_map_elem_t client_table[] = {
    {MP_ROM_QSTR(MP_QSTR_set_callback), MP_ROM_PTR(&client_set_callback_obj)},
    {MP_ROM_QSTR(MP_QSTR_set_last_will), MP_ROM_PTR(&client_set_last_will_obj)},
    {MP_ROM_QSTR(MP_QSTR_connect), MP_ROM_PTR(&client_connect_obj)},
    {MP_ROM_QSTR(MP_QSTR_disconnect), MP_ROM_PTR(&client_disconnect_obj)},
    {MP_ROM_QSTR(MP_QSTR_ping), MP_ROM_PTR(&client_ping_obj)},
    {MP_ROM_QSTR(MP_QSTR_publish), MP_ROM_PTR(&client_publish_obj)},
    {MP_ROM_QSTR(MP_QSTR_subscribe), MP_ROM_PTR(&client_subscribe_obj)},
    {MP_ROM_QSTR(MP_QSTR_unsubscribe), MP_ROM_PTR(&client_unsubscribe_obj)},
    {MP_ROM_QSTR(MP_QSTR_wait_msg), MP_ROM_PTR(&client_wait_msg_obj)},
    {MP_ROM_QSTR(MP_QSTR_check_msg), MP_ROM_PTR(&client_check_msg_obj)},
};
static MP_DEFINE_CONST_DICT(client_dict, client_table);

static MP_DEFINE_CONST_OBJ_TYPE(mote_mqtt_type_client, MP_QSTR_MQTTClient, MP_TYPE_FLAG_NONE, make_new, make_new, attr,
                                attr, locals_dict, &client_dict);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_mote_mqtt)},
    {MP_ROM_QSTR(MP_QSTR_MQTTClient), MP_ROM_PTR(&mote_mqtt_type_client)},
    {MP_ROM_QSTR(MP_QSTR_MQTTException), MP_ROM_PTR(&mp_type_MQTTException)},
};
static MP_DEFINE_CONST_DICT(module_dict, module_table);

const mp_obj_module_t mote_mqtt_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_dict,
};

MP_REGISTER_MODULE(MP_QSTR_mote_mqtt, mote_mqtt_module);
