#include "log.h"
#include "text/crc32.h"

enum { EXPECTED = 1, LOOSE = 2, GAPS = 4, SESSION_MARK = 8 };

uint32_t mote_log_ids_sum(const struct mote_log_ids *ids)
{
    return mote_crc32(0, ids->bytes, 2u * ids->count);
}

/* As many bytes as there are bits set. */
static void write_bits(struct mote_writer *writer, uint64_t bits)
{
    unsigned size = 0;

    for (uint64_t left = bits; left != 0; left >>= 8)
        size++;
    mote_writer_u8(writer, size);
    for (; size > 0; size--, bits >>= 8)
        mote_writer_u8(writer, (unsigned)(bits & 0xFF));
}

static void write_body(struct mote_writer *writer, const struct mote_outbox *outbox)
{
    unsigned flags = outbox->expected ? EXPECTED : 0;

    flags |= (outbox->loose > 0 ? LOOSE : 0) | (outbox->gaps > 0 ? GAPS : 0) |
             (outbox->session_mark != 0 ? SESSION_MARK : 0);
    mote_writer_u8(writer, flags);
    if (outbox->loose > 0) {
        mote_writer_u8(writer, outbox->loose);
        mote_writer_u16(writer, outbox->copies);
    }
    if (outbox->gaps > 0)
        mote_writer_u8(writer, outbox->gaps);
    if (outbox->session_mark != 0)
        mote_log_write_u32(writer, outbox->session_mark);
    mote_writer_varint(writer, mote_sequence_distance(outbox->next, outbox->base));
    mote_writer_varint(writer, mote_sequence_distance(mote_sequence_later(outbox->mark, 1), outbox->base));
    mote_log_write_u32(writer, outbox->clock_s);
    write_bits(writer, outbox->done);
    write_bits(writer, outbox->released);
}

static uint32_t body_size(const struct mote_outbox *outbox, const struct mote_log_ids *ids)
{
    struct mote_writer writer = {NULL, 0, 0, 0};

    write_body(&writer, outbox);
    return (uint32_t)writer.size + 2u * (ids != NULL ? ids->count : outbox->received_count);
}

uint32_t mote_log_state_size(const struct mote_outbox *outbox, const struct mote_log_ids *ids)
{
    return mote_log_padded(outbox, MOTE_LOG_RECORD_SIZE + body_size(outbox, ids));
}

/* Those of the last state are read from where it lies; if they are no longer right there are none. */
static void write_ids(struct mote_writer *writer, struct mote_outbox *outbox, const struct mote_log_ids *ids)
{
    struct mote_log_ids last;

    if (ids == NULL) {
        last.count = outbox->received_count;
        ids = &last;
        if (!mote_log_read(outbox, outbox->ids_sector, outbox->ids_offset, last.bytes, 2u * last.count) ||
            mote_log_ids_sum(&last) != outbox->ids_sum)
            last.count = 0;
    }
    mote_writer_bytes(writer, (struct mote_text){(const char *)ids->bytes, 2u * ids->count});
    outbox->received_count = ids->count;
    outbox->ids_sum = mote_log_ids_sum(ids);
}

enum mote_reason mote_log_put_state(struct mote_outbox *outbox, const struct mote_log_ids *ids)
{
    struct mote_writer writer = {outbox->config->page + MOTE_LOG_RECORD_SIZE,
                                 outbox->config->page_size - MOTE_LOG_RECORD_SIZE, 0, 0};
    enum mote_reason reason;

    write_body(&writer, outbox);
    write_ids(&writer, outbox, ids);
    MOTE_ASSERT(mote_writer_fits(&writer));
    uint32_t ids_offset = outbox->offset + MOTE_LOG_RECORD_SIZE + (uint32_t)writer.size - 2u * outbox->received_count;
    reason = mote_log_append(outbox, MOTE_LOG_STATE, outbox->base, (uint32_t)writer.size);
    if (reason != MOTE_OK)
        return reason;
    outbox->ids_sector = outbox->newest;
    outbox->ids_offset = (uint16_t)ids_offset;
    outbox->finished = 0;
    outbox->state_due = false;
    outbox->state_ms = MOTE_NEVER;
    return MOTE_OK;
}

enum mote_reason mote_log_write_state(struct mote_outbox *outbox, const struct mote_log_ids *ids)
{
    uint32_t room = outbox->config->flash->sector_size - outbox->offset;

    if (outbox->fresh || mote_log_state_size(outbox, ids) > room)
        return mote_log_take(outbox, false, ids);
    return mote_log_put_state(outbox, ids);
}

/* --- Reading --- */

static uint64_t read_bits(struct mote_reader *reader)
{
    unsigned size = mote_reader_u8(reader);
    uint32_t halves[2] = {0, 0};

    if (size > sizeof halves)
        mote_reader_fail(reader, MOTE_FAULT_LENGTH);
    for (unsigned i = 0; i < size && i < sizeof halves; i++)
        halves[i >> 2] |= (uint32_t)mote_reader_u8(reader) << 8 * (i & 3);
    return (uint64_t)halves[1] << 32 | halves[0];
}

static void read_body(struct mote_reader *reader, struct mote_outbox *into, unsigned *loose, unsigned *copies)
{
    unsigned flags = mote_reader_u8(reader);

    into->expected = (flags & EXPECTED) != 0;
    *loose = (flags & LOOSE) != 0 ? mote_reader_u8(reader) : 0;
    *copies = (flags & LOOSE) != 0 ? mote_reader_u16(reader) : 0;
    into->gaps = (flags & GAPS) != 0 ? mote_reader_u8(reader) : 0;
    into->session_mark = (flags & SESSION_MARK) != 0 ? mote_log_read_u32(reader) : 0;
    into->next = mote_sequence_later(into->base, mote_reader_varint(reader, true));
    into->mark = mote_sequence_before(mote_sequence_later(into->base, mote_reader_varint(reader, true)));
    into->clock_s = mote_log_read_u32(reader);
    into->done = read_bits(reader);
    into->released = read_bits(reader);
}

bool mote_log_take_state(struct mote_outbox *outbox, const struct mote_log_record *record, unsigned *loose,
                         unsigned *copies)
{
    struct mote_text body = mote_log_body(outbox, record);
    struct mote_outbox state = *outbox;
    struct mote_reader reader;

    state.base = record->sequence;
    mote_reader_init(&reader, body);
    read_body(&reader, &state, loose, copies);
    size_t ids = mote_reader_left(&reader);
    if (reader.fault != MOTE_FAULT_NONE || ids > 2 * MOTE_LOG_IDS_MAX || (ids & 1) != 0)
        return false;
    *outbox = state;
    outbox->received_count = (uint8_t)(ids >> 1);
    outbox->ids_sum = mote_crc32(0, reader.at, ids);
    outbox->ids_sector = record->sector;
    outbox->ids_offset = (uint16_t)(record->offset + MOTE_LOG_RECORD_SIZE + record->body_size - (uint32_t)ids);
    return true;
}
