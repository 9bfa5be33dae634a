/* A client of MQTT on the ESP8266's core: what comes under `chip/in` it publishes again under `chip/out`, with the same QoS;
 * at "bye" it takes its leave once all is acknowledged. The connection is the emulator's serial line. There is no clock: time
 * passes as often as nothing comes. test_lx106.py runs it.
 *   client VERSION KEEP_SESSION      VERSION is 3 (3.1.1) or 5 */
#include "lx106.h"

#include <mote/session.h>

#include <string.h>

enum { FAILED = 1, REFUSED = 2, NOT_MADE = 3 };

static struct mote_session session;
static struct mote_session_config config;
static uint8_t receive_buffer[512];
static uint8_t send_buffer[1024];
static uint8_t store[2048];
static struct mote_inflight
    inflight[16];                  /* mosquitto takes no more than 20 of QoS 2 at a time, and closes for one more */
static uint16_t received_ids[512]; /* mosquitto 2.0.11 sends more of QoS 2 than the Receive Maximum that it was told */
static uint64_t now_ms;
static bool leaving;

/* What is still to be repeated. */
static struct echo {
    uint8_t qos, size;
    char bytes[6];
} echoes[512];
static unsigned echo_first, echo_end;

static void receive(void)
{
    size_t size;
    uint8_t *space = mote_session_receive_space(&session, &size);
    int got = size == 0 ? 0 : lx106_call(LX106_READ, 0, (int)space, (int)size);

    if (got > 0)
        mote_session_received(&session, (size_t)got, now_ms);
    else
        now_ms++;
}

static void send(void)
{
    struct mote_text output = mote_session_output(&session);
    int sent = output.length == 0 ? 0 : lx106_call(LX106_WRITE, 1, (int)output.data, (int)output.length);

    if (sent > 0)
        mote_session_sent(&session, (size_t)sent, now_ms);
}

static int subscribe(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("chip/in"), .qos = MOTE_QOS_2};

    return mote_session_subscribe(&session, &filter, 1, NULL, NULL) == MOTE_OK ? 0 : FAILED;
}

static int remember(const struct mote_message *message)
{
    struct echo *echo = &echoes[echo_end];

    if (echo_end == sizeof echoes / sizeof echoes[0] || message->payload.length > sizeof echo->bytes)
        return FAILED;
    echo_end++;
    echo->qos = (uint8_t)message->qos;
    echo->size = (uint8_t)message->payload.length;
    memcpy(echo->bytes, message->payload.data, echo->size);
    leaving = leaving || mote_text_equals(message->payload, "bye");
    return 0;
}

static int repeat(void)
{
    for (; echo_first < echo_end; echo_first++) {
        const struct echo *echo = &echoes[echo_first];
        struct mote_message out = {
            .topic = MOTE_TEXT("chip/out"), .payload = {echo->bytes, echo->size}, .qos = (enum mote_qos)echo->qos};
        enum mote_reason reason = mote_session_publish(&session, &out, NULL);

        if (reason != MOTE_OK)
            return reason == MOTE_MQTT_QUOTA ? 0 : FAILED;
    }
    return 0;
}

static int take(const struct mote_session_event *event)
{
    switch (event->type) {
    case MOTE_EVENT_CONNECTED:
        return subscribe();
    case MOTE_EVENT_MESSAGE:
        return remember(&event->message);
    case MOTE_EVENT_REFUSED:
        return REFUSED;
    case MOTE_EVENT_FAILED:
    case MOTE_EVENT_DROPPED:
        return FAILED;
    default:
        return 0;
    }
}

static int turn(void)
{
    struct mote_session_event event;
    int status = 0;

    receive();
    while (status == 0 && mote_session_next(&session, now_ms, &event))
        status = take(&event);
    if (status == 0)
        status = repeat();
    if (leaving && echo_first == echo_end && mote_session_is_idle(&session))
        mote_session_close(&session, 0, NULL);
    send();
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;

    config =
        (struct mote_session_config){.version = argc > 1 && strcmp(argv[1], "5") == 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1,
                                     .keep_session = argc > 2,
                                     .client_id = MOTE_TEXT("chip"),
                                     .receive_buffer = receive_buffer,
                                     .receive_size = sizeof receive_buffer,
                                     .send_buffer = send_buffer,
                                     .send_size = sizeof send_buffer,
                                     .store = store,
                                     .store_size = sizeof store,
                                     .inflight = inflight,
                                     .inflight_count = sizeof inflight / sizeof inflight[0],
                                     .received_ids = received_ids,
                                     .received_count = sizeof received_ids / sizeof received_ids[0]};
    if (mote_session_init(&session, &config) != MOTE_OK || mote_session_open(&session, now_ms) != MOTE_OK)
        return NOT_MADE;
    while (status == 0 && session.state != MOTE_SESSION_CLOSING)
        status = turn();
    while (mote_session_output(&session).length > 0)
        send();
    return status;
}
