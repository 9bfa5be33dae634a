/* MQTT clients: umqtt.h's, with memory of their own. */
#include "python/native/script_inside.h"

#include "port/words.h"
#include "python/micropython/umqtt.h"
#include <stdlib.h>
#include <string.h>

enum {
    FILTERS_MAX = 64,
    INFLIGHT_MAX = 16,
    RECEIVED_MAX = 64,
    CONNECT_SIZE = 32,         /* of CONNECT beside names and will */
    PAYLOAD_SIZE_MAX = 1 << 24 /* of a message that has to be gathered */
};

/* Bytes that the client looks at for longer than the call that brings them. */
struct copy {
    struct copy *next;
    size_t length;
    char bytes[];
};

struct mote_script_client {
    struct mote_umqtt umqtt;
    struct mote_umqtt_filter filters[FILTERS_MAX];
    struct mote_inflight inflight[INFLIGHT_MAX];
    uint16_t received_ids[RECEIVED_MAX];
    struct mote_link_options options;
    struct copy *names;   /* as long as the client */
    struct copy *wills;   /* likewise, but for earlier ones */
    struct copy *topics;  /* as long as they are subscribed to */
    struct copy *lent;    /* payloads, as long as they are sent from there */
    struct copy *partial; /* topic and payload of a message that comes in pieces; NULL: not taken */
    size_t partial_used;
    uint32_t dropped;
    uint8_t *buffers;
    mote_script_on_message *on_message;
    void *context;
};

/* --- Callbacks from within a wait --- */

static struct mote_script_client *calling; /* whose call is waiting */
static bool was_handling;

/* What they call on that client must not wait, as from within on_message. */
void mote_script_client_hold(bool hold)
{
    static unsigned depth;

    if (calling == NULL)
        return;
    if (hold && depth++ == 0) {
        was_handling = calling->umqtt.handling;
        calling->umqtt.handling = true;
    } else if (!hold && --depth == 0) {
        calling->umqtt.handling = was_handling;
    }
}

/* --- Copies --- */

static struct copy *copy_into(struct copy **list, struct mote_text text)
{
    struct copy *copy = malloc(sizeof *copy + text.length + 1);

    if (copy == NULL)
        return NULL;
    if (text.length > 0)
        memcpy(copy->bytes, text.data, text.length);
    copy->bytes[text.length] = '\0';
    copy->length = text.length;
    copy->next = *list;
    *list = copy;
    return copy;
}

static struct mote_text view(const struct copy *copy)
{
    return (struct mote_text){copy->bytes, copy->length};
}

static bool keep(struct mote_script_client *client, struct mote_text text, struct mote_text *into)
{
    const struct copy *copy = copy_into(&client->names, text);

    if (copy != NULL)
        *into = view(copy);
    return copy != NULL;
}

static bool keep_string(struct mote_script_client *client, const char *text, const char **into)
{
    struct mote_text kept = {NULL, 0};
    bool kept_it = text == NULL || keep(client, mote_text(text), &kept);

    *into = kept.data;
    return kept_it;
}

static void drop_all(struct copy **list)
{
    while (*list != NULL) {
        struct copy *copy = *list;

        *list = copy->next;
        free(copy);
    }
}

static bool is_topic_in_use(const struct mote_script_client *client, const struct copy *copy)
{
    for (unsigned i = 0; i < FILTERS_MAX; i++) {
        if (client->filters[i].owner == copy)
            return true;
    }
    return false;
}

static bool is_lent(const struct mote_script_client *client, const struct copy *copy)
{
    return client->umqtt.lent_owner == copy;
}

static void sweep(struct mote_script_client *client, struct copy **list,
                  bool (*is_in_use)(const struct mote_script_client *client, const struct copy *copy))
{
    while (*list != NULL) {
        struct copy *copy = *list;

        if (is_in_use(client, copy)) {
            list = &copy->next;
        } else {
            *list = copy->next;
            free(copy);
        }
    }
}

/* --- Calls --- */

/* One client's callback may use another; one that is left in the middle stays the one that waits. */
static struct mote_script_client *enter(struct mote_script_client *client)
{
    struct mote_script_client *before = calling;

    if (!client->umqtt.handling)
        calling = client;
    return before;
}

static enum mote_reason leave(struct mote_script_client *client, struct mote_script_client *before,
                              enum mote_reason reason)
{
    calling = before;
    if (client->umqtt.handling)
        return reason;
    sweep(client, &client->topics, is_topic_in_use);
    sweep(client, &client->lent, is_lent);
    return reason;
}

enum mote_reason mote_script_client_connect(struct mote_script_client *client, bool clean, uint32_t timeout_ms)
{
    struct mote_script_client *before = enter(client);

