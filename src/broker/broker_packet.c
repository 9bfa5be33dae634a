/* What a client sends after its CONNECT. */
#include "engine.h"

#include <string.h>

void mote_broker_fault(struct mote_broker_client *client, const struct mote_fault *fault)
{
    mote_broker_doom(client, mote_fault_code(fault), MOTE_MQTT_PROTOCOL, mote_fault_words(fault));
}

static bool begins_with(struct mote_text text, struct mote_text start)
{
    return text.length >= start.length && memcmp(text.data, start.data, start.length) == 0;
}

static enum mote_packet_type answer_to(enum mote_qos qos)
{
    return qos == MOTE_QOS_1 ? MOTE_PUBACK : MOTE_PUBREC;
}

/* Before MQTT 5 there is no answer but that it was taken. */
static uint8_t known_code(const struct mote_broker_client *client, uint8_t code)
{
    return client->version == MOTE_MQTT_5 ? code : MOTE_CODE_SUCCESS;
}

static const char *words_for(uint8_t code)
{
    switch (code) {
    case MOTE_CODE_NOT_AUTHORIZED:
        return "not allowed";
    case MOTE_CODE_QUOTA_EXCEEDED:
        return "no room for it";
    case MOTE_CODE_IMPLEMENTATION_SPECIFIC:
        return "its payload is too large";
    default:
        return NULL;
    }
}

void mote_broker_packet_publish_refused(struct mote_broker_client *client, enum mote_qos qos, uint16_t packet_id,
                                        uint8_t code)
{
    bool is_taken_before = code < MOTE_CODE_UNSPECIFIED;
    bool can_be_told = client->version == MOTE_MQTT_5 && qos != MOTE_QOS_0;

    if (client->state != BROKER_CONNECTED)
        return;
    if (!is_taken_before && !can_be_told)
        client->broker->counters.dropped_input++;
    if (code == MOTE_CODE_QUOTA_EXCEEDED && !can_be_told && qos != MOTE_QOS_0)
        mote_broker_doom(client, code, MOTE_MQTT_QUOTA, "no room for its message");
    else if (qos != MOTE_QOS_0)
        mote_broker_output_ack(client, answer_to(qos), packet_id, known_code(client, code), words_for(code));
}

/* Puts the topic in for its alias. [MQTT-3.3.2-7] to [MQTT-3.3.2-12] */
static bool resolve_alias(struct mote_broker_client *client, struct mote_message *message)
{
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);

    if (alias == 0)
        return true;
    if (alias > client->broker->config.topic_alias_max) {
        mote_broker_doom(client, MOTE_CODE_TOPIC_ALIAS_INVALID, MOTE_MQTT_PROTOCOL, "a topic alias above the maximum");
        return false;
    }
    if (message->topic.length > 0) {
        if (mote_broker_alias_set(client, (uint16_t)alias, message->topic))
            return true;
        mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for a topic alias");
        return false;
    }
    if (mote_broker_alias_get(client, (uint16_t)alias, &message->topic))
        return true;
    mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL, "a topic alias that stands for nothing");
    return false;
}

/* Is there room among the identifiers of QoS 2 for this one? An old client is not told how many there may be. */
static bool check_receive_maximum(struct mote_broker_client *client, const struct mote_broker_queue *queue)
{
    if (client->version != MOTE_MQTT_5 || queue->received.count < client->broker->config.receive_max)
        return true;
    mote_broker_doom(client, MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED, MOTE_MQTT_QUOTA,
                     "more messages under way than the receive maximum");
    return false;
}

