/* What the files of the session share. Each of them has one concern:
 *
 *   session.c           life cycle
 *   session_time.c      keep-alive and deadlines
 *   session_connect.c   CONNECT, CONNACK: what the two sides agree on
 *   session_receive.c   finds packets in the received bytes; messages, whole and in pieces
 *   session_drain.c     reads past packets that cannot be taken
 *   session_handle.c    acknowledgements and the other packets from the server
 *   session_send.c      the output: what is put into it and in which order
 *   session_publish.c   takes publications from the caller
 *   session_stage.c     takes publications that have an identifier and a past already
 *   session_request.c   SUBSCRIBE and UNSUBSCRIBE
 *   session_received.c  knows which messages of QoS 2 have been taken
 *   session_inflight.c  keeps publications of QoS 1 and 2 until they are acknowledged
 *   session_alias.c     topic aliases
 *   session_auth.c      enhanced authentication
 *
 * One acknowledgement at a time may wait for room in the output; as long as it does no packet is taken, so that what
 * comes in can never outrun what goes out.
 */
#ifndef MOTE_SESSION_PARTS_H
#define MOTE_SESSION_PARTS_H

#include "cursor.h"

#include <mote/session.h>

/* What a piece of work has come to. */
enum mote_step {
    MOTE_STEP_IDLE,  /* nothing more to do with what is there, or a failure */
    MOTE_STEP_AGAIN, /* done, there may be more */
    MOTE_STEP_EVENT, /* the event tells of it */
};

enum { MOTE_PING_NONE, MOTE_PING_DUE, MOTE_PING_OUT };

/* What is to come before anything else may be sent: a step of the authentication or, before MQTT 5, which has none, the end of the
 * session that the server has kept. */
enum { MOTE_AUTH_NONE, MOTE_AUTH_SERVERS_TURN, MOTE_AUTH_CLIENTS_TURN, MOTE_AUTH_CLEARING };

/* What comes next of a packet that is taken in parts. */
enum {
    MOTE_PARTIAL_NONE,
    MOTE_PARTIAL_PIECES, /* more of a payload that is given out */
    MOTE_PARTIAL_TOPIC,  /* from here on: of a packet that is read past */
    MOTE_PARTIAL_PACKET_ID,
    MOTE_PARTIAL_PROPERTIES, /* the length of their block */
    MOTE_PARTIAL_PROPERTY,
    MOTE_PARTIAL_PAIR,    /* the second half of a user property */
    MOTE_PARTIAL_PAYLOAD, /* its end */
    MOTE_PARTIAL_REST,    /* the end of a packet that has been dealt with */
};

/* Bits of what a server lacks. */
enum {
    MOTE_LACKS_RETAIN = 1,
    MOTE_LACKS_WILDCARDS = 2,
    MOTE_LACKS_IDENTIFIERS = 4,
    MOTE_LACKS_SHARED = 8,
};

#define MOTE_NO_SLOT UINT16_MAX
#define MOTE_INFLIGHT_MOST 65000u /* leaves identifiers for requests, and no search for a free one without end */

/* Kept free at the end of the send buffer, so that a failure can always be told to the server. */
#define MOTE_DISCONNECT_ROOM 4u

/* The largest acknowledgement that is ever put there, and what the session's own take at most. */
#define MOTE_ANSWER_ROOM 8u
#define MOTE_SMALL_ACK_SIZE 5u

static inline bool mote_session_is_5(const struct mote_session *session)
{
    return mote_version_is_5(session->version);
}

static inline bool mote_session_is_open(const struct mote_session *session)
{
    return session->expected != 0;
}

/* May packets other than CONNECT and AUTH be sent? */
static inline bool mote_session_may_send(const struct mote_session *session)
{
    return session->state == MOTE_SESSION_CONNECTED ||
           (session->state == MOTE_SESSION_CONNECTING && session->authentication == MOTE_AUTH_NONE);
}

/* Does this server take topic aliases? */
static inline bool mote_session_may_use_aliases(const struct mote_session *session)
{
    return mote_version_is_5(MOTE_MQTT_5) && session->server_alias_max > 0;
}

/* How much of a payload comes from a source, of which there may be none. */
static inline uint32_t mote_source_size(const struct mote_source *source)
{
    return source == NULL ? 0 : source->size;
}

