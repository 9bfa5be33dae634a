/* The broker's inside: what its files share.
 *
 * Who may free what: a session ends, and a client leaves its session, only in mote_broker_settle(), in CONNECT,
 * in a timer and in mote_broker_closed(). Delivering a message never does either: a receiver that fails
 * meanwhile is only put among the doomed (mote_broker_doom()), and every public call ends with
 * mote_broker_settle(). So whoever walks over sessions and subscriptions while delivering has them under its
 * feet. */
#ifndef MOTE_BROKER_ENGINE_H
#define MOTE_BROKER_ENGINE_H

#include <mote/broker.h>

#include "../mqtt/codec.h"
#include "../text/assert.h"

#define MOTE_BROKER_LEVELS_MAX 128 /* what the stack of a tree walk has room for */

enum mote_broker_client_state {
    BROKER_CONNECTING, /* no CONNECT yet */
    BROKER_CONNECTED,
    BROKER_DOOMED,  /* to be cut off by the next mote_broker_settle() */
    BROKER_CLOSING, /* its last bytes are being sent */
    BROKER_EXPIRED, /* or rather were not */
};

/* A message that more than one place refers to: topic, properties to be forwarded, payload. */
struct mote_broker_message {
    uint32_t references;
    uint32_t payload_size;
    uint32_t payload_room; /* less than payload_size while it is still coming in */
    uint32_t properties_size;
    uint64_t expires_ms; /* MOTE_NEVER: never */
    uint32_t origin;     /* serial of the publisher's session; 0: none */
    uint16_t topic_size;
    uint8_t qos;
    bool retain;
    uint8_t bytes[];
};

/* A message on its way to the receivers; made a struct mote_broker_message only if one of them has to keep it. */
struct mote_broker_publication {
    struct mote_message message; /* its properties are those to be forwarded, without expiry */
    uint64_t expires_ms;
    uint32_t origin;
    struct mote_broker_message *stored; /* NULL: the message's views are somebody else's */
};

/* A level of a topic or filter. */
struct mote_broker_node {
    struct mote_broker_node *bucket_next;
    struct mote_broker_node *parent;
    struct mote_broker_node *first_child;
    struct mote_broker_node *next;
    struct mote_broker_node *previous;
    struct mote_broker_subscription *subscriptions;
    struct mote_broker_group *groups;
    struct mote_broker_message *retained; /* in its own tree */
    uint32_t hash;                        /* of all levels down to here */
    uint16_t size;
    uint8_t wildcards; /* which of the children + (1) and # (2) there are */
    char level[];
};

struct mote_broker_subscription {
    struct mote_broker_node *node;
    struct mote_broker_session *session;
    struct mote_broker_group *group;       /* NULL: not shared */
    struct mote_broker_subscription *next; /* of the node's or group's */
    struct mote_broker_subscription *previous;
    struct mote_broker_subscription *session_next; /* of the session's */
    struct mote_broker_subscription *matched_next; /* of the session's that match the present message */
    uint32_t identifier;                           /* 0: none */
    uint8_t qos;
    bool no_local;
    bool retain_as_published;
};

/* Those who share a subscription: $share/NAME/... */
struct mote_broker_group {
    struct mote_broker_group *next; /* of the node's */
    struct mote_broker_node *node;
    struct mote_broker_subscription *members;
    struct mote_broker_subscription *turn; /* who is next; never NULL */
    uint16_t size;
    char name[];
};

enum mote_broker_delivery_state {
    BROKER_WAITING,      /* for its turn */
    BROKER_WAIT_PUBACK,  /* QoS 1 */
    BROKER_WAIT_PUBREC,  /* QoS 2 */
    BROKER_WAIT_PUBCOMP, /* QoS 2, without its message */
};

/* A message of QoS 1 or 2 for one session. */
struct mote_broker_delivery {
    struct mote_broker_link link; /* first: a link is its delivery */
    struct mote_broker_message *message;
    uint16_t packet_id;
    uint8_t qos;
    uint8_t state;
    bool retain;
    bool duplicate;
    bool sent; /* on this connection */
    uint16_t identifier_count;
    uint32_t identifiers[];
};

/* A set of packet identifiers: open addressing in a table of a power of two, which sequential ids fill without
 * collision. */
struct mote_broker_ids {
    uint16_t *table; /* 0: free */
    uint32_t size;
    uint32_t count;
};

