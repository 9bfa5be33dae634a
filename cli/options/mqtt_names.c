#include "mqtt_names.h"

#include "mqtt/codec.h"

#include <stddef.h>
#include <strings.h>

static const struct mqtt_property_name properties[] = {
    {MOTE_PAYLOAD_FORMAT_INDICATOR, MQTT_NUMBER, 1, "payload-format-indicator"},
    {MOTE_MESSAGE_EXPIRY_INTERVAL, MQTT_NUMBER, UINT32_MAX, "message-expiry-interval"},
    {MOTE_CONTENT_TYPE, MQTT_TEXT, 0, "content-type"},
    {MOTE_RESPONSE_TOPIC, MQTT_TEXT, 0, "response-topic"},
    {MOTE_CORRELATION_DATA, MQTT_TEXT, 0, "correlation-data"},
    {MOTE_SUBSCRIPTION_IDENTIFIER, MQTT_NUMBER, 268435455, "subscription-identifier"},
    {MOTE_SESSION_EXPIRY_INTERVAL, MQTT_NUMBER, UINT32_MAX, "session-expiry-interval"},
    {MOTE_ASSIGNED_CLIENT_IDENTIFIER, MQTT_TEXT, 0, "assigned-client-identifier"},
    {MOTE_SERVER_KEEP_ALIVE, MQTT_NUMBER, UINT16_MAX, "server-keep-alive"},
    {MOTE_AUTHENTICATION_METHOD, MQTT_TEXT, 0, "authentication-method"},
    {MOTE_AUTHENTICATION_DATA, MQTT_TEXT, 0, "authentication-data"},
    {MOTE_REQUEST_PROBLEM_INFORMATION, MQTT_NUMBER, 1, "request-problem-information"},
    {MOTE_WILL_DELAY_INTERVAL, MQTT_NUMBER, UINT32_MAX, "will-delay-interval"},
    {MOTE_REQUEST_RESPONSE_INFORMATION, MQTT_NUMBER, 1, "request-response-information"},
    {MOTE_RESPONSE_INFORMATION, MQTT_TEXT, 0, "response-information"},
    {MOTE_SERVER_REFERENCE, MQTT_TEXT, 0, "server-reference"},
    {MOTE_REASON_STRING, MQTT_TEXT, 0, "reason-string"},
    {MOTE_RECEIVE_MAXIMUM, MQTT_NUMBER, UINT16_MAX, "receive-maximum"},
    {MOTE_TOPIC_ALIAS_MAXIMUM, MQTT_NUMBER, UINT16_MAX, "topic-alias-maximum"},
    {MOTE_TOPIC_ALIAS, MQTT_NUMBER, UINT16_MAX, "topic-alias"},
    {MOTE_MAXIMUM_QOS, MQTT_NUMBER, 1, "maximum-qos"},
    {MOTE_RETAIN_AVAILABLE, MQTT_NUMBER, 1, "retain-available"},
    {MOTE_USER_PROPERTY, MQTT_PAIR, 0, "user-property"},
    {MOTE_MAXIMUM_PACKET_SIZE, MQTT_NUMBER, UINT32_MAX, "maximum-packet-size"},
    {MOTE_WILDCARD_SUBSCRIPTION_AVAILABLE, MQTT_NUMBER, 1, "wildcard-subscription-available"},
    {MOTE_SUBSCRIPTION_IDENTIFIER_AVAILABLE, MQTT_NUMBER, 1, "subscription-identifier-available"},
    {MOTE_SHARED_SUBSCRIPTION_AVAILABLE, MQTT_NUMBER, 1, "shared-subscription-available"},
};

enum { PROPERTY_COUNT = sizeof properties / sizeof *properties };

static const char *const packets[] = {
    [0] = "will",
    [MOTE_CONNECT] = "connect",
    [MOTE_CONNACK] = "connack",
    [MOTE_PUBLISH] = "publish",
    [MOTE_PUBACK] = "puback",
    [MOTE_PUBREC] = "pubrec",
    [MOTE_PUBREL] = "pubrel",
    [MOTE_PUBCOMP] = "pubcomp",
    [MOTE_SUBSCRIBE] = "subscribe",
    [MOTE_SUBACK] = "suback",
    [MOTE_UNSUBSCRIBE] = "unsubscribe",
    [MOTE_UNSUBACK] = "unsuback",
    [MOTE_PINGREQ] = "pingreq",
    [MOTE_PINGRESP] = "pingresp",
    [MOTE_DISCONNECT] = "disconnect",
    [MOTE_AUTH] = "auth",
};

