/* Session: the client's side of MQTT 3.1, 3.1.1 and 5.0 as a state machine that does no I/O.
 *
 * Bytes from the connection go in by mote_session_receive_space() and mote_session_received(), bytes for it come
 * out by mote_session_output() and mote_session_sent(), and what has happened comes out of mote_session_next(),
 * one event at a time. Time comes in with the calls, in milliseconds of any clock that never goes back.
 *
 * A session outlives its connections: what was published with QoS 1 or 2 and is not acknowledged, and which
 * messages of QoS 2 have been taken, is kept from mote_session_closed() to the next mote_session_open().
 *
 * No call blocks or calls back, except that a message's source is read from within the calls that produce output.
 * None may be called for the same session from two threads at once or from within a source.
 *
 * The turn of a loop: put what has arrived into the receive space, take events until there are none, send the
 * output, wait for bytes, for the connection to take more, or for the deadline. / */
#ifndef MOTE_SESSION_H
#define MOTE_SESSION_H

#include <mote/limits.h>
#include <mote/message.h>
#include <mote/reason.h>

#define MOTE_NEVER UINT64_MAX

/* SUBSCRIBE and UNSUBSCRIBE packets of one session that may be under way at once. */
#define MOTE_REQUESTS_MAX 4

/* A place for a publication of QoS 1 or 2 that is under way. Its fields are the session's own. */
struct mote_inflight {
    uint32_t offset; /* of its bytes in the store */
    uint32_t size;
    const struct mote_source *source;
    uint16_t packet_id;
    uint8_t state; /* enum mote_session_stage; NONE: only the order keeps its place */
    uint8_t flags; /* of the PUBLISH: QoS and retain */
};

/* Parts of the engine that a program has in it only if its config names them. */
extern const struct mote_session_aliases mote_session_aliases;
extern const struct mote_session_authentication mote_session_authentication;

/* How a session is to be. Everything that it points to belongs to the caller and lives as long as the session,
 * like the config itself. Zero means default. Client id, will, user name, password, authentication, keep-alive and
 * clean_start are read by mote_session_open() and may be changed while there is no connection; the rest stays as it is. */
struct mote_session_config {
    /* First what is small, then what is large: processors reach what is near the beginning with shorter instructions. */
    enum mote_mqtt_version version;
    bool keep_session; /* false: clean start, [MQTT-3.1.2-4]; true: go on with the session of before */
    /* With keep_session: whatever the server has of this client is of another time, and not to be gone on with. What is under
     * way is published anew. Before MQTT 5, where a clean session cannot be kept, this takes a connection of its own:
     * MOTE_EVENT_CLEARED. */
    bool clean_start;
    bool has_username;
    bool has_password;
    uint16_t inflight_count; /* also the most publications that are under way at once; up to 65 000 */
    uint16_t received_count; /* told to the server as Receive Maximum, and enforced */
    /* The session's own packet identifiers begin here; those below are given by the caller, with
     * mote_session_publish_as(). 0: all are its own. Up to 65 535 less inflight_count and MOTE_REQUESTS_MAX, and not above
     * first_packet_id, if that is given. */
    uint16_t own_ids_from;
    /* Where packet identifiers begin; 0: at 1. A program that comes back to a session which the server has kept,
     * but has forgotten its own part, gives a random one: else the server could take its messages of QoS 2 for
     * those of before. */
    uint16_t first_packet_id;
    uint16_t keep_alive_s;     /* 0: none. Counted from the last packet sent and from the last one received */
    uint16_t aliases_in_count; /* told to the server as Topic Alias Maximum */
    uint16_t aliases_out_count;
    uint16_t alias_in_size;  /* of one: the longest topic and 2 bytes */
    uint16_t alias_out_size; /* likewise */

