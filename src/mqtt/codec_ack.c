#include "cursor.h"

/* Who sends reason codes in what, a bit each. */
enum {
    CONNACK = 1,
    PUBACK = 2, /* and PUBREC */
    SUBACK = 4,
    UNSUBACK = 8,
    SERVER_DISCONNECT = 16,
    CLIENT_DISCONNECT = 32,
    SERVER_AUTH = 64,
    CLIENT_AUTH = 128,
    DISCONNECT = SERVER_DISCONNECT | CLIENT_DISCONNECT,
    AUTH = SERVER_AUTH | CLIENT_AUTH,
    REPLY = CONNACK | PUBACK | SUBACK | UNSUBACK,
};

#define FIRST_FAILURE 0x80
#define SUCCESSES 0x1A
#define AT(code) [(code) < FIRST_FAILURE ? (code) : (code)-FIRST_FAILURE + SUCCESSES]

/* MQTT 5.0, table 2-6, with the tables of the packets where they say who sends it. */
static const uint8_t senders[] = {
    AT(MOTE_CODE_SUCCESS) = REPLY | DISCONNECT | SERVER_AUTH,
    AT(MOTE_CODE_GRANTED_QOS_1) = SUBACK,
    AT(MOTE_CODE_GRANTED_QOS_2) = SUBACK,
    AT(MOTE_CODE_DISCONNECT_WITH_WILL) = CLIENT_DISCONNECT,
    AT(MOTE_CODE_NO_MATCHING_SUBSCRIBERS) = PUBACK,
    AT(MOTE_CODE_NO_SUBSCRIPTION_EXISTED) = UNSUBACK,
    AT(MOTE_CODE_CONTINUE_AUTHENTICATION) = AUTH,
    AT(MOTE_CODE_RE_AUTHENTICATE) = CLIENT_AUTH,
    AT(MOTE_CODE_UNSPECIFIED) = REPLY | DISCONNECT,
    AT(MOTE_CODE_MALFORMED_PACKET) = CONNACK | DISCONNECT,
    AT(MOTE_CODE_PROTOCOL_ERROR) = CONNACK | DISCONNECT,
    AT(MOTE_CODE_IMPLEMENTATION_SPECIFIC) = REPLY | DISCONNECT,
    AT(MOTE_CODE_UNSUPPORTED_VERSION) = CONNACK,
    AT(MOTE_CODE_CLIENT_ID_NOT_VALID) = CONNACK,
    AT(MOTE_CODE_BAD_USER_OR_PASSWORD) = CONNACK,
    AT(MOTE_CODE_NOT_AUTHORIZED) = REPLY | SERVER_DISCONNECT,
    AT(MOTE_CODE_SERVER_UNAVAILABLE) = CONNACK,
    AT(MOTE_CODE_SERVER_BUSY) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_BANNED) = CONNACK,
    AT(MOTE_CODE_SERVER_SHUTTING_DOWN) = SERVER_DISCONNECT,
    AT(MOTE_CODE_BAD_AUTHENTICATION_METHOD) = CONNACK | DISCONNECT,
    AT(MOTE_CODE_KEEP_ALIVE_TIMEOUT) = SERVER_DISCONNECT,
    AT(MOTE_CODE_SESSION_TAKEN_OVER) = SERVER_DISCONNECT,
    AT(MOTE_CODE_TOPIC_FILTER_INVALID) = SUBACK | UNSUBACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_TOPIC_NAME_INVALID) = CONNACK | PUBACK | DISCONNECT,
    AT(MOTE_CODE_PACKET_ID_IN_USE) = PUBACK | SUBACK | UNSUBACK,
    AT(MOTE_CODE_RECEIVE_MAXIMUM_EXCEEDED) = DISCONNECT,
    AT(MOTE_CODE_TOPIC_ALIAS_INVALID) = DISCONNECT,
    AT(MOTE_CODE_PACKET_TOO_LARGE) = CONNACK | DISCONNECT,
    AT(MOTE_CODE_MESSAGE_RATE_TOO_HIGH) = DISCONNECT,
    AT(MOTE_CODE_QUOTA_EXCEEDED) = CONNACK | PUBACK | SUBACK | DISCONNECT,
    AT(MOTE_CODE_ADMINISTRATIVE_ACTION) = DISCONNECT,
    AT(MOTE_CODE_PAYLOAD_FORMAT_INVALID) = CONNACK | PUBACK | DISCONNECT,
    AT(MOTE_CODE_RETAIN_NOT_SUPPORTED) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_QOS_NOT_SUPPORTED) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_USE_ANOTHER_SERVER) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_SERVER_MOVED) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_SHARED_NOT_SUPPORTED) = SUBACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_CONNECTION_RATE_EXCEEDED) = CONNACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_MAXIMUM_CONNECT_TIME) = SERVER_DISCONNECT,
    AT(MOTE_CODE_IDENTIFIERS_NOT_SUPPORTED) = SUBACK | SERVER_DISCONNECT,
    AT(MOTE_CODE_WILDCARDS_NOT_SUPPORTED) = SUBACK | SERVER_DISCONNECT,
};

