#include "settings_record.h"
#include "mqtt/cursor.h"
#include "record.h"
#include "wifi/supervisor.h"

/* Version 1 of the record. */
enum { VERSION = 1, HIDDEN = 1 };

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

size_t mote_settings_encode(const struct mote_settings *settings, uint8_t into[MOTE_SETTINGS_SIZE])
{
    struct mote_writer body = {into + MOTE_RECORD_HEAD, MOTE_SETTINGS_SIZE - MOTE_RECORD_HEAD - MOTE_RECORD_SUM, 0, 0};

    if (settings->network_count > MOTE_NETWORKS_MAX)
        return 0;
    write_body(&body, settings);
    return mote_writer_fits(&body) ? mote_record_close(into, MARK, VERSION, body.size) : 0;
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

const char *mote_settings_decode(struct mote_text record, struct mote_settings *settings)
{
    static const char *const words[] = {
        [MOTE_RECORD_WHOLE] = NULL,
        [MOTE_RECORD_OTHER] = "they are not settings",
        [MOTE_RECORD_VERSION] = "they are of another version",
        [MOTE_RECORD_LENGTH] = "they are cut short, or too long",
        [MOTE_RECORD_DAMAGED] = "their checksum is wrong",
    };
    struct mote_text body = {NULL, 0};
    enum mote_record_fault damage = mote_record_open(record, MARK, VERSION, false, &body);
    struct mote_fault fault;
    struct mote_reader reader;

    memset(settings, 0, sizeof *settings);
    if (damage != MOTE_RECORD_WHOLE)
        return words[damage];
    mote_reader_init(&reader, body);
    read_body(&reader, settings);
    mote_reader_finish(&reader);
    return mote_reader_judge(&reader, &fault, settings, sizeof *settings) ? NULL : mote_fault_words(&fault);
}
