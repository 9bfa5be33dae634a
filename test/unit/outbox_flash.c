/* An outbox and its flash: how much it programs, erases and reads, and what it does when the flash cannot. */
#include "outbox_rig.h"

#include <mote/session.h>

/* --- A session whose broker takes everything at once --- */

static struct {
    struct mote_session session;
    struct mote_session_config config;
    uint8_t receive_buffer[256], send_buffer[4096], store[4096];
    struct mote_inflight inflight[16];
    uint32_t session_mark;
} line;

static void hear(const void *bytes, size_t size)
{
    size_t room;
    uint8_t *space = mote_session_receive_space(&line.session, &room);

    CHECK(room >= size);
    memcpy(space, bytes, size);
    mote_session_received(&line.session, size, rig.now_ms);
}

static void take_events(void)
{
    struct mote_session_event event;

    while (mote_session_next(&line.session, rig.now_ms, &event)) {
        if (event.type == MOTE_EVENT_CONNECTED)
            mote_outbox_connected(&rig.outbox, line.session_mark, event.session_present);
        if (event.type == MOTE_EVENT_PUBLISHED)
            CHECK(mote_outbox_answered(&rig.outbox, event.packet_id, event.reason_code));
    }
}

/* The broker knows no session. So many messages may be under way. */
static void connect_line_with(uint16_t inflight_count)
{
    line.config = (struct mote_session_config){.client_id = MOTE_TEXT("x"),
                                               .keep_session = true,
                                               .own_ids_from = MOTE_OUTBOX_IDS,
                                               .receive_buffer = line.receive_buffer,
                                               .receive_size = sizeof line.receive_buffer,
                                               .send_buffer = line.send_buffer,
                                               .send_size = sizeof line.send_buffer,
                                               .store = line.store,
                                               .store_size = sizeof line.store,
                                               .inflight = line.inflight,
                                               .inflight_count = inflight_count};
    CHECK_EQUAL(mote_session_init(&line.session, &line.config), MOTE_OK);
    mote_outbox_restore(&rig.outbox, &line.session);
    CHECK_EQUAL(mote_session_open(&line.session, rig.now_ms), MOTE_OK);
    mote_session_sent(&line.session, mote_session_output(&line.session).length, rig.now_ms);
    hear("\x20\x02\x00\x00", 4);
    take_events();
}

static void connect_line(void)
{
    connect_line_with(16);
}

/* One turn. Each PUBLISH of QoS 1, of less than 128 bytes, is answered. */
static void turn(void)
{
    uint8_t acks[256];
    size_t size = 0;

    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    struct mote_text output = mote_session_output(&line.session);
    for (size_t at = 0; at < output.length; at += 2 + (size_t)output.data[at + 1]) {
        size_t id = at + 4 + (uint8_t)output.data[at + 3];
        memcpy(acks + size, (const uint8_t[]){0x40, 2, (uint8_t)output.data[id], (uint8_t)output.data[id + 1]}, 4);
        size += 4;
    }
    mote_session_sent(&line.session, output.length, rig.now_ms);
    hear(acks, size);
    take_events();
}

/* --- What is dropped --- */

/* What may have arrived is not dropped as long as an older one is sent again: the broker would be left with that. */
static void drops_none_that_an_older_one_would_follow(void)
{
    rig_init(256, 5, 1, false, 1);
    rig_open();
    connect_line();
    for (const char *payload = "123"; *payload != '\0'; payload++)
        CHECK_EQUAL(rig_put("drop/x", (char[]){*payload, '\0'}, MOTE_QOS_1), MOTE_OK);
    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    rig_open();
    connect_line_with(2);
    CHECK_EQUAL(rig.outbox.counters.sessions_lost, 1);
    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    for (unsigned i = 0; i < 100; i++)
        CHECK_EQUAL(rig_put("drop/x", "0123456789", MOTE_QOS_1), MOTE_OK);
    CHECK(rig.outbox.counters.dropped > 0);
    CHECK(strncmp(rig_list(), "1 2 3 ", 6) == 0);
}

/* --- Whose session it is --- */

static void be_under_way_to(uint32_t session_mark)
{
    rig_init(512, 5, 1, false, 1);
    rig_open();
    line.session_mark = session_mark;
    connect_line();
    CHECK_EQUAL(rig_put("all", "1", MOTE_QOS_2), MOTE_OK);
    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig.outbox.session_mark, session_mark);
}

static void a_session_that_is_left_is_not_one_that_is_lost(void)
{
    be_under_way_to(7);
    connect_line();
    CHECK_EQUAL(rig.outbox.counters.sessions_lost, 1);
    CHECK_EQUAL(rig.outbox.counters.sessions_left, 0);
    be_under_way_to(7);
    line.session_mark = 8;
    connect_line();
    CHECK_EQUAL(rig.outbox.counters.sessions_lost, 0);
    CHECK_EQUAL(rig.outbox.counters.sessions_left, 1);
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig.outbox.session_mark, 8);
    CHECK_LIST("1");
    line.session_mark = 0;
}