    /* Memory. */
    uint8_t *receive_buffer;        /* holds at least the head of a packet: topic and properties */
    size_t receive_size;            /* 64 and more */
    uint8_t *send_buffer;           /* holds at least the head of a packet, and the whole CONNECT */
    size_t send_size;               /* 64 and more */
    struct mote_inflight *inflight; /* publications of QoS 1 and 2 that are not acknowledged; may be NULL */
    uint16_t *received_ids;         /* a place for each incoming QoS 2 message; may be NULL: then there is no QoS 2 */
    uint8_t *store; /* the bytes of publications of QoS 1 and 2 that are not acknowledged; may be NULL */
    size_t store_size;
    /* MQTT 5: &mote_session_aliases, for either of the next two; NULL: no aliases, and a linker that leaves out what
     * nothing refers to (--gc-sections) leaves out what they need. */
    const struct mote_session_aliases *aliases;
    uint8_t *aliases_in;  /* topics that the server may give aliases; may be NULL */
    uint8_t *aliases_out; /* topics that this side gives aliases, the latest ones; may be NULL */

    uint32_t packet_size_max; /* MQTT 5: told to the server; 0: no limit, payloads stream through any buffer */
    /* MQTT 5: how long the server keeps the session; UINT32_MAX, or 0 with keep_session, for ever, as in 3.1.1. */
    uint32_t session_expiry_s;
    uint32_t ping_timeout_ms;    /* how long the server may be silent once a PINGREQ is out; default 10 000 */
    uint32_t connect_timeout_ms; /* how long a CONNECT may stay unanswered; default 20 000 */
    /* Empty: the server assigns one; before MQTT 5 that needs a clean start. In MQTT 5 the assigned one comes with
     * MOTE_EVENT_CONNECTED: to go on with its session put a copy of it here before the next mote_session_open(). */
    struct mote_text client_id;
    struct mote_text username;
    struct mote_text password;
    struct mote_will will;
    /* MQTT 5: enhanced authentication needs &mote_session_authentication here; NULL: left out, as aliases are. */
    const struct mote_session_authentication *authentication;
    struct mote_text auth_method; /* empty: none */
    struct mote_text auth_data;
    /* MQTT 5: further properties of CONNECT, as items; those that have a field here must not be among them. */
    struct mote_properties connect_properties;
};

enum mote_session_state {
    MOTE_SESSION_IDLE,       /* no connection */
    MOTE_SESSION_CONNECTING, /* CONNECT is out */
    MOTE_SESSION_CONNECTED,  /* the server has accepted */
    MOTE_SESSION_CLOSING,    /* send what is in the output, then close the connection */
};

/* With each type the fields of the event that tell of it. */
enum mote_session_event_type {
    MOTE_EVENT_NONE,
    /* The server has accepted: session_present; properties of CONNACK. If the session is not present, publications
     * that are not acknowledged are sent again as new ones; if it was kept before, session_lost is set, too. */
    MOTE_EVENT_CONNECTED,
    /* Before MQTT 5, with clean_start: the server has forgotten what it had. Send what is in the output (a DISCONNECT),
     * close the connection, unset clean_start and open the next one. */
    MOTE_EVENT_CLEARED,
    /* The server has refused: reason, reason_code, properties. Close the connection. */
    MOTE_EVENT_REFUSED,
    /* A message, or a piece of one: message. The acknowledgement goes out with the next mote_session_next(), or by
     * mote_session_acknowledge(). If a lost connection cuts the pieces short, the rest never comes: with QoS 1 and 2
     * the message begins again at offset 0. */
    MOTE_EVENT_MESSAGE,
    /* A publication of QoS 1 or 2 is done: packet_id, reason_code, properties. 128 and more: the server did not
     * take it, or, as its CONNACK has shown, may not be sent it (0x95, 0x9A, 0x9B). */
    MOTE_EVENT_PUBLISHED,
    /* An answer to mote_session_subscribe(): packet_id; codes: one a filter, 128 and more is a refusal; properties. */
    MOTE_EVENT_SUBSCRIBED,
    /* An answer to mote_session_unsubscribe(): packet_id; codes, empty before MQTT 5; properties. */
    MOTE_EVENT_UNSUBSCRIBED,
    /* A step of enhanced authentication: reason_code, properties. Unless it is 0, answer with mote_session_auth(). */
    MOTE_EVENT_AUTH,
    /* A PINGRESP. */
    MOTE_EVENT_PONG,
    /* A message was read past: its head does not fit the receive buffer, it is over packet_size_max, or its topic
     * alias stands for a topic too long to be kept. Reason is mqtt.packet_too_large; in message payload_size is
     * that of the whole packet; qos, retain and packet_id are its own. */
    MOTE_EVENT_DROPPED,
    /* The server has sent DISCONNECT: reason, reason_code, properties. Close the connection. */
    MOTE_EVENT_DISCONNECTED,
    /* The server broke the protocol or does not answer: reason, reason_code, fault. Send what is in the output
     * (MQTT 5: a DISCONNECT), close the connection. */
    MOTE_EVENT_FAILED,
};

