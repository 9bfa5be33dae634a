/* Pins, by the index that pin_find() gives. */
#include "interpreter.h"

enum { PINS_MAX = 64, NO_PIN = -1 };

static PyObject *handlers[PINS_MAX];

static PyObject *pin_find(PyObject *module, PyObject *args)
{
    PyObject *id;
    long number = 0;
    PyObject *name = NULL;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "O:Pin", &id))
        return NULL;
    if (PyUnicode_Check(id))
        name = PyUnicode_AsUTF8String(id);
    else
        number = PyLong_AsLong(id);
    if (PyErr_Occurred())
        return NULL;
    if (number < 0 || number > UINT16_MAX)
        number = NO_PIN;
    number = mote_script_pin_find((int)number, name == NULL ? NULL : PyBytes_AsString(name));
    Py_XDECREF(name);
    if (number < 0)
        return mote_python_result(PyExc_ValueError, "invalid pin");
    return PyLong_FromLong(number);
}

static bool is_pin(int pin)
{
    if (pin < 0 || pin >= mote_script_pin_count())
        PyErr_SetString(PyExc_ValueError, "invalid pin");
    return pin >= 0 && pin < mote_script_pin_count();
}

static PyObject *pin_init(PyObject *module, PyObject *args)
{
    int pin, mode, pull, value;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "iiii:init", &pin, &mode, &pull, &value) || !is_pin(pin))
        return NULL;
    return mote_python_result(PyExc_ValueError, mote_script_pin_init(pin, mode, pull, value));
}

static PyObject *pin_write(PyObject *module, PyObject *args)
{
    int pin, level;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "ip:value", &pin, &level) || !is_pin(pin))
        return NULL;
    return mote_python_result(PyExc_OSError, mote_script_pin_write(pin, level));
}

static PyObject *pin_pulse(PyObject *module, PyObject *args)
{
    int pin, duty, hz;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "iii:PWM", &pin, &duty, &hz) || !is_pin(pin))
        return NULL;
    return mote_python_result(PyExc_OSError, mote_script_pin_pulse(pin, duty, hz));
}

static PyObject *pin_read(PyObject *module, PyObject *args)
{
    const char *wrong = NULL;
    int pin, level;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "i:value", &pin) || !is_pin(pin))
        return NULL;
    level = mote_script_pin_read(pin, &wrong);
    if (wrong != NULL)
        return mote_python_end(mote_python_result(PyExc_OSError, wrong));
    return mote_python_end(PyLong_FromLong(level));
}

static void on_pin(int pin, void *context)
{
    PyObject *result;

    (void)context;
    if (mote_python_has_error() || handlers[pin] == NULL)
        return;
    result = PyObject_CallFunctionObjArgs(handlers[pin], NULL);
    if (result == NULL)
        mote_python_print_error();
    Py_XDECREF(result);
}

static PyObject *pin_irq(PyObject *module, PyObject *args)
{
    PyObject *handler, *before;
    const char *wrong;
    int pin, triggers;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "iiO:irq", &pin, &triggers, &handler) || !is_pin(pin))
        return NULL;
    wrong = mote_script_pin_irq(pin, handler == Py_None ? 0 : triggers, on_pin, NULL);
    if (wrong != NULL)
        return mote_python_result(PyExc_OSError, wrong);
    before = handlers[pin];
    handlers[pin] = handler == Py_None ? NULL : Py_NewRef(handler);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

static PyObject *pin_drive(PyObject *module, PyObject *args)
{
    int number, level;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "ii:drive", &number, &level))
        return NULL;
    return mote_python_result(PyExc_ValueError,
                              mote_script_pin_drive(number, level) ? NULL : "the virtual board has no such pin");
}

static PyObject *pins_are_watched(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return PyBool_FromLong(mote_script_pins_are_watched());
}

PyMethodDef mote_python_pin_functions[] = {
    {"pin_find", pin_find, METH_VARARGS, "The index of a pin by its number or name."},
    {"pin_init", pin_init, METH_VARARGS, "pin_init(index, mode, pull, value); -1: as it is."},
    {"pin_write", pin_write, METH_VARARGS, "pin_write(index, level)."},
    {"pin_pulse", pin_pulse, METH_VARARGS, "pin_pulse(index, duty, hz), duty of 1023."},
    {"pin_read", pin_read, METH_VARARGS, "The level."},
    {"pin_irq", pin_irq, METH_VARARGS, "pin_irq(index, triggers, handler); None: no more."},
    {"pin_drive", pin_drive, METH_VARARGS, "pin_drive(number, level): from outside the virtual board; -1: lets go."},
    {"pins_are_watched", pins_are_watched, METH_NOARGS, "Is there a handler?"},
    {NULL, NULL, 0, NULL},
};