bool mote_broker_packet_publish_head(struct mote_broker_client *client, struct mote_message *message, uint8_t *code)
{
    struct mote_broker_queue *queue;
    struct mote_property identifier;

    *code = MOTE_CODE_SUCCESS;
    if (mote_properties_find(&message->properties, MOTE_SUBSCRIPTION_IDENTIFIER, &identifier)) { /* [MQTT-3.3.4-6] */
        mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL,
                         "a subscription identifier from a client");
        return false;
    }
    if (!resolve_alias(client, message))
        return false;
    if (message->qos == MOTE_QOS_2) {
        queue = mote_broker_queue(client->session);
        if (queue == NULL) {
            *code = MOTE_CODE_QUOTA_EXCEEDED;
            return false;
        }
        if (mote_broker_ids_has(&queue->received, message->packet_id) || !check_receive_maximum(client, queue))
            return false;
    }
    struct mote_broker_access access = mote_broker_client_access(client, MOTE_BROKER_PUBLISH, message->topic);
    uint32_t payload_max = client->broker->config.payload_size_max;
    if (payload_max != 0 && message->payload_size > payload_max)
        *code = MOTE_CODE_IMPLEMENTATION_SPECIFIC;
    else if (begins_with(message->topic, MOTE_TEXT("$SYS/")) ||
             mote_broker_authorize(client->broker, &access) != MOTE_OK)
        *code = MOTE_CODE_NOT_AUTHORIZED;
    return *code == MOTE_CODE_SUCCESS;
}

/* Before MQTT 5 a publisher cannot be told that only the receivers have no room. */
static uint8_t code_of(const struct mote_broker_client *client, enum mote_broker_taken taken)
{
    if (taken == BROKER_REFUSED || (taken == BROKER_DROPPED && client->version == MOTE_MQTT_5))
        return MOTE_CODE_QUOTA_EXCEEDED;
    return taken == BROKER_UNHEARD ? MOTE_CODE_NO_MATCHING_SUBSCRIBERS : MOTE_CODE_SUCCESS;
}

void mote_broker_packet_publish(struct mote_broker_client *client, struct mote_broker_publication *publication,
                                uint16_t packet_id)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_session *session = client->session;
    enum mote_qos qos = publication->message.qos;
    uint8_t code = MOTE_CODE_QUOTA_EXCEEDED;

    /* Its identifier first: without it the message could come a second time. [MQTT-4.3.3-8] */
    if (qos != MOTE_QOS_2 || mote_broker_ids_add(broker, &session->queue->received, packet_id))
        code = code_of(client, mote_broker_take(broker, publication, session));
    if (qos == MOTE_QOS_2 && code >= MOTE_CODE_UNSPECIFIED)
        mote_broker_ids_remove(&session->queue->received, packet_id);
    if (code >= MOTE_CODE_UNSPECIFIED)
        mote_broker_packet_publish_refused(client, qos, packet_id, code);
    else if (qos != MOTE_QOS_0)
        mote_broker_output_ack(client, answer_to(qos), packet_id, known_code(client, code), NULL);
}

static void publish(struct mote_broker_client *client, const struct mote_header *header, struct mote_text body)
{
    struct mote_broker *broker = client->broker;
    struct mote_broker_publication publication = {.expires_ms = MOTE_NEVER, .origin = client->session->serial};
    struct mote_message *message = &publication.message;
    struct mote_property expiry;
    struct mote_fault fault;
    uint8_t code;

    if (mote_codec_decode_publish(header, (enum mote_mqtt_version)client->version, body, message, &fault) !=
        MOTE_DECODED) {
        mote_broker_fault(client, &fault);
        return;
    }
    enum mote_qos qos = message->qos;
    uint16_t packet_id = message->packet_id;
    if (!mote_broker_packet_publish_head(client, message, &code)) {
        mote_broker_packet_publish_refused(client, qos, packet_id, code);
        return;
    }
    if (mote_properties_find(&message->properties, MOTE_MESSAGE_EXPIRY_INTERVAL, &expiry))
        publication.expires_ms = mote_broker_after_s(broker->now_ms, expiry.number);
    /* Most messages have no property that is not forwarded as it is: these need not be stored for that. */
    if (mote_broker_forwarded(&message->properties, NULL) == message->properties.encoded.length ||
        mote_broker_publication_store(broker, &publication))
        mote_broker_packet_publish(client, &publication, packet_id);
    else
        mote_broker_packet_publish_refused(client, qos, packet_id, MOTE_CODE_QUOTA_EXCEEDED);
    mote_broker_message_drop(broker, publication.stored);
}