static const struct {
    uint8_t code;
    const char *words;
} codes[] = {
    {MOTE_CODE_SUCCESS, "success"},
    {MOTE_CODE_NO_MATCHING_SUBSCRIBERS, "nobody has subscribed"},
    {MOTE_CODE_NO_SUBSCRIPTION_EXISTED, "there was no such subscription"},
    {MOTE_CODE_UNSPECIFIED, "refused, without saying why"},
    {MOTE_CODE_MALFORMED_PACKET, "malformed packet"},
    {MOTE_CODE_PROTOCOL_ERROR, "protocol error"},
    {MOTE_CODE_IMPLEMENTATION_SPECIFIC, "refused by the broker's own rules"},
    {MOTE_CODE_UNSUPPORTED_VERSION, "this version of MQTT is not supported"},
    {MOTE_CODE_CLIENT_ID_NOT_VALID, "client id not valid"},
    {MOTE_CODE_BAD_USER_OR_PASSWORD, "bad user name or password"},
    {MOTE_CODE_NOT_AUTHORIZED, "not authorized"},
    {MOTE_CODE_SERVER_UNAVAILABLE, "broker unavailable"},
    {MOTE_CODE_SERVER_BUSY, "broker busy"},
    {MOTE_CODE_BANNED, "banned"},
    {MOTE_CODE_SERVER_SHUTTING_DOWN, "broker shutting down"},
    {MOTE_CODE_BAD_AUTHENTICATION_METHOD, "bad authentication method"},
    {MOTE_CODE_KEEP_ALIVE_TIMEOUT, "keep alive timeout"},
    {MOTE_CODE_SESSION_TAKEN_OVER, "another client has connected with this client id"},
    {MOTE_CODE_TOPIC_FILTER_INVALID, "topic filter not valid"},
    {MOTE_CODE_TOPIC_NAME_INVALID, "topic not valid"},
    {MOTE_CODE_PACKET_ID_IN_USE, "packet identifier in use"},
    {MOTE_CODE_PACKET_ID_NOT_FOUND, "packet identifier not found"},
    {MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED, "receive maximum exceeded"},
    {MOTE_CODE_TOPIC_ALIAS_INVALID, "topic alias not valid"},
    {MOTE_CODE_PACKET_TOO_LARGE, "packet too large"},
    {MOTE_CODE_MESSAGE_RATE_TOO_HIGH, "message rate too high"},
    {MOTE_CODE_QUOTA_EXCEEDED, "quota exceeded"},
    {MOTE_CODE_ADMINISTRATIVE_ACTION, "administrative action"},
    {MOTE_CODE_PAYLOAD_FORMAT_INVALID, "payload format not valid"},
    {MOTE_CODE_RETAIN_NOT_SUPPORTED, "retained messages are not supported"},
    {MOTE_CODE_QOS_NOT_SUPPORTED, "this QoS is not supported"},
    {MOTE_CODE_USE_ANOTHER_SERVER, "another broker is to be used"},
    {MOTE_CODE_SERVER_MOVED, "the broker has moved"},
    {MOTE_CODE_SHARED_NOT_SUPPORTED, "shared subscriptions are not supported"},
    {MOTE_CODE_CONNECTION_RATE_EXCEEDED, "connection rate exceeded"},
    {MOTE_CODE_MAXIMUM_CONNECT_TIME, "maximum connect time reached"},
    {MOTE_CODE_IDENTIFIERS_NOT_SUPPORTED, "subscription identifiers are not supported"},
    {MOTE_CODE_WILDCARDS_NOT_SUPPORTED, "wildcard subscriptions are not supported"},
};

const struct mqtt_property_name *mqtt_property_by_name(const char *name)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (strcasecmp(properties[i].name, name) == 0) {
            return &properties[i];
        }
    }
    return NULL;
}

const struct mqtt_property_name *mqtt_property_by_id(enum mote_property_id id)
{
    for (size_t i = 0; i < PROPERTY_COUNT; i++) {
        if (properties[i].id == id) {
            return &properties[i];
        }
    }
    return NULL;
}

int mqtt_packet_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        if (strcasecmp(packets[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

const char *mqtt_code_words(uint8_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code == code) {
            return codes[i].words;
        }
    }
    return "unknown reason";
}
