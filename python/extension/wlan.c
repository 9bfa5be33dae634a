/* WLAN, by its role: 0 the station, 1 the access point. */
#include "interpreter.h"

#include <string.h>

enum { FOUND_MAX = 64 };

static bool is_role(int role)
{
    if (role != 0 && role != 1)
        PyErr_SetString(PyExc_ValueError, "no such interface");
    return role == 0 || role == 1;
}

static bool take_role(PyObject *args, int *role)
{
    return mote_python_may_call() && PyArg_ParseTuple(args, "i", role) && is_role(*role);
}

static PyObject *set_active(PyObject *module, PyObject *args)
{
    int role, active;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "ip:active", &role, &active) || !is_role(role))
        return NULL;
    return mote_python_end(mote_python_result(PyExc_OSError, mote_script_wlan_set_active(role, active)));
}

static PyObject *is_active(PyObject *module, PyObject *args)
{
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    return mote_python_end(PyBool_FromLong(mote_script_wlan_is_active(role)));
}

static PyObject *connect_station(PyObject *module, PyObject *args)
{
    const char *ssid, *key, *wrong;
    const uint8_t *bssid;
    Py_ssize_t size = 6;
    int role;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "izzz#:connect", &role, &ssid, &key, &bssid, &size) ||
        !is_role(role))
        return NULL;
    if (bssid != NULL && size != 6)
        return mote_python_result(PyExc_ValueError, "invalid buffer length");
    wrong = mote_script_wlan_connect(role, ssid, key, bssid);
    return mote_python_end(mote_python_result(PyExc_OSError, wrong));
}

static PyObject *disconnect_station(PyObject *module, PyObject *args)
{
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    return mote_python_end(mote_python_result(PyExc_OSError, mote_script_wlan_disconnect(role)));
}

static PyObject *is_connected(PyObject *module, PyObject *args)
{
    bool connected;
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    connected = mote_script_wlan_is_connected(role);
    mote_script_is_interrupted();
    return mote_python_end(PyBool_FromLong(connected));
}

static PyObject *status(PyObject *module, PyObject *args)
{
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    return mote_python_end(PyLong_FromLong(mote_script_wlan_status(role)));
}

static PyObject *signal_dbm(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return mote_python_may_call() ? PyLong_FromLong(mote_script_wlan_signal_dbm()) : NULL;
}

static PyObject *channel(PyObject *module, PyObject *args)
{
    int role;

    (void)module;
    return take_role(args, &role) ? PyLong_FromLong(mote_script_wlan_channel(role)) : NULL;
}

/* Open, or WPA2 with a key: Mote tells no more of it. */
static PyObject *found_tuple(const struct mote_wifi_found *found)
{
    return Py_BuildValue("(yy#iiii)", found->ssid, (const char *)found->bssid, (Py_ssize_t)6, found->channel,
                         found->signal_dbm, found->open ? 0 : 3, 0);
}

static PyObject *scan(PyObject *module, PyObject *args)
{
    struct mote_wifi_found found[FOUND_MAX];
    const char *wrong;
    PyObject *list;
    int role, count;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    wrong = mote_script_wlan_scan(role, found, FOUND_MAX, &count);
    if (wrong != NULL)
        return mote_python_end(mote_python_result(PyExc_OSError, wrong));
    list = PyList_New(0);
    for (int i = 0; list != NULL && i < count; i++) {
        PyObject *entry = found_tuple(&found[i]);

        if (entry == NULL || PyList_Append(list, entry) != 0)
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return mote_python_end(list);
}

static PyObject *addresses(PyObject *module, PyObject *args)
{
    struct mote_wifi_addresses got;
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    mote_script_wlan_addresses(role, &got);
    return mote_python_end(Py_BuildValue("(ssss)", got.address, got.netmask, got.gateway, got.dns));
}

/* Without addresses: as the network says. */
static PyObject *set_addresses(PyObject *module, PyObject *args)
{
    struct mote_wifi_addresses fixed;
    const char *address = NULL, *netmask = "", *gateway = "", *dns = "";
    int role;

    (void)module;
    if (!mote_python_may_call() ||
        !PyArg_ParseTuple(args, "i|ssss:ifconfig", &role, &address, &netmask, &gateway, &dns) || !is_role(role))
        return NULL;
    if (address != NULL && !(mote_text_copy(mote_text(address), fixed.address, sizeof fixed.address) &&
                             mote_text_copy(mote_text(netmask), fixed.netmask, sizeof fixed.netmask) &&
                             mote_text_copy(mote_text(gateway), fixed.gateway, sizeof fixed.gateway) &&
                             mote_text_copy(mote_text(dns), fixed.dns, sizeof fixed.dns)))
        return mote_python_result(PyExc_ValueError, "invalid arguments");
    return mote_python_result(PyExc_OSError, mote_script_wlan_set_addresses(role, address == NULL ? NULL : &fixed));
}

static PyObject *mac(PyObject *module, PyObject *args)
{
    uint8_t bytes[6];
    int role;

    (void)module;
    if (!take_role(args, &role))
        return NULL;
    mote_script_wlan_mac(role, bytes);
    return PyBytes_FromStringAndSize((const char *)bytes, sizeof bytes);
}

static PyObject *name(PyObject *module, PyObject *args)
{
    int role;

    (void)module;
    return take_role(args, &role) ? PyUnicode_DecodeFSDefault(mote_script_wlan_ssid(role)) : NULL;
}

static PyObject *set_access_point(PyObject *module, PyObject *args)
{
    const char *ssid, *key;

    (void)module;
    if (!mote_python_may_call() || !PyArg_ParseTuple(args, "zz:config", &ssid, &key))
        return NULL;
    return mote_python_end(mote_python_result(PyExc_OSError, mote_script_wlan_set_access_point(ssid, key)));
}

PyMethodDef mote_python_wlan_functions[] = {
    {"wlan_set_active", set_active, METH_VARARGS, "wlan_set_active(role, active)."},
    {"wlan_is_active", is_active, METH_VARARGS, "Is it switched on?"},
    {"wlan_connect", connect_station, METH_VARARGS, "wlan_connect(role, ssid, key, bssid)."},
    {"wlan_disconnect", disconnect_station, METH_VARARGS, "Leaves the network."},
    {"wlan_is_connected", is_connected, METH_VARARGS, "Has the station an address?"},
    {"wlan_status", status, METH_VARARGS, "STAT_..."},
    {"wlan_signal_dbm", signal_dbm, METH_NOARGS, "Of the access point that the station has joined."},
    {"wlan_channel", channel, METH_VARARGS, "Its channel."},
    {"wlan_scan", scan, METH_VARARGS, "A list of (ssid, bssid, channel, rssi, authmode, hidden)."},
    {"wlan_addresses", addresses, METH_VARARGS, "(ip, netmask, gateway, dns)."},
    {"wlan_set_addresses", set_addresses, METH_VARARGS,
     "wlan_set_addresses(role, ip, netmask, gateway, dns), or (role): as the network says."},
    {"wlan_mac", mac, METH_VARARGS, "6 bytes."},
    {"wlan_ssid", name, METH_VARARGS, "The network's name."},
    {"wlan_set_access_point", set_access_point, METH_VARARGS, "wlan_set_access_point(ssid, key); None: as it is."},
    {NULL, NULL, 0, NULL},
};