static void acknowledge(struct mote_broker_client *client, enum mote_packet_type type, struct mote_text body)
{
    struct mote_ack ack;
    struct mote_fault fault;
    bool is_known;

    if (!mote_codec_decode_ack(type, (enum mote_mqtt_version)client->version, false, body, &ack, &fault)) {
        mote_broker_fault(client, &fault);
    } else if (type != MOTE_PUBREL) {
        mote_broker_queue_acknowledged(client, type, &ack);
    } else {
        is_known =
            client->session->queue != NULL && mote_broker_ids_remove(&client->session->queue->received, ack.packet_id);
        mote_broker_output_ack(client, MOTE_PUBCOMP, ack.packet_id,
                               is_known ? MOTE_CODE_SUCCESS : MOTE_CODE_PACKET_ID_NOT_FOUND, NULL);
    }
}

static uint8_t subscribe_one(struct mote_broker_client *client, const struct mote_filter *filter, uint32_t identifier,
                             bool *replay)
{
    struct mote_broker_access access = mote_broker_client_access(client, MOTE_BROKER_SUBSCRIBE, filter->topic);
    enum mote_reason reason = mote_broker_authorize(client->broker, &access);
    uint8_t code = MOTE_CODE_NOT_AUTHORIZED;
    bool is_new = false;

    if (reason == MOTE_OK) {
        code = mote_broker_subscribe(client->session, filter, identifier, &is_new);
        reason = code < MOTE_CODE_UNSPECIFIED ? MOTE_OK : MOTE_MQTT_QUOTA;
    }
    *replay = reason == MOTE_OK &&
              (filter->retain_handling == 0 || (filter->retain_handling == 1 && is_new)); /* [MQTT-3.3.1-9] ff. */
    mote_broker_observe(client->broker, &(struct mote_broker_event){
                                            .type = MOTE_BROKER_SUBSCRIBED,
                                            .client = client,
                                            .client_id = mote_broker_session_id(client->session),
                                            .version = (enum mote_mqtt_version)client->version,
                                            .filter = filter,
                                            .reason = reason,
                                        });
    if (client->version != MOTE_MQTT_5 && code >= MOTE_CODE_UNSPECIFIED)
        code = MOTE_CODE_UNSPECIFIED; /* the one failure that they have [MQTT-3.9.3-1] */
    return code;
}

static uint8_t unsubscribe_one(struct mote_broker_client *client, const struct mote_filter *filter)
{
    bool existed = mote_broker_unsubscribe(client->session, filter->topic);

    mote_broker_observe(client->broker, &(struct mote_broker_event){
                                            .type = MOTE_BROKER_UNSUBSCRIBED,
                                            .client = client,
                                            .client_id = mote_broker_session_id(client->session),
                                            .version = (enum mote_mqtt_version)client->version,
                                            .filter = filter,
                                        });
    return existed ? MOTE_CODE_SUCCESS : MOTE_CODE_NO_SUBSCRIPTION_EXISTED;
}

/* Does what is asked for, filter by filter, with a code for each, and for SUBSCRIBE whether to replay. */
static void do_request(struct mote_broker_client *client, enum mote_packet_type type,
                       const struct mote_request *request, uint8_t *codes, bool *replay)
{
    uint32_t identifier = mote_properties_number(&request->properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0);
    struct mote_text encoded = request->encoded_filters;
    struct mote_filter filter;

    for (size_t i = 0; mote_codec_next_filter(type, (enum mote_mqtt_version)client->version, &encoded, &filter); i++) {
        if (type == MOTE_SUBSCRIBE)
            codes[i] = subscribe_one(client, &filter, identifier, &replay[i]);
        else
            codes[i] = unsubscribe_one(client, &filter);
    }
}