/* What a session has only once it uses QoS 1 or 2. */
struct mote_broker_queue {
    struct mote_broker_link inflight; /* deliveries in the order of their first sending */
    struct mote_broker_link waiting;
    struct mote_broker_link *resend;     /* inflight ones from here on were not sent on this connection */
    struct mote_broker_delivery **slots; /* inflight ones by their packet_id modulo slot_count, a power of two */
    uint32_t slot_count;
    uint32_t inflight_count;
    uint32_t unacknowledged; /* those sent on this connection */
    uint32_t waiting_count;
    uint32_t waiting_bytes;
    uint16_t packet_id;              /* the last one */
    bool overflows;                  /* and that was told */
    struct mote_broker_ids received; /* QoS 2, not released yet */
};

struct mote_broker_session {
    struct mote_broker *broker;
    struct mote_broker_session *bucket_next;
    struct mote_broker_client *client; /* NULL: not connected */
    struct mote_broker_queue *queue;   /* NULL: not needed yet */
    struct mote_broker_subscription *subscriptions;
    struct mote_broker_message *will;
    char *username; /* kept for the authorize hook alone */
    struct mote_broker_subscription *matched;
    struct mote_broker_session *matched_next;
    struct mote_timer timer; /* connected: keep alive; else: will delay and expiry */
    uint64_t will_at_ms;
    uint64_t expires_at_ms;
    uint32_t expiry_s; /* UINT32_MAX: never */
    uint32_t will_delay_s;
    uint32_t will_expiry_s; /* once it is published; UINT32_MAX: none */
    uint32_t hash;
    uint32_t serial;
    uint32_t mark; /* broker->mark: matched is of the present message */
    uint32_t subscription_count;
    uint32_t identifier_count; /* of its subscriptions that have one */
    uint16_t username_size;
    uint16_t id_size;
    uint8_t version; /* of its last connection */
    char id[];
};

/* A piece of output: bytes, then possibly a payload that others share. */
struct mote_broker_chunk {
    struct mote_broker_chunk *next;
    struct mote_broker_message *message;
    uint32_t payload_sent;
    uint32_t start;
    uint32_t end;
    uint32_t size;
    uint8_t bytes[];
};

/* A packet that has not come in as a whole. */
struct mote_broker_input {
    struct mote_broker_message *message; /* PUBLISH whose payload is coming in */
    uint32_t payload_used;
    uint32_t skip; /* bytes to be read past, the rest of a PUBLISH that cannot be taken */
    uint8_t code;  /* its answer */
    uint8_t qos;
    uint16_t packet_id;
    uint32_t gather; /* size of a packet that comes together in `bytes`; 0: none */
    uint32_t used;
    uint32_t size;
    uint8_t bytes[];
};

struct mote_broker_alias {
    char *topic;
    uint16_t size; /* 0: not set */
};

struct mote_broker_aliases {
    uint16_t in_count; /* of `topics`; outgoing ones follow them */
    uint16_t out_count;
    struct mote_broker_alias topics[];
};

struct mote_broker_client {
    struct mote_broker *broker;
    void *link;
    struct mote_broker_session *session;
    struct mote_broker_link in_state;
    struct mote_broker_link in_ready;
    struct mote_broker_chunk *output_first;
    struct mote_broker_chunk *output_last;
    struct mote_broker_input *input;     /* NULL: between two packets */
    struct mote_broker_aliases *aliases; /* NULL: none */
    const char *words;                   /* why it is doomed */
    uint64_t since_ms;                   /* connecting, closing: in this state; connected: the last bytes have come */
    uint32_t output_size;
    uint32_t packet_size_max; /* what it takes */
    uint16_t window;          /* its Receive Maximum, or ours */
    uint16_t alias_out_max;
    uint16_t keep_alive_s;
    uint8_t state;
    uint8_t version;
    uint8_t code; /* why it is doomed: for DISCONNECT, 0: none is sent */
    uint8_t reason;
    bool problem_information;
    bool without_will; /* it has said goodbye */
};

/* --- broker.c --- */
void mote_broker_set_time(struct mote_broker *broker, uint64_t now_ms);
/* Cuts off the doomed clients, and those that are doomed by what comes from it. */
void mote_broker_settle(struct mote_broker *broker);
void mote_broker_observe(struct mote_broker *broker, const struct mote_broker_event *event);
/* Starts a timer for a moment; one that is further away than a timer can count fires early. */
void mote_broker_timer_at(struct mote_broker *broker, struct mote_timer *timer, uint64_t when_ms, mote_timer_run *run,
                          void *context);

