/* Node: a device on the network. It joins WiFi, holds an MQTT session, restores it whenever it is lost, and gives each
 * message to whoever asked for it.
 *
 * Everything is the caller's memory: struct mote_node holds its buffers. The config is copied, but not the strings that it
 * points to: they live as long as the node. No call but mote_node_run() blocks; all but that, mote_node_turn() and
 * mote_node_init() may be called from within any callback of the node; none from another thread or an interrupt. What a
 * call changes goes out in the next turn.
 *
 * The network never moves an output: no pin changes because a connection is lost or restored, and messages that the broker
 * has kept are not obeyed unless asked for.
 */
#ifndef MOTE_NODE_H
#define MOTE_NODE_H

#include <mote/limits.h>
#include <mote/message.h>
#include <mote/outbox.h>
#include <mote/pin.h>
#include <mote/port.h>
#include <mote/sched.h>
#include <mote/session.h>

struct mote_node;

/* Handles a message of a subscription. The message's views are valid until it returns. */
typedef void mote_node_on_message(struct mote_node *node, const struct mote_message *message, void *context);

enum mote_node_state {
    MOTE_NODE_STOPPED,
    MOTE_NODE_JOINING,    /* WiFi */
    MOTE_NODE_CONNECTING, /* broker: name, connection, session */
    MOTE_NODE_ONLINE,
    MOTE_NODE_WAITING, /* before the next attempt */
};

/* Somebody who wants to watch: a log, a page. Called after the fact, may call the node's functions. Any may be NULL. */
struct mote_observer {
    void (*on_state)(struct mote_node *node, void *context);
    void (*on_message)(struct mote_node *node, const struct mote_message *message, bool sent, void *context);
    void *context;
    /* Each event of the session but messages, before the node sees to it: how a publication has ended, what a broker has said. */
    void (*on_event)(struct mote_node *node, const struct mote_session_event *event, void *context);
};

/* How a node is to be; zero means default. */
struct mote_node_config {
    const char *id; /* the client id and first level of the node's own topics; 1 to 64 bytes, no / + # */
    struct mote_network networks[MOTE_NETWORKS_MAX]; /* none: the network is there, or the board keeps it */
    const char *broker;                              /* mqtt://user:password@host:port */
    /* Where to go while that broker does not do; NULL ends the list. See docs/RECONNECT.md. */
    const char *fallbacks[MOTE_FALLBACKS_MAX];
    uint32_t way_back_ms;          /* 0: 300 000. With a fallback: how often the first broker is looked at, about */
    struct mote_link_options link; /* how to get to it: TLS and so on */
    uint16_t keep_alive_s;         /* 0: 60 */
    enum mote_mqtt_version version;
    bool keep_session;         /* false: what was published to it while it was away is not sent late */
    uint32_t session_expiry_s; /* MQTT 5, with keep_session; 0: for ever */
    /* The delay before another attempt is drawn evenly from the minimum to a bound: twice the minimum after one failure,
     * doubling with each further one, the maximum at most; and the maximum at once after a refusal that no waiting cures,
     * as for a wrong password. */
    uint32_t retry_delay_ms_min; /* 0: 1 000 */
    uint32_t retry_delay_ms_max; /* 0: 30 000 */
    /* 0: none. In a fleet: after the loss of a session the first attempt is drawn from the minimum to so much beyond it, and the
     * later ones such that N nodes which lose their broker at one moment make N in so much time, evenly. Longer than half of
     * what lies between the minimum and the maximum, it also makes the longest delay longer: the minimum and twice this. */
    uint32_t retry_spread_ms;
    uint32_t retry_reset_after_ms; /* 0: 30 000. Failures are forgotten once a session has held for so long */
    uint32_t wifi_attempt_ms;      /* 0: 15 000. How long one attempt to join one network may take */
    uint32_t wifi_rescan_ms; /* 0: 2 000. The longest delay before another scan if no known network was in reach */
    int8_t roam_below_dbm;   /* 0: -75. With a weaker signal it looks for a stronger access point; -128: never */
    uint8_t roam_gain_db;    /* 0: 8. How much stronger that one has to be */
    const struct mote_wifi_memory
        *wifi_memory;             /* MOTE_NETWORKS_MAX of mote_node_wifi_memory(), as they were kept over a
                                                   restart; read by mote_node_init(); NULL: none */
    uint32_t connect_timeout_ms;  /* 0: 20 000. From the first look-up to the broker's answer */
    bool no_status;               /* does without its topics `ID/status` and `ID/reason` and without the will */
    const struct mote_will *will; /* one of the program's own instead of that of `ID/status`; NULL: none */
    /* Keeps what is published with QoS 1 and 2, over power cuts, until the broker has it, and which messages of QoS 2 were received;
     * opened by the caller (outbox.h), and lives as long as the node. Exactly once it is with keep_session alone. What is wrong
     * with it is the reason of a node that is online. NULL: such messages are lost with the power. */
    struct mote_outbox *outbox;
    /* Why `outbox` is NULL where there was to be one, as its flash could not be opened: the node runs without, and tells. */
    enum mote_reason outbox_reason;
};