    mote_words_say("%s", ""); /* of what has been before */
    return leave(client, before, mote_umqtt_connect(&client->umqtt, clean, timeout_ms));
}

/* What does not fit the buffers is sent from where it is. */
enum mote_reason mote_script_client_publish(struct mote_script_client *client, struct mote_text topic,
                                            struct mote_text payload, bool retain, int qos)
{
    struct mote_script_client *before = enter(client);
    struct mote_message message = {.topic = topic, .payload = payload, .retain = retain, .qos = (enum mote_qos)qos};
    struct copy *copy = NULL;

    if (!client->umqtt.handling && topic.length + payload.length + CONNECT_SIZE > client->umqtt.config.store_size) {
        copy = copy_into(&client->lent, payload);
        if (copy == NULL)
            return leave(client, before, MOTE_MQTT_QUOTA);
        message.payload = view(copy);
    }
    return leave(client, before, mote_umqtt_publish(&client->umqtt, &message, copy));
}

enum mote_reason mote_script_client_subscribe(struct mote_script_client *client, struct mote_text topic, int qos)
{
    struct mote_script_client *before = enter(client);
    struct copy *copy = copy_into(&client->topics, topic);

    if (copy == NULL)
        return leave(client, before, MOTE_MQTT_QUOTA);
    return leave(client, before, mote_umqtt_subscribe(&client->umqtt, view(copy), (enum mote_qos)qos, copy));
}

enum mote_reason mote_script_client_unsubscribe(struct mote_script_client *client, struct mote_text topic)
{
    struct mote_script_client *before = enter(client);
    struct copy *copy = copy_into(&client->topics, topic);

    if (copy == NULL)
        return leave(client, before, MOTE_MQTT_QUOTA);
    return leave(client, before, mote_umqtt_unsubscribe(&client->umqtt, view(copy), copy));
}

enum mote_reason mote_script_client_wait(struct mote_script_client *client)
{
    struct mote_script_client *before = enter(client);

    return leave(client, before, mote_umqtt_wait(&client->umqtt));
}

/* A look at the board first: its radio may have lost its network, and the loop may have something for the link. */
enum mote_reason mote_script_client_check(struct mote_script_client *client)
{
    struct mote_script_client *before = enter(client);

    mote_script_poll();
    return leave(client, before, mote_umqtt_check(&client->umqtt));
}

enum mote_reason mote_script_client_ping(struct mote_script_client *client)
{
    struct mote_script_client *before = enter(client);

    mote_script_poll();
    return leave(client, before, mote_umqtt_ping(&client->umqtt));
}

void mote_script_client_disconnect(struct mote_script_client *client)
{
    struct mote_script_client *before = enter(client);

    mote_umqtt_disconnect(&client->umqtt);
    leave(client, before, MOTE_OK);
}

void mote_script_client_abort(struct mote_script_client *client)
{
    if (client->umqtt.link.state != MOTE_LINK_CLOSED && !client->umqtt.handling)
        mote_script_port.link->close(mote_script_port.context, &client->umqtt.link, true);
    client->umqtt.link.state = MOTE_LINK_FAILED;
    client->umqtt.link.reason = MOTE_TCP_RESET;
}

/* --- Messages --- */

static bool begin(struct mote_script_client *client, const struct mote_message *message)
{
    free(client->partial);
    client->partial = NULL;
    if (message->payload_size <= PAYLOAD_SIZE_MAX)
        client->partial = malloc(sizeof *client->partial + message->topic.length + message->payload_size);
    if (client->partial == NULL) {
        client->dropped++;
        return false;
    }
    client->partial->length = message->topic.length;
    memcpy(client->partial->bytes, message->topic.data, message->topic.length);
    client->partial_used = message->topic.length;
    return true;
}

static bool hand_over(struct mote_script_client *client, const struct mote_message *last)
{
    struct mote_message message = *last;
    struct copy *whole = client->partial;
    bool goes_on;

    message.topic = view(whole);
    message.payload = (struct mote_text){whole->bytes + whole->length, client->partial_used - whole->length};
    message.payload_offset = 0;
    client->partial = NULL;
    goes_on = client->on_message(&message, client->context);
    free(whole);
    return goes_on;
}

static bool on_message(const struct mote_message *message, void *context)
{
    struct mote_script_client *client = context;

    if (message->payload_offset == 0 && mote_message_is_last(message))
        return client->on_message(message, client->context);
    if (message->payload_offset == 0 && !begin(client, message))
        return true;
    if (client->partial == NULL)
        return true;
    if (message->payload.length > 0)
        memcpy(client->partial->bytes + client->partial_used, message->payload.data, message->payload.length);
    client->partial_used += message->payload.length;
    return mote_message_is_last(message) ? hand_over(client, message) : true;
}

/* --- Making one --- */

