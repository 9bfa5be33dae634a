/* Timer: a function that is called after a time, or again and again. */
#include "interpreter.h"

#include <stddef.h>

struct timer_object {
    struct mote_python_caller caller; /* first: so Python knows it */
    struct mote_timer timer;
    bool is_task;
    bool repeats;
    bool is_held; /* one that runs lives */
};

static struct timer_object *of(PyObject *self)
{
    return (struct timer_object *)self;
}

static void hold(struct timer_object *self, bool held)
{
    if (held == self->is_held)
        return;
    self->is_held = held;
    if (held)
        Py_INCREF((PyObject *)self);
    else
        Py_DECREF((PyObject *)self);
}

static void run(void *context);

/* What the end of a call has kept from running is not forgotten. */
static void run_later(struct timer_object *self)
{
    if (self->is_task)
        mote_script_task_start(&self->timer, 0, run, self);
    else if (!self->repeats)
        mote_script_timer_start(&self->timer, 0, false, run, self);
}

static void run(void *context)
{
    struct timer_object *self = context;
    PyObject *result;

    if (mote_python_has_error()) {
        run_later(self);
        return;
    }
    Py_INCREF((PyObject *)self);
    if (!self->repeats)
        hold(self, false);
    result = PyObject_CallFunctionObjArgs(self->caller.callback, NULL);
    if (result == NULL && self->is_task)
        mote_python_keep_error();
    else if (result == NULL)
        mote_python_print_error();
    Py_XDECREF(result);
    Py_DECREF((PyObject *)self);
}

static PyObject *start(PyObject *self, PyObject *args)
{
    struct timer_object *timer = of(self);
    unsigned long long ms;
    int repeats = 0;

    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "K|p:start", &ms, &repeats))
        return NULL;
    if (ms > UINT32_MAX)
        return mote_python_result(PyExc_ValueError, "more than 49 days");
    timer->repeats = repeats;
    hold(timer, true);
    if (timer->is_task)
        mote_script_task_start(&timer->timer, (uint32_t)ms, run, timer);
    else
        mote_script_timer_start(&timer->timer, (uint32_t)ms, repeats, run, timer);
    Py_RETURN_NONE;
}

static PyObject *stop(PyObject *self, PyObject *args)
{
    struct timer_object *timer = of(self);

    (void)args;
    (timer->is_task ? mote_script_task_stop : mote_script_timer_stop)(&timer->timer);
    hold(timer, false);
    Py_RETURN_NONE;
}

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *callback;
    int is_task;
    struct timer_object *self;

    (void)keywords;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "Op:Timer", &callback, &is_task))
        return NULL;
    self = (struct timer_object *)PyType_GenericAlloc(type, 0);
    if (self == NULL)
        return NULL;
    self->caller.callback = Py_NewRef(callback);
    self->is_task = is_task;
    return (PyObject *)self;
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    mote_python_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef methods[] = {
    {"start", start, METH_VARARGS, "start(ms, repeats=False): calls after that time, or every time."},
    {"stop", stop, METH_NOARGS, "Calls no more."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)make},
    {Py_tp_methods, methods},
    {Py_tp_traverse, (void *)mote_python_traverse},
    {Py_tp_clear, (void *)mote_python_clear},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_doc, (void *)"Timer(callback, is_task)"},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "mote._mote.Timer",
    .basicsize = sizeof(struct timer_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

bool mote_python_add_timer(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&spec);

    return type != NULL && PyModule_AddObjectRef(module, "Timer", type) == 0;
}
