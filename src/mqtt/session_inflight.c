#include "session_parts.h"

extern inline struct mote_inflight *mote_inflight_at(const struct mote_session *session, unsigned index);
extern inline uint16_t mote_inflight_find(const struct mote_session *session, uint16_t packet_id);
extern inline uint16_t mote_session_free_packet_id(struct mote_session *session);
extern inline void mote_session_use_packet_id(struct mote_session *session);

/* The store is a ring, too, in which no record is cut in two. */
struct room {
    size_t begin; /* behind the newest record */
    size_t end;
    size_t front; /* before the oldest one, if that lies before the newest */
};

static inline struct room find_room(const struct mote_session *session)
{
    struct room room = {0, session->config->store_size, 0};

    if (session->inflight_used > 0) {
        const struct mote_inflight *oldest = mote_inflight_at(session, 0);
        const struct mote_inflight *newest = mote_inflight_at(session, session->inflight_used - 1u);
        room.begin = newest->offset + newest->size;
        if (newest->offset >= oldest->offset)
            room.front = oldest->offset;
        else
            room.end = oldest->offset;
    }
    MOTE_ASSERT(room.begin <= room.end && room.end <= session->config->store_size);
    return room;
}

/* Returns the size, 0 if there is no room. */
static size_t append(struct mote_session *session, const struct mote_message *message, size_t most, size_t *offset)
{
    uint8_t *store = session->config->store;
    struct room room = find_room(session);

    if (store == NULL)
        return 0;
    size_t behind = room.end - room.begin < most ? room.end - room.begin : most;
    size_t size = mote_codec_encode_publish(store + room.begin, behind, session->version, message);
    *offset = room.begin;
    if (size == 0 && room.front > 0) {
        *offset = 0;
        size = mote_codec_encode_publish(store, room.front < most ? room.front : most, session->version, message);
    }
    return size;
}

static struct mote_inflight *add_entry(struct mote_session *session, const struct mote_message *message, size_t offset,
                                       size_t size)
{
    session->inflight_used++;
    struct mote_inflight *entry = mote_inflight_at(session, session->inflight_used - 1u);

    entry->offset = (uint32_t)offset;
    entry->size = (uint32_t)size;
    entry->source = message->source;
    entry->flags = (uint8_t)((unsigned)message->qos << 1 | message->retain);
    return entry;
}

enum mote_reason mote_inflight_add(struct mote_session *session, const struct mote_message *message, size_t most)
{
    const struct mote_session_config *config = session->config;
    size_t size = 0, offset = 0;

    if (session->inflight_used < config->inflight_count)
        size = append(session, message, most, &offset);
    if (size == 0) {
        size = mote_codec_encode_publish(NULL, SIZE_MAX, session->version, message);
        bool never = size == 0 || size > config->store_size || size > most || config->inflight_count == 0;
        return never ? MOTE_MQTT_PACKET_TOO_LARGE : MOTE_MQTT_QUOTA;
    }
    struct mote_inflight *entry = add_entry(session, message, offset, size);
    entry->packet_id = message->packet_id;
    entry->state = MOTE_INFLIGHT_NEW;
    return MOTE_OK;
}

bool mote_inflight_add_sent(struct mote_session *session, const struct mote_message *message, struct mote_text packet,
                            uint16_t packet_id)
{
    struct room room = find_room(session);
    size_t offset = room.begin;

    if (packet.length > room.end - room.begin) {
        offset = 0;
        if (packet.length > room.front)
            return false;
    }
    mote_word_copy(session->config->store + offset, packet.data, packet.length);
    struct mote_inflight *entry = add_entry(session, message, offset, packet.length);
    entry->packet_id = packet_id;
    entry->state = MOTE_INFLIGHT_SENT;
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

/* Begins anew at 1 after the last, and at each one that is in use behind it. */
void mote_session_search_packet_id(struct mote_session *session)
{
    while (session->free_ids == 0) {
        if (session->next_packet_id == 0)
            session->next_packet_id = 1;
        session->free_ids = (uint16_t)(UINT16_MAX - session->next_packet_id + (session->next_packet_id > 1));
        for (unsigned i = 0; i < MOTE_REQUESTS_MAX; i++)
            look_at(session, session->request_ids[i]);
        for (unsigned i = 0; i < session->inflight_used; i++) {
            const struct mote_inflight *entry = mote_inflight_at(session, i);
            if (entry->state != MOTE_INFLIGHT_DONE)
                look_at(session, entry->packet_id);
        }
        session->next_packet_id = (uint16_t)(session->next_packet_id + (session->free_ids == 0));
    }
}