static inline void mote_event_begin(struct mote_session_event *event, enum mote_session_event_type type,
                                    uint8_t reason_code, uint16_t packet_id)
{
    event->type = type;
    event->reason = MOTE_OK;
    event->reason_code = reason_code;
    event->packet_id = packet_id;
}

/* --- session.c --- */

/* Are client id, will, user name, password and authentication such that a CONNECT may hold them? */
bool mote_session_may_introduce_itself(const struct mote_session *session);

/* The server broke the protocol or does not answer: the connection is over, mote_session_next() tells of it. Returns
 * MOTE_STEP_IDLE. */
enum mote_step mote_session_fault(struct mote_session *session, unsigned number);

/* All that could be done with what was received has been done: is there still something to tell? */
bool mote_session_next_without_bytes(struct mote_session *session, struct mote_session_event *event);

/* No more packets may be sent or taken, only what is in the output... */
void mote_session_end(struct mote_session *session);

/* ...or not even that. */
void mote_session_drop_output(struct mote_session *session);

/* --- session_time.c --- */

/* Does what the passing of time asks for. */
void mote_session_check_time(struct mote_session *session);

/* The time for an answer begins: CONNACK, the AUTH before it, PINGRESP. */
void mote_session_ask(struct mote_session *session);

/* The server, or the way to it, shows signs of life: the time for a PINGRESP counts anew. */
void mote_session_restart_ping(struct mote_session *session);

/* --- session_connect.c --- */

/* The reason behind a reason code of MQTT 5, which are the session's own words for what is wrong in older versions, too. */
enum mote_reason mote_code_reason(uint8_t code);

enum mote_step mote_session_take_connack(struct mote_session *session, struct mote_reader *reader,
                                         struct mote_session_event *event);

/* Do these properties of an acknowledgement or AUTH tell reasons, and the server was asked not to? Then fails the
 * session. [MQTT-3.1.2-29] */
bool mote_session_is_too_talkative(struct mote_session *session, const struct mote_properties *properties);

/* --- session_receive.c, session_drain.c, session_handle.c --- */

/* Takes `size` bytes off the received ones. Views into them stay valid until more are received. */
inline void mote_session_consume(struct mote_session *session, size_t size)
{
    session->receive_at += size;
    MOTE_ASSERT(session->receive_at <= session->receive_end);
}

/* Begins to read past the packet of this header, which lies at the beginning of the received bytes; from its topic
 * on, or with `parsed`, for what has been found out of it, from its payload on. */
void mote_session_drain_start(struct mote_session *session, const struct mote_header *header,
                              const struct mote_message *parsed);

/* Goes on with it. */
enum mote_step mote_session_drain(struct mote_session *session, struct mote_session_event *event);

/* Takes so many bytes of it off the received ones. */
void mote_session_drain_take(struct mote_session *session, size_t size);

/* Begins to read past `size` more bytes of a packet that has been dealt with. */
void mote_session_drain_rest(struct mote_session *session, uint32_t size);

/* Handles PUBACK, PUBREC, PUBREL, PUBCOMP that have nothing but a packet identifier. */
enum mote_step mote_session_take_ack(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id,
                                     struct mote_session_event *event);

/* Handles a packet from the server other than PUBLISH; the reader has its body. */
enum mote_step mote_session_handle(struct mote_session *session, enum mote_packet_type type, struct mote_reader *reader,
                                   struct mote_session_event *event);

/* An acknowledgement is due. */
inline void mote_session_answer(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id,
                                uint8_t code)
{
    MOTE_ASSERT(session->answer_type == 0);
    session->answer_type = (uint8_t)type;
    session->answer_id = packet_id;
    session->answer_code = code;
}

/* That of a message is; one of QoS 0 has none. */
inline void mote_session_answer_message(struct mote_session *session, enum mote_qos qos, uint16_t packet_id,
                                        uint8_t code)
{
    if (qos != MOTE_QOS_0)
        mote_session_answer(session, qos == MOTE_QOS_2 ? MOTE_PUBREC : MOTE_PUBACK, packet_id, code);
}

/* --- session_send.c --- */

/* Moves what is not sent yet to the front, so that what is appended lies in one piece. */
void mote_session_compact(struct mote_session *session);

/* How large a packet may be that is put at send_end now: 0 while a payload is being sent. */
inline size_t mote_session_room(struct mote_session *session)
{
    if (session->send_at != session->config->send_buffer)
        mote_session_compact(session);
    return session->outgoing_left > 0 ? 0 : (size_t)(session->send_limit - session->send_end);
}

