#include "image_format.h"

/* A field's value, or a part of one: characters up to a NUL, which stays there, so that it can be used in its place. */
static const char *read_string(struct mote_reader *reader)
{
    const char *string = (const char *)reader->at;
    size_t left = mote_reader_left(reader), length = 0;

    while (length < left && string[length] != '\0')
        length++;
    if (mote_reader_bytes(reader, length + 1).length == 0)
        return NULL;
    return string;
}

/* A number below `limit`. */
static uint8_t read_choice(struct mote_reader *reader, unsigned limit)
{
    uint8_t number = mote_reader_u8(reader);

    if (number >= limit)
        mote_reader_fail(reader, MOTE_FAULT_RESERVED);
    return number;
}

static const char *read_optional(struct mote_reader *reader)
{
    const char *string = read_string(reader);

    return string == NULL || string[0] == '\0' ? NULL : string;
}

/* --- Fields --- */

static void read_session(struct mote_reader *reader, struct mote_image_session *session)
{
    session->keep_alive_s = mote_reader_u16(reader);
    session->version = mote_reader_u8(reader);
    session->keep_session = read_choice(reader, 2) == MOTE_IMAGE_KEEP_SESSION;
    session->session_expiry_s = mote_record_read_u32(reader);
    session->way_back_ms = mote_record_read_u32(reader);
    session->retry_delay_ms_min = mote_record_read_u32(reader);
    session->retry_delay_ms_max = mote_record_read_u32(reader);
    session->retry_spread_ms = mote_record_read_u32(reader);
}

_Static_assert(sizeof(struct mote_wifi_addresses) == 64, "as in the format");

/* Four addresses of 16 bytes each, which are used where they lie. */
static const struct mote_wifi_addresses *read_addresses(struct mote_reader *reader)
{
    struct mote_text bytes = mote_reader_bytes(reader, sizeof(struct mote_wifi_addresses));

    for (size_t end = 15; end < bytes.length; end += 16) {
        if (bytes.data[end] != '\0')
            mote_reader_fail(reader, MOTE_FAULT_RESERVED);
    }
    return (const struct mote_wifi_addresses *)(const void *)bytes.data;
}

static void read_network(struct mote_reader *reader, struct mote_network *network)
{
    uint8_t flags = read_choice(reader, (MOTE_IMAGE_HIDDEN | MOTE_IMAGE_FIXED) + 1);
    struct mote_text bssid;

    network->hidden = (flags & MOTE_IMAGE_HIDDEN) != 0;
    network->priority = mote_reader_u8(reader);
    network->attempts = mote_reader_u8(reader);
    bssid = mote_reader_bytes(reader, sizeof network->bssid);
    if (bssid.length > 0)
        memcpy(network->bssid, bssid.data, sizeof network->bssid);
    if ((flags & MOTE_IMAGE_FIXED) != 0)
        network->fixed = read_addresses(reader);
    network->ssid = read_string(reader);
    network->password = read_optional(reader);
}

static void read_switch(struct mote_reader *reader, struct mote_image_switch *thing)
{
    thing->pin = mote_reader_u16(reader);
    thing->active = read_choice(reader, MOTE_LOW + 1);
    thing->boot = read_choice(reader, MOTE_BOOT_KEEP + 1);
    thing->obey_retained = read_choice(reader, 2) == MOTE_IMAGE_OBEY_RETAINED;
    thing->on_time_ms_max = mote_record_read_u32(reader);
    thing->name = read_string(reader);
    thing->command_topic = read_optional(reader);
}

static void read_button(struct mote_reader *reader, struct mote_image_button *thing)
{
    thing->pin = mote_reader_u16(reader);
    thing->active = read_choice(reader, MOTE_LOW + 1);
    thing->pull = read_choice(reader, MOTE_PULL_DOWN + 1);
    thing->toggles = mote_reader_u8(reader);
    thing->event_qos = read_choice(reader, 3);
    thing->name = read_string(reader);
}

/* The place of the next one in a list. Fails if that is full. */
static unsigned next_of(struct mote_reader *reader, uint8_t *count, unsigned max)
{
    if (*count < max)
        return (*count)++;
    mote_reader_fail(reader, MOTE_FAULT_LENGTH);
    return 0;
}