/* What has happened. Beyond the type, reason, reason_code and packet_id only the fields named with the type are
 * set. Views are valid until the next mote_session_next(), mote_session_receive_space() or mote_session_closed():
 * what was received can be published on. */
struct mote_session_event {
    enum mote_session_event_type type;
    enum mote_reason reason;
    uint8_t reason_code; /* of MQTT 5; CONNACK's return code before it */
    uint8_t fault;       /* for FAILED: what was wrong; see mote_session_words() */
    bool session_present;
    bool session_lost;
    uint16_t packet_id;
    struct mote_message message;
    struct mote_text codes;
    struct mote_properties properties;
};

/* What has been counted since mote_session_init(). */
struct mote_session_counters {
    uint32_t packets_received;
    uint32_t packets_sent;
    uint32_t messages_received;
    uint32_t messages_dropped; /* oversized ones */
    uint32_t duplicates;       /* of QoS 2, kept from the application */
    uint32_t resent;
    uint32_t unexpected; /* acknowledgements of what was not open, as a server may repeat them */
};

/* A session; the caller's memory. `state`, `version` and `counters` may be read, all other fields are its own.
 * They are in the order of their sizes: processors reach what is small and near the beginning with shorter
 * instructions. */
struct mote_session {
    const struct mote_session_config *config;
    enum mote_session_state state : 8;
    enum mote_mqtt_version version : 8; /* never MOTE_MQTT_DEFAULT */
    uint8_t partial;     /* what comes next of a packet that is taken in parts; 0: there is no such packet */
    uint8_t answer_type; /* an acknowledgement that the next mote_session_next() puts into the output; 0: none */
    uint8_t answer_code;
    uint8_t ping;       /* how far a PINGREQ has come */
    bool is_asked_when; /* asked_ms is set; false: from the next time that is told */
    uint8_t drain_flags;
    uint8_t authentication; /* whose turn it is; or this connection is only to end a session that the server has kept */
    uint8_t maximum_qos;    /* of the server's last CONNACK */
    uint8_t lacks;          /* likewise: what the server does not have, a bit each */
    bool early;             /* publications may leave before the CONNACK */
    bool ever_connected;    /* a kept session may be on the server */
    bool doubted;           /* a CONNECT had no answer: what is in received_ids may be an older session's */
    bool blocked;           /* mote_session_next() has stopped for want of room in the output */
    bool close_due;         /* a DISCONNECT waits for the end of a payload that is being sent */
    uint8_t close_code;
    uint8_t failure; /* an event still has to tell of it */