/* --- broker_memory.c --- */
void *mote_broker_resize(struct mote_broker *broker, void *block, size_t old_size, size_t new_size);
void *mote_broker_allocate(struct mote_broker *broker, size_t size); /* zeroed */
/* For what may stay for long: an eighth of the memory is left to those who come, go and answer. Not zeroed. */
void *mote_broker_allocate_to_keep(struct mote_broker *broker, size_t size);
void mote_broker_release(struct mote_broker *broker, void *block, size_t size);
uint32_t mote_broker_hash(uint32_t seed, struct mote_text text);

/* --- broker_message.c --- */
uint64_t mote_broker_after_s(uint64_t now_ms, uint32_t seconds);
uint32_t mote_broker_seconds_until(uint64_t now_ms, uint64_t when_ms); /* rounded up */
/* The properties of a PUBLISH or will that are forwarded, as one encoded block of `size` bytes, into `into`. */
size_t mote_broker_forwarded(const struct mote_properties *properties, uint8_t *into);
/* A message with the head of `view`, and room for payload_room of payload_size bytes. Reference count 1. NULL:
 * no memory. */
struct mote_broker_message *mote_broker_message_new(struct mote_broker *broker, const struct mote_message *view,
                                                    uint32_t payload_size, uint32_t payload_room);
/* Makes room for more of the payload. False: no memory, the message is as it was. */
bool mote_broker_message_grow(struct mote_broker *broker, struct mote_broker_message **message, uint32_t payload_room);
void mote_broker_message_drop(struct mote_broker *broker, struct mote_broker_message *message);
uint8_t *mote_broker_message_payload(struct mote_broker_message *message);
/* A publication of what is stored. It does not count as a reference. */
void mote_broker_publication_of(struct mote_broker_message *message, struct mote_broker_publication *publication);
/* Has it stored, with a reference for the publication itself. False: no memory. */
bool mote_broker_publication_store(struct mote_broker *broker, struct mote_broker_publication *publication);

/* --- broker_tree.c --- */
bool mote_broker_tree_init(struct mote_broker *broker, struct mote_broker_tree *tree);
void mote_broker_tree_free(struct mote_broker *broker, struct mote_broker_tree *tree);
struct mote_broker_node *mote_broker_tree_child(const struct mote_broker_tree *tree,
                                                const struct mote_broker_node *parent, struct mote_text level);
struct mote_broker_node *mote_broker_tree_find(const struct mote_broker_tree *tree, struct mote_text topic);
struct mote_broker_node *mote_broker_tree_make(struct mote_broker *broker, struct mote_broker_tree *tree,
                                               struct mote_text topic);
/* Removes the node and those above it that have become useless. */
void mote_broker_tree_prune(struct mote_broker *broker, struct mote_broker_tree *tree, struct mote_broker_node *node);
size_t mote_broker_tree_levels(struct mote_text topic);
/* The level that begins at `*offset`, which goes on to the next; false when offset is past the end. */
bool mote_broker_tree_level(struct mote_text topic, size_t *offset, struct mote_text *level);

/* --- broker_retained.c --- */
enum mote_reason mote_broker_retain(struct mote_broker *broker, struct mote_broker_publication *publication);
/* Sends what is retained under one of the session's subscriptions, unless it is a shared one. */
void mote_broker_replay(struct mote_broker_session *session, struct mote_text filter);
void mote_broker_retained_free(struct mote_broker *broker);

/* --- broker_subscription.c --- */
/* Makes or changes a subscription; `*is_new` says which. Returns the granted QoS, or a code of 0x80 and more. */
uint8_t mote_broker_subscribe(struct mote_broker_session *session, const struct mote_filter *filter,
                              uint32_t identifier, bool *is_new);
/* NULL: it has none with this filter. */
struct mote_broker_subscription *mote_broker_subscription_find(struct mote_broker_session *session,
                                                               struct mote_text filter);
bool mote_broker_unsubscribe(struct mote_broker_session *session, struct mote_text filter);
void mote_broker_unsubscribe_all(struct mote_broker_session *session);
/* The part of a filter behind $share/GROUP/, and the GROUP, empty if it is not shared. */
struct mote_text mote_broker_unshared(struct mote_text filter, struct mote_text *group);

