/* MQTT for programs of ten lines: a client whose calls wait until they are done.
 *
 * It runs the same session as a node does (session.h) on the program's port. Programs that do several things at once use
 * a node (node.h) instead. One struct is used from one thread. Messages are given to `on_message` from within
 * mote_mqtt_wait_message(), mote_mqtt_check_message() and every other call that waits; from there mote_mqtt_publish(),
 * mote_mqtt_subscribe() and mote_mqtt_unsubscribe() may be called, and nothing else of this header: they do not wait then,
 * and return MOTE_OK for what will be sent.
 *
 * A connection that is lost stays lost until the program connects again; what the calls return says what to do.
 */
#ifndef MOTE_MQTT_H
#define MOTE_MQTT_H

#include <mote/port.h>
#include <mote/session.h>

/* What to do with a message that has arrived. */
typedef void mote_mqtt_on_message(const struct mote_message *message, void *context);

/* How to connect; zero means default. The strings live until mote_mqtt_connect() returns, with the will's. */
struct mote_mqtt_options {
    const char *url;                      /* mqtt://user:password@host:port */
    const struct mote_link_options *link; /* TLS and so on; lives until mote_mqtt_disconnect(); NULL: defaults */
    const char *client_id;                /* NULL: a random one */
    uint16_t keep_alive_s;                /* 0: 60 */
    enum mote_mqtt_version version;
    bool keep_session; /* the broker keeps subscriptions and messages of QoS 1 and 2 while there is no connection */
    uint32_t session_expiry_s; /* MQTT 5, with keep_session: for so long; 0: for ever */
    struct mote_will will;     /* what the broker publishes if the connection is lost; zero: nothing */
    uint32_t timeout_ms; /* how long a call may wait for its answer, or for the connection to take more; 0: 20 000 */
    mote_mqtt_on_message *on_message;
    void *context;
};

/* A client; the caller's memory. Zero is a disconnected one. `session_present` may be read, the other fields are its own. */
struct mote_mqtt {
    bool session_present; /* of the last mote_mqtt_connect(): the broker has kept this client's session: no need to
                             subscribe again */
    struct mote_session session;
    struct mote_session_config config;
    struct mote_link link;
    struct mote_url url;
    char url_memory[MOTE_URL_SIZE];
    char client_id[24];
    uint32_t timeout_ms;
    mote_mqtt_on_message *on_message;
    void *context;
    enum mote_reason reason; /* why there is no connection */
    enum mote_session_event_type awaited;
    uint16_t awaited_id;
    uint8_t answer;
    bool answered;
    bool moved;    /* bytes have gone out */
    bool handling; /* on_message is being called */
    uint8_t receive_buffer[MOTE_RECEIVE_SIZE];
    uint8_t send_buffer[MOTE_SEND_SIZE];
    uint8_t store[MOTE_STORE_SIZE];
    struct mote_inflight inflight[MOTE_INFLIGHT_MAX];
    uint16_t received_ids[MOTE_RECEIVED_MAX];
};

/* Connects and waits for the broker's answer; one that is connected is disconnected first. Returns MOTE_OK, or why not: the
 * reason says what to do; the client is disconnected then and may be connected again. */
enum mote_reason mote_mqtt_connect(struct mote_mqtt *mqtt, const struct mote_mqtt_options *options);

/* Subscribes to a topic filter and waits for the grant. Returns MOTE_OK; MOTE_MQTT_NOT_AUTHORIZED or MOTE_MQTT_QUOTA if
 * the broker refuses; MOTE_CONFIG_INVALID for a wrong filter; MOTE_MQTT_PACKET_TOO_LARGE for one that does not fit
 * MOTE_SEND_SIZE; or why the connection was lost: connect again. */
enum mote_reason mote_mqtt_subscribe(struct mote_mqtt *mqtt, const char *filter, enum mote_qos qos);

/* Wants no more of a filter, and waits until the broker has heard it. What the broker has sent before may still come.
 * Returns as mote_mqtt_subscribe(). */
enum mote_reason mote_mqtt_unsubscribe(struct mote_mqtt *mqtt, const char *filter);

/* Publishes; waits until it is sent, with QoS 1 and 2 until the broker has taken it. The payload may be of any size:
 * one that does not fit MOTE_SEND_SIZE or MOTE_STORE_SIZE is sent from where it is. Not so with keep_session and QoS 1
 * or 2, or from within on_message, since it would have to stay there after the call: then it is
 * MOTE_MQTT_PACKET_TOO_LARGE. Returns MOTE_OK; MOTE_MQTT_NOT_AUTHORIZED or MOTE_MQTT_QUOTA if the broker refuses (which
 * it can say with QoS 1 and 2 of MQTT 5 alone); MOTE_MQTT_PACKET_TOO_LARGE also for one that the broker does not take;
 * MOTE_CONFIG_INVALID for a wrong topic; or why the connection was lost: then it may have arrived. With keep_session and
 * QoS 1 or 2 it is kept, and sent after the next mote_mqtt_connect(); else publish it again if it must not be lost. */
enum mote_reason mote_mqtt_publish(struct mote_mqtt *mqtt, const char *topic, struct mote_text payload,
                                   enum mote_qos qos, bool retain);

/* The same for a message with all that MQTT has: properties, a payload from a source. */
enum mote_reason mote_mqtt_publish_message(struct mote_mqtt *mqtt, const struct mote_message *message);

/* Waits for messages, as long as it takes. Returns MOTE_OK when one or more were handled, or why the connection was lost:
 * connect and subscribe again. */
enum mote_reason mote_mqtt_wait_message(struct mote_mqtt *mqtt);

/* Handles messages as they come, for so long: instead of mote_sleep_ms(), for programs that do something every now and
 * then. Returns MOTE_OK when the time is over, or why the connection was lost. */
enum mote_reason mote_mqtt_wait_ms(struct mote_mqtt *mqtt, uint32_t duration_ms);

/* Handles what has arrived, without waiting. Returns MOTE_OK, or why the connection was lost. */
enum mote_reason mote_mqtt_check_message(struct mote_mqtt *mqtt);

/* Sends a PINGREQ and waits for the answer. Returns MOTE_OK, or why the connection was lost. */
enum mote_reason mote_mqtt_ping(struct mote_mqtt *mqtt);

/* Says goodbye and closes the connection. Also right for a client that has lost it. */
void mote_mqtt_disconnect(struct mote_mqtt *mqtt);

/* Waits, while pins, radio and links go on. */
void mote_sleep_ms(uint32_t duration_ms);

/* The program's time, in milliseconds since a moment in the past. */
uint64_t mote_now_ms(void);

/* Waits until the station is joined or has given up, `timeout_ms` at most (UINT32_MAX: for ever). Returns MOTE_OK, or why
 * it is not joined. */
enum mote_reason mote_wifi_wait(uint32_t timeout_ms);

#endif
