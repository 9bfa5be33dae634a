#include "log.h"
#include "text/crc32.h"

static const char MARK[] = "MOUT";

void mote_log_write_u32(struct mote_writer *writer, uint32_t number)
{
    mote_writer_u16(writer, number >> 16);
    mote_writer_u16(writer, number & 0xFFFF);
}

uint32_t mote_log_read_u32(struct mote_reader *reader)
{
    uint32_t high = mote_reader_u16(reader);

    return high << 16 | mote_reader_u16(reader);
}

/* --- A sector's head --- */

static unsigned logarithm(uint32_t number)
{
    unsigned result = 0;

    while (number > 1) {
        number >>= 1;
        result++;
    }
    return result;
}

/* Sizes in which the same bytes would be another log. */
static unsigned sizes(const struct mote_flash *flash)
{
    return (logarithm(flash->sector_size) - 8) | logarithm(flash->program_size) << 4;
}

enum mote_log_head_kind mote_log_read_head(struct mote_outbox *outbox, uint16_t sector, struct mote_log_head *head)
{
    const struct mote_flash *flash = outbox->config->flash;
    char bytes[MOTE_LOG_HEAD_SIZE];
    struct mote_reader reader;

    if (!mote_log_read(outbox, sector, 0, bytes, sizeof bytes))
        return MOTE_LOG_NO_HEAD;
    mote_reader_init(&reader, (struct mote_text){bytes, sizeof bytes});
    bool is_head = mote_text_equals(mote_reader_bytes(&reader, sizeof MARK - 1), MARK);
    unsigned version = mote_reader_u8(&reader);
    bool same = mote_reader_u8(&reader) == sizes(flash);
    same = mote_reader_u16(&reader) == flash->sector_count && same;
    head->epoch = mote_log_read_u32(&reader);
    head->first = mote_log_read_u32(&reader);
    head->end = mote_reader_u16(&reader);
    if (!is_head || mote_log_read_u32(&reader) != mote_crc32(0, bytes, sizeof bytes - 4))
        return MOTE_LOG_NO_HEAD;
    if (version == 0 || version > MOTE_LOG_VERSION)
        return MOTE_LOG_OTHER_VERSION;
    if (!same)
        return MOTE_LOG_OTHER_SIZES;
    head->end += head->end == 0 ? 1u << 16 : 0;
    return head->epoch == 0 || head->end > flash->sector_size ? MOTE_LOG_NO_HEAD : MOTE_LOG_HEAD;
}

enum mote_reason mote_log_write_head(struct mote_outbox *outbox, uint16_t sector, const struct mote_log_head *head)
{
    const struct mote_flash *flash = outbox->config->flash;
    uint8_t bytes[MOTE_LOG_CHUNK];
    struct mote_writer writer = {bytes, MOTE_LOG_HEAD_SIZE, 0, 0};

    memset(bytes, 0xFF, sizeof bytes);
    mote_writer_bytes(&writer, mote_text(MARK));
    mote_writer_u8(&writer, MOTE_LOG_VERSION);
    mote_writer_u8(&writer, sizes(flash));
    mote_writer_u16(&writer, flash->sector_count);
    mote_log_write_u32(&writer, head->epoch);
    mote_log_write_u32(&writer, head->first);
    mote_writer_u16(&writer, head->end & 0xFFFF);
    mote_log_write_u32(&writer, mote_crc32(0, bytes, writer.size));
    return mote_log_program(outbox, sector, 0, bytes, mote_log_begin(outbox));
}

/* --- A record --- */

/* The sums of a record are not those of the same bytes in an earlier round. */
static uint32_t sum_of_head(uint32_t epoch, const uint8_t fields[7])
{
    uint8_t seed[4] = {(uint8_t)(epoch >> 24), (uint8_t)(epoch >> 16), (uint8_t)(epoch >> 8), (uint8_t)epoch};

    return mote_crc32(mote_crc32(0, seed, sizeof seed), fields, 7);
}