/* --- broker_route.c --- */
/* Gives a publication to all who want it, and returns to how many sessions. */
size_t mote_broker_route(struct mote_broker *broker, struct mote_broker_publication *publication);
enum mote_broker_taken {
    BROKER_TAKEN,
    BROKER_UNHEARD, /* nobody has asked for it */
    BROKER_DROPPED, /* those who have, have no room for it */
    BROKER_REFUSED, /* nor has the broker */
};

/* The same, and keeps it if it is to be retained; tells the observer. */
enum mote_broker_taken mote_broker_take(struct mote_broker *broker, struct mote_broker_publication *publication,
                                        const struct mote_broker_session *publisher);
/* Gives it to one session; broker->items has identifier_count subscription identifiers. False: dropped. */
bool mote_broker_deliver(struct mote_broker_session *session, struct mote_broker_publication *publication,
                         enum mote_qos qos, bool retain, size_t identifier_count, bool is_replay);

/* --- broker_session.c --- */
struct mote_broker_session *mote_broker_session_find(const struct mote_broker *broker, struct mote_text client_id);
struct mote_broker_session *mote_broker_session_new(struct mote_broker *broker, struct mote_text client_id);
/* Ends it: its will, if there still is one, is published. It must have no client. */
void mote_broker_session_end(struct mote_broker_session *session);
/* Frees it and all that it has, in silence. */
void mote_broker_session_free(struct mote_broker_session *session);
/* It has a connection from now on, and none any more; what follows from the latter does so with ..._left(),
 * which may end the session. */
void mote_broker_session_attach(struct mote_broker_session *session, struct mote_broker_client *client);
void mote_broker_session_detach(struct mote_broker_session *session);
void mote_broker_session_left(struct mote_broker_session *session, bool without_will);
/* As asked for by the client, within the broker's limit. */
void mote_broker_session_set_expiry(struct mote_broker_session *session, uint32_t expiry_s);
void mote_broker_session_publish_will(struct mote_broker_session *session);
void mote_broker_session_drop_will(struct mote_broker_session *session);
bool mote_broker_sessions_init(struct mote_broker *broker);
void mote_broker_sessions_free(struct mote_broker *broker);
struct mote_text mote_broker_session_id(const struct mote_broker_session *session);

/* --- broker_queue.c --- */
/* Makes the session's queue if there is none. NULL: no memory. */
struct mote_broker_queue *mote_broker_queue(struct mote_broker_session *session);
void mote_broker_queue_free(struct mote_broker_session *session);
bool mote_broker_queue_add(struct mote_broker_session *session, struct mote_broker_publication *publication,
                           enum mote_qos qos, bool retain, size_t identifier_count, bool is_replay);
bool mote_broker_queue_is_full(const struct mote_broker_session *session);
/* A new subscription may bring as many retained messages as there are; they count on top, once. */
bool mote_broker_queue_is_full_of_replays(const struct mote_broker_session *session);
/* Sends as much as window and output have room for. */
void mote_broker_queue_pump(struct mote_broker_session *session);
/* A new connection: what was sent before has to be sent again. */
void mote_broker_queue_resume(struct mote_broker_session *session);
/* PUBACK, PUBREC, PUBCOMP have come. */
void mote_broker_queue_acknowledged(struct mote_broker_client *client, enum mote_packet_type type,
                                    const struct mote_ack *ack);

/* --- broker_ids.c --- */
bool mote_broker_ids_has(const struct mote_broker_ids *ids, uint16_t id);
bool mote_broker_ids_add(struct mote_broker *broker, struct mote_broker_ids *ids, uint16_t id);
bool mote_broker_ids_remove(struct mote_broker_ids *ids, uint16_t id);
void mote_broker_ids_free(struct mote_broker *broker, struct mote_broker_ids *ids);

/* --- broker_output.c --- */
enum mote_broker_sent {
    BROKER_SENT,
    BROKER_TOO_LARGE, /* for this client */
    BROKER_NO_MEMORY,
};

struct mote_broker_sending {
    enum mote_qos qos;
    bool retain;
    bool duplicate;
    uint16_t packet_id;
    size_t identifier_count; /* in broker->items */
};

/* Puts a message into the client's output. Only its views are used if it is small, else it is stored. */
enum mote_broker_sent mote_broker_output_publish(struct mote_broker_client *client,
                                                 struct mote_broker_publication *publication,
                                                 const struct mote_broker_sending *sending);
/* The rest doom the client if there is no memory. `words` may be NULL, else become the reason string where that
 * is allowed. */
