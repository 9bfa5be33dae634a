#include "settings_record.h"
#include "mqtt/cursor.h"
#include "text/crc32.h"
#include "wifi/supervisor.h"

/* Version 1 of the record. */
enum { VERSION = 1, HEAD_SIZE = 9, SUM_SIZE = 4, HIDDEN = 1 };

static const char MARK[] = "MSET";

/* --- Writing --- */

/* A string in a field of `size` bytes. */
static void write_string(struct mote_writer *writer, const char *string, size_t size)
{
    size_t length = 0;

    while (length < size && string[length] != '\0')
        length++;
    if (length == size)
        mote_writer_fail(writer);
    else
        mote_writer_data(writer, (struct mote_text){string, length});
}

static bool is_possible(const struct mote_known_network *known)
{
    return mote_network_is_possible(&(struct mote_network){.ssid = known->ssid, .password = known->password});
}

static void write_network(struct mote_writer *writer, const struct mote_known_network *known)
{
    write_string(writer, known->ssid, sizeof known->ssid);
    write_string(writer, known->password, sizeof known->password);
    mote_writer_bytes(writer, (struct mote_text){(const char *)known->bssid, sizeof known->bssid});
    mote_writer_u8(writer, known->hidden ? HIDDEN : 0);
    mote_writer_u8(writer, known->priority);
    if (mote_writer_fits(writer) && !is_possible(known))
        mote_writer_fail(writer);
}

static void write_body(struct mote_writer *writer, const struct mote_settings *settings)
{
    mote_writer_u8(writer, settings->network_count);
    for (unsigned i = 0; i < settings->network_count; i++)
        write_network(writer, &settings->networks[i]);
    write_string(writer, settings->broker, sizeof settings->broker);
    write_string(writer, settings->name, sizeof settings->name);
    write_string(writer, settings->setup_key, sizeof settings->setup_key);
}

static void write_u32(struct mote_writer *writer, uint32_t number)
{
    mote_writer_u16(writer, number >> 16);
    mote_writer_u16(writer, number & 0xFFFF);
}

size_t mote_settings_encode(const struct mote_settings *settings, uint8_t into[MOTE_SETTINGS_SIZE])
{
    struct mote_writer body = {into + HEAD_SIZE, MOTE_SETTINGS_SIZE - HEAD_SIZE - SUM_SIZE, 0, 0};
    struct mote_writer head = {into, HEAD_SIZE, 0, 0};
    struct mote_writer tail = {NULL, SUM_SIZE, 0, 0};

    if (settings->network_count > MOTE_NETWORKS_MAX)
        return 0;
    write_body(&body, settings);
    if (!mote_writer_fits(&body))
        return 0;
    mote_writer_bytes(&head, mote_text(MARK));
    mote_writer_u8(&head, VERSION);
    write_u32(&head, (uint32_t)body.size);
    tail.bytes = into + HEAD_SIZE + body.size;
    write_u32(&tail, mote_crc32(0, into, HEAD_SIZE + body.size));
    return HEAD_SIZE + body.size + SUM_SIZE;
}

/* --- Reading --- */

/* Into a field of `size` bytes. */
static void read_string(struct mote_reader *reader, char *into, size_t size)
{
    struct mote_text text = mote_reader_data(reader);

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\0')
            mote_reader_fail(reader, MOTE_FAULT_UTF8);
    }
    if (!mote_text_copy(text, into, size))
        mote_reader_fail(reader, MOTE_FAULT_UTF8);
}

static void read_network(struct mote_reader *reader, struct mote_known_network *known)
{
    struct mote_text bssid;
    uint8_t flags;

    read_string(reader, known->ssid, sizeof known->ssid);
    read_string(reader, known->password, sizeof known->password);
    bssid = mote_reader_bytes(reader, sizeof known->bssid);
    if (bssid.length > 0)
        memcpy(known->bssid, bssid.data, sizeof known->bssid);
    flags = mote_reader_u8(reader);
    known->hidden = flags == HIDDEN;
    known->priority = mote_reader_u8(reader);
    if (flags > HIDDEN || !is_possible(known))
        mote_reader_fail(reader, MOTE_FAULT_RESERVED);
}

static void read_body(struct mote_reader *reader, struct mote_settings *settings)
{
    settings->network_count = mote_reader_u8(reader);
    if (settings->network_count > MOTE_NETWORKS_MAX)
        mote_reader_fail(reader, MOTE_FAULT_LENGTH);
    for (unsigned i = 0; i < settings->network_count && reader->fault == MOTE_FAULT_NONE; i++)
        read_network(reader, &settings->networks[i]);
    read_string(reader, settings->broker, sizeof settings->broker);
    read_string(reader, settings->name, sizeof settings->name);
    read_string(reader, settings->setup_key, sizeof settings->setup_key);
}

static uint32_t read_u32(struct mote_reader *reader)
{
    uint32_t high = mote_reader_u16(reader);

    return high << 16 | mote_reader_u16(reader);
}

/* The head tells how long the rest has to be; only a whole record is looked at further. */
static const char *why_not_whole(struct mote_text record)
{
    struct mote_reader reader;
    struct mote_text mark;
    unsigned version;
    uint32_t length;

    mote_reader_init(&reader, record);
    mark = mote_reader_bytes(&reader, sizeof MARK - 1);
    version = mote_reader_u8(&reader);
    length = read_u32(&reader);
    if (!mote_text_equals(mark, MARK))
        return "they are not settings";
    if (version != VERSION)
        return "they are of another version";
    if (mote_reader_left(&reader) < SUM_SIZE || mote_reader_left(&reader) - SUM_SIZE != length)
        return "they are cut short, or too long";
    mote_reader_bytes(&reader, length);
    if (read_u32(&reader) != mote_crc32(0, record.data, record.length - SUM_SIZE))
        return "their checksum is wrong";
    return NULL;
}

const char *mote_settings_decode(struct mote_text record, struct mote_settings *settings)
{
    const char *words = why_not_whole(record);
    struct mote_fault fault;
    struct mote_reader reader;

    memset(settings, 0, sizeof *settings);
    if (words != NULL)
        return words;
    record.data += HEAD_SIZE;
    record.length -= HEAD_SIZE + SUM_SIZE;
    mote_reader_init(&reader, record);
    read_body(&reader, settings);
    mote_reader_finish(&reader);
    return mote_reader_judge(&reader, &fault, settings, sizeof *settings) ? NULL : mote_fault_words(&fault);
}
