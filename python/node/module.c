#include "handle.h"

#include <mote/linux.h>

static PyObject *fd(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    return PyLong_FromLong(mote_linux_fd());
}

/* Sees to what has happened outside, and does not wait for more. */
static PyObject *wait(PyObject *module, PyObject *nothing)
{
    (void)module;
    (void)nothing;
    mote_port()->wait(mote_port()->context, 0);
    Py_RETURN_NONE;
}

/* A code's words, and what to do about it; None for what is no code. */
static PyObject *words(PyObject *module, PyObject *code)
{
    (void)module;
    for (unsigned i = MOTE_OK + 1; i < MOTE_REASON_COUNT; i++) {
        enum mote_reason reason = (enum mote_reason)i;

        if (PyUnicode_CompareWithASCIIString(code, mote_reason_code(reason)) == 0)
            return Py_BuildValue("(ss)", mote_reason_words(reason), mote_reason_next(reason));
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fd", fd, METH_NOARGS, NULL},
    {"wait", wait, METH_NOARGS, NULL},
    {"words", words, METH_O, NULL},
    {"open", node_open, METH_O, NULL},
    {"close", node_close, METH_O, NULL},
    {"turn", node_turn, METH_O, NULL},
    {"start", node_start, METH_O, NULL},
    {"stop", node_stop, METH_O, NULL},
    {"ping", node_ping, METH_O, NULL},
    {"hold", node_hold, METH_VARARGS, NULL},
    {"state", node_state, METH_O, NULL},
    {"broker", node_broker, METH_O, NULL},
    {"kept", node_kept, METH_O, NULL},
    {"rejected", node_rejected, METH_O, NULL},
    {"is_kept", node_is_kept, METH_VARARGS, NULL},
    {"subscribe", node_subscribe, METH_VARARGS, NULL},
    {"unsubscribe", node_unsubscribe, METH_VARARGS, NULL},
    {"subscription", node_subscription, METH_VARARGS, NULL},
    {"publish", node_publish, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyMODINIT_FUNC PyInit__mote_node(void);

PyMODINIT_FUNC PyInit__mote_node(void)
{
    static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "_mote_node", .m_size = -1,
                                            .m_methods = methods};

    return PyModule_Create(&definition);
}
