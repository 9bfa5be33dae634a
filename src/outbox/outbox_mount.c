#include "mount.h"

#include <string.h>

/* After damage that may have taken messages with it, so many numbers are left out: they may have been sent. */
enum { LEFT_OUT = 1024 };

/* What the heads of all sectors say. */
struct survey {
    uint32_t heads;
    uint32_t others; /* of another version or other sizes */
    const char *why;
};

static void survey_sector(struct mote_outbox *outbox, uint16_t sector, struct survey *survey)
{
    struct mote_log_head head;

    switch (mote_log_read_head(outbox, sector, &head)) {
    case MOTE_LOG_HEAD:
        survey->heads++;
        if (head.epoch > outbox->epoch) {
            outbox->epoch = head.epoch;
            outbox->newest = sector;
        }
        break;
    case MOTE_LOG_OTHER_VERSION:
        survey->others++;
        survey->why = "it is of another version";
        break;
    case MOTE_LOG_OTHER_SIZES:
        survey->others++;
        survey->why = "its sectors are of another size or number";
        break;
    default:
        break;
    }
}

static void survey_all(struct mote_outbox *outbox, struct survey *survey)
{
    uint32_t count = outbox->config->flash->sector_count;

    memset(survey, 0, sizeof *survey);
    survey->why = "it is not an outbox";
    outbox->epoch = 0;
    for (uint32_t sector = 0; sector < count; sector++)
        survey_sector(outbox, (uint16_t)sector, survey);
}

/* --- All sectors --- */

/* What the way through them has found. */
struct finding {
    uint32_t state_epoch; /* of the sector with the last state */
    uint32_t kept_epoch;  /* what is missing in older sectors is damage */
    uint32_t gaps;        /* places where something is damaged... */
    uint32_t damaged;     /* ...of which so many are not what a power cut leaves */
    uint32_t ahead;       /* this sector is so far ahead of the newest one in the ring */
    bool is_behind;       /* sectors behind this one were whole */
    bool after_state;     /* one of them may have been a newer state */
    bool too_large;       /* a message is whole and larger than the page */
};

/* Where things are kept in any order, a sector that was taken may have lost what it had before its new head is there, and the
 * newest ones may be there in part. So many at most can have been taken without the log's knowing; what is elsewhere is damage. One
 * of which nobody says where it ends may have been taken, too, and still have its old head. */
static bool may_be_lost(const struct mote_log_walk *walk, struct finding *finding)
{
    finding->is_behind = finding->is_behind || (walk->has_head && walk->ends && walk->gaps == 0);
    return walk->epoch >= finding->kept_epoch || (!finding->is_behind && finding->ahead <= MOTE_LOG_LOOSE_MAX + 1);
}

static void judge_gaps(struct mote_outbox *outbox, struct mote_log_walk *walk, bool has_late_gap,
                       struct finding *finding)
{
    bool in_order = outbox->config->flash->calls->sync == NULL;
    unsigned heads = walk->has_head ? 0u : 1u;
    unsigned gaps = walk->gaps + (in_order ? heads : 0u); /* else a head alone may be lost, and costs nothing */
    bool is_excused = !in_order && may_be_lost(walk, finding);

    finding->gaps += walk->gaps + heads;
    if (gaps == 0 || is_excused)
        return;
    finding->damaged += gaps;
    if (walk->epoch > finding->state_epoch || has_late_gap)
        finding->after_state = true;
}

static void note_topic(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    struct mote_outbox_topic *topic;
    struct mote_message message;
    uint32_t clock_s;

    if (mote_log_policy(record) != MOTE_OUTBOX_LATEST || !mote_outbox_read(outbox, record, &message, &clock_s))
        return;
    topic = mote_outbox_topic_of(outbox, message.topic);
    if (topic != NULL && topic->policy == MOTE_OUTBOX_LATEST &&
        (topic->latest == 0 || mote_sequence_is_before(topic->latest, record->sequence)))
        topic->latest = record->sequence;
}

/* No message was accepted later than now. */
static void note_clock(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    uint8_t bytes[4];
    uint32_t clock_s;

    if (!mote_log_read(outbox, record->sector, record->offset + MOTE_LOG_RECORD_SIZE, bytes, sizeof bytes))
        return;
    clock_s = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    if (mote_sequence_is_before(outbox->clock_s, clock_s))
        outbox->clock_s = clock_s;
}

static void note_message(struct mote_outbox *outbox, const struct mote_log_record *record, struct finding *finding)
{
    if (!mote_sequence_is_before(record->sequence, outbox->next))
        outbox->next = mote_sequence_after(record->sequence);
    if (mote_outbox_is_done(outbox, record->sequence))
        return;
    if (MOTE_LOG_RECORD_SIZE + (size_t)record->body_size > outbox->config->page_size)
        finding->too_large = true;
    note_clock(outbox, record);
    note_topic(outbox, record);
}

