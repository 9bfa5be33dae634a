/* Client: MQTT as umqtt.simple has it. Its arguments are all given; what is left out, and what else they may be, is the matter of
 * umqtt/simple.py. */
#include "interpreter.h"

#include <errno.h>
#include <stdio.h>

enum { NO_CODE = -1, NAME_NOT_FOUND = -2 };

struct client_object {
    struct mote_python_caller caller; /* first: so Python knows it */
    struct mote_script_client *client;
    struct {
        bool retain;
        bool duplicate;
        uint8_t qos;
    } last; /* message */
};

static PyObject *refused; /* MQTTException */

static struct client_object *of(PyObject *self)
{
    return (struct client_object *)self;
}

static struct mote_text text_of(const Py_buffer *buffer)
{
    return (struct mote_text){buffer->buf, (size_t)buffer->len};
}

/* --- Exceptions --- */

static int number_of(enum mote_reason reason)
{
    switch (reason) {
    case MOTE_MQTT_QUOTA:
        return ENOBUFS;
    case MOTE_TCP_TIMEOUT:
    case MOTE_DNS_TIMEOUT:
    case MOTE_MQTT_NO_PINGRESP:
        return ETIMEDOUT;
    case MOTE_TCP_REFUSED:
        return ECONNREFUSED;
    case MOTE_DNS_NOT_FOUND:
        return NAME_NOT_FOUND;
    default:
        return NO_CODE;
    }
}

static void say(char *text, size_t size, enum mote_reason reason)
{
    const char *words = mote_script_words();

    snprintf(text, size, "%s (%s)", words[0] == '\0' ? mote_reason_words(reason) : words, mote_reason_code(reason));
}

/* What a connection cannot be made with is a wrong value, too. */
static PyObject *raise_value_error(const struct client_object *self)
{
    char text[512] = "not valid in MQTT (config.invalid)";

    if (mote_script_client_reason(self->client) == MOTE_CONFIG_INVALID)
        say(text, sizeof text, MOTE_CONFIG_INVALID);
    return mote_python_result(PyExc_ValueError, text);
}

static PyObject *raise_os_error(enum mote_reason reason)
{
    char text[512];
    PyObject *value;

    say(text, sizeof text, reason);
    value = Py_BuildValue("(is)", number_of(reason), text);
    if (value != NULL)
        PyErr_SetObject(PyExc_OSError, value);
    Py_XDECREF(value);
    return NULL;
}

static PyObject *raise_reason(const struct client_object *self, enum mote_reason reason)
{
    PyObject *code;

    if (mote_script_client_refusal(self->client) != 0) {
        code = PyLong_FromLong(mote_script_client_refusal(self->client));
        PyErr_SetObject(refused, code);
        Py_XDECREF(code);
        return NULL;
    }
    if (reason == MOTE_CONFIG_INVALID)
        return raise_value_error(self);
    if (reason == MOTE_MQTT_PACKET_TOO_LARGE)
        return mote_python_result(PyExc_ValueError, "larger than the buffer (mqtt.packet_too_large)");
    return raise_os_error(reason);
}

/* What every call ends with: the callback's exception is the first. */
static PyObject *end(const struct client_object *self, enum mote_reason reason, PyObject *result)
{
    if (mote_python_has_error() || reason == MOTE_OK)
        return mote_python_end(result);
    Py_XDECREF(result);
    return raise_reason(self, reason);
}

static PyObject *end_with_none(const struct client_object *self, enum mote_reason reason)
{
    return end(self, reason, Py_NewRef(Py_None));
}

/* --- Messages --- */

static bool on_message(const struct mote_message *message, void *context)
{
    struct client_object *self = context;
    PyObject *topic, *payload;
    PyObject *result = NULL;

    if (self->caller.callback == NULL)
        return true;
    self->last.retain = message->retain;
    self->last.duplicate = message->duplicate;
    self->last.qos = (uint8_t)message->qos;
    topic = PyBytes_FromStringAndSize(message->topic.data, (Py_ssize_t)message->topic.length);
    payload = PyBytes_FromStringAndSize(message->payload.data, (Py_ssize_t)message->payload.length);
    if (topic != NULL && payload != NULL)
        result = PyObject_CallFunctionObjArgs(self->caller.callback, topic, payload, NULL);
    Py_XDECREF(topic);
    Py_XDECREF(payload);
    if (result == NULL)
        mote_python_keep_error();
    Py_XDECREF(result);
    return result != NULL;
}