/* --- How much --- */

static void put_of_64(void)
{
    char payload[65];

    memset(payload, 'p', 64);
    payload[64] = '\0';
    CHECK_EQUAL(rig_put("site/device/20-bytes", payload, MOTE_QOS_1), MOTE_OK);
}

/* Batches of 16: at most 1.3 bytes for each byte of topic and payload, with all states and heads. */
static void programs_little_more_than_the_messages(void)
{
    rig_init(4096, 16, 1, false, 1);
    rig.config.page_size = 256;
    rig_open();
    connect_line();
    for (unsigned i = 0; i < 4000; i++) {
        put_of_64();
        if (i % 16 == 15)
            turn();
        rig.now_ms += 100;
    }
    turn();
    CHECK_EQUAL(rig.outbox.counters.delivered, 4000);
    CHECK_EQUAL(rig.nor.bytes_programmed, rig.outbox.counters.bytes_programmed);
    CHECK(rig.nor.bytes_programmed * 10 <= 4000ull * (64 + 20) * 13);
    CHECK(mote_sim_nor_spread(&rig.nor) <= 1);
    CHECK(rig.outbox.counters.erasures <= 4000 / 32);
}

/* With restarts, too, and with what never dies in between. */
static void wears_all_sectors_alike(void)
{
    rig_init(512, 8, 4, false, 1);
    rig_open();
    rig_put("all", "stays", MOTE_QOS_1);
    for (unsigned i = 0; i < 3000; i++) {
        CHECK_EQUAL(rig_put("latest/one", "0123456789", MOTE_QOS_1), MOTE_OK);
        if (i % 7 == 0)
            CHECK_EQUAL(rig_open(), MOTE_OK);
        CHECK(mote_sim_nor_spread(&rig.nor) <= 1);
    }
    CHECK_LIST("stays 0123456789");
}

/* However long its history, opening reads each byte a few times. */
static void opening_reads_a_bounded_amount(void)
{
    uint32_t size = 512 * 8;

    rig_init(512, 8, 1, false, 1);
    rig_open();
    for (unsigned round = 0; round < 40; round++) {
        for (unsigned i = 0; i < 50; i++)
            rig_put("latest/one", "0123456789", MOTE_QOS_1);
        rig.nor.bytes_read = 0;
        CHECK_EQUAL(rig_open(), MOTE_OK);
        CHECK(rig.nor.bytes_read <= 6ull * size);
    }
}

/* One erasure for a put at most, unless what waits has to be moved out of the way. */
static void a_put_takes_one_sector_at_most(void)
{
    rig_init(512, 8, 1, false, 1);
    rig_open();
    for (unsigned i = 0; i < 500; i++) {
        uint32_t before = rig.outbox.counters.erasures;
        CHECK_EQUAL(rig_put("latest/one", "0123456789", MOTE_QOS_1), MOTE_OK);
        CHECK(rig.outbox.counters.erasures <= before + 1);
    }
}

/* --- When it cannot --- */

static void a_failing_flash_refuses_and_recovers(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    CHECK_EQUAL(rig_put("a", "1", MOTE_QOS_1), MOTE_OK);
    rig.nor.fail_in = 0;
    rig.nor.fail_count = 3;
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQUAL(rig_put("a", "lost", MOTE_QOS_1), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.outbox.counters.failures, 3);
    CHECK_EQUAL(rig.outbox.reason, MOTE_OUTBOX_CORRUPT);
    CHECK_LIST("1");
    CHECK_EQUAL(rig_put("a", "2", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig.outbox.reason, MOTE_OK);
    CHECK_LIST("1 2");
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("1 2");
}

/* Puts twenty; every fifth has to stay. Writes those of these that were accepted. */
static void put_twenty(char *accepted)
{
    char payload[8];

    accepted[0] = '\0';
    for (unsigned i = 1; i <= 20; i++) {
        snprintf(payload, sizeof payload, "%u ", i);
        enum mote_reason reason = rig_put(i % 5 == 0 ? "all" : "latest/one", payload, MOTE_QOS_1);
        CHECK(reason == MOTE_OK || reason == MOTE_OUTBOX_CORRUPT);
        if (reason == MOTE_OK && i % 5 == 0)
            strcat(accepted, payload);
    }
}

static void list_those_that_stay(char *listed)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    uint32_t age_s;

    listed[0] = '\0';
    while (mote_outbox_list(&rig.outbox, &place, &message, &age_s)) {
        if (mote_text_equals(message.topic, "all"))
            strncat(listed, message.payload.data, message.payload.length);
    }
}

