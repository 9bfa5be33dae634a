#include "handle.h"

#include <stdlib.h>

static const char capsule_name[] = "_mote_node.Handle";

struct node_handle *node_handle_of(PyObject *capsule)
{
    struct node_handle *handle = PyCapsule_GetPointer(capsule, capsule_name);

    if (handle != NULL && handle->closed) {
        PyErr_SetString(PyExc_RuntimeError, "the node is closed");
        return NULL;
    }
    return handle;
}

void node_handle_tell(PyObject *callable, PyObject *arguments)
{
    PyObject *answer = arguments == NULL ? NULL : PyObject_CallObject(callable, arguments);

    if (answer == NULL)
        PyErr_WriteUnraisable(callable);
    Py_XDECREF(answer);
    Py_XDECREF(arguments);
}

/* --- What happens --- */

static void on_state(struct mote_node *node, void *context)
{
    const struct node_handle *handle = context;

    (void)node;
    node_handle_tell(handle->on_state, PyTuple_New(0));
}

static void on_event(struct mote_node *node, const struct mote_session_event *event, void *context)
{
    struct node_handle *handle = context;
    enum mote_reason reason;

    if (event->type != MOTE_EVENT_PUBLISHED)
        return;
    node_sources_forget(handle, event->packet_id);
    reason = mote_session_reason(MOTE_MQTT_5, event->reason_code);
    node_handle_tell(handle->on_published,
                     Py_BuildValue("(is)", (int)event->packet_id, reason == MOTE_OK ? "" : mote_reason_code(reason)));
    (void)node;
}

/* --- Opening and closing --- */

static void end(struct node_handle *handle)
{
    if (handle->closed)
        return;
    mote_node_observe(&handle->node, NULL);
    mote_node_abort(&handle->node);
    handle->closed = true;
    node_outbox_close(handle);
    node_filters_forget(handle, true);
    node_sources_forget_all(handle);
    Py_CLEAR(handle->options);
}

static void free_handle(PyObject *capsule)
{
    struct node_handle *handle = PyCapsule_GetPointer(capsule, capsule_name);

    end(handle);
    free(handle);
}

static PyObject *fault(enum mote_reason reason, const char *what, const char *why)
{
    return Py_BuildValue("(sss)", mote_reason_code(reason), what, why);
}

static const char *port_words(void)
{
    const struct mote_port *port = mote_port();

    return port->words == NULL ? "" : port->words(port->context);
}

static PyObject *begin(struct node_handle *handle)
{
    struct mote_node_config config;
    enum mote_reason reason;

    if (!node_options_read(handle, &config))
        return NULL;
    reason = node_outbox_open(handle, &config);
    if (reason != MOTE_OK)
        return fault(reason, "outbox", port_words());
    reason = mote_node_init(&handle->node, &config);
    if (reason != MOTE_OK)
        return fault(reason, mote_node_fault(&handle->node)->what, mote_node_fault(&handle->node)->why);
    handle->observer = (struct mote_observer){.on_state = on_state, .on_event = on_event, .context = handle};
    mote_node_observe(&handle->node, &handle->observer);
    Py_RETURN_NONE;
}

PyObject *node_open(PyObject *module, PyObject *options)
{
    struct node_handle *handle = calloc(1, sizeof *handle);
    PyObject *capsule = handle == NULL ? PyErr_NoMemory() : PyCapsule_New(handle, capsule_name, free_handle);
    PyObject *answer;

    (void)module;
    if (capsule == NULL) {
        free(handle);
        return NULL;
    }
    handle->options = Py_NewRef(options);
    answer = begin(handle);
    if (answer != Py_None) {
        Py_DECREF(capsule);
        return answer;
    }
    Py_DECREF(answer);
    return capsule;
}

PyObject *node_close(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = PyCapsule_GetPointer(capsule, capsule_name);

    (void)module;
    if (handle == NULL)
        return NULL;
    end(handle);
    Py_RETURN_NONE;
}

/* --- Running --- */

PyObject *node_turn(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = node_handle_of(capsule);
    uint64_t deadline_ms, now_ms;

    (void)module;
    if (handle == NULL)
        return NULL;
    deadline_ms = mote_node_turn(&handle->node);
    node_filters_forget(handle, false);
    if (deadline_ms == MOTE_NEVER)
        return PyLong_FromLong(-1);
    now_ms = handle->node.port->now_ms(handle->node.port->context);
    return PyLong_FromUnsignedLongLong(deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

PyObject *node_start(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = node_handle_of(capsule);

    (void)module;
    if (handle == NULL)
        return NULL;
    mote_node_start(&handle->node);
    Py_RETURN_NONE;
}

PyObject *node_stop(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = node_handle_of(capsule);

    (void)module;
    if (handle == NULL)
        return NULL;
    mote_node_hold(&handle->node, false);
    mote_node_stop(&handle->node);
    Py_RETURN_NONE;
}

PyObject *node_ping(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = node_handle_of(capsule);

    (void)module;
    if (handle == NULL)
        return NULL;
    enum mote_reason reason = mote_node_ping(&handle->node);
    return PyUnicode_FromString(reason == MOTE_OK ? "" : mote_reason_code(reason));
}

PyObject *node_hold(PyObject *module, PyObject *arguments)
{
    struct node_handle *handle;
    PyObject *capsule;
    int held;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Op", &capsule, &held))
        return NULL;
    handle = node_handle_of(capsule);
    if (handle == NULL)
        return NULL;
    mote_node_hold(&handle->node, held != 0);
    Py_RETURN_NONE;
}

/* --- Looking --- */

/* The port's words are about the reason that it gave last: of a connection. */
PyObject *node_state(PyObject *module, PyObject *capsule)
{
    const struct node_handle *handle = node_handle_of(capsule);

    (void)module;
    if (handle == NULL)
        return NULL;
    enum mote_reason reason = mote_node_reason(&handle->node);
    const char *words = mote_node_words(&handle->node);
    return Py_BuildValue("(sss)", mote_node_state_name(mote_node_state(&handle->node)),
                         reason == MOTE_OK ? "" : mote_reason_code(reason), words[0] == '\0' ? port_words() : words);
}

PyObject *node_broker(PyObject *module, PyObject *capsule)
{
    const struct node_handle *handle = node_handle_of(capsule);
    const struct mote_url *url;

    (void)module;
    if (handle == NULL)
        return NULL;
    url = mote_node_broker(&handle->node);
    if (url->port == 0)
        return PyUnicode_FromFormat("%s://%s", url->scheme.data, url->path.data);
    bool is_ipv6 = false;
    for (size_t i = 0; i < url->host.length; i++)
        is_ipv6 = is_ipv6 || url->host.data[i] == ':';
    return PyUnicode_FromFormat(is_ipv6 ? "%s://[%s]:%d" : "%s://%s:%d", url->scheme.data, url->host.data,
                                (int)url->port);
}