static void read_value(struct mote_reader *value, unsigned field, struct mote_image *image)
{
    switch (field) {
    case MOTE_FIELD_ID:
        image->id = read_string(value);
        break;
    case MOTE_FIELD_SESSION:
        read_session(value, &image->session);
        break;
    case MOTE_FIELD_AUTHORITIES:
        image->authorities = read_string(value);
        break;
    case MOTE_FIELD_BROKER:
        image->brokers[next_of(value, &image->broker_count, 1 + MOTE_FALLBACKS_MAX)] = read_string(value);
        break;
    case MOTE_FIELD_NETWORK:
        read_network(value, &image->networks[next_of(value, &image->network_count, MOTE_NETWORKS_MAX)]);
        break;
    case MOTE_FIELD_SWITCH:
        read_switch(value, &image->switches[next_of(value, &image->switch_count, MOTE_IMAGE_SWITCHES_MAX)]);
        break;
    case MOTE_FIELD_BUTTON:
        read_button(value, &image->buttons[next_of(value, &image->button_count, MOTE_IMAGE_BUTTONS_MAX)]);
        break;
    default: /* of a later Mote */
        mote_reader_fail(value, MOTE_FAULT_RESERVED);
    }
}

/* Returns the field's number; 0 if it is not what it has to be. */
static unsigned read_field(struct mote_reader *reader, unsigned last, struct mote_image *image)
{
    unsigned field = mote_reader_u8(reader);
    struct mote_reader value;

    if (field < last || (field == last && field < MOTE_FIRST_REPEATED))
        return 0;
    mote_reader_init(&value, mote_reader_data(reader));
    read_value(&value, field, image);
    return value.fault == MOTE_FAULT_NONE && mote_reader_left(&value) == 0 ? field : 0;
}

static bool read_body(struct mote_text body, struct mote_image *image)
{
    struct mote_reader reader;
    unsigned last = MOTE_FIELD_ID;

    mote_reader_init(&reader, body);
    last = read_field(&reader, last - 1, image);
    while (last != 0 && mote_reader_left(&reader) > 0)
        last = read_field(&reader, last, image);
    return last != 0 && reader.fault == MOTE_FAULT_NONE;
}

/* --- The whole --- */

size_t mote_image_size(const uint8_t head[MOTE_IMAGE_HEAD])
{
    struct mote_reader reader;
    size_t length;

    mote_reader_init(&reader, (struct mote_text){(const char *)head, MOTE_IMAGE_HEAD});
    if (!mote_text_equals(mote_reader_bytes(&reader, 4), MOTE_IMAGE_MARK))
        return MOTE_IMAGE_HEAD;
    mote_reader_u8(&reader);
    length = mote_record_read_u32(&reader);
    if (length > MOTE_IMAGE_SIZE - MOTE_RECORD_HEAD - MOTE_RECORD_SUM)
        return MOTE_IMAGE_HEAD;
    return MOTE_RECORD_HEAD + length + MOTE_RECORD_SUM;
}

static bool is_erased(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < MOTE_RECORD_HEAD && i < size; i++) {
        if (bytes[i] != 0xFF)
            return false;
    }
    return true;
}

static const char *read(struct mote_text bytes, struct mote_image *image)
{
    static const char *const words[] = {
        [MOTE_RECORD_WHOLE] = NULL,
        [MOTE_RECORD_OTHER] = "this is no settings image",
        [MOTE_RECORD_VERSION] = "the settings image is of another version",
        [MOTE_RECORD_LENGTH] = "the settings image is cut short",
        [MOTE_RECORD_DAMAGED] = "the settings image is damaged: its checksum is wrong",
    };
    struct mote_text body = {NULL, 0};
    enum mote_record_fault damage = mote_record_open(bytes, MOTE_IMAGE_MARK, MOTE_IMAGE_VERSION, true, &body);

    if (damage != MOTE_RECORD_WHOLE)
        return words[damage];
    if (!read_body(body, image))
        return "the settings image says what this program does not understand";
    return mote_image_why_not(image);
}

enum mote_reason mote_image_read(struct mote_image *image, const void *bytes, size_t size, const char **words)
{
    const char *wrong;

    memset(image, 0, sizeof *image);
    if (is_erased(bytes, size))
        return MOTE_OK;
    if (size > MOTE_IMAGE_SIZE)
        size = MOTE_IMAGE_SIZE;
    wrong = read((struct mote_text){bytes, size}, image);
    if (wrong == NULL)
        return MOTE_OK;
    memset(image, 0, sizeof *image);
    if (words != NULL)
        *words = wrong;
    return MOTE_CONFIG_INVALID;
}
