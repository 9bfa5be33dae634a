/* What the dictionary of open() says. What it does not say is the engine's default. */
#include "handle.h"

static PyObject *find(const struct node_handle *handle, const char *key)
{
    return PyDict_GetItemString(handle->options, key);
}

static const char *text(const struct node_handle *handle, const char *key)
{
    PyObject *value = find(handle, key);

    return value == NULL ? NULL : PyBytes_AsString(value);
}

static uint32_t number(const struct node_handle *handle, const char *key)
{
    PyObject *value = find(handle, key);

    return value == NULL ? 0 : (uint32_t)PyLong_AsUnsignedLong(value);
}

static void read_tls(const struct node_handle *handle, struct mote_tls_options *tls)
{
    tls->ca_file = text(handle, "ca_file");
    tls->ca_path = text(handle, "ca_path");
    tls->system_authorities = number(handle, "system_authorities") != 0;
    tls->certificate_file = text(handle, "certificate_file");
    tls->key_file = text(handle, "key_file");
    tls->key_password = text(handle, "key_password");
    tls->ciphers = text(handle, "ciphers");
    tls->version = text(handle, "tls_version");
    tls->alpn = text(handle, "alpn");
    tls->psk = text(handle, "psk");
    tls->psk_identity = text(handle, "psk_identity");
    tls->insecure = number(handle, "insecure") != 0;
}

static void read_fallbacks(const struct node_handle *handle, struct mote_node_config *config)
{
    PyObject *list = find(handle, "fallbacks");
    Py_ssize_t count = list == NULL ? 0 : PyList_Size(list);

    for (Py_ssize_t i = 0; i < count && i < MOTE_FALLBACKS_MAX; i++)
        config->fallbacks[i] = PyBytes_AsString(PyList_GetItem(list, i));
}

/* (topic, payload, qos, retain, properties) */
static bool read_will(struct node_handle *handle, struct mote_node_config *config)
{
    PyObject *will = find(handle, "will"), *properties;
    Py_ssize_t topic_size, payload_size;
    int qos, retain;

    if (will == NULL)
        return true;
    if (!PyArg_ParseTuple(will, "y#y#ipO", &handle->will.topic.data, &topic_size, &handle->will.payload.data,
                          &payload_size, &qos, &retain, &properties) ||
        !node_properties_read(properties, handle->will_properties, &handle->will.properties))
        return false;
    handle->will.topic.length = (size_t)topic_size;
    handle->will.payload.length = (size_t)payload_size;
    handle->will.qos = (enum mote_qos)qos;
    handle->will.retain = retain != 0;
    config->will = &handle->will;
    return true;
}

bool node_options_read(struct node_handle *handle, struct mote_node_config *config)
{
    *config = (struct mote_node_config){
        .id = text(handle, "id"),
        .broker = text(handle, "broker"),
        .way_back_ms = number(handle, "way_back_ms"),
        .keep_alive_s = (uint16_t)number(handle, "keep_alive_s"),
        .version = (enum mote_mqtt_version)number(handle, "version"),
        .keep_session = number(handle, "keep_session") != 0,
        .session_expiry_s = number(handle, "session_expiry_s"),
        .retry_delay_ms_min = number(handle, "retry_delay_ms_min"),
        .retry_delay_ms_max = number(handle, "retry_delay_ms_max"),
        .connect_timeout_ms = number(handle, "connect_timeout_ms"),
        .no_status = true,
        .link.bind_address = text(handle, "bind_address"),
        .link.proxy = text(handle, "proxy"),
    };
    read_tls(handle, &config->link.tls);
    read_fallbacks(handle, config);
    handle->on_state = find(handle, "on_state");
    handle->on_published = find(handle, "on_published");
    return read_will(handle, config) && PyErr_Occurred() == NULL;
}
