#include "session_parts.h"

extern inline struct mote_inflight *mote_inflight_at(const struct mote_session *session, unsigned index);
extern inline uint16_t mote_inflight_find(const struct mote_session *session, uint16_t packet_id);
extern inline uint16_t mote_session_free_packet_id(struct mote_session *session);
extern inline void mote_session_use_packet_id(struct mote_session *session);

/* The store is a ring, too, in which no record is cut in two: what does not fit behind the newest one may fit before the
 * oldest. Returns false if there is no room for so many bytes. */
static inline bool find_room(const struct mote_session *session, size_t size, size_t *offset)
{
    size_t begin = 0, end = session->config->store_size, front = 0;

    if (session->inflight_used > 0) {
        const struct mote_inflight *oldest = mote_inflight_at(session, 0);
        const struct mote_inflight *newest = mote_inflight_at(session, session->inflight_used - 1u);
        begin = newest->offset + newest->size;
        if (newest->offset >= oldest->offset)
            front = oldest->offset;
        else
            end = oldest->offset;
    }
    MOTE_ASSERT(begin <= end && end <= session->config->store_size);
    if (size <= end - begin) {
        *offset = begin;
        return true;
    }
    *offset = 0;
    return size <= front;
}

static inline void add_entry(struct mote_session *session, const struct mote_message *message, size_t offset,
                             size_t size, uint16_t packet_id, uint8_t state)
{
    session->inflight_used++;
    struct mote_inflight *entry = mote_inflight_at(session, session->inflight_used - 1u);

    entry->offset = (uint32_t)offset;
    entry->size = (uint32_t)size;
    entry->source = message->source;
    entry->packet_id = packet_id;
    entry->state = state;
    entry->flags = (uint8_t)((unsigned)message->qos << 1 | message->retain);
}

enum mote_reason mote_inflight_add(struct mote_session *session, const struct mote_message *message, uint16_t packet_id,
                                   uint32_t most)
{
    const struct mote_session_config *config = session->config;
    struct mote_writer writer = {NULL, 0, 0, (uint8_t)session->version};
    size_t offset;

    mote_writer_publish(&writer, message, false, packet_id);
    size_t size = writer.size;
    if (size > config->store_size || size + mote_source_size(message->source) > most || config->inflight_count == 0)
        return MOTE_MQTT_PACKET_TOO_LARGE;
    if (session->inflight_used == config->inflight_count || !find_room(session, size, &offset))
        return MOTE_MQTT_QUOTA;
    writer.bytes = config->store + offset;
    writer.room = size;
    writer.size = 0;
    mote_writer_publish(&writer, message, false, packet_id);
    add_entry(session, message, offset, size, packet_id, MOTE_STAGE_NEW);
    return MOTE_OK;
}

bool mote_inflight_add_sent(struct mote_session *session, const struct mote_message *message, struct mote_text packet,
                            uint16_t packet_id)
{
    size_t offset;

    if (!find_room(session, packet.length, &offset))
        return false;
    mote_word_copy(session->config->store + offset, packet.data, packet.length);
    add_entry(session, message, offset, packet.length, packet_id, MOTE_STAGE_SENT);
    return true;
}

/* Identifiers are given in ascending order: the distance from the oldest one's is where to begin, or a little above. */
uint16_t mote_inflight_search(const struct mote_session *session, uint16_t packet_id)
{
    uint16_t used = session->inflight_used;
    uint16_t index = (uint16_t)(packet_id - mote_inflight_at(session, 0)->packet_id);
    if (index >= used)
        index = (uint16_t)(used - 1);
    for (uint16_t left = used; left > 0; left--) {
        const struct mote_inflight *entry = mote_inflight_at(session, index);
        if (entry->packet_id == packet_id && entry->state >= MOTE_STAGE_SENT)
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
    entry->state = MOTE_STAGE_NONE;
    while (session->inflight_used > 0 && mote_inflight_at(session, 0)->state == MOTE_STAGE_NONE) {
        session->inflight_used--;
        session->inflight_head++;
        if (session->inflight_head == session->config->inflight_count)
            session->inflight_head = 0;
        lower(&session->resume_index);
        lower(&session->release_index);
    }
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

/* Shortens the distance from the next identifier to the nearest that is in use. */
static void look_at(struct mote_session *session, uint16_t packet_id)
{
    unsigned distance = (unsigned)packet_id - session->next_packet_id;

    if (packet_id >= session->next_packet_id && distance < session->free_ids)
        session->free_ids = (uint16_t)distance;
}

/* Begins anew at the first after the last, and at each one that is in use behind it. */
void mote_session_search_packet_id(struct mote_session *session)
{
    while (session->free_ids == 0) {
        if (session->next_packet_id == 0)
            session->next_packet_id = mote_session_least_id(session);
        session->free_ids = (uint16_t)(UINT16_MAX - session->next_packet_id + (session->next_packet_id > 1));
        for (unsigned i = 0; i < MOTE_REQUESTS_MAX; i++)
            look_at(session, session->request_ids[i]);
        for (unsigned i = 0; i < session->inflight_used; i++) {
            const struct mote_inflight *entry = mote_inflight_at(session, i);
            if (entry->state != MOTE_STAGE_NONE)
                look_at(session, entry->packet_id);
        }
        session->next_packet_id = (uint16_t)(session->next_packet_id + (session->free_ids == 0));
    }
}
