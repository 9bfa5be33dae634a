/* A node's outbox: a file in the folder that the options name. */
#include "handle.h"

#include "outbox/parts.h"
#include <mote/linux.h>
#include <stdlib.h>

static enum mote_reason open_outbox(struct node_outbox *outbox, const char *id, uint32_t size)
{
    const struct mote_port *port = mote_port();
    enum mote_reason reason;

    if (port->flash == NULL)
        return MOTE_OUTBOX_CORRUPT;
    reason = port->flash->open(port->context, id, size, &outbox->flash);
    if (reason != MOTE_OK)
        return reason;
    outbox->has_flash = true;
    outbox->config = (struct mote_outbox_config){.flash = &outbox->flash,
                                                 .page = outbox->page,
                                                 .page_size = NODE_OUTBOX_PAGE,
                                                 .first = (uint16_t)port->random(port->context)};
    reason = mote_outbox_open(&outbox->outbox, &outbox->config);
    return mote_outbox_is_open(&outbox->outbox) ? MOTE_OK : reason;
}

enum mote_reason node_outbox_open(struct node_handle *handle, struct mote_node_config *config)
{
    PyObject *folder = PyDict_GetItemString(handle->options, "outbox");
    enum mote_reason reason;

    if (folder == NULL)
        return MOTE_OK;
    handle->outbox = calloc(1, sizeof *handle->outbox);
    if (handle->outbox == NULL)
        return MOTE_OUTBOX_FULL;
    mote_linux_state_folder(PyBytes_AsString(folder));
    reason = open_outbox(handle->outbox, config->id,
                         (uint32_t)PyLong_AsUnsignedLong(PyDict_GetItemString(handle->options, "outbox_size")));
    mote_linux_state_folder(NULL);
    config->outbox = &handle->outbox->outbox;
    return reason;
}

void node_outbox_close(struct node_handle *handle)
{
    const struct mote_port *port = mote_port();

    if (handle->outbox != NULL && handle->outbox->has_flash)
        port->flash->close(port->context, &handle->outbox->flash);
    free(handle->outbox);
    handle->outbox = NULL;
}

PyObject *node_kept(PyObject *module, PyObject *capsule)
{
    struct node_handle *handle = node_handle_of(capsule);
    uint32_t bytes;

    (void)module;
    if (handle == NULL)
        return NULL;
    if (handle->outbox == NULL)
        return PyLong_FromLong(-1);
    return PyLong_FromUnsignedLong(mote_outbox_count(&handle->outbox->outbox, &bytes));
}

PyObject *node_rejected(PyObject *module, PyObject *capsule)
{
    const struct node_handle *handle = node_handle_of(capsule);

    (void)module;
    if (handle == NULL)
        return NULL;
    return PyLong_FromUnsignedLong(handle->outbox == NULL ? 0 : handle->outbox->outbox.counters.rejected);
}

static bool is_kept(const struct mote_outbox *outbox, uint16_t packet_id)
{
    uint32_t sequence = mote_sequence_of(packet_id, outbox->base);

    return mote_sequence_is_before(sequence, outbox->next) && (outbox->done & mote_outbox_bit(outbox, sequence)) == 0;
}

PyObject *node_is_kept(PyObject *module, PyObject *arguments)
{
    const struct node_handle *handle;
    unsigned short packet_id;
    PyObject *capsule;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "OH", &capsule, &packet_id))
        return NULL;
    handle = node_handle_of(capsule);
    if (handle == NULL)
        return NULL;
    return PyBool_FromLong(handle->outbox != NULL && is_kept(&handle->outbox->outbox, packet_id));
}
