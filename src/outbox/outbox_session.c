#include "parts.h"

enum {
    MARK_AHEAD = 15,     /* one state for so many messages and one more */
    FINISHED_MAX = 16,   /* likewise for what is done... */
    FINISHED_MS = 10000, /* ...or after so long: until then a power cut sends it again, which does no harm */
};

void mote_outbox_restore(struct mote_outbox *outbox, struct mote_session *session)
{
    struct mote_log_ids ids = {.count = outbox->received_count};

    if (!outbox->is_open)
        return;
    if (outbox->expected)
        mote_session_expect_present(session);
    if (!mote_log_read(outbox, outbox->ids_sector, outbox->ids_offset, ids.bytes, 2u * ids.count) ||
        mote_log_ids_sum(&ids) != outbox->ids_sum)
        return;
    for (unsigned i = 0; i < ids.count; i++)
        mote_session_restore_received(session, (uint16_t)((unsigned)ids.bytes[2 * i] << 8 | ids.bytes[2 * i + 1]));
}

/* Some may be under way, and are not done? */
static bool has_under_way(const struct mote_outbox *outbox)
{
    return outbox->turn != outbox->base || !mote_sequence_is_before(outbox->resume, outbox->base);
}

/* A released message that is published anew must not be found released after a power cut: it would never arrive. */
static void lose_session(struct mote_outbox *outbox, bool is_another)
{
    if (outbox->expected && has_under_way(outbox)) {
        outbox->counters.sessions_lost += !is_another;
        outbox->counters.sessions_left += is_another;
    }
    outbox->state_due = outbox->state_due || outbox->released != 0;
    outbox->wait_due = outbox->wait_due || outbox->released != 0;
    outbox->exact |= outbox->released;
    outbox->released = 0;
    outbox->renewed = true;
}

/* Whose session it is goes into the state that says what has become of the messages: after a power cut it is that of before with
 * what was under way to it, or this one with nothing. */
void mote_outbox_connected(struct mote_outbox *outbox, uint32_t session_mark, bool session_present)
{
    if (!outbox->is_open)
        return;
    outbox->blocked = false;
    if (!session_present)
        lose_session(outbox, outbox->session_mark != 0 && outbox->session_mark != session_mark);
    outbox->state_due = outbox->state_due || !outbox->expected || outbox->session_mark != session_mark;
    outbox->expected = true;
    outbox->session_mark = session_mark;
}

bool mote_outbox_answered(struct mote_outbox *outbox, uint16_t packet_id, uint8_t reason_code)
{
    uint32_t sequence = mote_sequence_of(packet_id, outbox->base);
    uint64_t bit = mote_outbox_bit(outbox, sequence);

    outbox->blocked = false;
    if (packet_id == 0 || packet_id >= MOTE_OUTBOX_IDS)
        return false;
    /* One that was forgotten meanwhile may still be answered. */
    if (!outbox->is_open || bit == 0 || (outbox->done & bit) != 0 || !mote_sequence_is_before(sequence, outbox->turn))
        return true;
    if (reason_code < 0x80 || (outbox->released & bit) != 0)
        outbox->counters.delivered++;
    else
        outbox->counters.rejected++;
    outbox->finished = (uint8_t)(outbox->finished + (outbox->finished < UINT8_MAX));
    mote_outbox_finish(outbox, sequence, mote_sequence_after(sequence));
    mote_outbox_look_again(outbox);
    return true;
}

/* --- Sending --- */

static enum mote_session_stage stage_of(const struct mote_outbox *outbox, uint32_t sequence)
{
    if ((outbox->released & mote_outbox_bit(outbox, sequence)) != 0)
        return MOTE_STAGE_RELEASED;
    return outbox->renewed || mote_sequence_is_before(outbox->resume, sequence) ? MOTE_STAGE_NEW : MOTE_STAGE_SENT;
}

