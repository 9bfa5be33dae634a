/* MQTT for programs of ten lines: a client whose calls wait until they are done.
 *
 * It runs the same session as a node does (session.h) on the program's port. Programs that do several things at once use
 * a node (node.h) instead. One struct is used from one thread. Messages are given to `on_message` from within
 * mote_mqtt_wait_message(), mote_mqtt_check_message() and every other call that waits; from there mote_mqtt_publish() and
 * mote_mqtt_subscribe() may be called, and nothing else of this header: they do not wait then, and return MOTE_OK for
 * what will be sent.
 */
#ifndef MOTE_MQTT_H
#define MOTE_MQTT_H

#include <mote/port.h>
#include <mote/session.h>

/* What to do with a message that has arrived. */
typedef void mote_mqtt_on_message(const struct mote_message *message, void *context);

/* How to connect; zero means default. The strings live until mote_mqtt_connect() returns. */
struct mote_mqtt_options {
    const char *url;                      /* mqtt://user:password@host:port */
    const struct mote_link_options *link; /* TLS and so on; lives until mote_mqtt_disconnect(); NULL: defaults */
    const char *client_id;                /* NULL: a random one */
    uint16_t keep_alive_s;                /* 0: 60 */
    enum mote_mqtt_version version;
    bool keep_session;
    uint32_t timeout_ms; /* how long a call may wait for its answer; 0: 20 000 */
    mote_mqtt_on_message *on_message;
    void *context;
};

/* A client; the caller's memory. Zero is a disconnected one; the fields are its own. */
struct mote_mqtt {
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

/* Subscribes to a topic filter and waits for the grant. Returns MOTE_OK; MOTE_MQTT_NOT_AUTHORIZED if the broker refuses;
 * MOTE_CONFIG_INVALID for a wrong filter; or why the connection was lost: connect again. */
enum mote_reason mote_mqtt_subscribe(struct mote_mqtt *mqtt, const char *filter, enum mote_qos qos);

/* Publishes; waits until it is sent, with QoS 1 and 2 until the broker has taken it. Returns as mote_mqtt_subscribe(). */
enum mote_reason mote_mqtt_publish(struct mote_mqtt *mqtt, const char *topic, struct mote_text payload,
                                   enum mote_qos qos, bool retain);

/* Waits for messages, as long as it takes. Returns MOTE_OK when one or more were handled, or why the connection was lost:
 * connect and subscribe again. */
enum mote_reason mote_mqtt_wait_message(struct mote_mqtt *mqtt);

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