static void replay(struct mote_broker_client *client, const struct mote_request *request, const bool *wanted)
{
    struct mote_text encoded = request->encoded_filters;
    struct mote_filter filter;

    for (size_t i = 0;
         mote_codec_next_filter(MOTE_SUBSCRIBE, (enum mote_mqtt_version)client->version, &encoded, &filter); i++) {
        if (wanted[i] && client->state == BROKER_CONNECTED)
            mote_broker_replay(client->session, filter.topic);
    }
}

static void request(struct mote_broker_client *client, enum mote_packet_type type, struct mote_text body)
{
    struct mote_broker *broker = client->broker;
    struct mote_request request;
    struct mote_fault fault;
    uint8_t *codes;
    bool *wanted;

    if (!mote_codec_decode_request(type, (enum mote_mqtt_version)client->version, body, &request, &fault)) {
        mote_broker_fault(client, &fault);
        return;
    }
    if (request.count > broker->config.subscriptions_max) {
        mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "more filters than a session may have");
        return;
    }
    codes = mote_broker_allocate(broker, request.count);
    wanted = mote_broker_allocate(broker, request.count * sizeof wanted[0]);
    if (codes == NULL || wanted == NULL) {
        mote_broker_doom(client, MOTE_CODE_QUOTA_EXCEEDED, MOTE_MQTT_QUOTA, "no memory for its packet");
    } else {
        do_request(client, type, &request, codes, wanted);
        mote_broker_output_reply(client, type == MOTE_SUBSCRIBE ? MOTE_SUBACK : MOTE_UNSUBACK,
                                 &(struct mote_reply){
                                     .packet_id = request.packet_id,
                                     .codes = mote_broker_text(codes, request.count),
                                 });
        if (type == MOTE_SUBSCRIBE)
            replay(client, &request, wanted);
    }
    mote_broker_release(broker, codes, request.count);
    mote_broker_release(broker, wanted, request.count * sizeof wanted[0]);
}

static void disconnect(struct mote_broker_client *client, struct mote_text body)
{
    struct mote_broker_session *session = client->session;
    struct mote_property expiry;
    struct mote_ack ack;
    struct mote_fault fault;

    if (!mote_codec_decode_ack(MOTE_DISCONNECT, (enum mote_mqtt_version)client->version, false, body, &ack, &fault)) {
        mote_broker_fault(client, &fault);
        return;
    }
    if (mote_properties_find(&ack.properties, MOTE_SESSION_EXPIRY_INTERVAL, &expiry)) {
        if (session->expiry_s == 0 && expiry.number != 0) { /* 3.14.2.2.2 */
            mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL,
                             "a session expiry for a session that ends");
            return;
        }
        mote_broker_session_set_expiry(session, expiry.number);
    }
    client->without_will = ack.code == MOTE_CODE_SUCCESS;
    mote_broker_doom(client, 0, MOTE_OK, NULL);
}

void mote_broker_packet(struct mote_broker_client *client, const struct mote_header *header, struct mote_text body)
{
    enum mote_packet_type type = (enum mote_packet_type)header->type;

    if (client->state == BROKER_CONNECTING) {
        MOTE_ASSERT(type == MOTE_CONNECT);
        mote_broker_connect(client, body);
        return;
    }
    switch (type) {
    case MOTE_PUBLISH:
        publish(client, header, body);
        break;
    case MOTE_PUBACK:
    case MOTE_PUBREC:
    case MOTE_PUBREL:
    case MOTE_PUBCOMP:
        acknowledge(client, type, body);
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        request(client, type, body);
        break;
    case MOTE_PINGREQ:
        mote_broker_output_pingresp(client);
        break;
    case MOTE_DISCONNECT:
        disconnect(client, body);
        break;
    default: /* a second CONNECT [MQTT-3.1.0-2], AUTH that nobody has asked for, what only servers send */
        mote_broker_doom(client, MOTE_CODE_PROTOCOL_ERROR, MOTE_MQTT_PROTOCOL, "a packet that cannot come here");
    }
}
