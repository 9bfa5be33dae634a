/* The loader of an outbox on any contents of a flash: a log that was written here and then changed, or bytes of the input. Then the
 * outbox is used. Nothing crashes or goes on without end, what it gives are messages as they can be, and what it does not know it does
 * not touch, unless the flash has set it aside. */
#include "fuzz.h"

#include <mote/outbox.h>
#include <mote/topic.h>

#include "test/unit/session_memory.h"

enum { FLASH_MAX = 4096, COMMANDS_MAX = 80, READS_MAX = 4000000 };

static struct {
    struct mote_flash flash;
    struct mote_outbox outbox;
    struct mote_outbox_config config;
    struct mote_outbox_topic topics[4];
    struct mote_session session;
    struct mote_session_config session_config;
    struct mote_inflight inflight[4];
    uint16_t received_ids[4];
    uint8_t receive_buffer[128], send_buffer[256], store[512];
    uint8_t bytes[FLASH_MAX];
    uint8_t page[256];
    uint64_t now_ms;
    uint32_t reads; /* bytes, of one call */
    bool changed;   /* programmed or erased */
    bool sets_aside;
    uint8_t polls;
} world;

/* --- The flash --- */

static uint32_t size_of_flash(void)
{
    return world.flash.sector_size * world.flash.sector_count;
}

static enum mote_reason read_bytes(void *context, uint32_t offset, void *into, uint32_t size)
{
    (void)context;
    FUZZ_CHECK(offset <= size_of_flash() && size <= size_of_flash() - offset);
    world.reads += size;
    FUZZ_CHECK(world.reads < READS_MAX);
    memcpy(into, world.bytes + offset, size);
    return MOTE_OK;
}

static enum mote_reason program_bytes(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    (void)context;
    FUZZ_CHECK(offset <= size_of_flash() && size <= size_of_flash() - offset);
    FUZZ_CHECK((offset & (world.flash.program_size - 1)) == 0 && (size & (world.flash.program_size - 1)) == 0);
    for (uint32_t i = 0; i < size; i++)
        world.bytes[offset + i] &= ((const uint8_t *)bytes)[i];
    world.changed = true;
    return MOTE_OK;
}

static enum mote_reason erase_sector(void *context, uint32_t sector)
{
    (void)context;
    FUZZ_CHECK(sector < world.flash.sector_count);
    memset(world.bytes + sector * world.flash.sector_size, 0xFF, world.flash.sector_size);
    world.changed = true;
    return MOTE_OK;
}

static void sync_flash(void *context)
{
    (void)context;
    world.polls = 2;
}

static enum mote_flash_sync synced(void *context)
{
    (void)context;
    if (world.polls == 0)
        return MOTE_FLASH_SYNCED;
    world.polls--;
    return MOTE_FLASH_SYNCING;
}

static enum mote_reason set_aside(void *context, const char *why)
{
    (void)context;
    FUZZ_CHECK(why != NULL && why[0] != '\0');
    if (!world.sets_aside)
        return MOTE_OUTBOX_CORRUPT;
    memset(world.bytes, 0xFF, sizeof world.bytes);
    return MOTE_OK;
}

static void make_flash(struct fuzz_input *input)
{
    static const struct mote_flash_calls at_once = {read_bytes, program_bytes, erase_sector, NULL, NULL, set_aside};
    static const struct mote_flash_calls in_time = {read_bytes, program_bytes, erase_sector,
                                                    sync_flash, synced,        set_aside};
    unsigned shape = fuzz_u8(input);

    memset(&world, 0, sizeof world);
    memset(world.bytes, 0xFF, sizeof world.bytes);
    world.sets_aside = (shape & 1) != 0;
    world.flash.calls = (shape & 2) != 0 ? &in_time : &at_once;
    world.flash.sector_size = (shape & 4) != 0 ? 512 : 256;
    world.flash.program_size = (shape & 8) != 0 ? 16 : 1;
    world.flash.sector_count = 3 + (shape >> 4) % 6;
    world.topics[0] = (struct mote_outbox_topic){"l/1", MOTE_OUTBOX_LATEST, 0, 0};
    world.topics[1] = (struct mote_outbox_topic){"d/+", MOTE_OUTBOX_DROP_OLDEST, 0, 0};
    world.topics[2] = (struct mote_outbox_topic){"e/#", MOTE_OUTBOX_EXPIRE, 10, 0};
    world.config = (struct mote_outbox_config){&world.flash, world.page, sizeof world.page, world.topics, 3, 0, 0};
}

/* --- Its use --- */

static void open_outbox(void)
{
    world.reads = 0;
    world.changed = false;
    enum mote_reason reason = mote_outbox_open(&world.outbox, &world.config);
    FUZZ_CHECK(reason == MOTE_OK || reason == MOTE_OUTBOX_CORRUPT);
    FUZZ_CHECK(reason != MOTE_OK || mote_outbox_is_open(&world.outbox));
    FUZZ_CHECK(!world.changed);
    FUZZ_CHECK(world.reads < 60 * size_of_flash());
    world.session_config = (struct mote_session_config){
        .client_id = MOTE_TEXT("f"), .keep_session = true, .own_ids_from = MOTE_OUTBOX_IDS, SESSION_MEMORY(world)};
    FUZZ_CHECK(mote_session_init(&world.session, &world.session_config) == MOTE_OK);
    mote_outbox_restore(&world.outbox, &world.session);
}

