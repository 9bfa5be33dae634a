/* Broker: an embedded MQTT server, 3.1, 3.1.1 and 5.0 on the same connections.
 *
 * It is an engine without I/O: its host owns listeners, connections and the clock, hands over what has arrived
 * and takes what is to be sent. port/linux/broker_server.h is such a host. For each connection:
 *
 *     client = mote_broker_accept(broker, link, now);         a connection has come in
 *     space = mote_broker_receive_space(client, &size);       bytes can be read: read them to there,
 *     mote_broker_received(client, read_bytes, now);          then say how many
 *     while ((client = mote_broker_next_ready(broker)))       after each of the calls: who has something for the host?
 *         mote_broker_output() ... mote_broker_sent()         send what there is, as far as the connection takes it;
 *         if (mote_broker_should_close(client)) ...           then close and
 *     mote_broker_closed(client, now);                        say so, also if the other side has closed it
 *
 * and for all of them mote_broker_turn() whenever mote_broker_deadline() has come.
 *
 * Limits. Everything that can grow has one, below. What goes over it is refused by a reason code where the
 * standard has a place for one, and counted; the other clients do not notice. In particular:
 *   - No client waits for another one. What a subscriber does not read is kept up to `output_max` bytes; over
 *     it, messages of QoS 0 for it are dropped and counted (dropped_output), those of QoS 1 and 2 wait in its
 *     session's queue.
 *   - A queue that is full (`queue_max`, `queue_bytes_max`) takes no new message: the new one is dropped for
 *     this receiver and counted (dropped_queue). If that leaves nobody who has got it, an MQTT 5 publisher is
 *     told 0x97 and may send it again later; if not, nobody is told, since others would get it twice.
 *   - A message that cannot be taken at all (memory, `retained_max`, `retained_bytes_max`) is delivered to
 *     nobody. An MQTT 5 publisher with QoS 1 or 2 gets 0x97; with QoS 0 it is dropped and counted
 *     (dropped_input); an older publisher with QoS 1 or 2 cannot be told and, for want of memory, is
 *     disconnected, so that it sends again later.
 *   - A client that lets more than twice `output_max` of answers pile up is disconnected with 0x97.
 *   - Without memory, the connection or request that asked for it fails with 0x97. The broker goes on: messages
 *     are kept in seven eighths of it only, so that one who is away does not take it from those who are there.
 *
 * No call blocks. All are made from one thread, and none from within a hook, except that the host's own memory
 * functions may do as they like.
 */
#ifndef MOTE_BROKER_H
#define MOTE_BROKER_H

#include <mote/message.h>
#include <mote/reason.h>
#include <mote/sched.h>

struct mote_broker;

/* One connection, from mote_broker_accept() to mote_broker_closed(); the broker's memory. */
struct mote_broker_client;

/* What somebody wants to do. */
enum mote_broker_action {
    MOTE_BROKER_CONNECT,   /* client_id, username, password; all may be empty */
    MOTE_BROKER_PUBLISH,   /* topic: a name. Asked for wills at CONNECT, too */
    MOTE_BROKER_SUBSCRIBE, /* topic: a filter, with its $share/GROUP/ if there is one */
    MOTE_BROKER_RECEIVE,   /* topic: a name that one of its subscriptions matches */
};

struct mote_broker_access {
    enum mote_broker_action action;
    struct mote_broker_client *client;
    struct mote_text client_id; /* not yet assigned at CONNECT: empty */
    bool has_username;
    struct mote_text username;
    bool has_password;
    struct mote_text password; /* for CONNECT only */
    struct mote_text topic;
};

enum mote_broker_event_type {
    MOTE_BROKER_CLIENT_CONNECTED,    /* session_present */
    MOTE_BROKER_CLIENT_REFUSED,      /* no CONNECT was accepted; reason, words. client_id may be empty */
    MOTE_BROKER_CLIENT_DISCONNECTED, /* reason (MOTE_OK: it said goodbye), words */
    MOTE_BROKER_PUBLISHED,     /* message, delivered is how many sessions have got it; client_id empty: the host */
    MOTE_BROKER_SUBSCRIBED,    /* filter, reason */
    MOTE_BROKER_UNSUBSCRIBED,  /* filter */
    MOTE_BROKER_SESSION_ENDED, /* nothing of this client is kept any more */
    MOTE_BROKER_RETAINED,      /* message is now its topic's kept one; an empty payload: there is none any more */
    /* The first message of several is dropped for a session whose queue is full: message, reason, words. Told again only
     * once half the queue has been empty. */
    MOTE_BROKER_QUEUE_FULL,
};

/* What has happened. Views last until the hook returns. */
struct mote_broker_event {
    enum mote_broker_event_type type;
    struct mote_broker_client *client; /* NULL: not about a connection */
    struct mote_text client_id;
    enum mote_mqtt_version version;
    bool session_present;
    enum mote_reason reason;
    const char *words; /* a static string for people; NULL: none */
    const struct mote_message *message;
    const struct mote_filter *filter;
    size_t delivered;
};

