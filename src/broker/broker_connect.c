/* CONNECT: everything that can fail is done before anything is changed that a client who is refused must not
 * change. */
#include "engine.h"

#include "../mqtt/cursor.h"

#include <string.h>

/* The longest of them: "mote-" and sixteen digits. */
struct assigned_id {
    char text[24];
    size_t size;
};

/* The return code of MQTT 3.1.1 for a refusal. */
static uint8_t return_code(uint8_t code)
{
    switch (code) {
    case MOTE_CODE_UNSUPPORTED_VERSION:
        return 1;
    case MOTE_CODE_CLIENT_ID_NOT_VALID:
        return 2;
    case MOTE_CODE_BAD_USER_OR_PASSWORD:
        return 4;
    case MOTE_CODE_NOT_AUTHORIZED:
        return 5;
    default:
        return 3;
    }
}

static void refuse(struct mote_broker_client *client, struct mote_text client_id, uint8_t code, enum mote_reason reason,
                   const char *words)
{
    bool is_5 = client->version == MOTE_MQTT_5;
    struct mote_property item = {.id = MOTE_REASON_STRING, .text = mote_text(words)};
    struct mote_connack connack = {
        .code = is_5 ? code : return_code(code),
        .properties = {.items = &item, .count = is_5},
    };

    if (is_5 && mote_codec_encode_connack(NULL, SIZE_MAX, MOTE_MQTT_5, &connack) > client->packet_size_max)
        connack.properties.count = 0;
    mote_broker_doom(client, 0, reason, words);
    mote_broker_output_connack(client, &connack);
    client->broker->counters.refused++;
    mote_broker_observe(client->broker, &(struct mote_broker_event){
                                            .type = MOTE_BROKER_CLIENT_REFUSED,
                                            .client = client,
                                            .client_id = client_id,
                                            .version = (enum mote_mqtt_version)client->version,
                                            .reason = reason,
                                            .words = words,
                                        });
}

/* A newer protocol is answered in the way of MQTT 5, an older or another one in that of 3.1. */
static void refuse_version(struct mote_broker_client *client, struct mote_text body)
{
    struct mote_reader reader;

    mote_reader_init(&reader, body);
    mote_reader_data(&reader);
    client->version = mote_reader_u8(&reader) >= MOTE_MQTT_5 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1;
    refuse(client, (struct mote_text){"", 0}, MOTE_CODE_UNSUPPORTED_VERSION, MOTE_MQTT_BAD_VERSION,
           "another protocol or version of it");
}

static void refuse_malformed(struct mote_broker_client *client, const struct mote_connect *connect,
                             struct mote_text body, const struct mote_fault *fault)
{
    uint8_t code = mote_fault_code(fault);

    client->version = (uint8_t)connect->version;
    if (code == MOTE_CODE_UNSUPPORTED_VERSION)
        refuse_version(client, body);
    else if (client->version == MOTE_MQTT_5 || code == MOTE_CODE_CLIENT_ID_NOT_VALID)
        refuse(client, (struct mote_text){"", 0}, code,
               code == MOTE_CODE_CLIENT_ID_NOT_VALID ? MOTE_MQTT_CLIENT_ID : MOTE_MQTT_PROTOCOL,
               mote_fault_words(fault));
    else
        mote_broker_fault(client, fault); /* [MQTT-3.1.4-1]: closed without a CONNACK */
}

static uint8_t code_of(enum mote_reason reason)
{
    return reason == MOTE_MQTT_BAD_AUTH ? MOTE_CODE_BAD_USER_OR_PASSWORD : MOTE_CODE_NOT_AUTHORIZED;
}

static enum mote_reason authorize(struct mote_broker_client *client, const struct mote_connect *connect)
{
    struct mote_broker_access access = {
        .action = MOTE_BROKER_CONNECT,
        .client = client,
        .client_id = connect->client_id,
        .has_username = connect->has_username,
        .username = connect->username,
        .has_password = connect->has_password,
        .password = connect->password,
    };
    enum mote_reason reason = mote_broker_authorize(client->broker, &access);

    if (reason != MOTE_OK || connect->will.topic.length == 0)
        return reason;
    access.action = MOTE_BROKER_PUBLISH;
    access.topic = connect->will.topic;
    access.has_password = false;
    access.password = (struct mote_text){"", 0};
    return mote_broker_authorize(client->broker, &access);
}

/* Is there anything against this client, before its session is looked at? Then it is refused. */
static bool check(struct mote_broker_client *client, const struct mote_connect *connect)
{
    uint16_t keep_alive_max_s = client->broker->config.keep_alive_max_s;
    struct mote_property method;
    bool is_5 = client->version == MOTE_MQTT_5;

    if (mote_properties_find(&connect->properties, MOTE_AUTHENTICATION_METHOD, &method)) {
        refuse(client, connect->client_id, MOTE_CODE_BAD_AUTHENTICATION_METHOD, MOTE_MQTT_BAD_AUTH,
               "no such authentication method"); /* [MQTT-4.12.0-1] */
        return false;
    }
    if (!is_5 && keep_alive_max_s != 0 && (connect->keep_alive_s == 0 || connect->keep_alive_s > keep_alive_max_s)) {
        refuse(client, connect->client_id, MOTE_CODE_SERVER_UNAVAILABLE, MOTE_CONFIG_INVALID,
               "a keep alive above the maximum");
        return false;
    }
    enum mote_reason reason = authorize(client, connect);
    if (reason != MOTE_OK)
        refuse(client, connect->client_id, code_of(reason), reason, "user, password or rights are not enough");
    return reason == MOTE_OK;
}