/* A subscription of the node; its own. */
struct mote_subscription {
    const char *filter;
    mote_node_on_message *on_message;
    void *context;
    uint16_t packet_id; /* of the SUBSCRIBE under way; 0: none */
    uint8_t options;
    uint8_t asked; /* the options that the broker was last asked for */
    uint8_t state;
};

/* A value that the broker keeps for others to read: the latest is sent, one at a time; a node's own. */
struct mote_report {
    uint16_t packet_id; /* of the one under way; 0: none */
    bool due;
};

/* A lamp, relay, socket: an output switched by messages. Declared by its owner, lives as long as the node.
 * Any payload that is `on` without regard to case switches it on, any other off, an empty one, too; one that does not fit
 * the receive buffer does nothing. Its state is published to `ID/NAME/state`, retained, as `on` or `off`, when it changes
 * and when the node comes online. */
struct mote_switch {
    const char *name;          /* 1 to 32 bytes, no / + #; no other switch or button of the node has it */
    struct mote_pin pin;       /* its direction is set by the node */
    const char *command_topic; /* NULL: ID/NAME/set. Several switches may have the same one */
    bool obey_retained;        /* also obeys retained messages, which a broker repeats at each connect */
    uint32_t on_time_ms_max; /* 0: none. So long after it was switched on it is switched off; being told `on` again does
                                  not prolong it */
    struct mote_node *node;  /* the rest is the node's own */
    struct mote_switch *next;
    struct mote_timer off_timer;
    struct mote_report state;
    char topic[MOTE_TOPIC_SIZE];
};

/* A push button, switch, contact: an input. Its state is published to `ID/NAME/state`, retained, `on` while pressed and
 * `off`, when it changes and when the node comes online; of several changes during one turn, the last. */
struct mote_button {
    const char *name;            /* as of a switch */
    struct mote_pin pin;         /* its direction, on_change and context are set by the node */
    struct mote_switch *toggles; /* is switched over at each press, with or without a network; may be NULL */
    void (*on_change)(struct mote_button *button, bool pressed, void *context); /* may be NULL */
    void *context;
    struct mote_node *node; /* the rest is the node's own */
    struct mote_button *next;
    struct mote_report state;
    bool pressed;
    /* 1 or 2: each press and each release is also published to `ID/NAME/event` with this QoS, as `press` and `release`, and with an
     * outbox none is lost; 0: only the state is. */
    uint8_t event_qos;
};

/* What is wrong with how a node was set up. Static strings, or those of the program. */
struct mote_node_fault {
    enum mote_reason reason; /* MOTE_OK: nothing */
    const char *what;        /* which part: "broker", or a filter, or a switch's name */
    const char *why;
};

/* An access point that may be joined; the supervisor's own. */
struct mote_wifi_candidate {
    struct mote_wifi_aim aim; /* zeros: of a network that does not announce itself */
    uint8_t network;          /* index of the known network that it belongs to */
    int8_t signal_dbm;
    uint8_t attempts_left;
};

