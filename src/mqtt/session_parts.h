/* What the files of the session share. Each of them has one concern:
 *
 *   session.c           life cycle, time, what the caller turns: next, receive_space, received, sent, deadline
 *   session_connect.c   CONNECT, CONNACK, AUTH: what the two sides agree on
 *   session_receive.c   finds packets in the received bytes; messages, whole and in pieces
 *   session_drain.c     reads past packets that cannot be taken
 *   session_handle.c    acknowledgements and the other packets from the server
 *   session_send.c      the output: publishing, resending, streaming
 *   session_request.c   SUBSCRIBE and UNSUBSCRIBE
 *   session_inflight.c  keeps publications of QoS 1 and 2 until they are acknowledged
 *   session_alias.c     topic aliases
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

enum { MOTE_AUTH_NONE, MOTE_AUTH_SERVERS_TURN, MOTE_AUTH_CLIENTS_TURN };

/* Where a publication stands. */
enum {
    MOTE_INFLIGHT_DONE,     /* only the order of the ring keeps its place */
    MOTE_INFLIGHT_NEW,      /* never sent to this session of the server's */
    MOTE_INFLIGHT_SENT,     /* PUBLISH is out, nothing has come back */
    MOTE_INFLIGHT_RELEASED, /* QoS 2: PUBREC has come, PUBLISH must not be sent again */
};

#define MOTE_NO_SLOT UINT16_MAX
#define MOTE_INFLIGHT_MOST 65000u /* leaves identifiers for requests, and no search for a free one without end */

/* Kept free at the end of the send buffer, so that a failure can always be told to the server. */
#define MOTE_DISCONNECT_ROOM 4u

/* The largest acknowledgement that is ever put there. */
#define MOTE_ANSWER_ROOM 8u

static inline bool mote_session_is_5(const struct mote_session *session)
{
    return mote_version_is_5(session->version);
}

static inline bool mote_session_is_open(const struct mote_session *session)
{
    return session->state == MOTE_SESSION_CONNECTING || session->state == MOTE_SESSION_CONNECTED;
}

static inline void mote_event_begin(struct mote_session_event *event, enum mote_session_event_type type)
{
    event->type = type;
    event->reason = MOTE_OK;
    event->reason_code = 0;
    event->session_present = false;
    event->session_lost = false;
    event->packet_id = 0;
    event->words = NULL;
}

/* The server broke the protocol (`code` for the DISCONNECT of MQTT 5) or does not answer (0: nothing is sent any more).
 * The connection is over, mote_session_next() tells of it. Returns MOTE_STEP_IDLE. */
enum mote_step mote_session_fail(struct mote_session *session, enum mote_reason reason, uint8_t code,
                                 const char *words);

/* The same for what the codec has found, and for a code that names its reason. */
enum mote_step mote_session_fault(struct mote_session *session, uint8_t code, const char *words);

/* The server, or the way to it, shows signs of life: the time for a PINGRESP counts anew. */
void mote_session_progress(struct mote_session *session, bool concerns_ping);

/* No more packets may be sent or taken, only what is in the output. */
void mote_session_end(struct mote_session *session);

void mote_session_drop_output(struct mote_session *session);

/* Takes the next packet, or a part of a large one, from the received bytes. */
enum mote_step mote_session_receive(struct mote_session *session, struct mote_session_event *event);

/* Takes `size` bytes off the received ones. Views into them stay valid until more are received. */
void mote_session_consume(struct mote_session *session, size_t size);

/* Begins to read past the packet of this header, which lies at the beginning of the received bytes; from its topic on, or
 * with `parsed`, for what has been found out of it, from its payload on. Then goes on with it. */
void mote_session_drain_start(struct mote_session *session, const struct mote_header *header,
                              const struct mote_message *parsed);
enum mote_step mote_session_drain(struct mote_session *session, struct mote_session_event *event);

/* Begins to read past `size` more bytes of a packet that has been dealt with. */
void mote_session_drain_rest(struct mote_session *session, uint32_t size);

/* Handle whole packets from the server. */
enum mote_step mote_session_handle(struct mote_session *session, const struct mote_header *header,
                                   struct mote_text body, struct mote_session_event *event);
