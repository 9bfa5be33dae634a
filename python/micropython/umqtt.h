/* umqtt: the calls of MicroPython's umqtt.simple on Mote's session, for any port: one client that connects again and
 * subscribes again by itself, and calls that wait.
 *
 * It needs nothing of MicroPython: what it knows of the machine is a struct mote_port (clock, entropy, link, wait), which
 * each client has for itself. Messages are given to `on_message` from within mote_umqtt_turn() and every call that waits;
 * from there publish, subscribe, unsubscribe, ping and disconnect may be called: they do not wait then, and return
 * MOTE_OK for what will be done. Anything else called from there does nothing.
 *
 * A call that waits comes back early, whatever it returns, when on_message or the port wants it to: `interrupted`. */
#ifndef MOTE_UMQTT_H
#define MOTE_UMQTT_H

#include <mote/port.h>
#include <mote/session.h>

enum mote_umqtt_state {
    MOTE_UMQTT_STOPPED,    /* not connected yet, disconnected, or lost when strict */
    MOTE_UMQTT_WAITING,    /* lost; tries again in a while */
    MOTE_UMQTT_OPENING,    /* the link is being made */
    MOTE_UMQTT_CONNECTING, /* CONNECT is out */
    MOTE_UMQTT_CONNECTED,
};

/* A topic filter that is subscribed to, or to be. All fields are the client's own. */
struct mote_umqtt_filter {
    struct mote_text topic;
    void *owner; /* of the topic's bytes: kept with it, for a collector of garbage to see */
    uint16_t packet_id;
    uint8_t qos;
    uint8_t state;
    uint8_t code; /* of the SUBACK */
};

/* A message, or a piece of one, has come. Returns false to end the call that is waiting: `interrupted`. */
typedef bool mote_umqtt_on_message(const struct mote_message *message, void *context);

/* A client; the caller's memory. */
struct mote_umqtt {
    /* Set before mote_umqtt_init(), with all that they point to living as long as the client. In `config` memory, names, will, keep
     * alive and version; the rest of it is the client's. Keep alive 0: the broker is told of none, but the client
     * itself asks a broker that has been silent for a minute. */
    const struct mote_port *port;
    struct mote_session_config config;
    struct mote_url url;
    struct mote_umqtt_filter *filters;
    uint32_t timeout_ms; /* how long a call waits for its answer; UINT32_MAX: for ever */
    mote_umqtt_on_message *on_message;
    void *context;
    uint8_t filter_max;
    bool strict; /* a lost connection stays lost, and subscriptions with it, as umqtt has it */

    /* To be read. */
    bool interrupted;
    bool session_present;
    uint8_t refusal;         /* CONNACK's or SUBACK's code, if that is why the last call has failed; else 0 */
    uint8_t last_head;       /* the first byte of the last message's PUBLISH; 0: none in this call */
    uint32_t dropped;        /* messages whose topic did not fit the receive buffer */
    enum mote_reason reason; /* why the connection was lost, or could not be made, the last time */
    enum mote_umqtt_state state;

    /* Its own. */
    struct mote_session session;
    struct mote_link link;
    bool is_new;      /* mote_session_init() is still to be called */
    bool reconnects;  /* this connection is made again when it is lost */
    bool handling;    /* on_message is being called */
    bool leaving;     /* disconnect was called from there */
    bool one_message; /* and no more of them in this call */
    bool unsent;      /* the output was not empty the last time */
    uint8_t filter_count;
    uint8_t answer; /* code of the PUBLISHED that was awaited */
    uint16_t awaited_id;
    uint16_t lent_id;
    unsigned failures;      /* in a row */
    unsigned losses;        /* connections that were lost or closed so far... */
    unsigned losses_before; /* ...and when the publication that is waited for began */
    uint64_t retry_ms;
    uint64_t open_by_ms;
    uint64_t connected_ms;
    uint64_t heard_ms; /* when something last came from the broker, or it was asked for something */
    uint64_t progress_ms;
    struct mote_text awaited_topic;
    const struct mote_message *putting; /* what waits for room, with its owner */
    void *putting_owner;
    enum mote_reason put_reason;
    struct mote_source lent; /* a payload that is sent from where it is */
    struct mote_text lent_payload;
    void *lent_owner;
};

/* Makes a client that is not connected. */
void mote_umqtt_init(struct mote_umqtt *client);

/* Connects, and waits up to `timeout_ms` for the broker's answer; one that is connected says goodbye first. Not clean: the broker
 * keeps the session. Returns MOTE_OK with session_present; or why not: then it is stopped, with `refusal` if it was the broker who
 * refused. */
enum mote_reason mote_umqtt_connect(struct mote_umqtt *client, bool clean, uint32_t timeout_ms);

/* Says goodbye, waits at most a second for that to be sent, and closes the connection. */
void mote_umqtt_disconnect(struct mote_umqtt *client);

/* Does what there is to do now, without waiting: takes what has come, sends, asks, opens a lost connection again. Returns MOTE_OK,
 * or, if it is stopped, why. */
enum mote_reason mote_umqtt_turn(struct mote_umqtt *client);

/* When mote_umqtt_turn() must be called at the latest. */
uint64_t mote_umqtt_deadline(const struct mote_umqtt *client);

/* A turn as a call, with last_head for what has come in it. Ping, subscribe, unsubscribe and publish begin with one, to know how
 * things stand. */
enum mote_reason mote_umqtt_check(struct mote_umqtt *client);

/* Waits for one message, as long as it takes. Returns MOTE_OK, or why it is stopped. */
enum mote_reason mote_umqtt_wait(struct mote_umqtt *client);

/* Sends a PINGREQ, if there is a connection. Does not wait. Returns MOTE_OK, or why it is stopped. */
enum mote_reason mote_umqtt_ping(struct mote_umqtt *client);

/* Subscribes, and waits for the SUBACK. The topic lives as long as it is subscribed to, and so must its owner. Returns MOTE_OK;
 * MOTE_MQTT_NOT_AUTHORIZED with `refusal`; MOTE_CONFIG_INVALID for a filter that is not valid; MOTE_MQTT_QUOTA if there are
 * filter_max already; MOTE_MQTT_PACKET_TOO_LARGE if it does not fit the send buffer; MOTE_TCP_TIMEOUT: it will be asked for again;
 * or why it is stopped. */
enum mote_reason mote_umqtt_subscribe(struct mote_umqtt *client, struct mote_text topic, enum mote_qos qos,
                                      void *owner);

/* The opposite. Waits for the UNSUBACK. Returns as mote_umqtt_subscribe(). */
enum mote_reason mote_umqtt_unsubscribe(struct mote_umqtt *client, struct mote_text topic, void *owner);

/* Publishes topic and payload of the message with its QoS and retain, and waits until it is sent, with QoS 1 and 2 until the broker has
 * it, over as many connections as it takes. One that does not fit the send buffer or the store is sent from where it is: payload and
 * owner live until then, also after the call, as long as `lent_owner` is set. Returns MOTE_OK; MOTE_MQTT_NOT_AUTHORIZED with
 * `refusal` (MQTT 5); MOTE_CONFIG_INVALID for a topic that is not valid; MOTE_MQTT_PACKET_TOO_LARGE from within on_message;
 * MOTE_MQTT_QUOTA likewise if there is no room now; MOTE_TCP_TIMEOUT: QoS 0 is lost, QoS 1 and 2 are still kept and sent;
 * or why it is stopped. */
enum mote_reason mote_umqtt_publish(struct mote_umqtt *client, const struct mote_message *message, void *owner);

#endif