/* How large a packet the send buffer can hold. */
static inline size_t mote_session_room_max(const struct mote_session *session)
{
    return (size_t)(session->send_limit - session->config->send_buffer);
}

/* A packet of this size has been put there. */
inline void mote_session_put(struct mote_session *session, size_t size)
{
    session->send_end += size;
    session->counters.packets_sent++;
}

/* Begins to write a packet there. */
struct mote_writer mote_session_begin(struct mote_session *session);

/* Puts into the output what has been written of a packet, of which so many bytes follow. Returns MOTE_OK; MOTE_MQTT_QUOTA if
 * there is no room for it now; MOTE_MQTT_PACKET_TOO_LARGE if there never is, or the server does not take it. [MQTT-3.2.2-15] */
enum mote_reason mote_session_put_written(struct mote_session *session, const struct mote_writer *writer,
                                          size_t following);

/* Puts the acknowledgement that is due into the output. Returns false if there is no room. */
bool mote_session_put_answer(struct mote_session *session);

/* Puts an acknowledgement, DISCONNECT, AUTH or PINGREQ into the output. Returns as mote_session_put_written(). */
enum mote_reason mote_session_put_ack(struct mote_session *session, enum mote_packet_type type,
                                      const struct mote_ack *ack);

/* Puts one that has nothing but a code. Returns false if there is no room. */
bool mote_session_put_code(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id, uint8_t code);

/* Begins to send a payload, to which nothing may be put in between. */
void mote_session_begin_payload(struct mote_session *session, const struct mote_source *source, uint32_t size,
                                uint16_t slot);

/* Puts into the output what waits for it: pieces of a payload, PINGREQ, publications. */
void mote_session_pump(struct mote_session *session);

/* Why the next publication in line must not be sent to this server: a reason code, 0 if it may. */
uint8_t mote_session_refusal(const struct mote_session *session);

/* --- session_publish.c --- */

/* Can this be published at all? */
bool mote_publication_is_legal(const struct mote_session *session, const struct mote_message *message);

/* And does this server take it? What it takes is known once it has said so; until then QoS 0 is taken to go to one like
 * the last. */
bool mote_publication_is_taken(const struct mote_session *session, const struct mote_message *message);

/* Keeps a legal one of QoS 1 or 2 under this identifier, and sends it if nothing waits before it. Returns as
 * mote_inflight_add(). */
enum mote_reason mote_publication_keep(struct mote_session *session, const struct mote_message *message,
                                       uint16_t packet_id);

/* --- session_request.c --- */

enum mote_step mote_session_take_reply(struct mote_session *session, enum mote_packet_type type,
                                       struct mote_reader *reader, struct mote_session_event *event);

/* --- session_received.c: all that touches config->received_ids --- */

/* Is a QoS 2 message with this identifier taken already? Its place, or NULL. */
uint16_t *mote_received_find(const struct mote_session *session, uint16_t packet_id);

/* Is this message taken already? Where the session may be another than that of old identifiers, one that is sent for the
 * first time is not: what has its identifier is forgotten [MQTT-3.3.1-1], and what leaves no room for it as well. */
bool mote_received_has(struct mote_session *session, uint16_t packet_id, bool duplicate);

/* It is taken: it must not be so already, and there must be room. */
void mote_received_add(struct mote_session *session, uint16_t packet_id);

/* It is not taken after all: its place is free. */
void mote_received_forget(struct mote_session *session, uint16_t *found);

/* The server has released it. It begins with what is open from before: that is released first. [MQTT-4.4.0-1] */
void mote_received_release(struct mote_session *session, uint16_t *found);

/* No message is taken. */
void mote_received_clear(struct mote_session *session);

/* --- session_inflight.c: all that touches config->store --- */

/* The publications of QoS 1 and 2, oldest first: index 0 to inflight_used - 1. */
inline struct mote_inflight *mote_inflight_at(const struct mote_session *session, unsigned index)
{
    unsigned slot = session->inflight_head + index;
    unsigned count = session->config->inflight_count;

    MOTE_ASSERT(index < session->inflight_used);
    return &session->config->inflight[slot < count ? slot : slot - count];
}

