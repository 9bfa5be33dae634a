/* The module's one object: a client with all that it needs. */
#ifndef MOTE_MQTT_MODULE_H
#define MOTE_MQTT_MODULE_H

#include "umqtt.h"

#include "py/runtime.h"

/* One allocation, with its buffers. The collector finds what it refers to, also what the client itself does. */
struct mote_mqtt_object {
    mp_obj_base_t base;
    struct mote_umqtt client;
    struct mote_port port;
    mp_obj_t server;
    mp_obj_t ssl; /* False, True or an SSLContext */
    mp_obj_t ssl_params;
    mp_obj_t client_id; /* these are kept for the client, which has views of them */
    mp_obj_t user;
    mp_obj_t password;
    mp_obj_t will_topic;
    mp_obj_t will_message;

    /* The connection: mote_mqtt_port.c. */
    mp_obj_t addresses; /* getaddrinfo()'s; MP_OBJ_NULL: to be asked for */
    size_t address_at;  /* the one in use */
    mp_obj_t socket;
    mp_obj_t stream;   /* the socket, or TLS around it */
    mp_obj_t poll;     /* a select.poll() with the stream in it */
    size_t retry_size; /* of a write that must be repeated with the same size; 0: none */
    mp_obj_t failure;  /* what has ended the connection; MP_OBJ_NULL: the other side has closed it */
    int error;         /* its errno */
    uint32_t ticks_high;
    uint32_t ticks;
    uint32_t random;
    mp_obj_t raised; /* an exception that ends the call that is waiting; MP_OBJ_NULL: none */

    /* Messages: mote_mqtt_message.c. */
    mp_obj_t callback;
    mp_obj_t topic; /* of a message that comes in pieces; MP_OBJ_NULL: it is not taken */
    vstr_t payload;
    uint32_t dropped;
    uint8_t message_qos;
    bool message_retain;
    bool message_duplicate;

    /* The client's memory. */
    struct mote_umqtt_filter filters[16];
    struct mote_inflight inflight[8];
    uint16_t received_ids[32];
    uint8_t buffers[];
};

/* Fills self->port. */
void mote_mqtt_port_init(struct mote_mqtt_object *self);

/* The client's callback; the context is the object. */
bool mote_mqtt_take(const struct mote_message *message, void *context);

/* Runs a step that may raise. Returns false if it has. */
typedef void mote_mqtt_step(struct mote_mqtt_object *self, void *argument);
bool mote_mqtt_try(struct mote_mqtt_object *self, mote_mqtt_step *step, void *argument, mp_obj_t *raised);

#endif