    uint16_t inflight_used;
    uint16_t inflight_head;      /* config->inflight is a ring, in the order of publication */
    uint16_t resume_index;       /* entries from here on wait to be sent, or sent again, in this connection */
    uint16_t release_index;      /* up to here a PUBREL has been sent again */
    uint16_t unacked;            /* entries that the server counts against its Receive Maximum */
    uint16_t expected;           /* what the server may send now, a bit for each packet type */
    uint16_t answer_id;          /* also of a message that is read past: its acknowledgement will be due */
    uint16_t received_used;      /* of config->received_ids... */
    uint16_t received_old;       /* ...of which so many are from earlier connections */
    uint16_t server_receive_max; /* of this connection's CONNACK; 1 until it has come */
    uint16_t server_alias_max;   /* likewise; 0 until then */
    uint16_t keep_alive_s;       /* the server's, if it has one */
    uint16_t next_packet_id;
    uint16_t free_ids; /* so many identifiers from the next one on are known not to be in use */
    uint16_t outgoing_slot;
    uint16_t alias_out_next;

    uint8_t *receive_at; /* the bytes in the receive buffer that are not understood yet */
    uint8_t *receive_end;
    uint8_t *send_at; /* the bytes in the send buffer that are not sent yet */
    uint8_t *send_end;
    uint8_t *send_limit;        /* up to here it may be filled */
    uint32_t partial_size;      /* of the whole packet; of its head, when its payload is given out in pieces */
    uint32_t partial_left;      /* bytes of it to come */
    uint32_t drain_skip;        /* so many of them are passed without a look */
    uint32_t outgoing_left;     /* bytes to come of the payload that is being sent */
    uint32_t server_packet_max; /* of the server's last CONNACK */
    struct mote_session_counters counters;
    const struct mote_source *outgoing; /* where the payload comes from; NULL: out of the store */
    uint32_t outgoing_offset;
    uint32_t drain_left;  /* bytes to come of the properties of a packet that is read past */
    size_t ping_left;     /* bytes up to the end of a PINGREQ in the send buffer */
    uint32_t sent_ms;     /* the low half of the time when something was last sent... */
    uint32_t received_ms; /* ...and received, and... */
    uint32_t asked_ms;    /* ...from which the time for a CONNACK or PINGRESP counts */

    uint64_t now_ms;  /* as the caller has last told it */
    uint64_t wake_ms; /* before it there is no need to look at the others */

    uint16_t request_ids[MOTE_REQUESTS_MAX];   /* SUBSCRIBE and UNSUBSCRIBE under way; 0: none */
    uint16_t request_sizes[MOTE_REQUESTS_MAX]; /* how many filters they have, and which of the two it is */
};

/* The reason behind a code of MQTT 5, or before it behind the return code of a CONNACK; MOTE_OK below 128, or 0. */
enum mote_reason mote_session_reason(enum mote_mqtt_version version, uint8_t code);

/* What was wrong, of an event of the type FAILED, in words for a person: a static string, never NULL. A program that does not
 * ask has no words in it. */
const char *mote_session_words(const struct mote_session_event *event);

/* Makes a session, without a connection and with nothing under way. Returns MOTE_OK, or MOTE_CONFIG_INVALID if the
 * config cannot work (buffer missing or too small, client id, will or names not valid): correct it; the session is
 * unusable. */
enum mote_reason mote_session_init(struct mote_session *session, const struct mote_session_config *config);

/* A connection is up: puts CONNECT into the output. SUBSCRIBE and PUBLISH may follow at once, without waiting for
 * the CONNACK, unless enhanced authentication is used; if the server then refuses the CONNECT, QoS 0 is lost.
 * Publications of QoS 1 and 2 that were sent before wait for the CONNACK, and later ones behind them. Returns
 * MOTE_OK; MOTE_MQTT_PACKET_TOO_LARGE if CONNECT does not fit the send buffer: give it a larger one; or
 * MOTE_CONFIG_INVALID if the config has been changed to what cannot work. */
enum mote_reason mote_session_open(struct mote_session *session, uint64_t now_ms);

