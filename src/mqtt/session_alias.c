#include "session_parts.h"

/* A table's place is two bytes of length, then the topic. */
#define LENGTH_SIZE 2u
#define LOST UINT16_MAX /* as a length, which no topic in a place can have: the topic did not fit */

static struct mote_text read_place(const uint8_t *place)
{
    size_t length = (size_t)place[0] << 8 | place[1];

    return (struct mote_text){(const char *)place + LENGTH_SIZE, length};
}

static void write_length(uint8_t *place, unsigned length)
{
    place[0] = (uint8_t)(length >> 8);
    place[1] = (uint8_t)length;
}

static bool write_place(uint8_t *place, size_t size, struct mote_text topic)
{
    if (topic.length > size - LENGTH_SIZE)
        return false;
    write_length(place, (unsigned)topic.length);
    memcpy(place + LENGTH_SIZE, topic.data, topic.length);
    return true;
}

/* The sizes are 16 bits wide, so that the product is cheap and cannot overflow. */
static uint8_t *place_in(const struct mote_session *session, unsigned alias)
{
    return session->config->aliases_in + (size_t)(alias - 1) * session->config->alias_in_size;
}

static uint8_t *place_out(const struct mote_session *session, unsigned alias)
{
    return session->config->aliases_out + (size_t)(alias - 1) * session->config->alias_out_size;
}

static bool are_legal(const struct mote_session_config *config)
{
    return (config->aliases_in_count == 0 || (config->aliases_in != NULL && config->alias_in_size > LENGTH_SIZE)) &&
           (config->aliases_out_count == 0 || (config->aliases_out != NULL && config->alias_out_size > LENGTH_SIZE));
}

static void reset(struct mote_session *session)
{
    const struct mote_session_config *config = session->config;

    for (unsigned alias = 1; alias <= config->aliases_in_count; alias++)
        write_length(place_in(session, alias), 0);
    for (unsigned alias = 1; alias <= config->aliases_out_count; alias++)
        write_length(place_out(session, alias), 0);
    session->alias_out_next = 1;
}

static enum mote_step receive(struct mote_session *session, struct mote_message *message, unsigned alias)
{
    uint8_t *place = place_in(session, alias);

    if (message->topic.length > 0) {
        if (!write_place(place, session->config->alias_in_size, message->topic))
            write_length(place, LOST);
        return MOTE_STEP_EVENT;
    }
    message->topic = read_place(place);
    if (message->topic.length == LOST)
        return MOTE_STEP_AGAIN;
    if (message->topic.length > 0)
        return MOTE_STEP_EVENT;
    return mote_session_fault(session, MOTE_FAULT_NO_TOPIC);
}

/* Only the topic alias matters: what it stood for, it stands for no longer. */
static void lose_alias(struct mote_session *session, struct mote_reader *reader)
{
    uint16_t alias = mote_reader_u16(reader);

    if (reader->fault != MOTE_FAULT_NONE)
        return;
    if (alias == 0 || alias > session->config->aliases_in_count)
        mote_reader_fail(reader, MOTE_FAULT_ALIAS);
    else
        write_length(place_in(session, alias), LOST);
}

static void pass_property(struct mote_session *session, struct mote_reader *reader)
{
    switch (mote_reader_u8(reader)) {
    case MOTE_PAYLOAD_FORMAT_INDICATOR:
        session->drain_skip = 1;
        break;
    case MOTE_MESSAGE_EXPIRY_INTERVAL:
        session->drain_skip = 4;
        break;
    case MOTE_SUBSCRIPTION_IDENTIFIER:
        mote_reader_varint(reader, true);
        break;
    case MOTE_TOPIC_ALIAS:
        lose_alias(session, reader);
        break;
    case MOTE_USER_PROPERTY:
        session->partial = MOTE_PARTIAL_PAIR;
        session->drain_skip = mote_reader_u16(reader);
        break;
    case MOTE_CONTENT_TYPE:
    case MOTE_RESPONSE_TOPIC:
    case MOTE_CORRELATION_DATA:
        session->drain_skip = mote_reader_u16(reader);
        break;
    default:
        mote_reader_fail(reader, MOTE_FAULT_PROPERTY);
    }
}

