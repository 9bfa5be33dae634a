#include "session_parts.h"

#define IS_UNSUBSCRIBE 0x8000u /* in request_sizes */
#define FILTERS_MAX 0x7FFFu

/* Is it right, and will this server take it? */
static bool is_legal(const struct mote_session *session, enum mote_packet_type type, const struct mote_filter *filter)
{
    if (!mote_topic_is_filter(filter->topic))
        return false;
    if (type == MOTE_UNSUBSCRIBE)
        return true;
    if (filter->qos > MOTE_QOS_2 || (filter->qos == MOTE_QOS_2 && session->config->received_count == 0))
        return false;
    if (!mote_session_is_5(session))
        return true;
    bool may_be_shared = !filter->no_local && (session->lacks & MOTE_LACKS_SHARED) == 0; /* [MQTT-3.8.3-4] */
    return filter->retain_handling <= 2 && (may_be_shared || !mote_topic_is_shared(filter->topic)) &&
           !((session->lacks & MOTE_LACKS_WILDCARDS) != 0 && !mote_topic_is_name(filter->topic));
}

static bool properties_are_legal(const struct mote_session *session, enum mote_packet_type type,
                                 const struct mote_properties *properties)
{
    struct mote_fault fault;

    if (mote_properties_are_none(properties) || !mote_session_is_5(session))
        return true;
    return mote_codec_check_properties(properties, type, &fault) &&
           ((session->lacks & MOTE_LACKS_IDENTIFIERS) == 0 ||
            mote_properties_number(properties, MOTE_SUBSCRIPTION_IDENTIFIER, 0) == 0);
}

static unsigned find_request(const struct mote_session *session, uint16_t packet_id)
{
    unsigned i = 0;

    while (i < MOTE_REQUESTS_MAX && session->request_ids[i] != packet_id)
        i++;
    return i;
}

static enum mote_reason put(struct mote_session *session, enum mote_packet_type type,
                            const struct mote_request *request)
{
    struct mote_writer writer = mote_session_begin(session);

    mote_writer_request(&writer, type, request);
    return mote_session_put_written(session, &writer, 0);
}

static enum mote_reason request(struct mote_session *session, enum mote_packet_type type,
                                const struct mote_filter *filters, size_t count,
                                const struct mote_properties *properties, uint16_t *packet_id)
{
    static const struct mote_properties none = {0};
    unsigned place = find_request(session, 0);
    struct mote_request request = {
        .properties = properties == NULL ? none : *properties, .filters = filters, .count = count};

    if (count == 0 || count > FILTERS_MAX || !properties_are_legal(session, type, &request.properties))
        return MOTE_CONFIG_INVALID;
    for (size_t i = 0; i < count; i++) {
        if (!is_legal(session, type, &filters[i]))
            return MOTE_CONFIG_INVALID;
    }
    if (!mote_session_may_send(session))
        return MOTE_TCP_RESET;
    if (place == MOTE_REQUESTS_MAX)
        return MOTE_MQTT_QUOTA;
    request.packet_id = mote_session_free_packet_id(session);
    enum mote_reason reason = put(session, type, &request);
    if (reason != MOTE_OK)
        return reason;
    mote_session_use_packet_id(session);
    session->request_ids[place] = request.packet_id;
    session->request_sizes[place] = (uint16_t)(count | (type == MOTE_UNSUBSCRIBE ? IS_UNSUBSCRIBE : 0));
    if (packet_id != NULL)
        *packet_id = request.packet_id;
    return MOTE_OK;
}

enum mote_reason mote_session_subscribe(struct mote_session *session, const struct mote_filter *filters, size_t count,
                                        const struct mote_properties *properties, uint16_t *packet_id)
{
    return request(session, MOTE_SUBSCRIBE, filters, count, properties, packet_id);
}

enum mote_reason mote_session_unsubscribe(struct mote_session *session, const struct mote_filter *filters, size_t count,
                                          const struct mote_properties *properties, uint16_t *packet_id)
{
    return request(session, MOTE_UNSUBSCRIBE, filters, count, properties, packet_id);
}

enum mote_step mote_session_take_reply(struct mote_session *session, enum mote_packet_type type,
                                       struct mote_reader *reader, struct mote_session_event *event)
{
    struct mote_reply reply;

    if (!mote_reader_reply(reader, type, &reply))
        return mote_session_fault(session, reader->fault);
    unsigned place = find_request(session, reply.packet_id);
    unsigned kind = type == MOTE_UNSUBACK ? IS_UNSUBSCRIBE : 0;
    if (place == MOTE_REQUESTS_MAX || (session->request_sizes[place] & IS_UNSUBSCRIBE) != kind)
        return mote_session_fault(session, MOTE_FAULT_NOT_ASKED);
    bool has_codes = type == MOTE_SUBACK || mote_session_is_5(session);
    if (has_codes && reply.codes.length != (session->request_sizes[place] & FILTERS_MAX)) /* [MQTT-3.8.4-5] */
        return mote_session_fault(session, MOTE_FAULT_CODES);
    if (mote_session_is_too_talkative(session, &reply.properties))
        return MOTE_STEP_IDLE;
    session->request_ids[place] = 0;
    mote_event_begin(event, type == MOTE_SUBACK ? MOTE_EVENT_SUBSCRIBED : MOTE_EVENT_UNSUBSCRIBED, 0, reply.packet_id);
    event->codes = reply.codes;
    event->properties = reply.properties;
    return MOTE_STEP_EVENT;
}
