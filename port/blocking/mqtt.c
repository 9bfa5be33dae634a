/* A session, and the waiting for it. */
#include "port/blocking/blocking.h"

#include "mqtt/codec.h"
#include <stdio.h>
#include <string.h>

/* Of one look. What is left then is there at the next. */
enum { READS_MAX = 64 };

static const struct mote_link_port *link_port(void)
{
    return mote_port()->link;
}

static enum mote_reason hang_up(struct mote_mqtt *mqtt, enum mote_reason reason)
{
    if (mqtt->link.state != MOTE_LINK_CLOSED) {
        link_port()->close(mote_port()->context, &mqtt->link, false);
        mote_session_closed(&mqtt->session);
    }
    mqtt->reason = reason;
    return reason;
}

static bool is_connected(const struct mote_mqtt *mqtt)
{
    return mqtt->link.state != MOTE_LINK_CLOSED && mqtt->session.state == MOTE_SESSION_CONNECTED;
}

static enum mote_reason why_not_connected(const struct mote_mqtt *mqtt)
{
    return mqtt->reason == MOTE_OK ? MOTE_TCP_RESET : mqtt->reason;
}

/* --- One look at what there is --- */

static void send_output(struct mote_mqtt *mqtt)
{
    while (mqtt->link.state == MOTE_LINK_OPEN) {
        struct mote_text output = mote_session_output(&mqtt->session);
        size_t taken = 0;

        if (output.length > 0)
            taken = link_port()->send(mote_port()->context, &mqtt->link, output.data, output.length);
        if (taken == 0)
            break;
        mqtt->moved = true;
        mote_session_sent(&mqtt->session, taken, mote_now_ms());
    }
}

static void take_answer(struct mote_mqtt *mqtt, const struct mote_session_event *event)
{
    if (event->type != mqtt->awaited || (mqtt->awaited_id != 0 && event->packet_id != mqtt->awaited_id))
        return;
    mqtt->answered = true;
    mqtt->answer = event->reason_code;
    if ((event->type == MOTE_EVENT_SUBSCRIBED || event->type == MOTE_EVENT_UNSUBSCRIBED) && event->codes.length > 0)
        mqtt->answer = (uint8_t)event->codes.data[0];
    if (event->type == MOTE_EVENT_CONNECTED)
        mqtt->session_present = event->session_present;
}

static void handle_message(struct mote_mqtt *mqtt, const struct mote_message *message)
{
    mqtt->handling = true;
    if (mqtt->on_message != NULL)
        mqtt->on_message(message, mqtt->context);
    mqtt->handling = false;
    if (mqtt->awaited == MOTE_EVENT_MESSAGE && mote_message_is_last(message))
        mqtt->answered = true;
}

static enum mote_reason take_events(struct mote_mqtt *mqtt)
{
    struct mote_session_event event;

    while (mote_session_next(&mqtt->session, mote_now_ms(), &event)) {
        switch (event.type) {
        case MOTE_EVENT_MESSAGE:
            handle_message(mqtt, &event.message);
            break;
        case MOTE_EVENT_REFUSED:
        case MOTE_EVENT_DISCONNECTED:
        case MOTE_EVENT_FAILED:
            send_output(mqtt);
            return hang_up(mqtt, event.reason);
        default:
            take_answer(mqtt, &event);
        }
    }
    return MOTE_OK;
}

static size_t take_bytes(struct mote_mqtt *mqtt)
{
    size_t size, got;
    uint8_t *into = mote_session_receive_space(&mqtt->session, &size);

    if (size == 0 || mqtt->link.state != MOTE_LINK_OPEN)
        return 0;
    got = link_port()->receive(mote_port()->context, &mqtt->link, into, size);
    if (got > 0)
        mote_session_received(&mqtt->session, got, mote_now_ms());
    return got;
}

/* Reads before it looks at the time: an answer that lies there already has not come too late. */
static enum mote_reason look(struct mote_mqtt *mqtt)
{
    enum mote_reason reason;
    unsigned reads = 0;
    bool got;

    if (mqtt->link.state == MOTE_LINK_CLOSED)
        return why_not_connected(mqtt);
    do {
        got = take_bytes(mqtt) > 0;
        reason = take_events(mqtt);
        if (reason != MOTE_OK)
            return reason;
        send_output(mqtt);
    } while (got && ++reads < READS_MAX);
    return mqtt->link.state == MOTE_LINK_FAILED ? hang_up(mqtt, mqtt->link.reason) : MOTE_OK;
}

