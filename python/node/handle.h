/* _mote_node: nodes for Python's asyncio. This is what mote.asyncio stands on and nobody else; python/mote/asyncio has what people see.
 *
 * A node is a capsule, made by open() and ended by close(). Whoever has it calls wait() when fd() is readable and turn() after that, as
 * include/mote/linux.h says. No call blocks. What happens is told by callables from within turn(); they may call everything here but
 * turn(), wait() and close(). All is called by one thread. What can go wrong has a reason's code, as "tcp.refused"; "" is none. */
#ifndef NODE_HANDLE_H
#define NODE_HANDLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <mote/node.h>

enum { NODE_PROPERTIES_MAX = 64, NODE_OUTBOX_PAGE = 2048 };

/* What has been subscribed to, until the engine has given it back. */
struct node_filter {
    struct node_filter *next;
    PyObject *text;       /* bytes */
    PyObject *on_message; /* (topic, payload, qos, retain, duplicate, properties or None) */
    bool left;
    uint32_t payload_max;
    uint32_t have; /* of a payload that comes in pieces */
    uint32_t room;
    char *pieces;
};

/* A payload that is too large to be kept twice: the engine reads it where Python has it. */
struct node_source {
    struct node_source *next;
    struct mote_source source;
    PyObject *payload;  /* bytes */
    uint16_t packet_id; /* 0: of QoS 0 */
};

/* Where messages are kept that must not be lost. */
struct node_outbox {
    struct mote_flash flash;
    struct mote_outbox_config config;
    struct mote_outbox outbox;
    bool has_flash;
    uint8_t page[NODE_OUTBOX_PAGE];
};

struct node_handle {
    PyObject *options; /* a dictionary whose bytes the engine borrows */
    PyObject *on_state;
    PyObject *on_published;
    struct node_filter *filters;
    struct node_source *sources;
    struct node_outbox *outbox;
    struct mote_observer observer;
    struct mote_will will;
    struct mote_property will_properties[NODE_PROPERTIES_MAX];
    bool closed;
    struct mote_node node;
};

/* The node in a capsule; NULL, with an exception, if there is none. */
struct node_handle *node_handle_of(PyObject *capsule);

/* Calls `callable` with what has been put together, which is given up; a NULL is an exception of that. Exceptions are told to
 * sys.unraisablehook: there is nobody else. */
void node_handle_tell(PyObject *callable, PyObject *arguments);

/* --- Each is a function of the module --- */

PyObject *node_open(PyObject *module, PyObject *options);  /* a capsule, or (code, what, why) */
PyObject *node_close(PyObject *module, PyObject *capsule); /* at once, as a power cut does */
PyObject *node_turn(PyObject *module, PyObject *capsule);  /* milliseconds up to the next turn, -1: none is due */
PyObject *node_start(PyObject *module, PyObject *capsule);
PyObject *node_stop(PyObject *module, PyObject *capsule);
PyObject *node_ping(PyObject *module, PyObject *capsule);   /* a code */
PyObject *node_state(PyObject *module, PyObject *capsule);  /* (state, code, words) */
PyObject *node_broker(PyObject *module, PyObject *capsule); /* scheme://host:port, without user and password */
PyObject *node_hold(PyObject *module, PyObject *arguments); /* capsule, held */
PyObject *node_kept(PyObject *module, PyObject *capsule);   /* messages in the outbox, -1: there is none */

/* How many messages of the outbox nobody would have; and whether one of publish() is still to be delivered: of some of those the engine
 * tells nothing. */
PyObject *node_rejected(PyObject *module, PyObject *capsule);
PyObject *node_is_kept(PyObject *module, PyObject *arguments); /* capsule, packet identifier */

PyObject *node_subscribe(PyObject *module,
                         PyObject *arguments); /* capsule, filter, options, payload_max, on_message: a code */
PyObject *node_unsubscribe(PyObject *module, PyObject *arguments);  /* capsule, filter */
PyObject *node_subscription(PyObject *module, PyObject *arguments); /* capsule, filter: enum mote_node_subscription */

/* capsule, topic, payload, qos, retain, properties or None: a packet identifier, 0 with QoS 0; or a code. */
PyObject *node_publish(PyObject *module, PyObject *arguments);

/* --- What they have in common --- */

/* Reads the options of open(). Returns false with an exception. */
bool node_options_read(struct node_handle *handle, struct mote_node_config *config);

/* Opens what the options ask for. Returns what is wrong with it. */
enum mote_reason node_outbox_open(struct node_handle *handle, struct mote_node_config *config);
void node_outbox_close(struct node_handle *handle);

/* Forgets filters that are given back; all of them, if the node ends. */
void node_filters_forget(struct node_handle *handle, bool all);

/* Forgets the sources with this identifier; all of them, if the node ends. */
void node_sources_forget(struct node_handle *handle, uint16_t packet_id);
void node_sources_forget_all(struct node_handle *handle);

/* Properties are a list of (identifier, number), (identifier, bytes) and (identifier, bytes, bytes); None is an empty one. Reading
 * borrows the bytes, and returns false with an exception. */
bool node_properties_read(PyObject *list, struct mote_property *items, struct mote_properties *properties);
PyObject *node_properties_make(const struct mote_properties *properties);

#endif
