#include "handle.h"

#include <stdlib.h>
#include <string.h>

/* Of larger payloads the engine keeps no copy. */
enum { COPIED_MAX = 16384 };

static size_t read_source(void *context, uint32_t offset, void *into, size_t size)
{
    const struct node_source *source = context;
    size_t left = source->source.size - offset;

    if (size > left)
        size = left;
    memcpy(into, PyBytes_AsString(source->payload) + offset, size);
    return size;
}

static struct node_source *make_source(PyObject *payload)
{
    struct node_source *source = calloc(1, sizeof *source);

    if (source == NULL)
        return NULL;
    source->payload = Py_NewRef(payload);
    source->source =
        (struct mote_source){.read = read_source, .context = source, .size = (uint32_t)PyBytes_Size(payload)};
    return source;
}

static void free_source(struct node_source *source)
{
    Py_DECREF(source->payload);
    free(source);
}

void node_sources_forget(struct node_handle *handle, uint16_t packet_id)
{
    struct node_source **at = &handle->sources;

    while (*at != NULL) {
        struct node_source *source = *at;

        if (source->packet_id == packet_id) {
            *at = source->next;
            free_source(source);
        } else {
            at = &source->next;
        }
    }
}

void node_sources_forget_all(struct node_handle *handle)
{
    while (handle->sources != NULL)
        node_sources_forget(handle, handle->sources->packet_id);
}

/* The engine takes no other one of QoS 0 before it has sent the one before, whose source is of no use then. */
static enum mote_reason publish_source(struct node_handle *handle, struct mote_message *message, PyObject *payload,
                                       uint16_t *packet_id)
{
    struct node_source *source = make_source(payload);
    enum mote_reason reason = MOTE_MQTT_QUOTA;

    if (source == NULL)
        return MOTE_MQTT_QUOTA;
    message->source = &source->source;
    reason = mote_node_publish_named(&handle->node, message, packet_id);
    if (reason != MOTE_OK) {
        free_source(source);
        return reason;
    }
    if (message->qos == MOTE_QOS_0)
        node_sources_forget(handle, 0);
    source->packet_id = *packet_id;
    source->next = handle->sources;
    handle->sources = source;
    return MOTE_OK;
}

/* What an outbox takes, it takes whole. */
static bool wants_source(const struct node_handle *handle, const struct mote_message *message, Py_ssize_t size)
{
    return size > COPIED_MAX && (handle->outbox == NULL || message->qos == MOTE_QOS_0);
}

static PyObject *publish(struct node_handle *handle, struct mote_message *message, PyObject *payload)
{
    Py_ssize_t size = PyBytes_Size(payload);
    enum mote_reason reason;
    uint16_t packet_id = 0;

    if (size > MOTE_WEBSOCKET_FRAME_MAX) {
        reason = MOTE_MQTT_PACKET_TOO_LARGE;
    } else if (wants_source(handle, message, size)) {
        reason = publish_source(handle, message, payload, &packet_id);
    } else {
        message->payload = (struct mote_text){PyBytes_AsString(payload), (size_t)size};
        reason = mote_node_publish_named(&handle->node, message, &packet_id);
    }
    if (reason != MOTE_OK)
        return PyUnicode_FromString(mote_reason_code(reason));
    return PyLong_FromLong(message->qos == MOTE_QOS_0 ? 0 : packet_id);
}

PyObject *node_publish(PyObject *module, PyObject *arguments)
{
    struct mote_property items[NODE_PROPERTIES_MAX];
    struct mote_message message = {.retain = false};
    PyObject *capsule, *payload, *properties;
    struct node_handle *handle;
    Py_ssize_t topic_size;
    int qos, retain;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "Oy#SipO", &capsule, &message.topic.data, &topic_size, &payload, &qos, &retain,
                          &properties))
        return NULL;
    handle = node_handle_of(capsule);
    if (handle == NULL || !node_properties_read(properties, items, &message.properties))
        return NULL;
    message.topic.length = (size_t)topic_size;
    message.qos = (enum mote_qos)qos;
    message.retain = retain != 0;
    return publish(handle, &message, payload);
}