/* --- Waiting --- */

static void sleep_until(struct mote_mqtt *mqtt, uint64_t deadline_ms)
{
    uint64_t session_ms = mote_session_deadline(&mqtt->session);

    mote_blocking_wait(session_ms < deadline_ms ? session_ms : deadline_ms);
}

static bool has_answer(struct mote_mqtt *mqtt)
{
    return mqtt->answered;
}

static bool has_sent_all(struct mote_mqtt *mqtt)
{
    return mote_session_output(&mqtt->session).length == 0;
}

static bool has_moved(struct mote_mqtt *mqtt)
{
    return mqtt->moved || has_sent_all(mqtt);
}

static bool is_link_open(struct mote_mqtt *mqtt)
{
    return mqtt->link.state == MOTE_LINK_OPEN;
}

/* A broker that does not answer in time will not do so later either: the connection is given up. */
static enum mote_reason wait_until(struct mote_mqtt *mqtt, bool (*is_done)(struct mote_mqtt *mqtt),
                                   uint64_t deadline_ms)
{
    for (;;) {
        enum mote_reason reason = look(mqtt);

        if (reason != MOTE_OK || is_done(mqtt))
            return reason;
        if (mote_now_ms() >= deadline_ms) {
            bool opening = mqtt->link.state == MOTE_LINK_OPENING && mqtt->link.reason != MOTE_OK;

            return hang_up(mqtt, opening ? mqtt->link.reason : MOTE_MQTT_NO_PINGRESP);
        }
        sleep_until(mqtt, deadline_ms);
    }
}

/* However long it takes, as long as it goes on. */
static enum mote_reason wait_until_sent(struct mote_mqtt *mqtt)
{
    enum mote_reason reason;

    do {
        mqtt->moved = false;
        reason = wait_until(mqtt, has_moved, mote_blocking_deadline(mqtt->timeout_ms));
    } while (reason == MOTE_OK && !has_sent_all(mqtt));
    return reason;
}

static void expect(struct mote_mqtt *mqtt, enum mote_session_event_type type, uint16_t packet_id)
{
    mqtt->awaited = type;
    mqtt->awaited_id = packet_id;
    mqtt->answered = false;
}

static enum mote_reason wait_for_answer(struct mote_mqtt *mqtt, uint32_t timeout_ms)
{
    enum mote_reason reason = wait_until(mqtt, has_answer, mote_blocking_deadline(timeout_ms));

    mqtt->awaited = MOTE_EVENT_NONE;
    return reason;
}

static enum mote_reason wait_for(struct mote_mqtt *mqtt, enum mote_session_event_type type, uint16_t packet_id,
                                 uint32_t timeout_ms)
{
    expect(mqtt, type, packet_id);
    return wait_for_answer(mqtt, timeout_ms);
}

static enum mote_reason answer_reason(const struct mote_mqtt *mqtt)
{
    switch (mqtt->answer) {
    case MOTE_CODE_QUOTA_EXCEEDED:
        return MOTE_MQTT_QUOTA;
    case MOTE_CODE_PACKET_TOO_LARGE:
        return MOTE_MQTT_PACKET_TOO_LARGE;
    default:
        return mqtt->answer < 0x80 ? MOTE_OK : MOTE_MQTT_NOT_AUTHORIZED;
    }
}

/* --- Connecting --- */

/* One that goes on with its session keeps its name. */
static struct mote_text make_client_id(struct mote_mqtt *mqtt, bool goes_on)
{
    const struct mote_port *port = mote_port();
    unsigned long high = port->random(port->context), low = port->random(port->context);

    if (!goes_on || mqtt->client_id[0] == '\0')
        snprintf(mqtt->client_id, sizeof mqtt->client_id, "mote-%08lx%08lx", high, low);
    return mote_text(mqtt->client_id);
}

/* The broker may remember the last ones of a program that has been started anew. */
static uint16_t make_packet_id(void)
{
    return (uint16_t)(mote_port()->random(mote_port()->context) | 1);
}

static enum mote_reason set_up(struct mote_mqtt *mqtt, const struct mote_mqtt_options *options)
{
    bool goes_on = mqtt->session.config != NULL && options->keep_session && mqtt->config.keep_session;

