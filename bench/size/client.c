/* The smallest whole client of MQTT: it connects with user and password, subscribes, publishes with QoS 1 (with EXACTLY_ONCE
 * also 2), takes messages, pings, and says goodbye. measure.py links it for chips and counts which bytes of the library come
 * along. The link, the clock and the lamp of a real board are calls that do nothing here. */
#include <mote/session.h>

#include <string.h>

/* A board of one's own would have them; here they must only not be optimised away. */
__attribute__((noinline)) static size_t link_read(uint8_t *into, size_t size)
{
    __asm__ volatile("" : : "r"(into), "r"(size) : "memory");
    return 0;
}

__attribute__((noinline)) static size_t link_write(struct mote_text bytes)
{
    __asm__ volatile("" : : "r"(bytes.data), "r"(bytes.length) : "memory");
    return bytes.length;
}

__attribute__((noinline)) static uint64_t clock_ms(void)
{
    static volatile uint32_t now_ms;

    return now_ms;
}

static volatile bool lamp;
static volatile bool leaving;

/* RAM of one connection: all of these. A packet of 256 bytes goes through as a whole or, if the buffers are smaller, in
 * pieces. */
static struct mote_session session;
static uint8_t receive_buffer[RECEIVE_SIZE];
static uint8_t send_buffer[SEND_SIZE];
static uint8_t store[STORE_SIZE];
static struct mote_inflight inflight[1];
static uint16_t received_ids[1];

static const struct mote_session_config config = {
    .receive_buffer = receive_buffer,
    .receive_size = sizeof receive_buffer,
    .send_buffer = send_buffer,
    .send_size = sizeof send_buffer,
    .store = store,
    .store_size = sizeof store,
    .inflight = inflight,
    .inflight_count = 1,
    .received_ids = received_ids,
    .received_count = 1,
#ifndef MOTE_WITHOUT_MQTT5
    .version = MOTE_MQTT_5,
#endif
    .client_id = {"lamp", 4},
    .keep_alive_s = 60,
    .has_username = true,
    .username = {"user", 4},
    .has_password = true,
    .password = {"password", 8},
};

static void greet(void)
{
    const struct mote_filter filter = {.topic = MOTE_TEXT("ssbun_switch_1"), .qos = MOTE_QOS_2};
    const struct mote_message hello = {
        .topic = MOTE_TEXT("ssbun_state"), .payload = MOTE_TEXT("on"), .qos = MOTE_QOS_1};
    const struct mote_message once = {.topic = MOTE_TEXT("ssbun_count"), .payload = MOTE_TEXT("1"), .qos = MOTE_QOS_2};

    mote_session_subscribe(&session, &filter, 1, NULL, NULL);
    mote_session_publish(&session, &hello, NULL);
    mote_session_publish(&session, &once, NULL);
}

static void turn(void)
{
    struct mote_session_event event;
    struct mote_text output;
    size_t size;
    uint8_t *space = mote_session_receive_space(&session, &size);

    mote_session_received(&session, link_read(space, size), clock_ms());
    while (mote_session_next(&session, clock_ms(), &event)) {
        if (event.type == MOTE_EVENT_CONNECTED)
            greet();
        else if (event.type == MOTE_EVENT_MESSAGE)
            lamp = event.message.payload.length == 2 && memcmp(event.message.payload.data, "on", 2) == 0;
    }
    output = mote_session_output(&session);
    mote_session_sent(&session, link_write(output), clock_ms());
}

int main(void)
{
    if (mote_session_init(&session, &config) != MOTE_OK || mote_session_open(&session, clock_ms()) != MOTE_OK)
        return 1;
    while (session.state != MOTE_SESSION_CLOSING) {
        if (clock_ms() >= mote_session_deadline(&session))
            mote_session_ping(&session);
        if (leaving)
            mote_session_close(&session, 0, NULL);
        turn();
    }
    mote_session_closed(&session);
    return 0;
}
