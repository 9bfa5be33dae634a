#include "handle.h"

#include <mote/topic.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_MAX = 60000, PIECES_MIN = 1 << 17 };

/* --- Messages --- */

static void tell_message(const struct node_filter *filter, const struct mote_message *message, struct mote_text payload)
{
    bool has_properties = message->properties.encoded.length > 0;
    PyObject *properties = has_properties ? node_properties_make(&message->properties) : Py_NewRef(Py_None);

    node_handle_tell(filter->on_message,
                     Py_BuildValue("(s#y#iiiN)", message->topic.data, (Py_ssize_t)message->topic.length, payload.data,
                                   (Py_ssize_t)payload.length, (int)message->qos, (int)message->retain,
                                   (int)message->duplicate, properties));
}

static bool make_room(struct node_filter *filter, uint32_t size)
{
    uint32_t room = filter->room < PIECES_MIN ? PIECES_MIN : filter->room;
    char *pieces;

    while (room < size)
        room = room > UINT32_MAX / 2 ? UINT32_MAX : room * 2;
    if (room == filter->room)
        return true;
    pieces = realloc(filter->pieces, room);
    if (pieces == NULL)
        return false;
    filter->pieces = pieces;
    filter->room = room;
    return true;
}

static void drop_pieces(struct node_filter *filter)
{
    free(filter->pieces);
    filter->pieces = NULL;
    filter->room = filter->have = 0;
}

/* A connection that is lost cuts the pieces short: then they begin again. */
static void take_piece(struct node_filter *filter, const struct mote_message *message)
{
    uint32_t size = (uint32_t)message->payload.length;

    if (message->payload_offset == 0)
        filter->have = 0;
    if (message->payload_offset != filter->have || !make_room(filter, filter->have + size))
        return;
    memcpy(filter->pieces + filter->have, message->payload.data, size);
    filter->have += size;
    if (!mote_message_is_last(message))
        return;
    tell_message(filter, message, (struct mote_text){filter->pieces, filter->have});
    drop_pieces(filter);
}

static void on_message(struct mote_node *node, const struct mote_message *message, void *context)
{
    struct node_filter *filter = context;

    (void)node;
    if (message->payload_size > filter->payload_max)
        return;
    if (message->payload.length == message->payload_size)
        tell_message(filter, message, message->payload.data == NULL ? MOTE_TEXT("") : message->payload);
    else
        take_piece(filter, message);
}

/* --- Subscriptions --- */

static struct node_filter *find(const struct node_handle *handle, const char *text)
{
    struct node_filter *filter = handle->filters;

    while (filter != NULL && strcmp(PyBytes_AsString(filter->text), text) != 0)
        filter = filter->next;
    return filter;
}

static void free_filter(struct node_filter *filter)
{
    Py_XDECREF(filter->text);
    Py_XDECREF(filter->on_message);
    free(filter->pieces);
    free(filter);
}

static struct node_filter *add(struct node_handle *handle, PyObject *text)
{
    struct node_filter *filter = calloc(1, sizeof *filter);

    if (filter == NULL)
        return NULL;
    filter->text = Py_NewRef(text);
    filter->next = handle->filters;
    handle->filters = filter;
    return filter;
}

/* Before the engine is asked: what it refuses before its first turn is a fault of the whole node. */
static enum mote_reason judge(const struct node_handle *handle, struct mote_text text)
{
    unsigned count = 0;

    if (!mote_topic_is_filter(text))
        return MOTE_CONFIG_INVALID;
    if (text.length > FILTER_MAX)
        return MOTE_MQTT_PACKET_TOO_LARGE;
    for (const struct node_filter *filter = handle->filters; filter != NULL; filter = filter->next)
        count++;
    return count >= MOTE_SUBSCRIPTIONS_MAX && find(handle, text.data) == NULL ? MOTE_MQTT_QUOTA : MOTE_OK;
}

static enum mote_reason subscribe(struct node_handle *handle, PyObject *text, unsigned options, uint32_t payload_max,
                                  PyObject *callable)
{
    struct mote_text view = {PyBytes_AsString(text), (size_t)PyBytes_Size(text)};
    enum mote_reason reason = judge(handle, view);
    struct node_filter *filter;
    PyObject *before;

    if (reason != MOTE_OK)
        return reason;
    filter = find(handle, view.data);
    if (filter == NULL)
        filter = add(handle, text);
    if (filter == NULL)
        return MOTE_MQTT_QUOTA;
    before = filter->on_message;
    filter->on_message = Py_NewRef(callable);
    Py_XDECREF(before);
    filter->left = false;
    filter->payload_max = payload_max;
    return mote_node_subscribe(&handle->node, PyBytes_AsString(filter->text), options, on_message, filter);
}

PyObject *node_subscribe(PyObject *module, PyObject *arguments)
{
    PyObject *capsule, *text, *callable;
    struct node_handle *handle;
    unsigned options, payload_max;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OSIIO", &capsule, &text, &options, &payload_max, &callable))
        return NULL;
    handle = node_handle_of(capsule);
    if (handle == NULL)
        return NULL;
    enum mote_reason reason = subscribe(handle, text, options, payload_max, callable);
    return PyUnicode_FromString(reason == MOTE_OK ? "" : mote_reason_code(reason));
}

/* The arguments of a call about a filter that there is, or was. NULL: there is an exception. */
static struct node_handle *read_filter(PyObject *arguments, const char **text)
{
    PyObject *capsule;

    return PyArg_ParseTuple(arguments, "Oy", &capsule, text) ? node_handle_of(capsule) : NULL;
}

PyObject *node_unsubscribe(PyObject *module, PyObject *arguments)
{
    const char *text;
    struct node_handle *handle = read_filter(arguments, &text);
    struct node_filter *filter;

    (void)module;
    if (handle == NULL)
        return NULL;
    filter = find(handle, text);
    if (filter != NULL && mote_node_unsubscribe(&handle->node, text) == MOTE_OK)
        filter->left = true;
    Py_RETURN_NONE;
}

PyObject *node_subscription(PyObject *module, PyObject *arguments)
{
    const char *text;
    const struct node_handle *handle = read_filter(arguments, &text);

    (void)module;
    return handle == NULL ? NULL : PyLong_FromLong(mote_node_subscription(&handle->node, text));
}

void node_filters_forget(struct node_handle *handle, bool all)
{
    struct node_filter **at = &handle->filters;

    while (*at != NULL) {
        struct node_filter *filter = *at;

        if (all || (filter->left &&
                    mote_node_subscription(&handle->node, PyBytes_AsString(filter->text)) == MOTE_SUBSCRIPTION_NONE)) {
            *at = filter->next;
            free_filter(filter);
        } else {
            at = &filter->next;
        }
    }
}