/* How a broker is to be; lives as long as it. Zero means default. */
struct mote_broker_config {
    /* --- Hooks, each with `context`. None may call the broker. --- */

    /* The only source of memory: resizes `block` of `old_size` bytes to `new_size`, keeping its contents; block
     * NULL makes a new one, new_size 0 frees it and returns NULL. Aligned for any type. Returns NULL if there
     * is no memory, and then `block` stays as it is; making a block smaller must not fail. Needed. */
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size);
    /* Random bits, not predictable from outside. NULL: assigned client ids can be guessed, and tables can be
     * made slow by those who choose client ids and topics to that end. */
    uint32_t (*random)(void *context);
    /* May they? Returns MOTE_OK; MOTE_MQTT_BAD_AUTH or MOTE_MQTT_NOT_AUTHORIZED to refuse. NULL: everybody may do
     * everything. RECEIVE is asked for every message and receiver only if `authorize_receive` is set. */
    enum mote_reason (*authorize)(void *context, const struct mote_broker_access *access);
    bool authorize_receive;
    /* Told after it has happened. What a store on disk has to know is among it. NULL: nobody is told. */
    void (*observe)(void *context, const struct mote_broker_event *event);
    void *context;

    /* --- Limits --- */

    size_t memory_max;           /* bytes in all; default 128 MiB */
    uint32_t clients_max;        /* connections; default 10 000. Over it mote_broker_accept() returns NULL */
    uint32_t sessions_max;       /* connected or kept; default 20 000. CONNECT is refused with 0x97 */
    uint32_t subscriptions_max;  /* of one session; default 1000. SUBACK says 0x97. More filters than that in one
                                    packet: disconnected with 0x97 */
    uint32_t topic_levels_max;   /* of filters and retained topics; 1 to 128, default 128. SUBACK, PUBACK: 0x97 */
    uint32_t queue_max;          /* messages of QoS 1 and 2 waiting in one session; default 1000 */
    uint32_t queue_bytes_max;    /* and their bytes; default 8 MiB */
    uint32_t output_max;         /* bytes ready to be sent to one client; default 1 MiB */
    uint32_t retained_max;       /* retained messages; default 10 000 */
    uint32_t retained_bytes_max; /* and their bytes; default 32 MiB */
    uint32_t packet_size_max;    /* incoming, told to MQTT 5 clients; default 2 MiB. Disconnected with 0x95 */
    uint32_t payload_size_max; /* incoming; default 0: what the packet has room for. PUBACK, PUBREC: 0x83; with QoS 0 or
                                     an older client it is dropped and counted (dropped_input) */
    uint32_t connect_size_max; /* of CONNECT, which alone takes memory from strangers; default 16 KiB */
    uint32_t receive_size;     /* of the receive buffer that all clients share; 256 and more, default 32 KiB */
    uint16_t
        inflight_max; /* QoS 1 and 2 under way to one client at once; default 64, 20 before MQTT 5. The rest is queued */
    uint16_t receive_max;     /* QoS 2 under way from one MQTT 5 client, told to it; default 256. Disconnected, 0x93 */
    uint16_t topic_alias_max; /* that an MQTT 5 client may set, told to it; default 16 */
    uint16_t topic_alias_out_max;  /* that are set towards one, if it takes as many; default 16 */
    uint16_t keep_alive_max_s;     /* MQTT 5 clients are told it as Server Keep Alive, older ones that want longer are
                                     refused; default 0: no limit */
    uint32_t session_expiry_max_s; /* of sessions without a connection; default 0: no limit */
    uint32_t connect_timeout_ms;   /* from the connection to its CONNECT; default 10 000 */
    uint32_t close_timeout_ms;     /* for the last bytes to a client that is cut off; default 5000 */
    uint32_t sys_interval_ms;      /* topics under $SYS/broker/ change at most so often; default 10 000 */
    bool without_sys;              /* no such topics at all */
    bool without_topic_alias;      /* neither way */
};

/* What has been counted since mote_broker_init(), and what there is now. */
struct mote_broker_counters {
    uint32_t clients;        /* now: connections, also before their CONNECT */
    uint32_t connected;      /* now: those with a session */
    uint32_t sessions;       /* now: connected or kept */
    uint32_t subscriptions;  /* now */
    uint32_t retained;       /* now */
    uint32_t retained_bytes; /* now */
    size_t memory;           /* now, in bytes */
    size_t memory_peak;
    uint32_t refused; /* connections that were not accepted, by limit or by CONNACK */
    uint32_t messages_received;
    uint32_t messages_sent;  /* resent ones, too */
    uint32_t dropped_output; /* QoS 0: the receiver does not read fast enough */
    uint32_t dropped_queue;  /* QoS 1 and 2: the receiver's queue is full */
    uint32_t dropped_input;  /* could not be taken from the publisher, who has not been told */
    uint32_t dropped_size;   /* larger than the receiver's maximum packet size */
    uint32_t expired;        /* in a queue or retained, by message expiry */
};

