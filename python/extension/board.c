/* The virtual board as somebody else sees it who looks at it or lays a hand on it: its page. These may be called from any thread, since all
 * of Mote runs with the interpreter's lock; they neither wait nor call. */
#include "interpreter.h"

#include <mote/pin.h>
#include <mote/sim.h>

static PyObject *pin_list(struct mote_sim *sim)
{
    PyObject *list = PyList_New(0);

    for (uint16_t number = 0; list != NULL && number < MOTE_SIM_PINS; number++) {
        const struct mote_pin *pin = mote_sim_pin(sim, number);
        PyObject *entry;
        int duty, hz = 0;

        if (pin == NULL)
            continue;
        duty = mote_script_pin_pulses(number, &hz);
        entry = Py_BuildValue("(iNiii)", number, PyBool_FromLong(pin->direction == MOTE_OUTPUT),
                              mote_sim_level(sim, number), duty, hz);
        if (entry == NULL || PyList_Append(list, entry) != 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *air_list(struct mote_sim *sim)
{
    PyObject *list = PyList_New(0);

    for (unsigned i = 0; list != NULL && i < mote_sim_air_count(sim); i++) {
        const struct mote_sim_access_point *point = mote_sim_air_at(sim, i);
        PyObject *entry = Py_BuildValue("(yiN)", point->ssid, point->signal_dbm, PyBool_FromLong(point->present));

        if (entry == NULL || PyList_Append(list, entry) != 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

static PyObject *wifi(void)
{
    struct mote_wifi_status status;

    mote_wifi_status(&status);
    return Py_BuildValue("(isyis)", (int)status.state, mote_reason_code(status.reason), status.ssid, status.signal_dbm,
                         status.addresses.address);
}

static struct mote_sim *the_board(void)
{
    if (mote_script_board() == NULL)
        PyErr_SetString(PyExc_RuntimeError, "there is no virtual board");
    return mote_script_board();
}

static PyObject *look(PyObject *module, PyObject *args)
{
    struct mote_sim *sim = the_board();

    (void)module;
    (void)args;
    return sim == NULL ? NULL : Py_BuildValue("(NNN)", pin_list(sim), air_list(sim), wifi());
}

static PyObject *press(PyObject *module, PyObject *args)
{
    struct mote_sim *sim = the_board();
    int number, pressed;

    (void)module;
    if (sim == NULL || !PyArg_ParseTuple(args, "ip:press", &number, &pressed))
        return NULL;
    return PyBool_FromLong(number >= 0 && number < MOTE_SIM_PINS && mote_sim_press(sim, (uint16_t)number, pressed));
}

static PyObject *air_present(PyObject *module, PyObject *args)
{
    struct mote_sim *sim = the_board();
    const char *ssid;
    int present;

    (void)module;
    if (sim == NULL || !PyArg_ParseTuple(args, "sp:air_present", &ssid, &present))
        return NULL;
    return PyBool_FromLong(mote_sim_air_present(sim, ssid, present));
}

PyMethodDef mote_python_board_functions[] = {
    {"board_look", look, METH_NOARGS, "(pins, air, wifi) of the virtual board."},
    {"board_press", press, METH_VARARGS,
     "board_press(number, pressed): a button. Returns whether there is such a pin."},
    {"board_air_present", air_present, METH_VARARGS,
     "Switches an access point on or off. Returns whether there is one."},
    {NULL, NULL, 0, NULL},
};