/* The WiFi side of a node; its own. */
struct mote_wifi_supervisor {
    uint8_t state;
    uint8_t network;   /* index of the one that it is trying, or has joined */
    uint8_t from;      /* index of the one that it is leaving for another */
    uint8_t candidate; /* index of the one that it is trying */
    uint8_t candidate_count;
    uint8_t failures;
    uint8_t weak;  /* how often in a row the signal was found weak */
    uint8_t looks; /* for a stronger access point, in vain */
    bool aiming;   /* tries where it was joined last, without a scan */
    bool off;      /* it waits without a radio */
    enum mote_reason reason;
    enum mote_reason round_reason;
    uint64_t deadline_ms;
    uint64_t joined_ms;
    uint64_t look_ms;        /* when the signal is looked at again */
    uint64_t wrong_again_ms; /* when a network with a wrong key may be tried again */
    struct mote_wifi_memory memory[MOTE_NETWORKS_MAX];
    struct mote_wifi_candidate candidates[MOTE_SCAN_MAX];
};

/* A server that a broker has named. */
struct mote_broker_place {
    char host[MOTE_REFERENCE_SIZE];
    uint16_t port;
};

/* Which broker it is with; the node's own. */
struct mote_node_brokers {
    uint8_t count;         /* of the list: the broker, then the fallbacks */
    uint8_t at;            /* index of the one whose turn it is */
    uint8_t attempts;      /* that it has left before it is the next one's turn */
    uint8_t back_to;       /* the fallback that was left for the first broker */
    uint8_t moved_at;      /* which of the list is at `moved` now, counted from 1; 0: none */
    uint8_t redirects;     /* in a row */
    bool redirected;       /* the next attempt is where a server has pointed to */
    bool aside;            /* it goes to `other` this time */
    bool leaving;          /* says goodbye to a fallback */
    bool returning;        /* has left it, and no session with the first broker has held yet */
    uint32_t session_mark; /* of the broker that has the session; 0: any; UINT32_MAX: it is not known which */
    uint32_t way_back_ms;
    uint64_t look_ms;      /* when the first broker is looked at; while that is done, until when */
    struct mote_link look; /* only to see whether it opens */
    const char *first;     /* the broker that the fallbacks are for */
    struct mote_broker_place moved;
    struct mote_broker_place other;
};

/* When it tries again; the node's own. */
struct mote_node_retry {
    uint8_t cuts;            /* sessions in a row that the other side has closed soon and without a word */
    uint8_t takeovers;       /* sessions in a row that have ended by another client with the same id */
    bool held;               /* the session has lasted */
    uint32_t window_left_ms; /* of what the last attempt was drawn from, with retry_spread_ms */
    const char *words;
};

/* Something that takes part in a node's turns, at their end: the setup portal. Returns when it has work again. */
struct mote_node_guest {
    uint64_t (*turn)(struct mote_node_guest *guest, struct mote_node *node);
};

/* A node; the caller's memory. Zero, then mote_node_init(). Its fields are to be read only through the functions, except
 * `sched`, which is there for the program's own timers. */
struct mote_node {
    struct mote_sched sched;
    struct mote_node_config config;
    const struct mote_port *port;
    enum mote_node_state state;
    enum mote_reason reason;
    enum mote_reason last_reason;
    struct mote_node_fault fault;
    bool has_begun;
    bool turning;
    bool stopping;
    bool outage;                  /* has its reason been noted? */
    bool work_left;               /* the turn has reached a limit */
    bool subscribe_due;           /* some subscription is to be sent, */
    bool reports_due;             /* some report */
    bool unkept;                  /* the output waits for the outbox */
    bool held;                    /* takes nothing from the broker */
    enum mote_reason outbox_told; /* what was last wrong with it */
    uint8_t failures;
    uint64_t attempt_ms;  /* when the next attempt may begin */
    uint64_t deadline_ms; /* of the attempt under way, or of the goodbye */
    struct mote_wifi_supervisor wifi;
    struct mote_node_brokers brokers;
    struct mote_node_retry retry;
    struct mote_session session;
    struct mote_session_config session_config;
    struct mote_link link;
    struct mote_url url;
    char url_memory[MOTE_URL_SIZE];
    char status_topic[MOTE_TOPIC_SIZE];
    struct mote_report status_report;
    struct mote_report reason_report;
    struct mote_timer retry_reset;
    struct mote_subscription subscriptions[MOTE_SUBSCRIPTIONS_MAX];
    uint8_t subscription_count;
    struct mote_switch *switches;
    struct mote_button *buttons;
    const struct mote_observer *observer;
    struct mote_node_guest *guest; /* NULL: none */
    uint8_t receive_buffer[MOTE_RECEIVE_SIZE];
    uint8_t send_buffer[MOTE_SEND_SIZE];
    uint8_t store[MOTE_STORE_SIZE];
    struct mote_inflight inflight[MOTE_INFLIGHT_MAX];
    uint16_t received_ids[MOTE_RECEIVED_MAX];
};