    if (mote_url_parse(&mqtt->url, mote_text(options->url), mqtt->url_memory, sizeof mqtt->url_memory, NULL) != MOTE_OK)
        return MOTE_CONFIG_INVALID;
    mqtt->session_present = false;
    mqtt->timeout_ms = options->timeout_ms == 0 ? 20000 : options->timeout_ms;
    mqtt->on_message = options->on_message;
    mqtt->context = options->context;
    mqtt->config = (struct mote_session_config){
        .version = options->version,
        .client_id = options->client_id == NULL ? make_client_id(mqtt, goes_on) : mote_text(options->client_id),
        .keep_session = options->keep_session,
        .session_expiry_s = options->session_expiry_s,
        .will = options->will,
        .first_packet_id = options->keep_session ? make_packet_id() : 0,
        .keep_alive_s = options->keep_alive_s == 0 ? 60 : options->keep_alive_s,
        .connect_timeout_ms = mqtt->timeout_ms,
        .has_username = mqtt->url.has_username,
        .username = mqtt->url.username,
        .has_password = mqtt->url.has_password,
        .password = mqtt->url.password,
        .receive_buffer = mqtt->receive_buffer,
        .receive_size = sizeof mqtt->receive_buffer,
        .send_buffer = mqtt->send_buffer,
        .send_size = sizeof mqtt->send_buffer,
        .store = mqtt->store,
        .store_size = sizeof mqtt->store,
        .inflight = mqtt->inflight,
        .inflight_count = MOTE_INFLIGHT_MAX,
        .received_ids = mqtt->received_ids,
        .received_count = MOTE_RECEIVED_MAX,
    };
    return goes_on ? MOTE_OK : mote_session_init(&mqtt->session, &mqtt->config);
}

enum mote_reason mote_mqtt_connect(struct mote_mqtt *mqtt, const struct mote_mqtt_options *options)
{
    enum mote_reason reason;

    mote_mqtt_disconnect(mqtt);
    mqtt->link.options = options->link;
    reason = set_up(mqtt, options);
    if (reason == MOTE_OK)
        reason = link_port()->open(mote_port()->context, &mqtt->link, &mqtt->url);
    if (reason != MOTE_OK)
        return hang_up(mqtt, reason);
    reason = wait_until(mqtt, is_link_open, mote_blocking_deadline(mqtt->timeout_ms));
    if (reason != MOTE_OK)
        return reason;
    reason = mote_session_open(&mqtt->session, mote_now_ms());
    if (reason != MOTE_OK)
        return hang_up(mqtt, reason);
    return wait_for(mqtt, MOTE_EVENT_CONNECTED, 0, mqtt->timeout_ms);
}

void mote_mqtt_disconnect(struct mote_mqtt *mqtt)
{
    if (is_connected(mqtt)) {
        mote_session_close(&mqtt->session, MOTE_CODE_SUCCESS, NULL);
        send_output(mqtt);
    }
    hang_up(mqtt, MOTE_OK);
}

/* --- Talking --- */

/* There is always room again once everything before it is sent or acknowledged. */
static enum mote_reason wait_for_room(struct mote_mqtt *mqtt, uint64_t deadline_ms)
{
    enum mote_reason reason = look(mqtt);

    if (reason != MOTE_OK)
        return reason;
    if (mote_now_ms() >= deadline_ms)
        return hang_up(mqtt, MOTE_MQTT_NO_PINGRESP);
    sleep_until(mqtt, deadline_ms);
    return look(mqtt);
}

typedef enum mote_reason make_request(struct mote_session *session, const struct mote_filter *filters, size_t count,
                                      const struct mote_properties *properties, uint16_t *packet_id);

static enum mote_reason request(struct mote_mqtt *mqtt, make_request *make, const struct mote_filter *filter,
                                enum mote_session_event_type answer)
{
    uint64_t deadline_ms = mote_blocking_deadline(mqtt->timeout_ms);
    uint16_t packet_id = 0;
    enum mote_reason reason;

    if (!is_connected(mqtt))
        return why_not_connected(mqtt);
    while ((reason = make(&mqtt->session, filter, 1, NULL, &packet_id)) == MOTE_MQTT_QUOTA && !mqtt->handling) {
        reason = wait_for_room(mqtt, deadline_ms);
        if (reason != MOTE_OK)
            return reason;
    }
    if (reason != MOTE_OK || mqtt->handling)
        return reason;
    reason = wait_for(mqtt, answer, packet_id, mqtt->timeout_ms);
    return reason == MOTE_OK ? answer_reason(mqtt) : reason;
}

