#include "handle.h"

static bool read_bytes(PyObject *value, struct mote_text *text)
{
    Py_ssize_t size;
    char *bytes;

    if (PyBytes_AsStringAndSize(value, &bytes, &size) != 0)
        return false;
    *text = (struct mote_text){bytes, (size_t)size};
    return true;
}

static bool read_number(PyObject *value, uint32_t *number)
{
    unsigned long found = PyLong_AsUnsignedLong(value);

    if (PyErr_Occurred() != NULL)
        return false;
    if (found > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a property's number has 32 bits");
        return false;
    }
    *number = (uint32_t)found;
    return true;
}

static bool read_item(PyObject *tuple, struct mote_property *item)
{
    PyObject *id = PyTuple_GetItem(tuple, 0), *value = PyTuple_GetItem(tuple, 1);
    uint32_t number;

    if (id == NULL || value == NULL || !read_number(id, &number))
        return false;
    *item = (struct mote_property){.id = (enum mote_property_id)number};
    if (PyLong_Check(value))
        return read_number(value, &item->number);
    return read_bytes(value, &item->text) &&
           (PyTuple_Size(tuple) < 3 || read_bytes(PyTuple_GetItem(tuple, 2), &item->value));
}

bool node_properties_read(PyObject *list, struct mote_property *items, struct mote_properties *properties)
{
    Py_ssize_t count = list == Py_None ? 0 : PyList_Size(list);

    if (count > NODE_PROPERTIES_MAX)
        PyErr_Format(PyExc_ValueError, "a message has %d properties at most", NODE_PROPERTIES_MAX);
    if (count < 0 || count > NODE_PROPERTIES_MAX)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!read_item(PyList_GetItem(list, i), &items[i]))
            return false;
    }
    *properties = (struct mote_properties){.items = items, .count = (size_t)count};
    return true;
}

static PyObject *make_item(const struct mote_property *item)
{
    const struct mote_text *text = &item->text, *value = &item->value;

    if (item->id == MOTE_USER_PROPERTY)
        return Py_BuildValue("(iy#y#)", (int)item->id, text->data, (Py_ssize_t)text->length, value->data,
                             (Py_ssize_t)value->length);
    if (text->data != NULL)
        return Py_BuildValue("(iy#)", (int)item->id, text->data, (Py_ssize_t)text->length);
    return Py_BuildValue("(iI)", (int)item->id, (unsigned)item->number);
}

PyObject *node_properties_make(const struct mote_properties *properties)
{
    struct mote_properties_place place = {0};
    struct mote_property item = {0};
    PyObject *list = PyList_New(0);

    while (list != NULL && mote_properties_next(properties, &place, &item)) {
        PyObject *tuple = make_item(&item);

        if (tuple == NULL || PyList_Append(list, tuple) != 0)
            Py_CLEAR(list);
        Py_XDECREF(tuple);
        item = (struct mote_property){0};
    }
    return list;
}