/* At each of its programs and erasures, once. */
static void each_failure_loses_nothing_that_was_accepted(void)
{
    char accepted[64], listed[64];

    for (unsigned n = 0; n < 60; n++) {
        rig_init(256, 4, 1, false, 1);
        rig_open();
        rig.nor.fail_in = n;
        rig.nor.fail_count = 1;
        put_twenty(accepted);
        list_those_that_stay(listed);
        CHECK(strcmp(accepted, listed) == 0);
        CHECK_EQUAL(rig_open(), MOTE_OK);
        list_those_that_stay(listed);
        CHECK(strcmp(accepted, listed) == 0);
    }
}

/* It says that it has programmed, and has not. */
static void a_flash_that_lies_is_found_out(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    CHECK_EQUAL(rig_put("a", "1", MOTE_QOS_1), MOTE_OK);
    rig.nor.fails = MOTE_OK;
    rig.nor.fail_in = 0;
    rig.nor.fail_count = 1;
    CHECK_EQUAL(rig_put("a", "lost", MOTE_QOS_1), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig_put("a", "2", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("1 2");
}

static void a_full_disk_is_told_as_full(void)
{
    rig_init(512, 4, 1, false, 1);
    rig_open();
    rig_put("a", "1", MOTE_QOS_1);
    rig.nor.fails = MOTE_OUTBOX_FULL;
    rig.nor.fail_in = 0;
    rig.nor.fail_count = 1;
    CHECK_EQUAL(rig_put("a", "lost", MOTE_QOS_1), MOTE_OUTBOX_FULL);
    CHECK_EQUAL(rig.outbox.counters.refused, 1);
    CHECK_EQUAL(rig.outbox.reason, MOTE_OUTBOX_FULL);
    CHECK_EQUAL(rig_put("a", "2", MOTE_QOS_1), MOTE_OK);
    CHECK_LIST("1 2");
}

/* The lamp keeps working: a flash that is gone does not keep the session's output back. */
static void a_dead_flash_does_not_stop_the_session(void)
{
    rig_init(512, 4, 1, false, 1);
    rig.config.page_size = 256;
    rig_open();
    put_of_64();
    connect_line();
    rig.nor.fail_in = 0;
    rig.nor.fail_count = UINT64_MAX;
    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK_EQUAL(rig.outbox.reason, MOTE_OUTBOX_CORRUPT);
    uint32_t failures = rig.outbox.counters.failures;
    for (unsigned i = 0; i < 50; i++)
        CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK_EQUAL(rig.outbox.counters.failures, failures);
}

static void a_sync_that_fails_is_told(void)
{
    rig_init(512, 4, 1, true, 1);
    rig_open();
    connect_line();
    rig.nor.failing_syncs = 1;
    CHECK_EQUAL(rig_put("a", "x", MOTE_QOS_2), MOTE_OK);
    mote_outbox_send(&rig.outbox, &line.session, rig.now_ms);
    CHECK(!mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK(mote_outbox_commit(&rig.outbox, &line.session, rig.now_ms));
    CHECK_EQUAL(rig.outbox.reason, MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(rig.outbox.counters.failures, 1);
}

/* --- In RAM --- */

static void lives_in_ram_over_a_restart(void)
{
    static uint8_t memory[512 * 4];

    rig_init(512, 4, 1, false, 1);
    memset(memory, 0x77, sizeof memory);
    mote_flash_in_ram(&rig.nor.flash, memory, 512, 4);
    CHECK_EQUAL(rig_open(), MOTE_OUTBOX_CORRUPT); /* whatever was in it */
    for (unsigned i = 0; i < 200; i++)
        CHECK_EQUAL(rig_put("latest/one", "1", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_put("a", "2", MOTE_QOS_1), MOTE_OK);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("1 2");
    memset(memory, 0, sizeof memory);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_LIST("");
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-session-that-is-left-is-not-one-that-is-lost", a_session_that_is_left_is_not_one_that_is_lost},
        {"drops-none-that-an-older-one-would-follow", drops_none_that_an_older_one_would_follow},
        {"programs-little-more-than-the-messages", programs_little_more_than_the_messages},
        {"wears-all-sectors-alike", wears_all_sectors_alike},
        {"opening-reads-a-bounded-amount", opening_reads_a_bounded_amount},
        {"a-put-takes-one-sector-at-most", a_put_takes_one_sector_at_most},
        {"a-failing-flash-refuses-and-recovers", a_failing_flash_refuses_and_recovers},
        {"each-failure-loses-nothing-that-was-accepted", each_failure_loses_nothing_that_was_accepted},
        {"a-flash-that-lies-is-found-out", a_flash_that_lies_is_found_out},
        {"a-full-disk-is-told-as-full", a_full_disk_is_told_as_full},
        {"a-dead-flash-does-not-stop-the-session", a_dead_flash_does_not_stop_the_session},
        {"a-sync-that-fails-is-told", a_sync_that_fails_is_told},
        {"lives-in-ram-over-a-restart", lives_in_ram_over_a_restart},
    };

    return check_main("unit/outbox-flash", cases, sizeof cases / sizeof cases[0], argc, argv);
}
