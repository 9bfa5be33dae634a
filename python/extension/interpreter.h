/* What the parts of the extension have in common: the interpreter, its lock, its exceptions. */
#ifndef MOTE_PYTHON_INTERPRETER_H
#define MOTE_PYTHON_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "python/native/script.h"

/* The board is there, and this is its thread. */
void mote_python_begin(void);

/* Begins a method: only the board's thread may call. Returns whether it may; else there is an exception. */
bool mote_python_may_call(void);

/* Ends a method that may have waited: what was raised meanwhile takes the place of its result. */
PyObject *mote_python_end(PyObject *result);

/* The exception that there is now leaves the call that waits, once that has come to its end. */
void mote_python_keep_error(void);

/* Is there such a one? Then nothing more is called. */
bool mote_python_has_error(void);

/* As mote_python_keep_error() if it is the end of the program; else prints it, and goes on as MicroPython does. */
void mote_python_print_error(void);

/* None, or an exception with this text. */
PyObject *mote_python_result(PyObject *exception, const char *wrong);

/* How an object begins that calls a function, for the collector of garbage. */
struct mote_python_caller {
    PyObject_HEAD PyObject *callback; /* may be NULL */
};

int mote_python_traverse(PyObject *caller, visitproc visit, void *arg);
int mote_python_clear(PyObject *caller);

extern const struct mote_script_host mote_python_host;

/* --- The types and functions of the module. --- */

bool mote_python_add_client(PyObject *module);
bool mote_python_add_timer(PyObject *module);
extern PyMethodDef mote_python_board_functions[];
extern PyMethodDef mote_python_pin_functions[];
extern PyMethodDef mote_python_wlan_functions[];

#endif
