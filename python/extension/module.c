/* _mote: what a script's modules are made of. It is used through them; see docs/PYTHON.md. */
#include "interpreter.h"

static PyObject *start(PyObject *module, PyObject *args)
{
    const char *board, *air, *wrong;

    (void)module;
    if (!PyArg_ParseTuple(args, "sz:start", &board, &air))
        return NULL;
    wrong = mote_script_start(board, air, &mote_python_host);
    if (wrong == NULL)
        mote_python_begin();
    return mote_python_result(PyExc_ValueError, wrong);
}

static PyObject *poll_board(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    if (!mote_python_may_call())
        return NULL;
    mote_script_poll();
    return mote_python_end(Py_NewRef(Py_None));
}

static PyObject *tasks_turn(PyObject *module, PyObject *args)
{
    int fd = -1;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "|i:tasks_turn", &fd))
        return NULL;
    if (!mote_script_tasks_turn(fd))
        return mote_python_result(PyExc_RuntimeError, "the event loop runs already");
    return mote_python_end(Py_NewRef(Py_None));
}

static PyObject *detour(PyObject *module, PyObject *args)
{
    const char *name;
    int number;

    (void)module;
    if (!PyArg_ParseTuple(args, "si:getaddrinfo", &name, &number))
        return NULL;
    if (number < 0 || number > UINT16_MAX)
        return Py_BuildValue("(si)", name, number);
    struct mote_text host = mote_text(name);
    uint16_t port = (uint16_t)number;
    mote_script_detour(&host, &port);
    return Py_BuildValue("(s#i)", host.data, (Py_ssize_t)host.length, (int)port);
}

static PyObject *wait_until(PyObject *module, PyObject *args)
{
    unsigned long long ms;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "K:wait_until", &ms))
        return NULL;
    while (mote_script_now_ms() < ms && !mote_script_is_interrupted())
        mote_script_wait(ms);
    return mote_python_end(Py_NewRef(Py_None));
}

static PyObject *now_ms(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return PyLong_FromUnsignedLongLong(mote_script_now_ms());
}

static PyObject *timer_deadline(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    if (mote_script_timer_deadline() == MOTE_NEVER)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(mote_script_timer_deadline());
}

static PyObject *is_virtual(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return PyBool_FromLong(mote_script_is_virtual());
}

static PyObject *descriptor(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return PyLong_FromLong(mote_script_fd());
}

static PyMethodDef functions[] = {
    {"start", start, METH_VARARGS, "start(board, air): sets the board up, once."},
    {"poll", poll_board, METH_NOARGS, "Does what is due."},
    {"detour", detour, METH_VARARGS, "detour(host, port): where connections to them lead."},
    {"tasks_turn", tasks_turn, METH_VARARGS,
     "tasks_turn(fd=-1): waits for a task's step, or until the descriptor can be read; runs what is due."},
    {"wait_until", wait_until, METH_VARARGS, "Sleeps, with timers and handlers running."},
    {"now_ms", now_ms, METH_NOARGS, "Mote's clock."},
    {"timer_deadline", timer_deadline, METH_NOARGS, "When the next timer is due, or None."},
    {"is_virtual", is_virtual, METH_NOARGS, "Is it the virtual board?"},
    {"fileno", descriptor, METH_NOARGS, "Readable when something has happened."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "mote._mote", .m_doc = "Mote under the names of MicroPython.",
    .m_size = -1,          .m_methods = functions,
};

PyMODINIT_FUNC PyInit__mote(void);

PyMODINIT_FUNC PyInit__mote(void)
{
    PyObject *module = PyModule_Create(&definition);

    if (module == NULL)
        return NULL;
    if (PyModule_AddFunctions(module, mote_python_board_functions) == 0 &&
        PyModule_AddFunctions(module, mote_python_pin_functions) == 0 &&
        PyModule_AddFunctions(module, mote_python_wlan_functions) == 0 && mote_python_add_client(module) &&
        mote_python_add_timer(module))
        return module;
    Py_DECREF(module);
    return NULL;
}