/* A list's end, and a place in it. */
struct mote_broker_link {
    struct mote_broker_link *next;
    struct mote_broker_link *previous;
};

struct mote_broker_tree {
    struct mote_broker_node *root;
    struct mote_broker_node **buckets;
    uint32_t bucket_count; /* a power of two */
    uint32_t count;
};

/* A broker; the caller's memory, the fields are the broker's own, but `counters` may be read. */
struct mote_broker {
    struct mote_broker_config config; /* with the defaults filled in */
    struct mote_broker_counters counters;
    struct mote_sched sched;
    uint64_t now_ms;
    uint32_t seed;
    uint32_t serial;   /* of the last session */
    uint32_t mark;     /* of the last publication, to find a session's second subscription */
    uint32_t assigned; /* client ids */
    bool stopping;
    uint8_t *receive_buffer;
    struct mote_broker_link clients[5]; /* by state, each in the order of entering it */
    struct mote_broker_link ready;      /* clients that have something for the host */
    struct mote_broker_session **sessions;
    uint32_t session_buckets; /* a power of two */
    struct mote_broker_tree subscriptions;
    struct mote_broker_tree retained;
    struct mote_property *items; /* room for the properties of one outgoing message */
    size_t item_count;
    struct mote_timer sys_timer;
    struct mote_timer sweep_timer; /* of retained messages that have expired */
    uint32_t sys_published[8];     /* numbers under $SYS as last published */
    bool sys_begun;
};

/* Makes a broker without clients. `now_ms` is the host's clock, which never goes back. Returns MOTE_OK;
 * MOTE_MQTT_QUOTA if there is no memory for its tables; MOTE_CONFIG_INVALID if a value is out of its range.
 * Then there is nothing to free. */
enum mote_reason mote_broker_init(struct mote_broker *broker, const struct mote_broker_config *config, uint64_t now_ms);

/* Says goodbye to all clients (MQTT 5: 0x8B) and takes no new ones. Wills are not published, as a restart is not the
 * clients' fault. The host then sends and closes as usual, for as long as it likes, before mote_broker_free(). */
void mote_broker_stop(struct mote_broker *broker, uint64_t now_ms);

/* Frees everything, sessions, retained messages and the clients that are still there: their connections are the
 * host's to close, without mote_broker_closed(). The broker may be initialised again. */
void mote_broker_free(struct mote_broker *broker);

/* A connection has come in. `link` is the host's own name for it. Returns the client, or NULL, counted as
 * refused, if there are too many, there is no memory, or the broker is stopping: close the connection. */
struct mote_broker_client *mote_broker_accept(struct mote_broker *broker, void *link, uint64_t now_ms);

/* What the host has given to mote_broker_accept(). */
void *mote_broker_client_link(const struct mote_broker_client *client);

/* Room for received bytes: `*size` bytes, never 0 except when the client is to be closed (read no more from it). The
 * address is valid until the next call for this broker. */
uint8_t *mote_broker_receive_space(struct mote_broker_client *client, size_t *size);

/* `size` bytes have been put there. */
void mote_broker_received(struct mote_broker_client *client, size_t size, uint64_t now_ms);

/* The next client that has something to send that was not there before, or is to be closed; NULL if there is no
 * further one. Each is named once, and again when something new has come up. */
struct mote_broker_client *mote_broker_next_ready(struct mote_broker *broker);

/* What is to be sent to it: fills up to `max` views, in order, and returns how many. They are valid until the
 * next call for this client other than this one, mote_broker_should_close() and mote_broker_sent(), which may
 * leave a part. */
size_t mote_broker_output(const struct mote_broker_client *client, struct mote_text *views, size_t max);

/* The first `size` bytes of the output have been sent. There may be more output now. */
void mote_broker_sent(struct mote_broker_client *client, size_t size, uint64_t now_ms);

/* Is its connection to be closed now? True when the broker has done with it and the output is sent, or could
 * not be sent within the time for that. The host closes it and calls mote_broker_closed(). */
bool mote_broker_should_close(const struct mote_broker_client *client);

/* Its connection is gone, for whatever cause. The client is freed; its session may be kept, its will may be
 * published. */
void mote_broker_closed(struct mote_broker_client *client, uint64_t now_ms);

/* When mote_broker_turn() must be called at the latest; MOTE_NEVER if only the connections can bring news. */
uint64_t mote_broker_deadline(const struct mote_broker *broker);

/* Does what is due: keep alives, wills, expiry. A bounded part of it: the deadline may be in the past afterwards. */
void mote_broker_turn(struct mote_broker *broker, uint64_t now_ms);

/* Publishes a message of the host's own. Returns MOTE_OK; MOTE_CONFIG_INVALID if topic or properties are not
 * valid, it has a source, or its payload is larger than packet_size_max; MOTE_MQTT_QUOTA if there is no memory
 * or room among the retained ones: it was delivered to nobody. */
enum mote_reason mote_broker_publish(struct mote_broker *broker, const struct mote_message *message, uint64_t now_ms);

#endif