/* Puts DISCONNECT into the output, behind a payload that is being sent, with MQTT 5's reason code (0: the server
 * drops the will; 4: it publishes it; one that a client may not send becomes 0x80) and properties, which may be NULL
 * and are left out where there is no room for them, the server does not take so much, or they are not legal: a
 * session expiry, for one, where the CONNECT had none. Before MQTT 5, for the server to publish the will, no
 * DISCONNECT is sent. The caller sends the output until there is none and closes the connection. */
void mote_session_close(struct mote_session *session, uint8_t reason_code, const struct mote_properties *properties);

/* The connection is gone, for whatever cause. Unsent output and half-received packets are forgotten, the session's
 * state is kept for mote_session_open(). */
void mote_session_closed(struct mote_session *session);

/* Room for received bytes: `*size` bytes from the returned address. 0 bytes: call mote_session_next() and send the
 * output first. The address is valid until the next call for this session. */
uint8_t *mote_session_receive_space(struct mote_session *session, size_t *size);

/* `size` bytes have been put there. */
void mote_session_received(struct mote_session *session, size_t size, uint64_t now_ms);

/* Works until something has happened that the caller has to know, also by the passing of time. Returns false when
 * there is nothing more: wait for bytes, for room in the output, or for mote_session_deadline(). */
bool mote_session_next(struct mote_session *session, uint64_t now_ms, struct mote_session_event *event);

/* Bytes to be sent, as many as there are now, possibly none. Valid until the next call for this session. */
struct mote_text mote_session_output(struct mote_session *session);

/* The first `size` bytes of the output have been sent. There may be more output now. */
void mote_session_sent(struct mote_session *session, size_t size, uint64_t now_ms);

/* When mote_session_next() must be called at the latest; MOTE_NEVER if only the connection can bring news. A time
 * that has passed: at once, as when the output has room again for what waits for it. */
uint64_t mote_session_deadline(const struct mote_session *session);

/* Instead of mote_session_next() while the caller takes nothing from the connection: keeps it alive by pings. Their answers lie behind what
 * is not read, so none is missed; once more just before reading goes on, from when on they are again. */
void mote_session_rest(struct mote_session *session, uint64_t now_ms);

/* When mote_session_rest() must be called at the latest; MOTE_NEVER if only room for the output can bring news. */
uint64_t mote_session_rest_deadline(const struct mote_session *session);

/* Publishes a message. With QoS 1 and 2 it is kept, with `*packet_id` (may be NULL) as its name in
 * MOTE_EVENT_PUBLISHED, until it is acknowledged, over as many connections as it takes; also before the first one.
 * Returns
 *   MOTE_OK                    it is in the output, or in the store and will be;
 *   MOTE_MQTT_QUOTA            no room, in the output for QoS 0, in the store or window for QoS 1 and 2: send the
 *                              output, wait for acknowledgements, then call again;
 *   MOTE_MQTT_PACKET_TOO_LARGE it can never be sent with these buffers or to this server: use a source, a larger
 *                              buffer;
 *   MOTE_TCP_RESET             QoS 0 and no connection;
 *   MOTE_CONFIG_INVALID        topic or properties not valid, or a QoS or retain that this server does not take.
 * Topic aliases are the session's to use: a property of that kind is not valid. While a payload is being sent from
 * a source, nothing else is: QoS 0 gives MOTE_MQTT_QUOTA. */
enum mote_reason mote_session_publish(struct mote_session *session, const struct mote_message *message,
                                      uint16_t *packet_id);

/* Where a publication of QoS 1 or 2 stands. */
enum mote_session_stage {
    MOTE_STAGE_NONE,     /* there is no such publication */
    MOTE_STAGE_NEW,      /* never sent to this session of the server's */
    MOTE_STAGE_SENT,     /* may have been sent: sent again, it is marked as a duplicate */
    MOTE_STAGE_RELEASED, /* QoS 2: the server has it (PUBREC), only PUBREL is still to be sent */
};

