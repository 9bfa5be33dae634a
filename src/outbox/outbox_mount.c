#include "parts.h"

#include <string.h>

/* After damage that may have taken messages with it, so many numbers are left out: they may have been sent. */
enum { LEFT_OUT = 1024 };

/* What the heads of all sectors say. */
struct survey {
    uint32_t heads;
    uint32_t others; /* of another version or other sizes */
    uint32_t unreadable;
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
    case MOTE_LOG_UNREADABLE:
        survey->unreadable++;
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

/* --- Nothing that is known --- */

/* Are all bytes from the offset on 0xFF, or all 0? */
static bool is_blank(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, uint8_t *value)
{
    uint8_t chunk[MOTE_LOG_CHUNK];
    uint32_t size = outbox->config->flash->sector_size;

    for (; offset < size; offset += (uint32_t)sizeof chunk) {
        uint32_t count = size - offset < sizeof chunk ? size - offset : (uint32_t)sizeof chunk;
        if (!mote_log_read(outbox, sector, offset, chunk, count))
            return false;
        *value = chunk[0];
        for (uint32_t i = 0; i < count; i++) {
            if (chunk[i] != chunk[0] || (chunk[i] != 0xFF && chunk[i] != 0))
                return false;
        }
    }
    return true;
}

/* Is the flash erased, but for what power cuts have left of a beginning? That is torn heads or, where things are kept in any order,
 * first sectors without their heads. Finds a sector to begin with. */
static bool find_blank(struct mote_outbox *outbox, uint16_t *first, bool *erased)
{
    uint32_t count = outbox->config->flash->sector_count;
    bool in_order = outbox->config->flash->calls->sync == NULL;
    uint8_t value;

    *erased = false;
    *first = 0;
    for (uint32_t left = count; left > 0; left--) {
        uint32_t sector = left - 1;
        if (is_blank(outbox, (uint16_t)sector, 0, &value) && value == 0xFF) {
            *erased = true;
            *first = (uint16_t)sector;
        } else if (!is_blank(outbox, (uint16_t)sector, mote_log_begin(outbox), &value) && (in_order || !*erased)) {
            return false;
        }
    }
    return true;
}

void mote_outbox_begin(struct mote_outbox *outbox, uint16_t first, bool blank)
{
    uint32_t count = outbox->config->flash->sector_count;

    outbox->newest = (uint16_t)(first == 0 ? count - 1 : first - 1u);
    outbox->epoch = 0;
    outbox->offset = mote_log_begin(outbox);
    outbox->base = 1u + outbox->config->first;
    outbox->next = outbox->base;
    outbox->turn = outbox->base;
    outbox->kept = outbox->base;
    outbox->mark = outbox->base - 1;
    outbox->resume = outbox->mark;
    outbox->displaced = outbox->mark;
    outbox->fresh = true;
    outbox->blank = blank;
    outbox->is_open = true;
}

static enum mote_reason begin_anew(struct mote_outbox *outbox, const struct survey *survey)
{
    const struct mote_flash *flash = outbox->config->flash;
    uint16_t first;
    bool erased;

