/* What the parts of a node are to each other. */
#ifndef MOTE_NODE_INSIDE_H
#define MOTE_NODE_INSIDE_H

#include <mote/node.h>

/* Notes what is wrong with how the node is set up, if it is the first such thing and the node has not begun. Returns the
 * reason. */
enum mote_reason mote_node_blame(struct mote_node *node, enum mote_reason reason, const char *what, const char *why);

/* Changes state and reason, and tells the observer, who may call anything: look at the state again afterwards. */
void mote_node_enter(struct mote_node *node, enum mote_node_state state, enum mote_reason reason);

/* The connection is there, but not all that it was to be for: says so, as the reason of the node that is online. */
void mote_node_complain(struct mote_node *node, enum mote_reason reason);

/* Closes the connection, if there is one. */
void mote_node_hang_up(struct mote_node *node, bool abort);

/* Writes ID/LAST or, with a name, ID/NAME/LAST. Returns false if it is too long. */
bool mote_node_topic(const struct mote_node *node, const char *name, const char *last, char topic[MOTE_TOPIC_SIZE]);

/* Is it 1 to 32 bytes that may be a level of a topic, and no other thing's name? */
bool mote_node_may_name(const struct mote_node *node, const char *name);

/* How long a goodbye may take. */
enum { MOTE_GOODBYE_MS = 2000 };

/* Tells the session who it is: the id, and user and password of the broker's URL. */
void mote_node_introduce(struct mote_node *node);

/* --- Which broker --- */

/* Looks at the fallbacks of the config. */
void mote_node_brokers_check(struct mote_node *node);

/* Begins with the first of the list, after a start of the program. */
void mote_node_brokers_begin(struct mote_node *node);

/* There is another list: begins with its first. */
void mote_node_brokers_restart(struct mote_node *node);

/* A number for the session that this node has with the broker that is aimed at: a session is a server's, and of one client id. docs/PROTOCOL.md
 * has it. */
uint32_t mote_node_brokers_session_mark(const struct mote_node *node);

/* Has this broker another session than the one that was used last, or none? */
bool mote_node_brokers_are_new(const struct mote_node *node);

/* From here on the session is this broker's. */
void mote_node_brokers_take_session(struct mote_node *node);

/* A session is there. */
void mote_node_brokers_online(struct mote_node *node);

/* It has lasted. */
void mote_node_brokers_held(struct mote_node *node);

/* An attempt has failed, or a session was lost: whose turn is it? */
void mote_node_brokers_failed(struct mote_node *node, enum mote_reason reason);

/* With a fallback: looks whether the first broker can be reached, and begins to say goodbye if so. */
void mote_node_brokers_turn(struct mote_node *node);

/* When that has to be called at the latest. */
uint64_t mote_node_brokers_deadline(const struct mote_node *node);

/* The goodbye is said: it is the first broker's turn. */
void mote_node_brokers_return(struct mote_node *node);

/* There is no session with a fallback any more that the first broker would be looked at from. */
void mote_node_brokers_stop_looking(struct mote_node *node);

/* A server has ended or refused the session: does it name another one, to which the next attempt goes? */
bool mote_node_redirect(struct mote_node *node, const struct mote_session_event *event);

/* Goes there, if it does. */
bool mote_node_redirect_take(struct mote_node *node);

/* The URL of this one of the list, or of where it is now, in parts. */
void mote_node_brokers_locate(const struct mote_node *node, unsigned at, struct mote_url *url,
                              char memory[MOTE_URL_SIZE]);

/* Takes the URL of the one whose turn it is for the next attempt. */
void mote_node_brokers_aim(struct mote_node *node);

/* --- When to try again --- */

/* How a session has ended, or an attempt. */
enum mote_node_end {
    MOTE_END_ATTEMPT, /* that failed */
    MOTE_END_SESSION, /* that was lost */
    MOTE_END_CUT,     /* that was lost since the other side has closed the connection without a word */
};

