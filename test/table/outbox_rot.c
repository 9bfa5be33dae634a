/* What an outbox makes of a flash that is not as it left it: each bit of a small log flipped, sectors of noise, other versions and
 * sizes. It never gives a message that was not put; it loses no more than what was hit, and says so; and what it does not know it does
 * not erase. */
#include "outbox_rig.h"

#include "outbox/log.h"
#include "text/crc32.h"

#include <stdlib.h>

enum { SECTORS = 5, SECTOR = 512, ALL = SECTORS * SECTOR, MESSAGES = 26, STRIDE = 7 };

static struct {
    uint8_t image[ALL];
    uint32_t newest_end; /* where the last record of the newest sector begins, and where that ends */
    uint32_t last_begin;
    uint32_t first; /* message that is not done */
} sound;

static void payload_of(unsigned number, char payload[40])
{
    snprintf(payload, 40, "%u-%.*s", number, (int)(number % 9), "abcdefghij");
}

static void put(unsigned number)
{
    char payload[40];

    payload_of(number, payload);
    CHECK_EQUAL(rig_put(number % 2 == 0 ? "even" : "odd", payload, number % 3 == 0 ? MOTE_QOS_2 : MOTE_QOS_1), MOTE_OK);
}

/* Three sectors of messages, of which the first are done; in the newest one there are states between them. */
static void make_log(void)
{
    rig_init(SECTOR, SECTORS, 1, false, 1);
    rig_open();
    for (unsigned i = 1; i <= MESSAGES; i++) {
        put(i);
        if (i == 10)
            rig_open();
        if (i == 22)
            CHECK_EQUAL(mote_log_write_state(&rig.outbox, NULL), MOTE_OK);
        if (i == MESSAGES - 1)
            sound.last_begin = rig.outbox.newest * SECTOR + rig.outbox.offset;
    }
    sound.newest_end = rig.outbox.newest * SECTOR + rig.outbox.offset;
    CHECK(rig.outbox.newest >= 2);
    memcpy(sound.image, rig.bytes, ALL);
}

static void restore(void)
{
    mote_sim_nor_power_on(&rig.nor);
    memcpy(rig.bytes, sound.image, ALL);
    memset(rig.programmed, 1, ALL);
    rig.nor.set_asides = 0;
}

/* How many of the messages are there; each as it was, and in order. */
static unsigned count_right(void)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    unsigned before = 0, count = 0;
    uint32_t age_s;

    while (mote_outbox_list(&rig.outbox, &place, &message, &age_s)) {
        char payload[40], text[40] = "";
        CHECK(message.payload.length < sizeof text);
        memcpy(text, message.payload.data, message.payload.length);
        unsigned number = (unsigned)strtoul(text, NULL, 10);
        CHECK(number > before && number <= MESSAGES);
        payload_of(number, payload);
        CHECK(strcmp(text, payload) == 0);
        CHECK(mote_text_equals(message.topic, number % 2 == 0 ? "even" : "odd"));
        CHECK_EQUAL(message.qos, number % 3 == 0 ? MOTE_QOS_2 : MOTE_QOS_1);
        before = number;
        count++;
    }
    return count;
}

/* The very last record is lost without a word: what a power cut has torn looks like that. */
static void one_flipped_bit_costs_one_message(void)
{
    const unsigned stride = check_stride(STRIDE);

    make_log();
    for (uint32_t offset = 0; offset < ALL; offset += stride) {
        for (unsigned bit = 0; bit < 8; bit++) {
            restore();
            mote_sim_nor_flip(&rig.nor, offset, bit);
            enum mote_reason reason = rig_open();
            unsigned count = count_right();
            bool is_last = offset >= sound.last_begin && offset < sound.newest_end;
            CHECK(mote_outbox_is_open(&rig.outbox));
            CHECK(count >= MESSAGES - 1);
            CHECK(count == MESSAGES || is_last || (reason == MOTE_OUTBOX_CORRUPT && rig.outbox.counters.corrupt == 1));
            CHECK_EQUAL(reason == MOTE_OK, rig.outbox.counters.corrupt == 0);
            CHECK_EQUAL(rig.nor.set_asides, 0);
        }
    }
}

