/* What the parts of a client know of each other. */
#ifndef MOTE_UMQTT_PARTS_H
#define MOTE_UMQTT_PARTS_H

#include "umqtt.h"

static inline uint64_t mote_umqtt_now_ms(const struct mote_umqtt *client)
{
    return client->port->now_ms(client->port->context);
}

static inline bool mote_umqtt_is_connected(const struct mote_umqtt *client)
{
    return client->state == MOTE_UMQTT_CONNECTED;
}

/* --- umqtt.c --- */

/* Begins to make the connection. */
void mote_umqtt_dial(struct mote_umqtt *client);

/* Gives the link what it takes. */
void mote_umqtt_send_output(struct mote_umqtt *client);

/* The connection is given up: it is tried again later if it is one that is. */
void mote_umqtt_lose(struct mote_umqtt *client, enum mote_reason reason);

/* The connection is closed, and stays so. */
void mote_umqtt_stop(struct mote_umqtt *client, enum mote_reason reason);

/* Why a stopped client is. */
enum mote_reason mote_umqtt_why_stopped(const struct mote_umqtt *client);

/* --- umqtt_filter.c --- */

/* Those that the broker does not know of are asked for, as many as there is room for now. */
void mote_umqtt_ask(struct mote_umqtt *client);

/* Connected: what does the broker still know? */
void mote_umqtt_filters_connected(struct mote_umqtt *client, bool session_present);

/* The connection is lost, and what was asked for in it. */
void mote_umqtt_filters_lost(struct mote_umqtt *client);

/* A SUBACK or UNSUBACK. */
void mote_umqtt_filter_answered(struct mote_umqtt *client, const struct mote_session_event *event);

/* --- umqtt_calls.c --- */

/* Takes turns until it is done. Returns MOTE_OK then, or when it is interrupted; MOTE_TCP_TIMEOUT if that takes longer than `timeout_ms`
 * with no progress; or why it is stopped. */
enum mote_reason mote_umqtt_until(struct mote_umqtt *client, bool (*is_done)(struct mote_umqtt *client),
                                  uint32_t timeout_ms);

#endif
