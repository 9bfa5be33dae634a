#include "record.h"
#include "text/crc32.h"

enum { MARK_SIZE = 4 };

uint32_t mote_record_read_u32(struct mote_reader *reader)
{
    uint32_t high = mote_reader_u16(reader);

    return high << 16 | mote_reader_u16(reader);
}

void mote_record_write_u32(struct mote_writer *writer, uint32_t number)
{
    mote_writer_u16(writer, number >> 16);
    mote_writer_u16(writer, number & 0xFFFF);
}

static bool is_long_enough(const struct mote_reader *reader, uint32_t length, bool longer)
{
    size_t left = mote_reader_left(reader);

    if (left < MOTE_RECORD_SUM || left - MOTE_RECORD_SUM < length)
        return false;
    return longer || left - MOTE_RECORD_SUM == length;
}

/* The head tells how long the rest has to be; only a whole record is looked at further. */
enum mote_record_fault mote_record_open(struct mote_text bytes, const char mark[5], unsigned version, bool longer,
                                        struct mote_text *body)
{
    struct mote_reader reader;
    struct mote_text found;
    unsigned found_version;
    uint32_t length;

    mote_reader_init(&reader, bytes);
    found = mote_reader_bytes(&reader, MARK_SIZE);
    found_version = mote_reader_u8(&reader);
    length = mote_record_read_u32(&reader);
    if (!mote_text_equals(found, mark))
        return MOTE_RECORD_OTHER;
    if (found_version != version)
        return MOTE_RECORD_VERSION;
    if (!is_long_enough(&reader, length, longer))
        return MOTE_RECORD_LENGTH;
    *body = mote_reader_bytes(&reader, length);
    if (mote_record_read_u32(&reader) != mote_crc32(0, bytes.data, MOTE_RECORD_HEAD + (size_t)length))
        return MOTE_RECORD_DAMAGED;
    return MOTE_RECORD_WHOLE;
}

size_t mote_record_close(uint8_t *bytes, const char mark[5], unsigned version, size_t body_size)
{
    struct mote_writer head = {bytes, MOTE_RECORD_HEAD, 0, 0};
    struct mote_writer tail = {bytes + MOTE_RECORD_HEAD + body_size, MOTE_RECORD_SUM, 0, 0};

    mote_writer_bytes(&head, mote_text(mark));
    mote_writer_u8(&head, version);
    mote_record_write_u32(&head, (uint32_t)body_size);
    mote_record_write_u32(&tail, mote_crc32(0, bytes, MOTE_RECORD_HEAD + body_size));
    return MOTE_RECORD_HEAD + body_size + MOTE_RECORD_SUM;
}