/* It is told once: as soon as something is written down, the log knows. And it goes on. */
static void damage_is_told_once(void)
{
    make_log();
    for (uint32_t offset = 7; offset < ALL; offset += 13) {
        restore();
        mote_sim_nor_flip(&rig.nor, offset, offset % 8);
        rig_open();
        unsigned count = count_right();
        CHECK_EQUAL(rig_put("all", "9999", MOTE_QOS_1), MOTE_OK);
        CHECK_EQUAL(rig_open(), MOTE_OK);
        CHECK_EQUAL(rig_count(), count + 1);
    }
}

static void take(unsigned count)
{
    for (; count > 0; count--)
        CHECK_EQUAL(mote_log_take(&rig.outbox, false, NULL), MOTE_OK);
}

/* A message behind which older ones lie, since they were copied: when it is damaged, they are found all the same. */
static void damage_does_not_hide_what_was_copied(void)
{
    rig_init(SECTOR, SECTORS, 1, false, 1);
    rig_open();
    for (unsigned i = 1; i <= 24; i++) {
        take(i % 8 == 1);
        put(i);
    }
    take(2);
    uint32_t begin = rig.outbox.newest * SECTOR + rig.outbox.offset;
    put(25);
    take(2);
    mote_sim_nor_flip(&rig.nor, begin + MOTE_LOG_RECORD_SIZE, 0);
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.outbox.counters.corrupt, 1);
    CHECK_EQUAL(count_right(), 24);
}

static uint32_t draw(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

/* Whole runs of bytes are noise. Whatever it makes of them, no message is wrong, and it can be used. */
static void noise_never_makes_a_message(void)
{
    const unsigned rounds = 3000 / check_stride(STRIDE);
    uint32_t random = 7;

    make_log();
    for (unsigned i = 0; i < rounds; i++) {
        uint32_t begin = draw(&random) % ALL, size = draw(&random) % (draw(&random) % 8 == 0 ? 2048 : 40);
        restore();
        for (uint32_t at = begin; at < begin + size && at < ALL; at++)
            rig.bytes[at] = (uint8_t)draw(&random);
        rig.nor.refuses_set_aside = i % 2 == 0;
        rig_open();
        count_right();
        if (!mote_outbox_is_open(&rig.outbox))
            continue;
        CHECK_EQUAL(rig_put("odd", "1-a", MOTE_QOS_1), MOTE_OK);
        CHECK_EQUAL(rig_put("odd", "1-a", MOTE_QOS_1), MOTE_OK);
        CHECK(rig_count() >= 2);
    }
    rig.nor.refuses_set_aside = false;
}

static void what_is_not_known_is_set_aside(void)
{
    make_log();
    memset(rig.bytes, 0x5A, ALL);
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.nor.set_asides, 1);
    CHECK(mote_outbox_is_open(&rig.outbox));
    CHECK_EQUAL(rig_put("a", "new", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("new");
}

/* Or stays, every byte of it, until its owner says that it may go. */
static void what_cannot_be_set_aside_stays(void)
{
    uint8_t before[ALL];

    make_log();
    for (uint32_t i = 0; i < ALL; i++)
        rig.bytes[i] = (uint8_t)(i * 7);
    memcpy(before, rig.bytes, ALL);
    rig.nor.refuses_set_aside = true;
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK(!mote_outbox_is_open(&rig.outbox));
    CHECK_EQUAL(rig_put("a", "new", MOTE_QOS_1), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig_count(), 0);
    CHECK_LIST("");
    CHECK(memcmp(before, rig.bytes, ALL) == 0);
    CHECK_EQUAL(mote_outbox_clear(&rig.outbox), MOTE_OK);
    CHECK_EQUAL(rig.outbox.reason, MOTE_OK);
    CHECK_EQUAL(rig_put("a", "new", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("new");
    rig.nor.refuses_set_aside = false;
}

/* In all heads, with their sums right. */
static void set_version(uint8_t version)
{
    for (uint32_t sector = 0; sector < SECTORS; sector++) {
        uint8_t *head = rig.bytes + sector * SECTOR;
        if (head[0] != 'M')
            continue;
        head[4] = version;
        uint32_t sum = mote_crc32(0, head, 18);
        for (unsigned i = 0; i < 4; i++)
            head[18 + i] = (uint8_t)(sum >> (24 - 8 * i));
    }
}

static void another_version_is_set_aside(void)
{
    make_log();
    set_version(3);
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.nor.set_asides, 1);
    CHECK_EQUAL(rig_count(), 0);
}

/* Before version 2 a log did not say whose session it is. What it has is taken over, and from the next sector on it says so. */
static void the_version_before_is_read(void)
{
    make_log();
    set_version(1);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(count_right(), MESSAGES);
    CHECK_EQUAL(rig.outbox.session_mark, 0);
    mote_outbox_connected(&rig.outbox, 0xC0FFEE, true);
    CHECK_EQUAL(mote_log_write_state(&rig.outbox, NULL), MOTE_OK);
    CHECK_EQUAL(rig.bytes[rig.outbox.newest * SECTOR + 4], 2);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig.nor.set_asides, 0);
    CHECK_EQUAL(rig.outbox.session_mark, 0xC0FFEE);
    CHECK_EQUAL(count_right(), MESSAGES);
}

/* As docs/PROTOCOL.md has it, byte by byte. */
static void the_example_of_the_version_before_is_read(void)
{
    static const uint8_t log[] = {
        0x4D, 0x4F, 0x55, 0x54, 0x01, 0x04, 0x00, 0x10, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
        0x01, 0x00, 0x16, 0xA3, 0x3D, 0x29, 0x3D, 0x11, 0xC3, 0x2C, 0x9F, 0x27, 0x09, 0x00, 0x09,
        0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7F,
        0xE2, 0x4B, 0x25, 0x44, 0x53, 0x00, 0x10, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
        0x00, 0x09, 0x68, 0x6F, 0x6D, 0x65, 0x2F, 0x6C, 0x61, 0x6D, 0x70, 0x6F, 0x6E,
    };

    rig_init(4096, 16, 1, false, 1);
    memcpy(rig.bytes, log, sizeof log);
    memset(rig.programmed, 1, sizeof log);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("on");
}

static void other_sizes_are_set_aside(void)
{
    make_log();
    rig.nor.flash.sector_count = SECTORS - 1;
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.nor.set_asides, 1);
}

/* A flash that cannot be read is not a flash that is damaged. */
static void what_cannot_be_read_stays(void)
{
    make_log();
    rig.nor.off = true;
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT);
    CHECK(!mote_outbox_is_open(&rig.outbox));
    CHECK_EQUAL(rig.nor.set_asides, 0);
    CHECK(memcmp(sound.image, rig.bytes, ALL) == 0);
    rig.nor.off = false;
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(count_right(), MESSAGES);
}

