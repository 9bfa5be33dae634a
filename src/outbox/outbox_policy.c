#include "parts.h"

struct mote_outbox_topic *mote_outbox_topic_of(const struct mote_outbox *outbox, struct mote_text topic)
{
    const struct mote_outbox_config *config = outbox->config;

    for (size_t i = 0; i < config->topic_count; i++) {
        struct mote_text filter = mote_text(config->topics[i].filter);
        if (mote_topic_matches(filter, topic))
            return &config->topics[i];
    }
    return NULL;
}

uint32_t mote_outbox_age_s(const struct mote_outbox *outbox, uint32_t clock_s)
{
    return mote_sequence_is_before(outbox->clock_s, clock_s) ? 0 : mote_sequence_distance(outbox->clock_s, clock_s);
}

/* Not before the newer one is sure to be kept: a power cut must not take both. */
static enum mote_outbox_fate judge_latest(const struct mote_outbox *outbox, uint32_t sequence, uint32_t latest)
{
    bool is_kept = outbox->config->flash->calls->sync == NULL || mote_sequence_is_before(latest, outbox->kept);

    return is_kept && mote_sequence_is_before(sequence, latest) ? MOTE_OUTBOX_IS_REPLACED : MOTE_OUTBOX_WAITS;
}

/* What its topic says now, as long as it is what it said when the message was accepted. */
static enum mote_outbox_fate judge(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    const struct mote_outbox_topic *topic;
    struct mote_message message;
    uint32_t clock_s;

    if (!mote_outbox_read(outbox, record, &message, &clock_s))
        return outbox->unread ? MOTE_OUTBOX_WAITS : MOTE_OUTBOX_IS_DAMAGED;
    topic = mote_outbox_topic_of(outbox, message.topic);
    if (topic == NULL || topic->policy != mote_log_policy(record))
        return MOTE_OUTBOX_WAITS;
    if (topic->policy == MOTE_OUTBOX_LATEST)
        return judge_latest(outbox, record->sequence, topic->latest);
    return mote_outbox_age_s(outbox, clock_s) >= topic->expire_s ? MOTE_OUTBOX_IS_EXPIRED : MOTE_OUTBOX_WAITS;
}

enum mote_outbox_fate mote_outbox_fate(struct mote_outbox *outbox, const struct mote_log_record *record, bool drop)
{
    if (mote_outbox_is_done(outbox, record->sequence))
        return MOTE_OUTBOX_IS_DONE;
    if (mote_outbox_is_under_way(outbox, record->sequence))
        return MOTE_OUTBOX_WAITS;
    switch (mote_log_policy(record)) {
    case MOTE_OUTBOX_LATEST:
    case MOTE_OUTBOX_EXPIRE:
        return judge(outbox, record);
    case MOTE_OUTBOX_DROP_OLDEST:
        return drop ? MOTE_OUTBOX_IS_DROPPED : MOTE_OUTBOX_WAITS;
    default:
        return MOTE_OUTBOX_WAITS;
    }
}

void mote_outbox_count_fate(struct mote_outbox *outbox, enum mote_outbox_fate fate)
{
    struct mote_outbox_counters *counters = &outbox->counters;

    counters->replaced += fate == MOTE_OUTBOX_IS_REPLACED;
    counters->dropped += fate == MOTE_OUTBOX_IS_DROPPED;
    counters->expired += fate == MOTE_OUTBOX_IS_EXPIRED;
    if (fate == MOTE_OUTBOX_IS_DAMAGED) {
        counters->corrupt++;
        outbox->damaged = true;
        outbox->reason = MOTE_OUTBOX_CORRUPT;
    }
}