/* Publishes with QoS 1 or 2 under the caller's own identifier, below own_ids_from and not in use, and goes on from a stage that the
 * caller remembers of the server's session. The order of the calls is the order of publication. Returns as mote_session_publish();
 * MOTE_CONFIG_INVALID also for such an identifier or stage, or a source. */
enum mote_reason mote_session_publish_as(struct mote_session *session, const struct mote_message *message,
                                         uint16_t packet_id, enum mote_session_stage stage);

/* Where the publication with this identifier stands. */
enum mote_session_stage mote_session_stage(const struct mote_session *session, uint16_t packet_id);

/* Remembers that the server's message of QoS 2 with this identifier has been taken in an earlier connection and is not released yet.
 * Between mote_session_init() and mote_session_open(). Returns false if there is no room, or it is 0 or there already. */
bool mote_session_restore_received(struct mote_session *session, uint16_t packet_id);

/* The messages of QoS 2 that are taken and not released: fills up to `max` identifiers, and returns how many there are. */
size_t mote_session_received_ids(const struct mote_session *session, uint16_t *packet_ids, size_t max);

/* The server has had a session of this client's: if it is not present at the next connect, session_lost says so. */
void mote_session_expect_present(struct mote_session *session);

/* Asks for messages. Returns MOTE_OK; MOTE_MQTT_QUOTA if the output has no room now or MOTE_REQUESTS_MAX are under
 * way: send, wait, call again; MOTE_MQTT_PACKET_TOO_LARGE if it never has: ask in several requests; MOTE_TCP_RESET
 * without a connection; MOTE_CONFIG_INVALID if a filter or property is not valid, or of a kind that this server
 * does not have. A request that a lost connection leaves open is forgotten: make it again after the next
 * MOTE_EVENT_CONNECTED. */
enum mote_reason mote_session_subscribe(struct mote_session *session, const struct mote_filter *filters, size_t count,
                                        const struct mote_properties *properties, uint16_t *packet_id);

/* Asks for no more of them; of the filters only the topic counts. Returns as mote_session_subscribe(). */
enum mote_reason mote_session_unsubscribe(struct mote_session *session, const struct mote_filter *filters, size_t count,
                                          const struct mote_properties *properties, uint16_t *packet_id);

/* Sends AUTH (MQTT 5): 0x18 continues, 0x19 begins a new authentication. The properties hold the configured
 * method. Returns MOTE_OK; MOTE_MQTT_QUOTA: send the output, call again; MOTE_MQTT_PACKET_TOO_LARGE if it never
 * fits the send buffer; MOTE_CONFIG_INVALID if the properties are not valid, no method was configured or it is not
 * the time for it. */
enum mote_reason mote_session_auth(struct mote_session *session, uint8_t reason_code,
                                   const struct mote_properties *properties);

/* Acknowledges the message of the last MOTE_EVENT_MESSAGE (of QoS 1 or 2, with its last piece) now and in the caller's
 * words; without it the next mote_session_next() does, with code 0. In MQTT 5 a code of 0x80 and more refuses the
 * message, and properties (a reason string, user properties; may be NULL) say more. Returns MOTE_OK; MOTE_MQTT_QUOTA:
 * send the output, call again; MOTE_MQTT_PACKET_TOO_LARGE if it never fits the send buffer or this server: say less;
 * MOTE_CONFIG_INVALID if nothing waits to be acknowledged, or PUBACK and PUBREC cannot have this code, which before
 * MQTT 5 is 0, or these properties. */
enum mote_reason mote_session_acknowledge(struct mote_session *session, uint8_t reason_code,
                                          const struct mote_properties *properties);

/* Sends PINGREQ now. Returns MOTE_OK, also if one is under way already; MOTE_TCP_RESET without a connection. */
enum mote_reason mote_session_ping(struct mote_session *session);

/* Is everything sent and, for QoS 1 and 2, acknowledged? */
bool mote_session_is_idle(const struct mote_session *session);

#endif