/* Before MQTT 5 clients cannot say how many they have room for. */
static uint16_t window_of(const struct mote_broker_config *config, const struct mote_connect *connect)
{
    bool is_5 = connect->version == MOTE_MQTT_5;
    uint16_t most = config->inflight_max != 0 ? config->inflight_max : is_5 ? 64 : 20;
    uint32_t told = mote_properties_number(&connect->properties, MOTE_RECEIVE_MAXIMUM, UINT16_MAX);

    return (uint16_t)(told < most ? told : most);
}

static void take_properties(struct mote_broker_client *client, const struct mote_connect *connect)
{
    const struct mote_broker_config *config = &client->broker->config;
    const struct mote_properties *properties = &connect->properties;

    client->version = (uint8_t)connect->version;
    client->keep_alive_s = connect->keep_alive_s;
    if (config->keep_alive_max_s != 0 &&
        (connect->keep_alive_s == 0 || connect->keep_alive_s > config->keep_alive_max_s))
        client->keep_alive_s = config->keep_alive_max_s;
    client->window = window_of(config, connect);
    client->packet_size_max = mote_properties_number(properties, MOTE_MAXIMUM_PACKET_SIZE, UINT32_MAX);
    client->problem_information = mote_properties_number(properties, MOTE_REQUEST_PROBLEM_INFORMATION, 1) != 0;
    mote_broker_alias_accept(client, (uint16_t)mote_properties_number(properties, MOTE_TOPIC_ALIAS_MAXIMUM, 0));
}

static uint32_t random_bits(struct mote_broker *broker)
{
    if (broker->config.random != NULL)
        return broker->config.random(broker->config.context);
    return mote_broker_hash(broker->seed, mote_broker_text(&broker->assigned, sizeof broker->assigned));
}

/* [MQTT-3.1.3-6] */
static struct mote_text assign_id(struct mote_broker *broker, struct assigned_id *id)
{
    static const char digits[] = "0123456789abcdef";
    struct mote_text text;

    do {
        broker->assigned++;
        uint32_t words[2] = {random_bits(broker), broker->assigned};
        memcpy(id->text, "mote-", 5);
        for (size_t i = 0; i < 16; i++)
            id->text[5 + i] = digits[words[i >> 3] >> (28 - 4 * (i & 7)) & 15];
        text = (struct mote_text){id->text, 21};
    } while (mote_broker_session_find(broker, text) != NULL);
    return text;
}

/* What of a CONNECT is copied, made before anything else is changed. */
struct copies {
    struct mote_broker_message *will;
    char *username;
    uint16_t username_size;
};

static bool copy(struct mote_broker *broker, const struct mote_connect *connect, struct copies *copies)
{
    const struct mote_will *will = &connect->will;
    uint32_t payload_size = (uint32_t)will->payload.length;
    struct mote_message message = {
        .topic = will->topic,
        .qos = will->qos,
        .retain = will->retain,
        .properties = will->properties,
    };

    *copies = (struct copies){0};
    if (will->topic.length > 0) {
        copies->will = mote_broker_message_new(broker, &message, payload_size, payload_size);
        if (copies->will == NULL)
            return false;
        copies->will->expires_ms = MOTE_NEVER;
        if (payload_size > 0)
            memcpy(mote_broker_message_payload(copies->will), will->payload.data, payload_size);
    }
    if (broker->config.authorize == NULL || !connect->has_username)
        return true;
    copies->username_size = (uint16_t)connect->username.length;
    copies->username = mote_broker_resize(broker, NULL, 0, (size_t)copies->username_size + 1);
    if (copies->username == NULL) {
        mote_broker_message_drop(broker, copies->will);
        return false;
    }
    memcpy(copies->username, connect->username.data, copies->username_size);
    return true;
}

static void free_copies(struct mote_broker *broker, struct copies *copies)
{
    mote_broker_message_drop(broker, copies->will);
    mote_broker_release(broker, copies->username, (size_t)copies->username_size + 1);
}

/* The session that has been there: its old connection is cut off, its will goes out if it is due, and a clean
 * start ends it. Returns it, NULL if a new one has to be made. [MQTT-3.1.4-3] [MQTT-3.1.2-4] [MQTT-3.1.3-9] */
static struct mote_broker_session *take_over(struct mote_broker_session *session, bool clean_start)
{
    struct mote_broker_client *old = session->client;

    if (old != NULL) {
        mote_broker_doom(old, MOTE_CODE_SESSION_TAKEN_OVER, MOTE_MQTT_TAKEN_OVER,
                         "another connection has taken its client id");
        mote_broker_client_cut(old);
        if (session->expiry_s == 0)
            clean_start = true;
        if (!clean_start && session->will_delay_s == 0)
            mote_broker_session_publish_will(session);
    }
    if (clean_start) {
        mote_broker_session_end(session);
        return NULL;
    }
    mote_broker_session_drop_will(session);
    return session;
}