static PyObject *set_callback(PyObject *self, PyObject *callback)
{
    PyObject *before = of(self)->caller.callback;

    of(self)->caller.callback = callback == Py_None ? NULL : Py_NewRef(callback);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

/* --- Coming and going --- */

static PyObject *connect_client(PyObject *self, PyObject *args)
{
    enum mote_reason reason;
    unsigned int timeout_ms;
    int clean;

    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "pI:connect", &clean, &timeout_ms))
        return NULL;
    reason = mote_script_client_connect(of(self)->client, clean, timeout_ms);
    return end(of(self), reason, PyLong_FromLong(mote_script_client_session_present(of(self)->client)));
}

static PyObject *disconnect_client(PyObject *self, PyObject *args)
{
    (void)args;
    if (!mote_python_may_call())
        return NULL;
    mote_script_client_disconnect(of(self)->client);
    return end_with_none(of(self), MOTE_OK);
}

static PyObject *abort_client(PyObject *self, PyObject *args)
{
    (void)args;
    if (!mote_python_may_call())
        return NULL;
    mote_script_client_abort(of(self)->client);
    Py_RETURN_NONE;
}

static PyObject *ping(PyObject *self, PyObject *args)
{
    (void)args;
    return mote_python_may_call() ? end_with_none(of(self), mote_script_client_ping(of(self)->client)) : NULL;
}

/* --- Talking --- */

static bool is_qos(int qos)
{
    if (qos < 0 || qos > 2)
        PyErr_SetString(PyExc_ValueError, "qos");
    return qos >= 0 && qos <= 2;
}

static PyObject *set_will(PyObject *self, PyObject *args)
{
    Py_buffer topic, payload;
    int retain, qos;
    bool kept = false;

    if (!PyArg_ParseTuple(args, "s*s*pi:set_last_will", &topic, &payload, &retain, &qos))
        return NULL;
    if (is_qos(qos))
        kept = mote_script_client_set_will(of(self)->client, text_of(&topic), text_of(&payload), retain, qos);
    PyBuffer_Release(&topic);
    PyBuffer_Release(&payload);
    if (!kept && !PyErr_Occurred())
        return PyErr_NoMemory();
    return kept ? Py_NewRef(Py_None) : NULL;
}

static PyObject *publish(PyObject *self, PyObject *args)
{
    enum mote_reason reason = MOTE_OK;
    Py_buffer topic, payload;
    int retain, qos;
    bool right;

    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "s*s*pi:publish", &topic, &payload, &retain, &qos))
        return NULL;
    right = is_qos(qos);
    if (right)
        reason = mote_script_client_publish(of(self)->client, text_of(&topic), text_of(&payload), retain, qos);
    PyBuffer_Release(&topic);
    PyBuffer_Release(&payload);
    return right ? end_with_none(of(self), reason) : NULL;
}

static PyObject *subscribe(PyObject *self, PyObject *args)
{
    enum mote_reason reason = MOTE_OK;
    Py_buffer topic;
    int qos;
    bool right;

    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "s*i:subscribe", &topic, &qos))
        return NULL;
    right = is_qos(qos);
    if (right)
        reason = mote_script_client_subscribe(of(self)->client, text_of(&topic), qos);
    PyBuffer_Release(&topic);
    return right ? end_with_none(of(self), reason) : NULL;
}

static PyObject *unsubscribe(PyObject *self, PyObject *args)
{
    enum mote_reason reason;
    Py_buffer topic;

    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "s*:unsubscribe", &topic))
        return NULL;
    reason = mote_script_client_unsubscribe(of(self)->client, text_of(&topic));
    PyBuffer_Release(&topic);
    return end_with_none(of(self), reason);
}

/* --- Listening --- */

/* The first byte of the last message's packet, as umqtt gives it. */
static PyObject *head(const struct client_object *self, enum mote_reason reason)
{
    int first = mote_script_client_last_head(self->client);

    return end(self, reason, first == 0 ? Py_NewRef(Py_None) : PyLong_FromLong(first));
}

static PyObject *wait_msg(PyObject *self, PyObject *args)
{
    (void)args;
    return mote_python_may_call() ? head(of(self), mote_script_client_wait(of(self)->client)) : NULL;
}

static PyObject *check_msg(PyObject *self, PyObject *args)
{
    (void)args;
    return mote_python_may_call() ? head(of(self), mote_script_client_check(of(self)->client)) : NULL;
}

