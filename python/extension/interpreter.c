/* The interpreter as mote_script.h sees it: its lock is released for each sleep and for nothing else, and its signals are looked after in
 * between. */
#include "interpreter.h"

static unsigned long owner; /* the thread; 0: none yet */
static PyThreadState *asleep;
static struct {
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
} kept;

static void release(void *context)
{
    (void)context;
    asleep = PyEval_SaveThread();
}

static void take(void *context)
{
    (void)context;
    PyEval_RestoreThread(asleep);
    asleep = NULL;
}

static bool is_interrupted(void *context)
{
    (void)context;
    if (kept.type == NULL && PyErr_CheckSignals() != 0)
        mote_python_keep_error();
    return kept.type != NULL;
}

const struct mote_script_host mote_python_host = {
    .release = release,
    .take = take,
    .is_interrupted = is_interrupted,
};

bool mote_python_has_error(void)
{
    return kept.type != NULL;
}

void mote_python_keep_error(void)
{
    if (kept.type == NULL)
        PyErr_Fetch(&kept.type, &kept.value, &kept.traceback);
    else
        PyErr_Clear();
}

void mote_python_print_error(void)
{
    if (PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_PrintEx(0);
    else
        mote_python_keep_error();
}

bool mote_python_may_call(void)
{
    if (owner == PyThread_get_thread_ident())
        return true;
    PyErr_SetString(PyExc_RuntimeError, owner == 0 ? "there is no board yet: python3 -m mote run FILE"
                                                   : "Mote is called from one thread only, as on the chip");
    return false;
}

void mote_python_begin(void)
{
    owner = PyThread_get_thread_ident();
}

PyObject *mote_python_end(PyObject *result)
{
    if (kept.type == NULL)
        return result;
    Py_XDECREF(result);
    PyErr_Restore(kept.type, kept.value, kept.traceback);
    kept.type = kept.value = kept.traceback = NULL;
    return NULL;
}

PyObject *mote_python_result(PyObject *exception, const char *wrong)
{
    if (wrong == NULL)
        Py_RETURN_NONE;
    PyErr_SetString(exception, wrong);
    return NULL;
}

static struct mote_python_caller *caller_of(PyObject *self)
{
    return (struct mote_python_caller *)self;
}

int mote_python_traverse(PyObject *caller, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(caller));
    Py_VISIT(caller_of(caller)->callback);
    return 0;
}

int mote_python_clear(PyObject *caller)
{
    Py_CLEAR(caller_of(caller)->callback);
    return 0;
}