static void fill_session(struct mote_broker_session *session, const struct mote_connect *connect, struct copies *copies)
{
    const struct mote_will *will = &connect->will;
    bool is_5 = connect->version == MOTE_MQTT_5;
    uint32_t expiry_s = is_5 ? mote_properties_number(&connect->properties, MOTE_SESSION_EXPIRY_INTERVAL, 0)
                             : (connect->clean_start ? 0 : UINT32_MAX);

    mote_broker_release(session->broker, session->username, (size_t)session->username_size + 1);
    session->username = copies->username;
    session->username_size = copies->username_size;
    session->will = copies->will;
    if (session->will != NULL)
        session->will->origin = session->serial;
    session->will_delay_s = mote_properties_number(&will->properties, MOTE_WILL_DELAY_INTERVAL, 0);
    session->will_expiry_s = mote_properties_number(&will->properties, MOTE_MESSAGE_EXPIRY_INTERVAL, UINT32_MAX);
    mote_broker_session_set_expiry(session, expiry_s);
}

static size_t add(struct mote_property *items, size_t count, enum mote_property_id id, uint32_t number, bool wanted)
{
    items[count] = (struct mote_property){.id = id, .number = number};
    return wanted ? count + 1 : count;
}

/* What differs from the standard's defaults and from what the client has asked for. */
static void accept(struct mote_broker_client *client, const struct mote_connect *connect, bool session_present,
                   struct mote_text assigned_id)
{
    const struct mote_broker_config *config = &client->broker->config;
    const struct mote_broker_session *session = client->session;
    uint32_t asked_s = mote_properties_number(&connect->properties, MOTE_SESSION_EXPIRY_INTERVAL, 0);
    struct mote_property items[8];
    size_t n = 0;

    n = add(items, n, MOTE_SESSION_EXPIRY_INTERVAL, session->expiry_s, session->expiry_s != asked_s);
    n = add(items, n, MOTE_RECEIVE_MAXIMUM, config->receive_max, true);
    n = add(items, n, MOTE_MAXIMUM_PACKET_SIZE, config->packet_size_max, true);
    n = add(items, n, MOTE_TOPIC_ALIAS_MAXIMUM, config->topic_alias_max, config->topic_alias_max != 0);
    n = add(items, n, MOTE_SERVER_KEEP_ALIVE, client->keep_alive_s, client->keep_alive_s != connect->keep_alive_s);
    n = add(items, n, MOTE_ASSIGNED_CLIENT_IDENTIFIER, 0, assigned_id.length > 0);
    if (assigned_id.length > 0)
        items[n - 1].text = assigned_id;
    mote_broker_output_connack(client, &(struct mote_connack){
                                           .session_present = session_present,
                                           .properties = {.items = items, .count = n},
                                       });
    mote_broker_observe(client->broker, &(struct mote_broker_event){
                                            .type = MOTE_BROKER_CLIENT_CONNECTED,
                                            .client = client,
                                            .client_id = mote_broker_session_id(session),
                                            .version = (enum mote_mqtt_version)client->version,
                                            .session_present = session_present,
                                        });
    mote_broker_sys_changed(client->broker);
}

static void refuse_for_room(struct mote_broker_client *client, struct mote_text client_id)
{
    refuse(client, client_id, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no room for another session");
}

static void connect_session(struct mote_broker_client *client, const struct mote_connect *connect,
                            struct mote_text client_id)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_session *session = mote_broker_session_find(broker, client_id);
    struct mote_text assigned = connect->client_id.length == 0 ? client_id : (struct mote_text){"", 0};
    struct copies copies;
    bool session_present;

    if (!copy(broker, connect, &copies)) {
        refuse_for_room(client, client_id);
        return;
    }
    if (session != NULL)
        session = take_over(session, connect->clean_start);
    session_present = session != NULL;
    if (session == NULL)
        session = mote_broker_session_new(broker, client_id);
    if (session == NULL) {
        free_copies(broker, &copies);
        refuse_for_room(client, client_id);
        return;
    }
    fill_session(session, connect, &copies);
    mote_broker_client_set_state(client, BROKER_CONNECTED);
    client->since_ms = broker->now_ms;
    mote_broker_session_attach(session, client);
    accept(client, connect, session_present, assigned);
    mote_broker_queue_pump(session);
}

void mote_broker_connect(struct mote_broker_client *client, struct mote_text body)
{
    struct mote_connect connect;
    struct mote_fault fault;
    struct assigned_id assigned;
    struct mote_text client_id;

    if (!mote_codec_decode_connect(body, &connect, &fault)) {
        refuse_malformed(client, &connect, body, &fault);
        return;
    }
    take_properties(client, &connect);
    if (!check(client, &connect))
        return;
    client_id = connect.client_id.length > 0 ? connect.client_id : assign_id(client->broker, &assigned);
    connect_session(client, &connect, client_id);
}