enum mote_reason mote_mqtt_subscribe(struct mote_mqtt *mqtt, const char *filter, enum mote_qos qos)
{
    return request(mqtt, mote_session_subscribe, &(struct mote_filter){.topic = mote_text(filter), .qos = qos},
                   MOTE_EVENT_SUBSCRIBED);
}

enum mote_reason mote_mqtt_unsubscribe(struct mote_mqtt *mqtt, const char *filter)
{
    return request(mqtt, mote_session_unsubscribe, &(struct mote_filter){.topic = mote_text(filter)},
                   MOTE_EVENT_UNSUBSCRIBED);
}

static size_t read_payload(void *context, uint32_t offset, void *into, size_t size)
{
    const struct mote_text *payload = context;
    size_t left = payload->length - offset;

    size = size < left ? size : left;
    memcpy(into, payload->data + offset, size);
    return size;
}

/* The call outlives the sending of its payload, unless that is kept for later. */
static bool may_lend(const struct mote_mqtt *mqtt, const struct mote_message *message)
{
    return message->source == NULL && message->payload.length <= UINT32_MAX && !mqtt->handling &&
           (message->qos == MOTE_QOS_0 || !mqtt->config.keep_session);
}

static enum mote_reason put_message(struct mote_mqtt *mqtt, const struct mote_message *message,
                                    struct mote_source *lent, uint16_t *packet_id)
{
    enum mote_reason reason = mote_session_publish(&mqtt->session, message, packet_id);
    struct mote_message from_source = *message;

    if (reason != MOTE_MQTT_PACKET_TOO_LARGE || !may_lend(mqtt, message))
        return reason;
    *lent = (struct mote_source){read_payload, (void *)(uintptr_t)&message->payload, (uint32_t)message->payload.length};
    from_source.source = lent;
    from_source.payload = MOTE_TEXT("");
    return mote_session_publish(&mqtt->session, &from_source, packet_id);
}

enum mote_reason mote_mqtt_publish_message(struct mote_mqtt *mqtt, const struct mote_message *message)
{
    uint64_t deadline_ms = mote_blocking_deadline(mqtt->timeout_ms);
    struct mote_source lent;
    uint16_t packet_id = 0;
    enum mote_reason reason;

    if (!is_connected(mqtt))
        return why_not_connected(mqtt);
    while ((reason = put_message(mqtt, message, &lent, &packet_id)) == MOTE_MQTT_QUOTA && !mqtt->handling) {
        reason = wait_for_room(mqtt, deadline_ms);
        if (reason != MOTE_OK)
            return reason;
    }
    if (reason != MOTE_OK || mqtt->handling)
        return reason;
    expect(mqtt, message->qos == MOTE_QOS_0 ? MOTE_EVENT_NONE : MOTE_EVENT_PUBLISHED, packet_id);
    reason = wait_until_sent(mqtt);
    if (reason != MOTE_OK || message->qos == MOTE_QOS_0)
        return reason;
    reason = wait_for_answer(mqtt, mqtt->timeout_ms);
    return reason == MOTE_OK ? answer_reason(mqtt) : reason;
}

enum mote_reason mote_mqtt_publish(struct mote_mqtt *mqtt, const char *topic, struct mote_text payload,
                                   enum mote_qos qos, bool retain)
{
    return mote_mqtt_publish_message(
        mqtt, &(struct mote_message){.topic = mote_text(topic), .payload = payload, .qos = qos, .retain = retain});
}

enum mote_reason mote_mqtt_wait_message(struct mote_mqtt *mqtt)
{
    return wait_for(mqtt, MOTE_EVENT_MESSAGE, 0, UINT32_MAX);
}

enum mote_reason mote_mqtt_wait_ms(struct mote_mqtt *mqtt, uint32_t duration_ms)
{
    uint64_t end_ms = mote_blocking_deadline(duration_ms);
    enum mote_reason reason = look(mqtt);

    while (reason == MOTE_OK && mote_now_ms() < end_ms) {
        sleep_until(mqtt, end_ms);
        reason = look(mqtt);
    }
    return reason;
}

enum mote_reason mote_mqtt_check_message(struct mote_mqtt *mqtt)
{
    return look(mqtt);
}

enum mote_reason mote_mqtt_ping(struct mote_mqtt *mqtt)
{
    enum mote_reason reason = is_connected(mqtt) ? mote_session_ping(&mqtt->session) : why_not_connected(mqtt);

    return reason == MOTE_OK ? wait_for(mqtt, MOTE_EVENT_PONG, 0, mqtt->timeout_ms) : reason;
}