/* Makes a node on the program's port; it begins with the first turn. Returns MOTE_OK, or MOTE_CONFIG_INVALID if the config
 * cannot work; then every other call returns that, too, and mote_node_run() says on stderr what is wrong where there is
 * one. */
enum mote_reason mote_node_init(struct mote_node *node, const struct mote_node_config *config);

/* What was wrong first with the config, a subscription, switch or button: such a node does not run. */
const struct mote_node_fault *mote_node_fault(const struct mote_node *node);

/* `qos` or-ed with this in mote_node_subscribe(): wants retained messages, too. Without it they are left out, so that a
 * reconnect repeats no command. */
#define MOTE_WITH_RETAINED 0x80u

/* Subscribes, in the next turn if online and again at each connect. The filter is borrowed. A subscription with the same
 * filter is replaced. A message that falls under several filters is given to each callback, once: filters that another
 * one of the node includes are not asked for at the broker, which may send a copy for each. Only filters that cross,
 * `a/+` and `+/b`, may bring a message twice where the broker does that. A filter that the broker refuses is asked for
 * again at the next connect. Returns MOTE_OK; MOTE_CONFIG_INVALID for a wrong filter; MOTE_MQTT_QUOTA over
 * MOTE_SUBSCRIPTIONS_MAX; MOTE_MQTT_PACKET_TOO_LARGE for a filter that does not fit the send buffer. After these three,
 * before its first turn, the node does not run. */
enum mote_reason mote_node_subscribe(struct mote_node *node, const char *filter, unsigned qos,
                                     mote_node_on_message *on_message, void *context);

/* Gives a subscription of mote_node_subscribe() back, in the next turn if online, else at the next connect. It gets no message any
 * more; its filter stays in use while mote_node_subscription() knows it. Returns MOTE_OK, or MOTE_CONFIG_INVALID if there is none. */
enum mote_reason mote_node_unsubscribe(struct mote_node *node, const char *filter);

enum mote_node_subscription {
    MOTE_SUBSCRIPTION_NONE,    /* there is none with this filter */
    MOTE_SUBSCRIPTION_WAITING, /* for a connection or the broker's answer */
    MOTE_SUBSCRIPTION_GRANTED,
    MOTE_SUBSCRIPTION_REFUSED,
    MOTE_SUBSCRIPTION_LEAVING, /* is given back */
};

/* How far a subscription of mote_node_subscribe() has come in this connection. */
enum mote_node_subscription mote_node_subscription(const struct mote_node *node, const char *filter);

/* Takes no messages and nothing else from the broker for now, or again: the connection fills up in the meantime. Pings go out
 * all the same; that the link is dead is noticed once it takes again. */
void mote_node_hold(struct mote_node *node, bool held);

/* Publishes. With QoS 1 and 2 the message is kept until the broker has taken it, also when offline. Returns as
 * mote_session_publish(), and with an outbox, for QoS 1 and 2, as mote_outbox_put(); offline with QoS 0, the reason why it is. */
enum mote_reason mote_node_publish(struct mote_node *node, const char *topic, struct mote_text payload,
                                   enum mote_qos qos, bool retain);

/* Publishes a message with all that MQTT has: properties, a payload from a source. */
enum mote_reason mote_node_publish_message(struct mote_node *node, const struct mote_message *message);

/* The same, with the name that one of QoS 1 or 2 has in MOTE_EVENT_PUBLISHED, for an observer. One that waits in an outbox may
 * have the same as another that waits there: then the older ends first. */
enum mote_reason mote_node_publish_named(struct mote_node *node, const struct mote_message *message,
                                         uint16_t *packet_id);

