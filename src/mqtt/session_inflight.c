#include "session_parts.h"

struct mote_inflight *mote_inflight_at(const struct mote_session *session, uint16_t index)
{
    unsigned slot = (unsigned)session->inflight_head + index;

    MOTE_ASSERT(index < session->inflight_used);
    if (slot >= session->config->inflight_count)
        slot -= session->config->inflight_count;
    return &session->config->inflight[slot];
}

/* The store is a ring, too, in which no record is cut in two. */
static uint32_t append(struct mote_session *session, const struct mote_message *message, uint32_t *offset)
{
    const struct mote_session_config *config = session->config;
    size_t begin = 0, end = config->store_size, front = 0;

    if (session->inflight_used > 0) {
        const struct mote_inflight *oldest = mote_inflight_at(session, 0);
        const struct mote_inflight *newest = mote_inflight_at(session, (uint16_t)(session->inflight_used - 1));
        begin = newest->offset + newest->size;
        if (newest->offset >= oldest->offset)
            front = oldest->offset;
        else
            end = oldest->offset;
    }
    MOTE_ASSERT(begin <= end && end <= config->store_size);
    if (config->store == NULL)
        return 0;
    size_t size = mote_codec_encode_publish(config->store + begin, end - begin, session->version, message);
    if (size == 0 && front > 0) {
        begin = 0;
        size = mote_codec_encode_publish(config->store, front, session->version, message);
    }
    *offset = (uint32_t)begin;
    return (uint32_t)size;
}

enum mote_reason mote_inflight_add(struct mote_session *session, const struct mote_message *message)
{
    const struct mote_session_config *config = session->config;
    uint32_t size = 0, offset = 0;

    if (session->inflight_used < config->inflight_count)
        size = append(session, message, &offset);
    if (size == 0) {
        size_t needed = mote_codec_encode_publish(NULL, SIZE_MAX, session->version, message);
        bool never = needed == 0 || needed > config->store_size || config->inflight_count == 0;
        return never ? MOTE_MQTT_PACKET_TOO_LARGE : MOTE_MQTT_QUOTA;
    }
    session->inflight_used++;
    struct mote_inflight *entry = mote_inflight_at(session, (uint16_t)(session->inflight_used - 1));
    entry->offset = offset;
    entry->size = size;
    entry->source = message->source;
    entry->packet_id = message->packet_id;
    entry->state = MOTE_INFLIGHT_NEW;
    entry->flags = (uint8_t)((unsigned)message->qos << 1 | message->retain);
    return MOTE_OK;
}

void mote_inflight_take_back(struct mote_session *session)
{
    MOTE_ASSERT(session->inflight_used > session->resume_index);
    session->inflight_used--;
}

/* Identifiers are given in ascending order: the distance from the oldest one's is where to begin, or a little above. */
uint16_t mote_inflight_find(const struct mote_session *session, uint16_t packet_id)
{
    uint16_t used = session->inflight_used;

    if (used == 0)
        return 0;
    uint16_t index = (uint16_t)(packet_id - mote_inflight_at(session, 0)->packet_id);
    if (index >= used)
        index = (uint16_t)(used - 1);
    for (uint16_t left = used; left > 0; left--) {
        const struct mote_inflight *entry = mote_inflight_at(session, index);
        if (entry->packet_id == packet_id && entry->state >= MOTE_INFLIGHT_SENT)
            return index;
        index = (uint16_t)((index == 0 ? used : index) - 1);
    }
    return used;
}

static void lower(uint16_t *index)
{
    if (*index > 0)
        (*index)--;
}

void mote_inflight_finish(struct mote_session *session, struct mote_inflight *entry)
{
    entry->state = MOTE_INFLIGHT_DONE;
    while (session->inflight_used > 0 && mote_inflight_at(session, 0)->state == MOTE_INFLIGHT_DONE) {
        session->inflight_used--;
        session->inflight_head++;
        if (session->inflight_head == session->config->inflight_count)
            session->inflight_head = 0;
        lower(&session->resume_index);
        lower(&session->release_index);
    }
}

uint32_t mote_inflight_size(const struct mote_inflight *entry)
{
    return entry->size + (entry->source == NULL ? 0 : entry->source->size);
}

size_t mote_inflight_read(const struct mote_session *session, const struct mote_inflight *entry, uint32_t offset,
                          uint8_t *into, size_t size)
{
    if (offset >= entry->size)
        return entry->source->read(entry->source->context, offset - entry->size, into, size);
    if (size > entry->size - offset)
        size = entry->size - offset;
    memcpy(into, session->config->store + entry->offset + offset, size);
    return size;
}

static bool distance_to(uint16_t from, uint16_t packet_id, uint16_t *distance)
{
    if (packet_id >= from && packet_id - from < *distance)
        *distance = (uint16_t)(packet_id - from);
    return *distance == 0;
}

/* How many identifiers from this one on, up to the last, are not in use? */
static uint16_t count_free(const struct mote_session *session, uint16_t from)
{
    uint16_t distance = (uint16_t)(UINT16_MAX - from);

    if (distance < UINT16_MAX)
        distance++;
    for (unsigned i = 0; i < MOTE_REQUESTS_MAX; i++) {
        if (distance_to(from, session->request_ids[i], &distance))
            return 0;
    }
    for (uint16_t i = 0; i < session->inflight_used; i++) {
        const struct mote_inflight *entry = mote_inflight_at(session, i);
        if (entry->state != MOTE_INFLIGHT_DONE && distance_to(from, entry->packet_id, &distance))
            return 0;
    }
    return distance;
}

/* A search is needed only once it comes upon one that is in use. */
uint16_t mote_session_free_packet_id(struct mote_session *session)
{
    while (session->free_ids == 0) {
        session->free_ids = count_free(session, session->next_packet_id);
        if (session->free_ids == 0)
            session->next_packet_id = session->next_packet_id == UINT16_MAX ? 1 : (uint16_t)(session->next_packet_id + 1);
    }
    return session->next_packet_id;
}

void mote_session_use_packet_id(struct mote_session *session)
{
    session->free_ids--;
    session->next_packet_id = session->next_packet_id == UINT16_MAX ? 1 : (uint16_t)(session->next_packet_id + 1);
}