void mote_broker_output_ack(struct mote_broker_client *client, enum mote_packet_type type, uint16_t packet_id,
                            uint8_t code, const char *words);
void mote_broker_output_connack(struct mote_broker_client *client, const struct mote_connack *connack);
void mote_broker_output_reply(struct mote_broker_client *client, enum mote_packet_type type,
                              const struct mote_reply *reply);
void mote_broker_output_pingresp(struct mote_broker_client *client);
void mote_broker_output_free(struct mote_broker_client *client);

/* --- broker_alias.c --- */
/* An incoming alias, 1 to topic_alias_max. False: no memory. */
bool mote_broker_alias_set(struct mote_broker_client *client, uint16_t alias, struct mote_text topic);
bool mote_broker_alias_get(const struct mote_broker_client *client, uint16_t alias, struct mote_text *topic);
/* The alias for an outgoing topic, 0: none; `*is_known` if the other side has been told it. */
uint16_t mote_broker_alias_out(const struct mote_broker_client *client, struct mote_text topic, bool *is_known);
/* Now it has. */
void mote_broker_alias_told(struct mote_broker_client *client, uint16_t alias, struct mote_text topic);
/* The client takes so many aliases from us. */
void mote_broker_alias_accept(struct mote_broker_client *client, uint16_t out_max);
void mote_broker_alias_free(struct mote_broker_client *client);

/* --- broker_client.c --- */
void mote_broker_client_ready(struct mote_broker_client *client);
void mote_broker_client_set_state(struct mote_broker_client *client, enum mote_broker_client_state state);
/* It has to go. The first cause counts. */
void mote_broker_doom(struct mote_broker_client *client, uint8_t code, enum mote_reason reason, const char *words);
/* Takes its session away, tells it by DISCONNECT, lets its output run dry. The session is the caller's to look
 * after. */
void mote_broker_client_cut(struct mote_broker_client *client);
void mote_broker_client_free(struct mote_broker_client *client);
struct mote_broker_access mote_broker_client_access(struct mote_broker_client *client, enum mote_broker_action action,
                                                    struct mote_text topic);
enum mote_reason mote_broker_authorize(struct mote_broker *broker, const struct mote_broker_access *access);

/* --- broker_input.c --- */
void mote_broker_input_free(struct mote_broker_client *client);

/* --- broker_packet.c: what a client sends --- */
void mote_broker_packet(struct mote_broker_client *client, const struct mote_header *header, struct mote_text body);
/* Can a PUBLISH with this head be taken? Else its code is for the answer, and the payload is to be read past. */
bool mote_broker_packet_publish_head(struct mote_broker_client *client, struct mote_message *message, uint8_t *code);
/* It has come as a whole and can be taken. */
void mote_broker_packet_publish(struct mote_broker_client *client, struct mote_broker_publication *publication,
                                uint16_t packet_id);
/* It is answered with a code of 0x80 or more, or, where it already has been taken, as before. */
void mote_broker_packet_publish_refused(struct mote_broker_client *client, enum mote_qos qos, uint16_t packet_id,
                                        uint8_t code);
void mote_broker_fault(struct mote_broker_client *client, const struct mote_fault *fault);

/* --- broker_connect.c --- */
void mote_broker_connect(struct mote_broker_client *client, struct mote_text body);

/* --- broker_sys.c --- */
void mote_broker_sys_changed(struct mote_broker *broker);

/* --- Lists --- */
static inline void mote_broker_list_init(struct mote_broker_link *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool mote_broker_list_is_empty(const struct mote_broker_link *list)
{
    return list->next == list;
}

static inline void mote_broker_list_append(struct mote_broker_link *list, struct mote_broker_link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

/* The link is a list of its own then: it may be removed again. */
static inline void mote_broker_list_remove(struct mote_broker_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    mote_broker_list_init(link);
}

static inline struct mote_broker_client *mote_broker_client_in_state(struct mote_broker_link *link)
{
    return (struct mote_broker_client *)(void *)((uint8_t *)link - offsetof(struct mote_broker_client, in_state));
}

static inline struct mote_broker_client *mote_broker_client_in_ready(struct mote_broker_link *link)
{
    return (struct mote_broker_client *)(void *)((uint8_t *)link - offsetof(struct mote_broker_client, in_ready));
}

static inline struct mote_text mote_broker_text(const void *data, size_t size)
{
    return (struct mote_text){data, size};
}

#endif