static unsigned senders_of(unsigned code)
{
    if (code >= FIRST_FAILURE)
        code -= FIRST_FAILURE - SUCCESSES;
    else if (code >= SUCCESSES)
        return 0;
    return code < sizeof senders ? senders[code] : 0;
}

bool mote_code_is_allowed(enum mote_mqtt_version version, enum mote_packet_type type, bool from_server, uint8_t code)
{
    static const uint8_t columns[] = {
        [MOTE_CONNACK] = CONNACK,  [MOTE_PUBACK] = PUBACK,     [MOTE_PUBREC] = PUBACK,
        [MOTE_SUBACK] = SUBACK,    [MOTE_UNSUBACK] = UNSUBACK, [MOTE_DISCONNECT] = SERVER_DISCONNECT,
        [MOTE_AUTH] = SERVER_AUTH,
    };
    unsigned column = columns[type];

    if (!mote_version_is_5(version)) /* [MQTT-3.2.2-6] and [MQTT-3.9.3-2] of 3.1.1 */
        return type == MOTE_CONNACK ? code <= 5 : code <= 2 || code == MOTE_CODE_UNSPECIFIED;
    if (type == MOTE_PUBREL || type == MOTE_PUBCOMP)
        return code == MOTE_CODE_SUCCESS || code == MOTE_CODE_PACKET_ID_NOT_FOUND;
    if (!from_server && code == MOTE_CODE_NO_MATCHING_SUBSCRIBERS)
        return false;
    if (!from_server && type >= MOTE_DISCONNECT)
        column <<= 1; /* from SERVER_ to CLIENT_ */
    return (senders_of(code) & column) != 0;
}

static bool has_packet_id(enum mote_packet_type type)
{
    return type < MOTE_SUBSCRIBE;
}

/* What MQTT 5 adds, of which the sender may leave out the end. */
static void read_code(struct mote_reader *reader, enum mote_packet_type type, bool from_server, struct mote_ack *ack)
{
    struct mote_property expiry;

    if (mote_reader_left(reader) == 0) {
        if (type == MOTE_AUTH && !from_server) /* that is Success, which is the server's to say */
            mote_reader_fail(reader, MOTE_FAULT_CODE);
        return;
    }
    ack->code = mote_reader_u8(reader);
    if (!mote_code_is_allowed(MOTE_MQTT_5, type, from_server, ack->code))
        mote_reader_fail(reader, MOTE_FAULT_CODE);
    if (mote_reader_left(reader) == 0 && type != MOTE_AUTH)
        return;
    mote_reader_properties(reader, type, &ack->properties);
    if (type == MOTE_DISCONNECT && from_server && /* [MQTT-3.14.2-2] */
        mote_properties_find(&ack->properties, MOTE_SESSION_EXPIRY_INTERVAL, &expiry))
        mote_reader_fail(reader, MOTE_FAULT_EXPIRY);
}

bool mote_reader_ack(struct mote_reader *reader, enum mote_packet_type type, bool from_server, struct mote_ack *ack)
{
    memset(ack, 0, sizeof *ack);
    if (has_packet_id(type))
        ack->packet_id = mote_reader_packet_id(reader);
    if (mote_reader_is_5(reader))
        read_code(reader, type, from_server, ack);
    else if (type == MOTE_AUTH || (type == MOTE_DISCONNECT && from_server))
        mote_reader_fail(reader, MOTE_FAULT_UNEXPECTED);
    return mote_reader_finish(reader);
}

void mote_writer_ack(struct mote_writer *writer, enum mote_packet_type type, const struct mote_ack *ack)
{
    bool has_properties = !mote_properties_are_none(&ack->properties);

    mote_writer_begin(writer, (unsigned)type << 4 | (type == MOTE_PUBREL ? 2 : 0));
    if (has_packet_id(type))
        mote_writer_u16(writer, ack->packet_id);
    if (mote_version_is_5((enum mote_mqtt_version)writer->version) && (has_properties || ack->code != 0)) {
        mote_writer_u8(writer, ack->code);
        if (has_properties || type == MOTE_AUTH)
            mote_writer_properties(writer, &ack->properties);
    }
    mote_writer_finish(writer, 0);
}