/* Keeps a publication, as MOTE_STAGE_NEW, behind all others. Returns MOTE_OK; MOTE_MQTT_QUOTA if there is no
 * room now; MOTE_MQTT_PACKET_TOO_LARGE if there never is, or its PUBLISH is larger than `most`. */
enum mote_reason mote_inflight_add(struct mote_session *session, const struct mote_message *message, uint16_t packet_id,
                                   uint32_t most);

/* Keeps one, of which this is the PUBLISH, as MOTE_STAGE_SENT. Returns false if there is no room for it in the store; a
 * place for it there must be. */
bool mote_inflight_add_sent(struct mote_session *session, const struct mote_message *message, struct mote_text packet,
                            uint16_t packet_id);

/* Finds one that has been sent, most often the oldest. Returns its index, or inflight_used. */
uint16_t mote_inflight_search(const struct mote_session *session, uint16_t packet_id);
inline uint16_t mote_inflight_find(const struct mote_session *session, uint16_t packet_id)
{
    if (session->inflight_used == 0)
        return 0;
    const struct mote_inflight *oldest = &session->config->inflight[session->inflight_head];
    bool is_oldest = MOTE_HAS_WORDS && oldest->packet_id == packet_id && oldest->state >= MOTE_STAGE_SENT;
    return is_oldest ? 0 : mote_inflight_search(session, packet_id);
}

/* Its PUBLISH is in the output. It was the next in line. */
static inline void mote_inflight_sent(struct mote_session *session, struct mote_inflight *entry)
{
    entry->state = MOTE_STAGE_SENT;
    session->unacked++;
    session->resume_index++;
}

/* It is done: frees its place, at once or when those before it are done. */
void mote_inflight_finish(struct mote_session *session, struct mote_inflight *entry);

/* The size of its PUBLISH. */
static inline uint32_t mote_inflight_size(const struct mote_inflight *entry)
{
    return entry->size + mote_source_size(entry->source);
}

/* Copies a piece of its PUBLISH, without DUP. Returns how many bytes, 0 if its source has none. */
size_t mote_inflight_read(const struct mote_session *session, const struct mote_inflight *entry, uint32_t offset,
                          uint8_t *into, size_t size);

/* The first of the session's own identifiers. */
static inline uint16_t mote_session_least_id(const struct mote_session *session)
{
    uint16_t least = session->config->own_ids_from;

    return least == 0 ? 1 : least;
}

/* An identifier of its own that is not in use. It is taken by mote_session_use_packet_id(). */
void mote_session_search_packet_id(struct mote_session *session);
inline uint16_t mote_session_free_packet_id(struct mote_session *session)
{
    if (session->free_ids == 0)
        mote_session_search_packet_id(session);
    return session->next_packet_id;
}

inline void mote_session_use_packet_id(struct mote_session *session)
{
    session->free_ids--;
    session->next_packet_id++;
}

/* --- session_alias.c and session_auth.c: reached through the config alone --- */

struct mote_session_aliases {
    bool (*are_legal)(const struct mote_session_config *config);

    /* Forgets all aliases; a connection begins. */
    void (*reset)(struct mote_session *session);

    /* Fills in the topic of a received message with this alias, which is one of those offered, or remembers it. Returns
     * MOTE_STEP_EVENT; MOTE_STEP_AGAIN if the alias stands for a topic that did not fit: the message is to be read past;
     * MOTE_STEP_IDLE if it stands for none: the session has failed. */
    enum mote_step (*receive)(struct mote_session *session, struct mote_message *message, unsigned alias);

    /* Takes the next step through the properties of a packet that is read past, of which `bytes` are there: a topic that
     * comes with an alias is lost. */
    enum mote_step (*pass)(struct mote_session *session, struct mote_text bytes);

    /* Puts a PUBLISH into the output, with an alias. Returns false if it does not fit, or an alias is of no use. */
    bool (*put)(struct mote_session *session, const struct mote_message *message, uint16_t packet_id);
};

struct mote_session_authentication {
    bool (*is_legal)(const struct mote_session_config *config);

    /* Handles an AUTH. */
    enum mote_step (*take)(struct mote_session *session, struct mote_reader *reader, struct mote_session_event *event);

    /* Do they name the method of the CONNECT? [MQTT-4.12.0-5] */
    bool (*has_method)(const struct mote_session *session, const struct mote_properties *properties);

    /* Writes the properties of CONNECT. */
    void (*write)(const struct mote_session_config *config, struct mote_writer *writer);
};

#endif