/* It may be under way from now on. */
static void note_sent(struct mote_outbox *outbox, uint32_t sequence, enum mote_qos qos, enum mote_session_stage stage)
{
    if (mote_sequence_is_before(outbox->mark, sequence)) {
        outbox->mark = mote_sequence_later(sequence, MARK_AHEAD);
        outbox->state_due = true;
    }
    if (qos != MOTE_QOS_2)
        return;
    outbox->wait_due = true;
    if (stage != MOTE_STAGE_RELEASED)
        outbox->exact |= mote_outbox_bit(outbox, sequence);
}

/* It will not be sent, and not after a power cut either: then a later one of its topic may have arrived. */
static void give_up(struct mote_outbox *outbox, uint32_t sequence)
{
    if (!mote_sequence_is_before(outbox->mark, sequence)) {
        outbox->state_due = true;
        outbox->wait_due = true;
    }
    outbox->turn = mote_sequence_after(sequence);
    outbox->finished = (uint8_t)(outbox->finished + (outbox->finished < UINT8_MAX));
    mote_outbox_finish(outbox, sequence, outbox->turn);
    mote_outbox_look_again(outbox);
}

/* Gives it to the session. Returns false if that has no room. */
static bool publish(struct mote_outbox *outbox, struct mote_session *session, const struct mote_log_record *record)
{
    enum mote_session_stage stage = stage_of(outbox, record->sequence);
    struct mote_message message;
    enum mote_reason reason;
    uint32_t clock_s;

    if (!mote_outbox_read(outbox, record, &message, &clock_s)) {
        if (outbox->unread)
            return false;
        mote_outbox_count_fate(outbox, MOTE_OUTBOX_IS_DAMAGED);
        give_up(outbox, record->sequence);
        return true;
    }
    reason = mote_session_publish_as(session, &message, mote_sequence_packet_id(record->sequence), stage);
    if (reason == MOTE_MQTT_QUOTA)
        return false;
    if (reason != MOTE_OK) {
        outbox->counters.rejected++;
        give_up(outbox, record->sequence);
        return true;
    }
    outbox->turn = mote_sequence_after(record->sequence);
    note_sent(outbox, record->sequence, message.qos, stage);
    return true;
}

/* Finds the next message; numbers on the way that no message has are done. Returns false if there is none, or it is too far from
 * the first that is not done. */
static bool find_next(struct mote_outbox *outbox, struct mote_log_record *record)
{
    outbox->unread = false;
    if (outbox->turn == outbox->next)
        return false;
    if (!mote_log_find(outbox, outbox->turn, record)) {
        if (outbox->unread)
            return false;
        record->sequence = outbox->next;
    }
    if (outbox->turn != record->sequence)
        mote_outbox_finish(outbox, outbox->turn, record->sequence);
    if (mote_outbox_bit(outbox, record->sequence) == 0)
        return false;
    outbox->turn = record->sequence;
    return outbox->turn != outbox->next;
}

static bool may_send(struct mote_outbox *outbox, const struct mote_session *session)
{
    if (!outbox->is_open || session->state != MOTE_SESSION_CONNECTED || outbox->blocked)
        return false;
    if (session->config->own_ids_from != MOTE_OUTBOX_IDS || session->config->inflight_count == 0)
        outbox->reason = MOTE_CONFIG_INVALID;
    return outbox->reason != MOTE_CONFIG_INVALID;
}

void mote_outbox_send(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms)
{
    struct mote_log_record record;

    if (!may_send(outbox, session))
        return;
    mote_outbox_tell_time(outbox, now_ms);
    while (!outbox->blocked && find_next(outbox, &record)) {
        enum mote_outbox_fate fate = mote_outbox_fate(outbox, &record, false);
        if (fate == MOTE_OUTBOX_WAITS) {
            outbox->blocked = !publish(outbox, session, &record);
        } else {
            if (fate != MOTE_OUTBOX_IS_DONE)
                mote_outbox_count_fate(outbox, fate);
            give_up(outbox, record.sequence);
        }
    }
}