/* Decides which broker is tried next, and when. Returns the reason as it is to be told. */
enum mote_reason mote_node_retry(struct mote_node *node, enum mote_reason reason, enum mote_node_end end);

/* A session is there. */
void mote_node_retry_online(struct mote_node *node);

/* --- WiFi --- */

/* Looks at the networks of the config, and takes over what is remembered of them. */
void mote_node_begin_wifi(struct mote_node *node);

/* Gives it other networks, with what is known of them (MOTE_NETWORKS_MAX each), and leaves the one that it is in: its
 * station begins anew. The strings are borrowed. */
void mote_node_move(struct mote_node *node, const struct mote_network *networks, const struct mote_wifi_memory *memory);

/* --- Identity --- */

/* May it be a node's id: 1 to 64 bytes of UTF-8 without / + #? */
bool mote_node_is_id(const char *id);

/* May it be this node's, or would its topics be too long? */
bool mote_node_may_be(const struct mote_node *node, const char *id);

/* Gives it another id, which is borrowed, and with it other topics. Only between two sessions: mote_node_set_broker() ends
 * one. Returns false, with the old one, if it may not be. */
bool mote_node_rename(struct mote_node *node, const char *id);

/* That it has no broker is no fault any more: it waits for one. */
void mote_node_do_without_broker(struct mote_node *node);

/* --- Subscriptions --- */

/* Adds the subscription of a thing, which does not replace the program's for the same filter. Returns as
 * mote_node_subscribe(). */
enum mote_reason mote_node_subscribe_thing(struct mote_node *node, const char *filter, unsigned options,
                                           mote_node_on_message *on_message, void *context);

/* A connection begins: everything has to be asked for anew. */
void mote_node_subscriptions_restart(struct mote_node *node);

/* Puts what is due into the session's output, as far as there is room. */
void mote_node_subscriptions_send(struct mote_node *node);

/* The broker has answered. Returns whether it has refused any. */
bool mote_node_subscriptions_answered(struct mote_node *node, const struct mote_session_event *event);

/* Gives a message to whoever asked for it. */
void mote_node_dispatch(struct mote_node *node, const struct mote_message *message);

/* --- Reports --- */

/* The session is there: all values are due. */
void mote_node_reports_restart(struct mote_node *node);

/* A thing's value has changed. */
void mote_node_report(struct mote_node *node, struct mote_report *report);

/* Publishes what is due, as far as there is room. */
void mote_node_reports_send(struct mote_node *node);

/* The broker has taken a publication. */
void mote_node_reports_answered(struct mote_node *node, uint16_t packet_id);

/* --- Outbox: all of these also without one --- */

/* Gives it a message of QoS 1 or 2, and tells its name, if `packet_id` is not NULL; only with one. Returns as mote_outbox_put(). */
enum mote_reason mote_node_outbox_put(struct mote_node *node, const struct mote_message *message, uint16_t *packet_id);

/* The session is made: it goes on from what was under way when the power went. */
void mote_node_outbox_restore(struct mote_node *node);

/* The session is there. */
void mote_node_outbox_connected(struct mote_node *node, bool session_present);

/* The broker has done with a publication. Returns whether it was one of the outbox's. */
bool mote_node_outbox_answered(struct mote_node *node, const struct mote_session_event *event);

/* Gives the session what is next and writes down where it stands: in each turn, and before each output. Returns whether the output may
 * be sent; if not, it waits, and nothing else does. */
bool mote_node_outbox_turn(struct mote_node *node);

/* The node is online: says what is wrong with it. */
void mote_node_outbox_complain(struct mote_node *node);

uint64_t mote_node_outbox_deadline(const struct mote_node *node);

/* --- Publishing --- */

/* Publishes, and tells the observer. */
enum mote_reason mote_node_send(struct mote_node *node, const struct mote_message *message, uint16_t *packet_id);

#endif