/* Half of the sum, for the head alone. */
static unsigned check_of(uint32_t sum)
{
    return (sum ^ sum >> 16) & 0xFFFF;
}

bool mote_log_decode(const struct mote_outbox *outbox, const uint8_t bytes[MOTE_LOG_RECORD_SIZE], uint32_t epoch,
                     struct mote_log_record *record)
{
    struct mote_reader reader;

    mote_reader_init(&reader, (struct mote_text){(const char *)bytes, MOTE_LOG_RECORD_SIZE});
    record->crc = mote_log_read_u32(&reader);
    unsigned check = mote_reader_u16(&reader);
    record->sum = sum_of_head(epoch, reader.at);
    record->body_size = mote_reader_u16(&reader);
    record->kind = mote_reader_u8(&reader);
    record->sequence = mote_log_read_u32(&reader);
    record->size = mote_log_padded(outbox, MOTE_LOG_RECORD_SIZE + (uint32_t)record->body_size);
    return check == check_of(record->sum) && (record->kind & MOTE_LOG_RESERVED) == 0 &&
           (record->kind & MOTE_LOG_QOS) != 3 &&
           ((record->kind & MOTE_LOG_QOS) != 0 || record->kind == MOTE_LOG_STATE) &&
           record->size <= outbox->config->flash->sector_size - record->offset;
}

bool mote_log_is_whole(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    uint8_t chunk[MOTE_LOG_CHUNK];
    uint32_t sum = record->sum;

    for (uint32_t done = 0, count; done < record->body_size; done += count) {
        count = record->body_size - done < sizeof chunk ? record->body_size - done : (uint32_t)sizeof chunk;
        if (!mote_log_read(outbox, record->sector, record->offset + MOTE_LOG_RECORD_SIZE + done, chunk, count))
            return false;
        sum = mote_crc32(sum, chunk, count);
    }
    return sum == record->crc;
}

bool mote_log_load(struct mote_outbox *outbox, const struct mote_log_record *record)
{
    uint8_t *body = outbox->config->page + MOTE_LOG_RECORD_SIZE;

    return MOTE_LOG_RECORD_SIZE + (size_t)record->body_size <= outbox->config->page_size &&
           mote_log_read(outbox, record->sector, record->offset + MOTE_LOG_RECORD_SIZE, body, record->body_size) &&
           mote_crc32(record->sum, body, record->body_size) == record->crc;
}

struct mote_text mote_log_body(const struct mote_outbox *outbox, const struct mote_log_record *record)
{
    return (struct mote_text){(const char *)outbox->config->page + MOTE_LOG_RECORD_SIZE, record->body_size};
}

enum mote_reason mote_log_append(struct mote_outbox *outbox, unsigned kind, uint32_t sequence, uint32_t body_size)
{
    uint8_t *page = outbox->config->page;
    uint32_t size = mote_log_padded(outbox, MOTE_LOG_RECORD_SIZE + body_size);
    struct mote_writer fields = {page + 6, 7, 0, 0};
    struct mote_writer sums = {page, 6, 0, 0};

    MOTE_ASSERT(size <= outbox->config->page_size && size <= outbox->config->flash->sector_size - outbox->offset);
    mote_writer_u16(&fields, body_size);
    mote_writer_u8(&fields, kind);
    mote_log_write_u32(&fields, sequence);
    uint32_t sum = sum_of_head(outbox->epoch, page + 6);
    mote_log_write_u32(&sums, mote_crc32(sum, page + MOTE_LOG_RECORD_SIZE, body_size));
    mote_writer_u16(&sums, check_of(sum));
    memset(page + MOTE_LOG_RECORD_SIZE + body_size, 0xFF, size - MOTE_LOG_RECORD_SIZE - body_size);
    enum mote_reason reason = mote_log_program(outbox, outbox->newest, outbox->offset, page, size);
    if (reason == MOTE_OK)
        outbox->offset += size;
    else
        outbox->fresh = true;
    return reason;
}