/* --- What can be read --- */

static PyObject *connected(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(mote_script_client_is_connected(of(self)->client));
}

static PyObject *reason_word(PyObject *self, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(mote_reason_code(mote_script_client_reason(of(self)->client)));
}

static PyObject *dropped(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromUnsignedLong(mote_script_client_dropped(of(self)->client));
}

static PyObject *qos_of_last(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(of(self)->last.qos);
}

static PyObject *retain_of_last(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(of(self)->last.retain);
}

static PyObject *dup_of_last(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(of(self)->last.duplicate);
}

/* --- Making one --- */

static bool read_config(PyObject *args, struct mote_script_client_config *config, Py_buffer buffers[3])
{
    int keep_alive, port, strict, tls, insecure, version;

    if (!PyArg_ParseTuple(args, "s*siz*z*ipIIippzzz:MQTTClient", &buffers[0], &config->server, &port, &buffers[1],
                          &buffers[2], &keep_alive, &strict, &config->timeout_ms, &config->buffer_size, &version, &tls,
                          &insecure, &config->ca_file, &config->certificate_file, &config->key_file))
        return false;
    config->port = (uint16_t)port;
    config->keep_alive_s = (uint16_t)keep_alive;
    config->strict = strict;
    config->version = (uint8_t)version;
    config->tls = tls;
    config->tls_insecure = insecure;
    config->client_id = text_of(&buffers[0]);
    config->has_user = buffers[1].buf != NULL;
    config->has_password = buffers[2].buf != NULL;
    config->user = text_of(&buffers[1]);
    config->password = text_of(&buffers[2]);
    return true;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    struct mote_script_client_config config = {.on_message = on_message};
    Py_buffer buffers[3] = {{.buf = NULL}};
    struct client_object *self;

    (void)keywords;
    if (!mote_python_may_call() || !read_config(args, &config, buffers))
        return NULL;
    self = (struct client_object *)PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        config.context = self;
        self->client = mote_script_client_new(&config);
    }
    for (int i = 0; i < 3; i++)
        PyBuffer_Release(&buffers[i]);
    if (self != NULL && self->client == NULL) {
        Py_DECREF((PyObject *)self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    mote_script_client_free(of(self)->client);
    mote_python_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef methods[] = {
    {"set_callback", set_callback, METH_O, "Called with topic and message, both bytes; None: nobody is."},
    {"set_last_will", set_will, METH_VARARGS, "set_last_will(topic, message, retain, qos)."},
    {"connect", connect_client, METH_VARARGS, "connect(clean, timeout_ms). Returns whether the session was kept."},
    {"disconnect", disconnect_client, METH_NOARGS, "Says goodbye."},
    {"abort", abort_client, METH_NOARGS, "Cuts the connection."},
    {"ping", ping, METH_NOARGS, "Asks the broker whether it is there."},
    {"publish", publish, METH_VARARGS, "publish(topic, message, retain, qos)."},
    {"subscribe", subscribe, METH_VARARGS, "subscribe(topic, qos)."},
    {"unsubscribe", unsubscribe, METH_VARARGS, "unsubscribe(topic)."},
    {"wait_msg", wait_msg, METH_NOARGS, "Waits for a message."},
    {"check_msg", check_msg, METH_NOARGS, "Takes the messages that have come."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"connected", connected, NULL, "Is there a connection?", NULL},
    {"reason", reason_word, NULL, "Why there was none the last time.", NULL},
    {"dropped", dropped, NULL, "Messages that did not fit.", NULL},
    {"qos", qos_of_last, NULL, "Of the last message.", NULL},
    {"retain", retain_of_last, NULL, "Of the last message.", NULL},
    {"dup", dup_of_last, NULL, "Of the last message.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)make},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_tp_traverse, (void *)mote_python_traverse},
    {Py_tp_clear, (void *)mote_python_clear},
    {Py_tp_dealloc, (void *)dealloc},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "mote._mote.Client",
    .basicsize = sizeof(struct client_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

bool mote_python_add_client(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&spec);

    refused = PyErr_NewException("umqtt.simple.MQTTException", NULL, NULL);
    return type != NULL && refused != NULL && PyModule_AddObjectRef(module, "Client", type) == 0 &&
           PyModule_AddObjectRef(module, "MQTTException", refused) == 0;
}