static bool lay_out(struct mote_script_client *client, const struct mote_script_client_config *config)
{
    struct mote_session_config *session = &client->umqtt.config;
    size_t send_size =
        config->buffer_size + CONNECT_SIZE + config->client_id.length + config->user.length + config->password.length;

    client->buffers = malloc(2 * (size_t)config->buffer_size + send_size);
    if (client->buffers == NULL)
        return false;
    client->umqtt.filters = client->filters;
    client->umqtt.filter_max = FILTERS_MAX;
    session->inflight = client->inflight;
    session->inflight_count = INFLIGHT_MAX;
    session->received_ids = client->received_ids;
    session->received_count = RECEIVED_MAX;
    session->receive_buffer = client->buffers;
    session->receive_size = config->buffer_size;
    session->store = client->buffers + config->buffer_size;
    session->store_size = config->buffer_size;
    session->send_buffer = session->store + config->buffer_size;
    session->send_size = send_size;
    return true;
}

static bool set_names(struct mote_script_client *client, const struct mote_script_client_config *config)
{
    struct mote_session_config *session = &client->umqtt.config;
    struct mote_tls_options *tls = &client->options.tls;

    session->has_username = config->has_user;
    session->has_password = config->has_password;
    tls->insecure = config->tls_insecure;
    return keep(client, config->client_id, &session->client_id) && keep(client, config->user, &session->username) &&
           keep(client, config->password, &session->password) &&
           keep(client, mote_text(config->server), &client->umqtt.url.host) &&
           keep_string(client, config->ca_file, &tls->ca_file) &&
           keep_string(client, config->certificate_file, &tls->certificate_file) &&
           keep_string(client, config->key_file, &tls->key_file);
}

struct mote_script_client *mote_script_client_new(const struct mote_script_client_config *config)
{
    struct mote_script_client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    client->umqtt.url.scheme = config->tls ? MOTE_TEXT("mqtts") : MOTE_TEXT("mqtt");
    client->umqtt.url.port = (uint16_t)(config->port != 0 ? config->port : config->tls ? 8883 : 1883);
    if (!lay_out(client, config) || !set_names(client, config)) {
        mote_script_client_free(client);
        return NULL;
    }
    client->umqtt.port = &mote_script_port;
    client->umqtt.config.version = (enum mote_mqtt_version)config->version;
    client->umqtt.config.keep_alive_s = config->keep_alive_s;
    client->umqtt.timeout_ms = config->timeout_ms;
    client->umqtt.strict = config->strict;
    client->umqtt.link.options = &client->options;
    client->umqtt.on_message = on_message;
    client->umqtt.context = client;
    client->on_message = config->on_message;
    client->context = config->context;
    mote_umqtt_init(&client->umqtt);
    return client;
}

/* Without a goodbye: whoever forgets a client leaves it to its will. */
void mote_script_client_free(struct mote_script_client *client)
{
    if (client == NULL)
        return;
    if (client->umqtt.link.state != MOTE_LINK_CLOSED)
        mote_script_port.link->close(mote_script_port.context, &client->umqtt.link, false);
    drop_all(&client->names);
    drop_all(&client->wills);
    drop_all(&client->topics);
    drop_all(&client->lent);
    free(client->partial);
    free(client->buffers);
    free(client);
}

bool mote_script_client_set_will(struct mote_script_client *client, struct mote_text topic, struct mote_text payload,
                                 bool retain, int qos)
{
    struct copy *before = client->wills;
    const struct copy *topic_copy, *payload_copy;

    client->wills = NULL;
    topic_copy = copy_into(&client->wills, topic);
    payload_copy = copy_into(&client->wills, payload);
    if (topic_copy == NULL || payload_copy == NULL) {
        drop_all(&client->wills);
        client->wills = before;
        return false;
    }
    drop_all(&before);
    client->umqtt.config.will = (struct mote_will){
        .topic = view(topic_copy), .payload = view(payload_copy), .retain = retain, .qos = (enum mote_qos)qos};
    return true;
}

/* --- Asking --- */

bool mote_script_client_session_present(const struct mote_script_client *client)
{
    return client->umqtt.session_present;
}

int mote_script_client_refusal(const struct mote_script_client *client)
{
    return client->umqtt.refusal;
}

int mote_script_client_last_head(const struct mote_script_client *client)
{
    return client->umqtt.last_head;
}

bool mote_script_client_is_connected(const struct mote_script_client *client)
{
    return client->umqtt.state == MOTE_UMQTT_CONNECTED;
}

enum mote_reason mote_script_client_reason(const struct mote_script_client *client)
{
    return client->umqtt.reason;
}

uint32_t mote_script_client_dropped(const struct mote_script_client *client)
{
    return client->dropped + client->umqtt.dropped;
}