/* Adds a switch or button to the node, opens its pin with its boot state. Returns MOTE_OK; MOTE_CONFIG_INVALID for a wrong
 * name or topic; MOTE_MQTT_QUOTA over MOTE_SUBSCRIPTIONS_MAX; the pin's reason. After these, before its first turn,
 * the node does not run. */
enum mote_reason mote_node_add_switch(struct mote_node *node, struct mote_switch *thing);
enum mote_reason mote_node_add_button(struct mote_node *node, struct mote_button *button);

/* Switches it, as a message would, and has its new state published. Returns as mote_pin_write(). */
enum mote_reason mote_switch_set(struct mote_switch *thing, bool on);
bool mote_switch_is_on(struct mote_switch *thing);

/* Sends a PINGREQ to the broker now. The node does so by itself as its keep-alive asks. Returns MOTE_OK, or offline the
 * reason why it is. */
enum mote_reason mote_node_ping(struct mote_node *node);

/* Gives it other known networks, MOTE_NETWORKS_MAX of them, the first without a name ends the list; copied, but for the
 * strings. They are tried at once, unless the station is joined to one of them. Returns MOTE_OK, or MOTE_CONFIG_INVALID
 * for a name or key of impossible length: then the networks stay as they are. */
enum mote_reason mote_node_set_networks(struct mote_node *node, const struct mote_network *networks);

/* Gives it another broker; the string is borrowed. The session with the one before ends, as when the connection is cut,
 * and what was not delivered yet goes to the new one. The fallbacks of the config are only for its own broker. Returns
 * MOTE_OK, or MOTE_CONFIG_INVALID if this is no URL of a broker: then the broker stays. */
enum mote_reason mote_node_set_broker(struct mote_node *node, const char *broker);

/* Which broker it is with, or tries: its URL in parts, one of the list or where a server has sent it to. With the password:
 * for people, leave out user and password. All is empty if there is none. Valid until the next turn. */
const struct mote_url *mote_node_broker(const struct mote_node *node);

/* What has been learnt of its networks, MOTE_NETWORKS_MAX of them in their order; it changes when a network is joined or
 * its key fails. To be kept over a restart, for a fast return. Lives as long as the node. */
const struct mote_wifi_memory *mote_node_wifi_memory(const struct mote_node *node);

/* Whom to tell. The observer lives as long as the node; NULL for nobody. */
void mote_node_observe(struct mote_node *node, const struct mote_observer *observer);

enum mote_node_state mote_node_state(const struct mote_node *node);

/* Why it is not online; MOTE_OK if nothing has failed yet. Of a node that is online: MOTE_OK, or what has not gone as it
 * should since it is: mqtt.not_authorized, the broker has refused a subscription or publication; config.invalid, it
 * has no such subscriptions at all; mqtt.packet_too_large, a message was left out; outbox.full, a publication was refused
 * by the outbox, and outbox.corrupt, its flash was damaged or fails. */
enum mote_reason mote_node_reason(const struct mote_node *node);

/* What there is to say on why the last session or attempt has ended beyond the reason; empty if nothing. A static string. */
const char *mote_node_words(const struct mote_node *node);

/* The state's name, as in `online`. A static string. */
const char *mote_node_state_name(enum mote_node_state state);

/* Does all there is to do at this moment, and returns when it has to be called again at the latest: for programs with a
 * loop of their own, which call it after each mote_port()->wait(). Bounded work. */
uint64_t mote_node_turn(struct mote_node *node);

/* Begins to say goodbye: publishes `offline`, waits up to two seconds for what the broker has not taken yet, disconnects.
 * The state is MOTE_NODE_STOPPED when it is done. WiFi and outputs stay as they are. */
void mote_node_stop(struct mote_node *node);

/* Drops the connection at once, as a power cut does: the broker publishes the will. The state is MOTE_NODE_STOPPED. */
void mote_node_abort(struct mote_node *node);

/* Lets a stopped node begin again in the next turn, or one that waits try at once. A new node needs no start. */
void mote_node_start(struct mote_node *node);

/* Runs until mote_node_stop(), or SIGINT or SIGTERM where there are signals. Returns an exit status: 0, or 1 after saying
 * why on stderr if the node cannot run at all. With MOTE_LOG=1 in the environment it says on stderr each change of the
 * node's state. */
int mote_node_run(struct mote_node *node);

#endif
