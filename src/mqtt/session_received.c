#include "session_parts.h"

/* config->received_ids is a table in which an identifier lies at its home, or in the next places if others are there;
 * 0 is an empty place. Those that lie behind each other are in the order of their homes, so that a search ends early
 * even when there is no empty place left. That takes no more memory than a list, and few steps however many there
 * are. */

/* 2^16 times the golden section: it spreads numbers that follow each other, as identifiers do, most evenly. */
#define SPREAD 40503u

static unsigned home_of(const struct mote_session *session, unsigned packet_id)
{
    uint32_t spread = packet_id * SPREAD & UINT16_MAX;

    return spread * session->config->received_count >> 16;
}

static unsigned behind(const struct mote_session *session, unsigned place)
{
    return place + 1u == session->config->received_count ? 0 : place + 1;
}

/* How far from its home is what lies here? */
static unsigned way_to(const struct mote_session *session, unsigned place)
{
    unsigned home = home_of(session, session->config->received_ids[place]);

    return place >= home ? place - home : place + session->config->received_count - home;
}

/* Where it lies or, at an empty place or one that lies nearer to its home, where it would have to. */
static unsigned search(const struct mote_session *session, uint16_t packet_id)
{
    const uint16_t *ids = session->config->received_ids;
    unsigned place = home_of(session, packet_id);

    for (unsigned way = 0; ids[place] != packet_id && ids[place] != 0 && way <= way_to(session, place); way++)
        place = behind(session, place);
    return place;
}

uint16_t *mote_received_find(const struct mote_session *session, uint16_t packet_id)
{
    MOTE_ASSERT(packet_id != 0);
    if (session->received_used == 0)
        return NULL;
    uint16_t *place = session->config->received_ids + search(session, packet_id);
    return *place == packet_id ? place : NULL;
}

bool mote_received_has(struct mote_session *session, uint16_t packet_id, bool duplicate)
{
    uint16_t *found = mote_received_find(session, packet_id);

    if (!session->doubted || (found != NULL && duplicate))
        return found != NULL;
    if (found != NULL)
        mote_received_release(session, found);
    else if (session->received_used == session->config->received_count)
        mote_received_clear(session);
    return false;
}

void mote_received_add(struct mote_session *session, uint16_t packet_id)
{
    uint16_t *ids = session->config->received_ids;

    MOTE_ASSERT(session->received_used < session->config->received_count);
    session->received_used++;
    /* Whatever lay here moves on. */
    for (unsigned place = search(session, packet_id); packet_id != 0; place = behind(session, place)) {
        uint16_t moved = ids[place];
        ids[place] = packet_id;
        packet_id = moved;
    }
}

void mote_received_forget(struct mote_session *session, uint16_t *found)
{
    uint16_t *ids = session->config->received_ids;
    unsigned place = (unsigned)(found - ids);
    unsigned next = behind(session, place);

    session->received_used--;
    /* Those behind it that are not at home move up. */
    for (; ids[next] != 0 && way_to(session, next) > 0; next = behind(session, next)) {
        ids[place] = ids[next];
        place = next;
    }
    ids[place] = 0;
}

void mote_received_release(struct mote_session *session, uint16_t *found)
{
    mote_received_forget(session, found);
    if (session->received_old > 0)
        session->received_old--;
    session->doubted = session->doubted && session->received_used > 0;
}

void mote_received_clear(struct mote_session *session)
{
    session->received_used = 0;
    session->received_old = 0;
    session->doubted = false;
    for (unsigned i = 0; i < session->config->received_count; i++)
        session->config->received_ids[i] = 0;
}

bool mote_session_restore_received(struct mote_session *session, uint16_t packet_id)
{
    if (packet_id == 0 || session->received_used == session->config->received_count ||
        mote_received_find(session, packet_id) != NULL)
        return false;
    mote_received_add(session, packet_id);
    session->received_old++;
    session->doubted = true; /* whoever kept it cannot know whether a CONNECT has gone out since */
    return true;
}

size_t mote_session_received_ids(const struct mote_session *session, uint16_t *packet_ids, size_t max)
{
    const uint16_t *ids = session->config->received_ids;
    size_t count = 0;

    for (unsigned i = 0; i < session->config->received_count && count < max; i++) {
        if (ids[i] != 0)
            packet_ids[count++] = ids[i];
    }
    return session->received_used;
}
