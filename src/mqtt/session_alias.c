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

void mote_alias_reset(struct mote_session *session)
{
    const struct mote_session_config *config = session->config;

    for (unsigned alias = 1; alias <= config->aliases_in_count; alias++)
        write_length(place_in(session, alias), 0);
    for (unsigned alias = 1; alias <= config->aliases_out_count; alias++)
        write_length(place_out(session, alias), 0);
    session->server_alias_max = 0;
    session->alias_out_next = 1;
}

void mote_alias_lose(struct mote_session *session, uint32_t alias)
{
    write_length(place_in(session, alias), LOST);
}

bool mote_alias_receive(struct mote_session *session, struct mote_message *message, bool *lost)
{
    uint32_t alias = mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0);

    *lost = false;
    if (alias == 0)
        return message->topic.length > 0;
    if (alias > session->config->aliases_in_count) /* [MQTT-3.3.2-9] */
        return false;
    uint8_t *place = place_in(session, alias);
    if (message->topic.length > 0) {
        if (!write_place(place, session->config->alias_in_size, message->topic))
            mote_alias_lose(session, alias);
        return true;
    }
    message->topic = read_place(place);
    *lost = message->topic.length == LOST;
    return message->topic.length > 0 && !*lost;
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

static unsigned alias_count(const struct mote_session *session)
{
    unsigned count = session->config->aliases_out_count;

    return count < session->server_alias_max ? count : session->server_alias_max;
}

size_t mote_alias_encode(struct mote_session *session, size_t room, const struct mote_message *message)
{
    const struct mote_session_config *config = session->config;
    uint8_t *into = session->send_end;
    unsigned count = alias_count(session);

    if (count == 0 || message->properties.encoded.length > 0 ||
        message->topic.length + LENGTH_SIZE > config->alias_out_size)
        return mote_codec_encode_publish(into, room, session->version, message);
    struct mote_message aliased = *message;
    unsigned known = find_alias(session, count, message->topic);
    unsigned alias = known != 0 ? known : session->alias_out_next;
    const char block[] = {MOTE_TOPIC_ALIAS, (char)(alias >> 8), (char)alias};
    aliased.properties.encoded = (struct mote_text){block, sizeof block};
    if (known != 0)
        aliased.topic.length = 0;
    size_t size = mote_codec_encode_publish(into, room, session->version, &aliased);
    if (size > 0 && known == 0) {
        write_place(place_out(session, alias), config->alias_out_size, message->topic);
        session->alias_out_next = (uint16_t)(alias == count ? 1 : alias + 1);
    }
    return size;
}
