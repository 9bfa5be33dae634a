#include "image_format.h"

static void write_string(struct mote_writer *writer, const char *string)
{
    mote_writer_bytes(writer, mote_text(string));
    mote_writer_u8(writer, 0);
}

/* Begins a field, whose length is put in at its end. Returns where it begins. */
static size_t begin_field(struct mote_writer *writer, enum mote_image_field field)
{
    mote_writer_u8(writer, field);
    mote_writer_u16(writer, 0);
    return writer->size;
}

static void end_field(struct mote_writer *writer, size_t begin)
{
    struct mote_writer length = {.room = 2};

    if (!mote_writer_fits(writer))
        return;
    length.bytes = writer->bytes + begin - 2;
    mote_writer_u16(&length, (unsigned)(writer->size - begin));
}

static void write_text(struct mote_writer *writer, enum mote_image_field field, const char *text)
{
    size_t begin;

    if (text == NULL)
        return;
    begin = begin_field(writer, field);
    write_string(writer, text);
    end_field(writer, begin);
}

static void write_session(struct mote_writer *writer, const struct mote_image_session *session)
{
    size_t begin = begin_field(writer, MOTE_FIELD_SESSION);

    mote_writer_u16(writer, session->keep_alive_s);
    mote_writer_u8(writer, session->version);
    mote_writer_u8(writer, session->keep_session ? MOTE_IMAGE_KEEP_SESSION : 0);
    mote_record_write_u32(writer, session->session_expiry_s);
    mote_record_write_u32(writer, session->way_back_ms);
    mote_record_write_u32(writer, session->retry_delay_ms_min);
    mote_record_write_u32(writer, session->retry_delay_ms_max);
    mote_record_write_u32(writer, session->retry_spread_ms);
    end_field(writer, begin);
}

static void write_network(struct mote_writer *writer, const struct mote_network *network)
{
    size_t begin = begin_field(writer, MOTE_FIELD_NETWORK);
    unsigned flags = network->hidden ? MOTE_IMAGE_HIDDEN : 0;

    mote_writer_u8(writer, flags | (network->fixed != NULL ? MOTE_IMAGE_FIXED : 0));
    mote_writer_u8(writer, network->priority);
    mote_writer_u8(writer, network->attempts);
    mote_writer_bytes(writer, (struct mote_text){(const char *)network->bssid, sizeof network->bssid});
    if (network->fixed != NULL)
        mote_writer_bytes(writer, (struct mote_text){(const char *)network->fixed, sizeof *network->fixed});
    write_string(writer, network->ssid);
    write_string(writer, network->password);
    end_field(writer, begin);
}

static void write_switch(struct mote_writer *writer, const struct mote_image_switch *thing)
{
    size_t begin = begin_field(writer, MOTE_FIELD_SWITCH);

    mote_writer_u16(writer, thing->pin);
    mote_writer_u8(writer, thing->active);
    mote_writer_u8(writer, thing->boot);
    mote_writer_u8(writer, thing->obey_retained ? MOTE_IMAGE_OBEY_RETAINED : 0);
    mote_record_write_u32(writer, thing->on_time_ms_max);
    write_string(writer, thing->name);
    write_string(writer, thing->command_topic);
    end_field(writer, begin);
}

static void write_button(struct mote_writer *writer, const struct mote_image_button *thing)
{
    size_t begin = begin_field(writer, MOTE_FIELD_BUTTON);

    mote_writer_u16(writer, thing->pin);
    mote_writer_u8(writer, thing->active);
    mote_writer_u8(writer, thing->pull);
    mote_writer_u8(writer, thing->toggles);
    mote_writer_u8(writer, thing->event_qos);
    write_string(writer, thing->name);
    end_field(writer, begin);
}

static void write_body(struct mote_writer *writer, const struct mote_image *image)
{
    write_text(writer, MOTE_FIELD_ID, image->id);
    write_session(writer, &image->session);
    write_text(writer, MOTE_FIELD_AUTHORITIES, image->authorities);
    for (unsigned i = 0; i < image->broker_count; i++)
        write_text(writer, MOTE_FIELD_BROKER, image->brokers[i]);
    for (unsigned i = 0; i < image->network_count; i++)
        write_network(writer, &image->networks[i]);
    for (unsigned i = 0; i < image->switch_count; i++)
        write_switch(writer, &image->switches[i]);
    for (unsigned i = 0; i < image->button_count; i++)
        write_button(writer, &image->buttons[i]);
}

static bool has_room_for(const struct mote_image *image)
{
    return image->broker_count <= 1 + MOTE_FALLBACKS_MAX && image->network_count <= MOTE_NETWORKS_MAX &&
           image->switch_count <= MOTE_IMAGE_SWITCHES_MAX && image->button_count <= MOTE_IMAGE_BUTTONS_MAX;
}

size_t mote_image_write(const struct mote_image *image, uint8_t *into, size_t size)
{
    struct mote_writer body;

    if (size > MOTE_IMAGE_SIZE)
        size = MOTE_IMAGE_SIZE;
    if (size < MOTE_RECORD_HEAD + MOTE_RECORD_SUM || !has_room_for(image) || mote_image_why_not(image) != NULL)
        return 0;
    body = (struct mote_writer){into + MOTE_RECORD_HEAD, size - MOTE_RECORD_HEAD - MOTE_RECORD_SUM, 0, 0};
    write_body(&body, image);
    return mote_writer_fits(&body) ? mote_record_close(into, MOTE_IMAGE_MARK, MOTE_IMAGE_VERSION, body.size) : 0;
}