enum mote_step mote_session_take_connack(struct mote_session *session, struct mote_text body,
                                         struct mote_session_event *event);
enum mote_step mote_session_take_auth(struct mote_session *session, struct mote_text body,
                                      struct mote_session_event *event);
enum mote_step mote_session_take_reply(struct mote_session *session, enum mote_packet_type type, struct mote_text body,
                                       struct mote_session_event *event);

/* Is a QoS 2 message with this identifier taken already? Its place among received_ids, or received_used. */
uint16_t mote_session_find_received(const struct mote_session *session, uint16_t packet_id);

/* An acknowledgement is due. */
static inline void mote_session_answer(struct mote_session *session, enum mote_packet_type type, uint16_t packet_id,
                                       uint8_t code)
{
    MOTE_ASSERT(session->answer_type == 0);
    session->answer_type = (uint8_t)type;
    session->answer_id = packet_id;
    session->answer_code = code;
}

/* Puts it into the output. Returns false if there is no room. */
bool mote_session_put_answer(struct mote_session *session);

/* Where the next packet of the output goes and how large it may be: 0 while a payload is being sent. */
uint8_t *mote_session_room(struct mote_session *session, size_t *room);

/* A packet of this size has been put there. */
void mote_session_put(struct mote_session *session, size_t size);

/* How large a packet the send buffer can hold. */
static inline size_t mote_session_room_max(const struct mote_session *session)
{
    return session->config->send_size - MOTE_DISCONNECT_ROOM;
}

/* Puts into the output what waits for it: pieces of a payload, PINGREQ, publications. */
void mote_session_pump(struct mote_session *session);

/* May packets other than CONNECT and AUTH be sent? */
bool mote_session_may_send(const struct mote_session *session);

/* Why the next publication in line must not be sent to this server: a reason code, 0 if it may. */
uint8_t mote_session_refusal(const struct mote_session *session);

/* An identifier that is not in use. It is taken by mote_session_use_packet_id(). */
uint16_t mote_session_free_packet_id(struct mote_session *session);
void mote_session_use_packet_id(struct mote_session *session);

/* The publications of QoS 1 and 2, oldest first; index 0 to inflight_used - 1. These functions are all that touches
 * config->store. */
struct mote_inflight *mote_inflight_at(const struct mote_session *session, uint16_t index);

/* Keeps a publication, as MOTE_INFLIGHT_NEW, behind all others. Returns MOTE_OK, MOTE_MQTT_QUOTA or
 * MOTE_MQTT_PACKET_TOO_LARGE. */
enum mote_reason mote_inflight_add(struct mote_session *session, const struct mote_message *message);

/* Takes back the one that was added last. */
void mote_inflight_take_back(struct mote_session *session);

/* Finds one that has been sent. Returns its index, or inflight_used. */
uint16_t mote_inflight_find(const struct mote_session *session, uint16_t packet_id);

/* It is done: frees its place, at once or when those before it are done. */
void mote_inflight_finish(struct mote_session *session, struct mote_inflight *entry);

/* The size of its PUBLISH. */
uint32_t mote_inflight_size(const struct mote_inflight *entry);

/* Copies a piece of its PUBLISH, without DUP. Returns how many bytes, 0 if its source has none. */
size_t mote_inflight_read(const struct mote_session *session, const struct mote_inflight *entry, uint32_t offset,
                          uint8_t *into, size_t size);

/* Forgets all aliases; a connection begins. */
void mote_alias_reset(struct mote_session *session);

/* Fills in the topic of a received message, or remembers it. Returns false if there is none to fill in; then `*lost` tells
 * that there was one, which did not fit. */
bool mote_alias_receive(struct mote_session *session, struct mote_message *message, bool *lost);

/* The server has given a topic an alias, but it cannot be kept. */
void mote_alias_lose(struct mote_session *session, uint16_t alias);

/* Encodes a PUBLISH with an alias where that is of use. Returns its size, 0 if it does not fit. */
size_t mote_alias_encode(struct mote_session *session, uint8_t *into, size_t room, const struct mote_message *message);

#endif
