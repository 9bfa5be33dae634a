#include "outbox_calls.h"
#include "parts.h"
#include "mqtt/codec.h"

#include <string.h>

/* --- Opening --- */

enum mote_reason mote_outbox_open(struct mote_outbox *outbox, const struct mote_outbox_config *config)
{
    static const struct mote_outbox_calls calls = {mote_outbox_put,      mote_outbox_restore, mote_outbox_connected,
                                                   mote_outbox_answered, mote_outbox_send,    mote_outbox_commit,
                                                   mote_outbox_deadline};

    memset(outbox, 0, sizeof *outbox);
    outbox->calls = &calls;
    outbox->config = config;
    outbox->sync_ms = MOTE_NEVER;
    outbox->state_ms = MOTE_NEVER;
    outbox->reason = MOTE_CONFIG_INVALID;
    if (!mote_log_sizes_are_possible(config))
        return MOTE_CONFIG_INVALID;
    for (size_t i = 0; i < config->topic_count; i++)
        config->topics[i].latest = 0;
    outbox->reason = MOTE_OK;
    mote_log_forget_found(outbox);
    enum mote_reason reason = mote_outbox_mount(outbox);
    outbox->reason = reason;
    return reason;
}

bool mote_outbox_is_open(const struct mote_outbox *outbox)
{
    return outbox->is_open;
}

/* --- Accepting --- */

static bool is_legal(const struct mote_message *message)
{
    struct mote_fault fault;

    return mote_topic_is_name(message->topic) && (message->qos == MOTE_QOS_1 || message->qos == MOTE_QOS_2) &&
           mote_codec_check_properties(&message->properties, MOTE_LIST_FOR_PUBLISH, &fault);
}

static enum mote_reason check(const struct mote_outbox *outbox, const struct mote_message *message)
{
    if (!outbox->is_open)
        return outbox->reason == MOTE_CONFIG_INVALID ? MOTE_CONFIG_INVALID : MOTE_OUTBOX_CORRUPT;
    if (!is_legal(message))
        return MOTE_CONFIG_INVALID;
    return mote_outbox_message_size(message) > mote_log_page(outbox) - 64 ? MOTE_MQTT_PACKET_TOO_LARGE : MOTE_OK;
}

/* Numbers may go so far ahead of the oldest message that is not done. */
static bool has_number(const struct mote_outbox *outbox)
{
    return mote_sequence_distance(outbox->next, outbox->base) < 1u << 27;
}

static enum mote_reason accept(struct mote_outbox *outbox, const struct mote_message *message)
{
    struct mote_outbox_topic *topic = mote_outbox_topic_of(outbox, message->topic);
    enum mote_outbox_policy policy = topic != NULL ? topic->policy : MOTE_OUTBOX_ALL;
    uint32_t size = mote_log_padded(outbox, MOTE_LOG_RECORD_SIZE + mote_outbox_body_size(message));
    uint32_t sequence = outbox->next;
    enum mote_reason reason = has_number(outbox) ? mote_outbox_make_room(outbox, size) : MOTE_OUTBOX_FULL;

    if (reason == MOTE_OK)
        reason = mote_outbox_add(outbox, message, sequence, policy);
    if (reason == MOTE_CONFIG_INVALID || reason == MOTE_OUTBOX_FULL)
        return reason;
    outbox->next = mote_sequence_after(sequence); /* a record that has failed may be there all the same */
    if (reason != MOTE_OK)
        return reason;
    outbox->counters.accepted++;
    if (policy == MOTE_OUTBOX_LATEST) {
        topic->latest = sequence;
        mote_outbox_look_again(outbox);
    }
    return MOTE_OK;
}

enum mote_reason mote_outbox_put(struct mote_outbox *outbox, const struct mote_message *message, uint64_t now_ms)
{
    enum mote_reason reason = check(outbox, message);

    if (reason != MOTE_OK)
        return reason;
    mote_outbox_tell_time(outbox, now_ms);
    mote_outbox_look_at_sync(outbox);
    reason = accept(outbox, message);
    outbox->counters.refused += reason == MOTE_OUTBOX_FULL;
    mote_outbox_sync_later(outbox, now_ms);
    return reason;
}

/* --- Looking --- */

uint32_t mote_outbox_count(struct mote_outbox *outbox, uint32_t *bytes)
{
    struct mote_log_record record;
    struct mote_log_walk walk;
    uint32_t count = 0;

    *bytes = 0;
    if (!outbox->is_open)
        return 0;
    mote_log_walk_all(outbox, &walk);
    walk.strict = true;
    while (mote_log_walk_next(&walk, &record)) {
        if (record.kind == MOTE_LOG_STATE || mote_outbox_fate(outbox, &record, false) != MOTE_OUTBOX_WAITS)
            continue;
        count++;
        *bytes += record.size;
    }
    return count;
}

static uint32_t begin_of_list(const struct mote_outbox *outbox, const struct mote_outbox_place *place)
{
    uint32_t after = mote_sequence_after(place->sequence);

    return place->sequence == 0 || mote_sequence_is_before(after, outbox->base) ? outbox->base : after;
}

bool mote_outbox_list(struct mote_outbox *outbox, struct mote_outbox_place *place, struct mote_message *message,
                      uint32_t *age_s)
{
    uint32_t sequence = begin_of_list(outbox, place);
    struct mote_log_record record;
    uint32_t clock_s;

    while (outbox->is_open && mote_log_find(outbox, sequence, &record)) {
        sequence = mote_sequence_after(record.sequence);
        if (mote_outbox_fate(outbox, &record, false) == MOTE_OUTBOX_WAITS &&
            mote_outbox_read(outbox, &record, message, &clock_s)) {
            place->sequence = record.sequence;
            *age_s = mote_outbox_age_s(outbox, clock_s);
            return true;
        }
    }
    return false;
}

/* --- Forgetting --- */

/* What could not be read is erased, all of it. */
static enum mote_reason erase_all(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;
    enum mote_reason reason = MOTE_OK;

    for (uint32_t sector = 0; sector < count && reason == MOTE_OK; sector++)
        reason = mote_log_erase(outbox, (uint16_t)sector);
    if (reason != MOTE_OK)
        return reason;
    mote_outbox_begin(outbox, 0, true);
    outbox->barrier = (uint8_t)mote_outbox_syncs_to_end(outbox);
    return MOTE_OK;
}

/* What is under way in the session goes on there, and is not written down: it must not be there again after a power cut. */
static void forget_all(struct mote_outbox *outbox)
{
    outbox->wait_due = true;
    mote_outbox_finish(outbox, outbox->base, outbox->next);
    outbox->mark = mote_sequence_before(outbox->next);
    outbox->turn = outbox->next;
    mote_log_forget_found(outbox);
    mote_outbox_look_again(outbox);
}

static enum mote_reason clear_log(struct mote_outbox *outbox)
{
    enum mote_reason reason = mote_log_is_ready(outbox);

    if (reason != MOTE_OK)
        return reason;
    forget_all(outbox);
    return mote_log_write_state(outbox, NULL);
}

enum mote_reason mote_outbox_clear(struct mote_outbox *outbox)
{
    enum mote_reason reason;

    if (outbox->reason == MOTE_CONFIG_INVALID)
        return MOTE_CONFIG_INVALID;
    mote_outbox_look_at_sync(outbox);
    reason = outbox->is_open ? clear_log(outbox) : erase_all(outbox);
    if (reason != MOTE_OK)
        return reason;
    outbox->damaged = false;
    outbox->reason = MOTE_OK;
    return MOTE_OK;
}