static void put(struct fuzz_input *input)
{
    static const char *const topics[] = {"a", "l/1", "d/x", "e/y"};
    struct mote_property items[2];
    char payload[] = "payload";
    struct mote_message message = {.topic = mote_text(topics[fuzz_below(input, 4)]),
                                   .payload = {payload, fuzz_below(input, sizeof payload)},
                                   .qos = (enum mote_qos)(1 + fuzz_below(input, 2))};

    message.properties.items = items;
    message.properties.count = fuzz_properties(input, items, 2);
    enum mote_reason reason = mote_outbox_put(&world.outbox, &message, world.now_ms);
    FUZZ_CHECK(mote_outbox_is_open(&world.outbox) || reason == MOTE_OUTBOX_CORRUPT);
}

static void list_all(void)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    uint32_t age_s, count = 0;

    world.reads = 0;
    while (mote_outbox_list(&world.outbox, &place, &message, &age_s)) {
        FUZZ_CHECK(mote_topic_is_name(message.topic));
        FUZZ_CHECK(fuzz_is_within(message.topic, world.page, sizeof world.page));
        FUZZ_CHECK(fuzz_is_within(message.payload, world.page, sizeof world.page));
        FUZZ_CHECK(message.qos == MOTE_QOS_1 || message.qos == MOTE_QOS_2);
        FUZZ_CHECK(++count < FLASH_MAX / 16);
    }
}

static void hear(struct fuzz_input *input)
{
    size_t room;
    uint8_t *space = mote_session_receive_space(&world.session, &room);
    struct mote_text bytes = fuzz_text(input);

    bytes.length = bytes.length < room ? bytes.length : room;
    if (bytes.length == 0 || world.session.state == MOTE_SESSION_IDLE)
        return;
    memcpy(space, bytes.data, bytes.length);
    mote_session_received(&world.session, bytes.length, world.now_ms);
}

static void turn(struct fuzz_input *input)
{
    struct mote_session_event event;

    if (world.session.state == MOTE_SESSION_IDLE)
        mote_session_open(&world.session, world.now_ms);
    hear(input);
    while (mote_session_next(&world.session, world.now_ms, &event)) {
        if (event.type == MOTE_EVENT_CONNECTED)
            mote_outbox_connected(&world.outbox, 0x5EED, event.session_present);
        else if (event.type == MOTE_EVENT_PUBLISHED)
            mote_outbox_answered(&world.outbox, event.packet_id, event.reason_code);
        else if (event.type == MOTE_EVENT_FAILED || event.type == MOTE_EVENT_REFUSED)
            mote_session_closed(&world.session);
    }
    mote_outbox_send(&world.outbox, &world.session, world.now_ms);
    if (mote_outbox_commit(&world.outbox, &world.session, world.now_ms))
        mote_session_sent(&world.session, mote_session_output(&world.session).length, world.now_ms);
}

static void clear(void)
{
    enum mote_reason reason = mote_outbox_clear(&world.outbox);
    uint32_t bytes;

    FUZZ_CHECK(reason == MOTE_OK || reason == MOTE_OUTBOX_FULL);
    FUZZ_CHECK(reason != MOTE_OK || mote_outbox_count(&world.outbox, &bytes) == 0);
}

static void change(struct fuzz_input *input)
{
    uint32_t offset = fuzz_u16(input) % size_of_flash();
    struct mote_text bytes = fuzz_text(input);

    for (size_t i = 0; i < bytes.length && offset + i < size_of_flash(); i++)
        world.bytes[offset + i] ^= (uint8_t)bytes.data[i];
}

static void restart(void)
{
    uint8_t before[FLASH_MAX];

    memcpy(before, world.bytes, sizeof before);
    open_outbox();
    list_all();
    if (!mote_outbox_is_open(&world.outbox))
        FUZZ_CHECK(memcmp(before, world.bytes, sizeof before) == 0);
}

static void command(struct fuzz_input *input)
{
    uint32_t bytes;

    world.reads = 0;
    switch (fuzz_below(input, 10)) {
    case 0:
        change(input);
        restart();
        break;
    case 1:
        restart();
        break;
    case 2:
        world.now_ms += fuzz_u16(input);
        break;
    case 3:
        clear();
        break;
    case 4:
        mote_outbox_count(&world.outbox, &bytes);
        list_all();
        break;
    case 5:
    case 6:
        turn(input);
        break;
    default:
        put(input);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};

    make_flash(&input);
    if (fuzz_bool(&input)) { /* no log at all */
        struct mote_text bytes = fuzz_text(&input);
        for (uint32_t i = 0; i < size_of_flash() && bytes.length > 0; i++)
            world.bytes[i] = (uint8_t)bytes.data[i % bytes.length];
    }
    restart();
    for (unsigned i = 0; i < COMMANDS_MAX && fuzz_left(&input) > 0; i++)
        command(&input);
    restart();
    return 0;
}