static void go_through(struct mote_outbox *outbox, uint16_t sector, struct finding *finding)
{
    struct mote_log_record record;
    struct mote_log_walk walk;
    unsigned gaps = 0;

    mote_log_walk_sector(outbox, &walk, sector);
    if (walk.epoch == 0)
        return;
    walk.strict = true;
    while (mote_log_walk_next(&walk, &record)) {
        if (record.kind == MOTE_LOG_STATE)
            gaps = walk.gaps;
        else
            note_message(outbox, &record, finding);
    }
    judge_gaps(outbox, &walk, walk.epoch == finding->state_epoch && walk.gaps > gaps, finding);
    if (sector == outbox->newest)
        outbox->offset = walk.offset;
}

static void go_through_all(struct mote_outbox *outbox, struct finding *finding)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint16_t sector = mote_log_behind(outbox, mote_log_behind(outbox, outbox->newest));

    for (uint32_t i = 1; i < count; i++) {
        finding->ahead = i + 1;
        go_through(outbox, sector, finding);
        sector = mote_log_behind(outbox, sector);
    }
}

/* Which messages are not in order, among all that a search comes past: also those of which only the head is right. */
static void find_displaced(struct mote_outbox *outbox)
{
    struct mote_log_record record;
    struct mote_log_walk walk;
    uint32_t highest = 0; /* so far; no message has this number */

    mote_log_walk_all(outbox, &walk);
    while (mote_log_walk_next(&walk, &record)) {
        if (record.kind == MOTE_LOG_STATE)
            continue;
        if (highest == 0 || !mote_sequence_is_before(record.sequence, highest))
            highest = record.sequence;
        else if (mote_sequence_is_before(outbox->displaced, record.sequence))
            outbox->displaced = record.sequence;
    }
}

/* What was written last may be among what is damaged: all may have been sent, nothing is known to have arrived. */
static void assume_the_worst(struct mote_outbox *outbox)
{
    outbox->received_count = 0;
    outbox->ids_sum = 0;
    outbox->released = 0;
    outbox->mark = mote_sequence_before(outbox->next);
    outbox->next = mote_sequence_later(outbox->next, LEFT_OUT);
    if (outbox->next > MOTE_SEQUENCE_LAST || outbox->next <= LEFT_OUT)
        outbox->next = LEFT_OUT;
}

static enum mote_reason judge(struct mote_outbox *outbox, const struct finding *finding)
{
    if (finding->too_large)
        return MOTE_CONFIG_INVALID;
    outbox->is_open = true;
    outbox->counters.corrupt = finding->damaged > outbox->gaps ? finding->damaged - outbox->gaps : 0;
    outbox->gaps = (uint8_t)(finding->gaps < UINT8_MAX ? finding->gaps : UINT8_MAX);
    if (outbox->counters.corrupt == 0)
        return MOTE_OK;
    if (finding->after_state)
        assume_the_worst(outbox);
    outbox->damaged = true;
    outbox->reason = MOTE_OUTBOX_CORRUPT;
    return MOTE_OUTBOX_CORRUPT;
}

/* The end of the newest sector's records, where the sector that a cut has left half filled says it. */
static void find_end(struct mote_outbox *outbox)
{
    struct mote_log_head behind;

    outbox->offset = 0;
    if (mote_log_read_head(outbox, mote_log_behind(outbox, outbox->newest), &behind) == MOTE_LOG_HEAD &&
        behind.epoch == outbox->epoch + 1 && behind.end >= mote_log_begin(outbox))
        outbox->offset = behind.end;
}

enum mote_reason mote_outbox_mount(struct mote_outbox *outbox)
{
    struct finding finding = {0};
    struct survey survey;
    enum mote_reason reason;

    mote_outbox_begin(outbox, 0, false);
    outbox->is_open = false;
    survey_all(outbox, &survey);
    if (survey.heads + survey.others == 0)
        mote_outbox_adopt_first(outbox);
    if (outbox->epoch == 0)
        return mote_outbox_begin_anew(outbox, survey.others > 0, survey.why);
    mote_outbox_find_newest(outbox);
    mote_outbox_find_stale(outbox);
    find_end(outbox);
    finding.state_epoch = mote_outbox_find_state(outbox);
    finding.kept_epoch = finding.state_epoch > outbox->loose ? finding.state_epoch - outbox->loose : 0;
    finding.kept_epoch += outbox->loose > 0;
    outbox->loose = 0;
    outbox->displaced = mote_sequence_before(outbox->base);
    go_through_all(outbox, &finding);
    find_displaced(outbox);
    reason = judge(outbox, &finding);
    outbox->turn = outbox->base;
    outbox->kept = outbox->next;
    outbox->resume = outbox->mark;
    return reason;
}