    if (survey->others == 0 && survey->unreadable == 0 && find_blank(outbox, &first, &erased)) {
        mote_outbox_begin(outbox, first, erased);
        return MOTE_OK;
    }
    outbox->damaged = true;
    outbox->reason = MOTE_OUTBOX_CORRUPT;
    if (survey->unreadable > 0 || outbox->unread || flash->calls->set_aside == NULL ||
        flash->calls->set_aside(flash->context, survey->why) != MOTE_OK)
        return MOTE_OUTBOX_CORRUPT;
    if (find_blank(outbox, &first, &erased))
        mote_outbox_begin(outbox, first, erased);
    else
        mote_outbox_begin(outbox, 0, false);
    return MOTE_OUTBOX_CORRUPT;
}

/* --- The newest sector --- */

/* What one sector has. */
struct content {
    bool has_head;
    bool has_state;
    bool is_kept; /* a state says that what was copied into it is sure to be there */
    bool has_own; /* messages that were accepted into it */
    unsigned copies;
    unsigned copies_told; /* by its states */
};

static void take_state(struct mote_outbox *outbox, const struct mote_log_record *record, struct content *content)
{
    unsigned loose, copies;

    if (!mote_log_load(outbox, record) || !mote_log_take_state(outbox, record, &loose, &copies))
        return;
    content->has_state = true;
    content->is_kept = content->is_kept || loose == 0;
    content->copies_told = copies;
    outbox->loose = (uint8_t)loose;
}

/* Goes through it; its last state is taken over. */
static void look_into(struct mote_outbox *outbox, uint16_t sector, struct content *content)
{
    struct mote_log_record record;
    struct mote_log_walk walk;

    memset(content, 0, sizeof *content);
    mote_log_walk_sector(outbox, &walk, sector);
    walk.strict = true;
    content->has_head = walk.has_head;
    while (mote_log_walk_next(&walk, &record)) {
        bool is_own = walk.first != 0 && !mote_sequence_is_before(record.sequence, walk.first);
        if (record.kind == MOTE_LOG_STATE)
            take_state(outbox, &record, content);
        else if (is_own)
            content->has_own = true;
        else
            content->copies++;
    }
}

/* Is all in it that it was to take over? On a flash that keeps things in any order a state alone does not tell. */
static bool is_whole(const struct mote_outbox *outbox, const struct content *content)
{
    if (outbox->config->flash->calls->sync == NULL)
        return content->has_state || content->has_own;
    return content->has_state && (content->is_kept || (content->has_head && content->copies >= content->copies_told));
}

/* What has the sector so far behind the newest one of the epoch that would be its next? */
static void look_behind(struct mote_outbox *outbox, unsigned distance, struct content *content)
{
    struct mote_outbox next = *outbox;

    for (unsigned i = 0; i < distance; i++)
        next.newest = mote_log_behind(outbox, next.newest);
    next.epoch += distance;
    next.offset = 0;
    look_into(&next, next.newest, content);
}

/* Then it is the newest one, with a damaged head. */
static void adopt(struct mote_outbox *outbox)
{
    struct content content;

    look_behind(outbox, 1, &content);
    outbox->offset = 0;
    if (!content.has_state)
        return;
    outbox->newest = mote_log_behind(outbox, outbox->newest);
    outbox->epoch++;
}

/* The first sector of all may have lost its head, too. */
static void adopt_first(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;

    for (uint32_t sector = 0; sector < count && outbox->epoch == 0; sector++) {
        outbox->newest = (uint16_t)(sector == 0 ? count - 1 : sector - 1);
        adopt(outbox);
    }
}

/* A sector that a power cut has left half filled does not count: the one before it is still the newest. Where things are kept in any
 * order, that may be none either: then nothing was copied into it, and nothing in it was known to be kept. */
static void find_newest(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint32_t steps = outbox->config->flash->calls->sync != NULL ? count - 1 : 1;
    struct mote_outbox before = *outbox;
    struct content content;

    before.offset = 0;
    adopt(outbox);
    for (; steps > 0; steps--) {
        look_into(outbox, outbox->newest, &content);
        if (is_whole(outbox, &content) || outbox->epoch == 1)
            return;
        before.newest = (uint16_t)(outbox->newest == 0 ? count - 1 : outbox->newest - 1u);
        before.epoch = outbox->epoch - 1;
        *outbox = before;
    }
}

/* Sectors behind the newest one that were begun and do not count. */
static void find_stale(struct mote_outbox *outbox)
{
    uint32_t most = outbox->config->flash->calls->sync != NULL ? MOTE_LOG_LOOSE_MAX + 1 : 1;
    struct content content;

    for (unsigned distance = 1; distance <= most && distance < outbox->config->flash->sector_count; distance++) {
        look_behind(outbox, distance, &content);
        if (content.has_head || content.has_state || content.has_own || content.copies > 0)
            outbox->stale = (uint8_t)distance;
    }
}

/* Takes over the last state that there is. Returns the epoch of its sector; 0: there is none. */
static uint32_t find_state(struct mote_outbox *outbox)
{
    uint32_t count = outbox->config->flash->sector_count;
    uint32_t sector = outbox->newest;
    struct content content;

    for (uint32_t i = 1; i < count && mote_log_epoch(outbox, (uint16_t)sector) > 0; i++) {
        look_into(outbox, (uint16_t)sector, &content);
        if (content.has_state)
            return mote_log_epoch(outbox, (uint16_t)sector);
        sector = sector == 0 ? count - 1 : sector - 1;
    }
    return 0;
}

/* --- All sectors --- */

/* What the way through them has found. */
struct finding {
    uint32_t state_epoch; /* of the sector with the last state */
    uint32_t kept_epoch;  /* what is missing in older sectors is damage */
    uint32_t gaps;        /* places where something is damaged... */
    uint32_t damaged;     /* ...of which so many are not what a power cut leaves */
    uint32_t highest;     /* message, in this sector or one before it */
    bool is_behind;       /* sectors behind this one were whole */
    bool after_state;     /* one of them may have been a newer state */
    bool has_highest;
    bool too_large; /* a message is whole and larger than the page */
};

/* Where things are kept in any order, a sector that was taken may have lost what it had before its new head is there, and the
 * newest ones may be there in part. */
static bool may_be_lost(const struct mote_log_walk *walk, struct finding *finding)
{
    finding->is_behind = finding->is_behind || (walk->has_head && walk->gaps == 0);
    return walk->epoch >= finding->kept_epoch || !walk->has_head || !finding->is_behind;
}

static void judge_gaps(struct mote_outbox *outbox, struct mote_log_walk *walk, bool has_late_gap,
                       struct finding *finding)
{
    unsigned gaps = walk->gaps + (walk->has_head ? 0u : 1u);
    bool is_excused = outbox->config->flash->calls->sync != NULL && may_be_lost(walk, finding);

    finding->gaps += gaps;
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
    if (finding->has_highest && mote_sequence_is_before(record->sequence, finding->highest)) {
        if (mote_sequence_is_before(outbox->displaced, record->sequence))
            outbox->displaced = record->sequence;
    } else {
        finding->highest = record->sequence;
        finding->has_highest = true;
    }
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
        go_through(outbox, sector, finding);
        sector = mote_log_behind(outbox, sector);
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
        adopt_first(outbox);
    if (outbox->epoch == 0)
        return begin_anew(outbox, &survey);
    find_newest(outbox);
    find_stale(outbox);
    find_end(outbox);
    finding.state_epoch = find_state(outbox);
    finding.kept_epoch = finding.state_epoch > outbox->loose ? finding.state_epoch - outbox->loose : 0;
    finding.kept_epoch += outbox->loose > 0;
    outbox->loose = 0;
    outbox->displaced = mote_sequence_before(outbox->base);
    go_through_all(outbox, &finding);
    reason = judge(outbox, &finding);
    outbox->turn = outbox->base;
    outbox->kept = outbox->next;
    outbox->resume = outbox->mark;
    return reason;
}