static void pass_length(struct mote_session *session, struct mote_reader *reader)
{
    uint32_t size = mote_reader_varint(reader, true);

    size += (uint32_t)mote_varint_size(size);
    if (size > session->partial_left)
        mote_reader_fail(reader, MOTE_FAULT_ENDS_TOO_SOON);
    session->drain_left = size;
}

/* Properties are passed one by one, user properties in two steps. */
static void pass_next(struct mote_session *session, struct mote_reader *reader)
{
    uint8_t before = session->partial;

    session->partial = MOTE_PARTIAL_PROPERTY;
    if (before == MOTE_PARTIAL_PROPERTY)
        pass_property(session, reader);
    else if (before == MOTE_PARTIAL_PAIR)
        session->drain_skip = mote_reader_u16(reader);
    else
        pass_length(session, reader);
}

static enum mote_step pass(struct mote_session *session, struct mote_text bytes)
{
    uint8_t before = session->partial;
    uint32_t most = before == MOTE_PARTIAL_PROPERTIES ? session->partial_left : session->drain_left;
    struct mote_reader reader;

    if (before == MOTE_PARTIAL_PROPERTY && most == 0) {
        session->partial = MOTE_PARTIAL_PAYLOAD;
        return MOTE_STEP_AGAIN;
    }
    if (bytes.length > most)
        bytes.length = most;
    mote_reader_init(&reader, bytes);
    pass_next(session, &reader);
    if (reader.missing > 0 && bytes.length < most) {
        session->partial = before;
        session->drain_skip = 0;
        return MOTE_STEP_IDLE;
    }
    size_t taken = bytes.length - mote_reader_left(&reader);
    uint32_t passed = (uint32_t)taken + session->drain_skip;
    if (passed > most)
        mote_reader_fail(&reader, MOTE_FAULT_ENDS_TOO_SOON);
    if (reader.fault != MOTE_FAULT_NONE)
        return mote_session_fault(session, reader.fault);
    session->drain_left -= passed;
    mote_session_drain_take(session, taken);
    return MOTE_STEP_AGAIN;
}

/* The alias of a topic; 0 if it has none. */
static unsigned find_alias(const struct mote_session *session, unsigned count, struct mote_text topic)
{
    for (unsigned alias = 1; alias <= count; alias++) {
        if (mote_text_same(read_place(place_out(session, alias)), topic))
            return alias;
    }
    return 0;
}

static bool put(struct mote_session *session, const struct mote_message *message, uint16_t packet_id)
{
    const struct mote_session_config *config = session->config;
    unsigned count = session->server_alias_max;

    if (message->properties.encoded.length > 0 || message->topic.length + LENGTH_SIZE > config->alias_out_size)
        return false;
    struct mote_message aliased = *message;
    unsigned known = find_alias(session, count, message->topic);
    unsigned alias = known != 0 ? known : session->alias_out_next;
    const char block[] = {MOTE_TOPIC_ALIAS, (char)(alias >> 8), (char)alias};
    aliased.properties.encoded = (struct mote_text){block, sizeof block};
    if (known != 0)
        aliased.topic.length = 0;
    struct mote_writer writer = mote_session_begin(session);
    mote_writer_publish(&writer, &aliased, false, packet_id);
    if (mote_session_put_written(session, &writer, mote_source_size(message->source)) != MOTE_OK)
        return false;
    if (known == 0) {
        write_place(place_out(session, alias), config->alias_out_size, message->topic);
        session->alias_out_next = (uint16_t)(alias == count ? 1 : alias + 1);
    }
    return true;
}

const struct mote_session_aliases mote_session_aliases = {
    .are_legal = are_legal,
    .reset = reset,
    .receive = receive,
    .pass = pass,
    .put = put,
};
