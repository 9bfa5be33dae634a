/* The outbox, in a file as on a Linux board; messages are delivered by a session whose broker takes all at once. */
#include "queue.h"

#include <mote/mote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_PER_MESSAGE = 200, BUFFER = 8192, SECTOR = 4096 };

static struct mote_flash flash;
static struct mote_outbox outbox;
static struct mote_session session;
static uint8_t page[SECTOR], receive_buffer[BUFFER], send_buffer[BUFFER], store[BUFFER];
static struct mote_inflight inflight[QUEUE_UNDER_WAY];
static const struct mote_outbox_config outbox_config = {.flash = &flash, .page = page, .page_size = sizeof page};
static const struct mote_session_config session_config = {
    .receive_buffer = receive_buffer,
    .receive_size = sizeof receive_buffer,
    .send_buffer = send_buffer,
    .send_size = sizeof send_buffer,
    .store = store,
    .store_size = sizeof store,
    .inflight = inflight,
    .inflight_count = QUEUE_UNDER_WAY,
    .client_id = {"bench", 5},
    .keep_session = true,
    .own_ids_from = MOTE_OUTBOX_IDS,
};

static void receive(const void *bytes, size_t size)
{
    size_t room;
    uint8_t *into = mote_session_receive_space(&session, &room);

    queue_require(size <= room, "there is no room for the broker's answer");
    memcpy(into, bytes, size);
    mote_session_received(&session, size, mote_now_ms());
}

/* Sends what there is, to nobody. */
static void send(void)
{
    for (struct mote_text output; (output = mote_session_output(&session)).length > 0;)
        mote_session_sent(&session, output.length, mote_now_ms());
}

static void connect(void)
{
    struct mote_session_event event;

    queue_require(mote_session_open(&session, mote_now_ms()) == MOTE_OK, "the session does not open");
    send();
    receive("\x20\x02\x00\x00", 4);
    while (mote_session_next(&session, mote_now_ms(), &event))
        mote_outbox_connected(&outbox, 0, event.session_present);
}

void queue_open(const struct queue_job *job)
{
    uint32_t size = (uint32_t)(job->count * (job->size + ROOM_PER_MESSAGE) / SECTOR + 8) * SECTOR;
    const struct mote_port *port = mote_port();

    setenv("MOTE_STATE_DIRECTORY", job->folder, 1);
    queue_require(port->flash->open(port->context, "bench", size, &flash) == MOTE_OK, "the file cannot be opened");
    queue_require(mote_outbox_open(&outbox, &outbox_config) == MOTE_OK, "the outbox does not open");
    queue_require(mote_session_init(&session, &session_config) == MOTE_OK, "the session cannot be");
    mote_outbox_restore(&outbox, &session);
    connect();
}

/* It takes no more than a few sectors ahead of what the disk has. */
static void wait_for_disk(void)
{
    mote_port()->wait(mote_port()->context, mote_outbox_deadline(&outbox));
    mote_outbox_commit(&outbox, &session, mote_now_ms());
}

static void commit(void)
{
    while (!mote_outbox_commit(&outbox, &session, mote_now_ms()))
        wait_for_disk();
}

void queue_put(const struct queue_job *job, unsigned number)
{
    const struct mote_message message = {
        .topic = MOTE_TEXT(QUEUE_TOPIC), .payload = {job->payload, job->size}, .qos = MOTE_QOS_1};
    enum mote_reason reason;

    while ((reason = mote_outbox_put(&outbox, &message, mote_now_ms())) == MOTE_OUTBOX_FULL)
        wait_for_disk();
    queue_require(reason == MOTE_OK, "a message is not accepted");
    if (number % job->batch == 0)
        commit();
}

void queue_flush(const struct queue_job *job)
{
    (void)job;
    commit();
}

/* The broker takes what is under way, in its order. */
static unsigned answer(void)
{
    struct mote_session_event event;
    uint32_t first = outbox.counters.delivered;
    unsigned count = 0;

    for (unsigned i = 0; i < QUEUE_UNDER_WAY; i++) {
        uint16_t id = (uint16_t)((first + i) % 0x7FFF + 1);
        if (mote_session_stage(&session, id) != MOTE_STAGE_SENT)
            break;
        receive((const uint8_t[]){0x40, 2, (uint8_t)(id >> 8), (uint8_t)id}, 4);
        count++;
    }
    while (mote_session_next(&session, mote_now_ms(), &event)) {
        if (event.type == MOTE_EVENT_PUBLISHED)
            mote_outbox_answered(&outbox, event.packet_id, event.reason_code);
    }
    return count;
}

unsigned queue_deliver(const struct queue_job *job)
{
    unsigned count;

    (void)job;
    mote_outbox_send(&outbox, &session, mote_now_ms());
    commit();
    send();
    count = answer();
    if (count == 0)
        commit();
    return count;
}

void queue_close(void)
{
    mote_port()->flash->close(mote_port()->context, &flash);
}