/* --- Keeping what the output relies on --- */

static void note_released(struct mote_outbox *outbox, const struct mote_session *session)
{
    for (uint64_t left = outbox->exact; left != 0; left &= left - 1) {
        uint64_t bit = left & (~left + 1);
        uint32_t sequence = outbox->base;

        for (uint64_t place = bit; place > 1; place >>= 1)
            sequence = mote_sequence_later(sequence, 1);
        if (mote_session_stage(session, mote_sequence_packet_id(sequence)) != MOTE_STAGE_RELEASED)
            continue;
        outbox->exact &= ~bit;
        outbox->released |= bit;
        outbox->state_due = true;
        outbox->wait_due = true;
    }
}

static void note_received(struct mote_outbox *outbox, const struct mote_session *session, struct mote_log_ids *ids)
{
    uint16_t list[MOTE_LOG_IDS_MAX];
    unsigned most = mote_log_ids_max(outbox);
    size_t count = mote_session_received_ids(session, list, most);

    ids->count = (uint8_t)(count < most ? count : most);
    for (unsigned i = 0; i < ids->count; i++) {
        ids->bytes[2 * i] = (uint8_t)(list[i] >> 8);
        ids->bytes[2 * i + 1] = (uint8_t)(list[i] & 0xFF);
    }
    if (ids->count == outbox->received_count && (ids->count == 0 || mote_log_ids_sum(ids) == outbox->ids_sum))
        return;
    outbox->state_due = true;
    outbox->wait_due = true;
}

static void note_finished(struct mote_outbox *outbox, uint64_t now_ms)
{
    if (outbox->finished == 0)
        return;
    if (outbox->state_ms == MOTE_NEVER)
        outbox->state_ms = now_ms + FINISHED_MS;
    if (outbox->finished >= FINISHED_MAX || now_ms >= outbox->state_ms)
        outbox->state_due = true;
}

/* Returns false if it has to be tried again before anything is sent. A flash that cannot is asked again after a while. */
static bool write_state(struct mote_outbox *outbox, const struct mote_log_ids *ids, uint64_t now_ms)
{
    if (!outbox->state_due || mote_log_write_state(outbox, ids) == MOTE_OK)
        return true;
    if (mote_log_must_wait(outbox))
        return false;
    outbox->state_due = false;
    outbox->received_count = ids->count;
    outbox->ids_sum = mote_log_ids_sum(ids);
    outbox->finished = (uint8_t)(outbox->finished + (outbox->finished == 0));
    outbox->state_ms = now_ms + FINISHED_MS;
    return true;
}

static bool is_kept(struct mote_outbox *outbox)
{
    if (outbox->wait_due)
        outbox->waits = (uint8_t)mote_outbox_syncs_to_end(outbox);
    outbox->wait_due = false;
    if (outbox->waits > 0)
        mote_outbox_begin_sync(outbox);
    return outbox->waits == 0;
}

bool mote_outbox_commit(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms)
{
    struct mote_log_ids ids;

    if (!outbox->is_open)
        return true;
    mote_outbox_tell_time(outbox, now_ms);
    mote_outbox_look_at_sync(outbox);
    note_released(outbox, session);
    note_received(outbox, session, &ids);
    note_finished(outbox, now_ms);
    if (!write_state(outbox, &ids, now_ms))
        return !outbox->wait_due && outbox->waits == 0;
    mote_outbox_sync_later(outbox, now_ms);
    if (now_ms >= outbox->sync_ms)
        mote_outbox_begin_sync(outbox);
    return is_kept(outbox);
}

uint64_t mote_outbox_deadline(const struct mote_outbox *outbox)
{
    return outbox->sync_ms < outbox->state_ms ? outbox->sync_ms : outbox->state_ms;
}