/* A message is there that the page has no room for: nothing is lost, the config is wrong. */
static void a_page_that_is_too_small_is_told(void)
{
    char payload[120];

    rig_init(512, 4, 1, false, 1);
    rig.config.page_size = 256;
    rig_open();
    memset(payload, 'x', sizeof payload - 1);
    payload[sizeof payload - 1] = '\0';
    CHECK_EQUAL(rig_put("a", payload, MOTE_QOS_1), MOTE_OK);
    rig.config.page_size = 128;
    CHECK_EQUAL(rig_open(), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_outbox_clear(&rig.outbox), MOTE_CONFIG_INVALID);
    rig.config.page_size = 256;
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig_count(), 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"one-flipped-bit-costs-one-message", one_flipped_bit_costs_one_message},
        {"damage-is-told-once", damage_is_told_once},
        {"damage-does-not-hide-what-was-copied", damage_does_not_hide_what_was_copied},
        {"noise-never-makes-a-message", noise_never_makes_a_message},
        {"what-is-not-known-is-set-aside", what_is_not_known_is_set_aside},
        {"what-cannot-be-set-aside-stays", what_cannot_be_set_aside_stays},
        {"another-version-is-set-aside", another_version_is_set_aside},
        {"the-version-before-is-read", the_version_before_is_read},
        {"the-example-of-the-version-before-is-read", the_example_of_the_version_before_is_read},
        {"other-sizes-are-set-aside", other_sizes_are_set_aside},
        {"what-cannot-be-read-stays", what_cannot_be_read_stays},
        {"a-page-that-is-too-small-is-told", a_page_that_is_too_small_is_told},
    };

    return check_main("table/outbox-rot", cases, sizeof cases / sizeof cases[0], argc, argv);
}
