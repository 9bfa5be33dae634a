/* The client behind umqtt's names, on a link whose other side, speed and end are the input's, as is what the program calls and what its
 * callback does. Whatever happens: a call comes back once time passes, and afterwards the client connects to a broker that is right. */
#include "fuzz.h"

#include "python/micropython/umqtt.h"
#include "test/unit/session_memory.h"

#define CALLS_MAX 60u
#define WAITS_MAX 20000u

static const char right[] = "\x20\x02\x00\x00";

static struct {
    struct fuzz_input *input;
    struct mote_umqtt client;
    struct mote_umqtt_filter filters[3];
    uint8_t receive_buffer[96];
    uint8_t send_buffer[96];
    uint8_t store[96];
    struct mote_inflight inflight[3];
    uint16_t received_ids[3];
    uint64_t now_ms;
    unsigned waits;
    bool is_right;      /* the broker at the end: accepts, and is silent */
    size_t right_given; /* of its CONNACK */
} rig;

static uint64_t now_ms(void *context)
{
    (void)context;
    return rig.now_ms;
}

static uint32_t next_random(void *context)
{
    (void)context;
    return fuzz_u32(rig.input);
}

static void wait_until(void *context, uint64_t deadline_ms)
{
    uint64_t step_ms = fuzz_left(rig.input) > 0 ? fuzz_u8(rig.input) * 100u : 60000;

    (void)context;
    FUZZ_CHECK(rig.waits++ < WAITS_MAX);
    rig.now_ms = deadline_ms < rig.now_ms + step_ms ? (deadline_ms > rig.now_ms ? deadline_ms : rig.now_ms)
                                                    : rig.now_ms + step_ms;
}

/* With the input all is over: whatever waits for ever is woken. */
static bool stop_requested(void *context)
{
    (void)context;
    return !rig.is_right && fuzz_left(rig.input) == 0;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    unsigned how = rig.is_right ? 1 : fuzz_below(rig.input, 4);

    (void)context;
    (void)url;
    FUZZ_CHECK(link->state == MOTE_LINK_CLOSED);
    rig.right_given = 0;
    link->state = how == 0 ? MOTE_LINK_FAILED : how == 2 ? MOTE_LINK_OPENING : MOTE_LINK_OPEN;
    link->reason = how == 0 ? MOTE_TCP_REFUSED : MOTE_OK;
    return link->reason;
}

static void fail_now_and_then(struct mote_link *link)
{
    if (!rig.is_right && fuzz_u8(rig.input) % 32 == 31) {
        link->state = MOTE_LINK_FAILED;
        link->reason = MOTE_TCP_RESET;
    }
}

static size_t receive(void *context, struct mote_link *link, void *into, size_t size)
{
    size_t left = rig.is_right ? sizeof right - 1 - rig.right_given : fuzz_below(rig.input, 40);
    size_t given = left < size ? left : size;

    (void)context;
    if (rig.is_right)
        memcpy(into, right + rig.right_given, given);
    else
        for (size_t i = 0; i < given; i++)
            ((uint8_t *)into)[i] = fuzz_u8(rig.input);
    rig.right_given += rig.is_right ? given : 0;
    fail_now_and_then(link);
    return given;
}

static size_t send_some(void *context, struct mote_link *link, const void *bytes, size_t size)
{
    size_t taken = rig.is_right ? size : fuzz_size(rig.input, size);

    (void)context;
    (void)bytes;
    FUZZ_CHECK(size > 0 && link->state == MOTE_LINK_OPEN);
    fail_now_and_then(link);
    return taken;
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    (void)context;
    (void)abort;
    link->state = MOTE_LINK_CLOSED;
}

static const struct mote_link_port links = {open_link, receive, send_some, close_link};
static const struct mote_port port = {
    .now_ms = now_ms, .random = next_random, .wait = wait_until, .stop_requested = stop_requested, .link = &links};

static void publish(void)
{
    static char payload[1000];
    const struct mote_message message = {.topic = MOTE_TEXT("t"),
                                         .payload = {payload, fuzz_size(rig.input, sizeof payload)},
                                         .qos = (enum mote_qos)fuzz_below(rig.input, 3),
                                         .retain = fuzz_bool(rig.input)};

    mote_umqtt_publish(&rig.client, &message, payload);
}

static struct mote_text topic(void)
{
    static const char *const topics[] = {"a", "b/+", "#", "d", "a/#/b"};

    return mote_text(topics[fuzz_below(rig.input, 5)]);
}

static void call(unsigned which)
{
    switch (which) {
    case 0:
        mote_umqtt_connect(&rig.client, fuzz_bool(rig.input), 1000);
        break;
    case 1:
        mote_umqtt_subscribe(&rig.client, topic(), (enum mote_qos)fuzz_below(rig.input, 3), NULL);
        break;
    case 2:
        mote_umqtt_unsubscribe(&rig.client, topic(), NULL);
        break;
    case 3:
        mote_umqtt_wait(&rig.client);
        break;
    case 4:
        mote_umqtt_ping(&rig.client);
        break;
    case 5:
        mote_umqtt_disconnect(&rig.client);
        break;
    case 6:
        mote_umqtt_check(&rig.client);
        break;
    default:
        publish();
    }
}

static bool on_message(const struct mote_message *message, void *context)
{
    (void)context;
    FUZZ_CHECK(message->payload_offset + message->payload.length <= message->payload_size);
    if (fuzz_bool(rig.input))
        call(fuzz_below(rig.input, 8));
    return fuzz_u8(rig.input) % 16 != 15;
}

static void begin(void)
{
    unsigned flags = fuzz_u8(rig.input);

    rig.client.port = &port;
    rig.client.config = (struct mote_session_config){
        SESSION_MEMORY(rig),
        .client_id = MOTE_TEXT("f"),
        .version = (flags & 1) != 0 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1,
        .keep_alive_s = (uint16_t)((flags & 2) != 0 ? 10 : 0),
    };
    rig.client.filters = rig.filters;
    rig.client.filter_max = 3;
    rig.client.timeout_ms = 5000;
    rig.client.strict = (flags & 4) != 0;
    rig.client.on_message = on_message;
    mote_umqtt_init(&rig.client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};

    memset(&rig, 0, sizeof rig);
    rig.input = &input;
    rig.now_ms = 1000;
    begin();
    for (unsigned calls = 0; calls < CALLS_MAX && fuzz_left(&input) > 0; calls++) {
        rig.waits = 0;
        call(fuzz_below(&input, 9));
    }
    mote_umqtt_disconnect(&rig.client);
    rig.is_right = true;
    rig.waits = 0;
    rig.client.config.version = MOTE_MQTT_3_1_1;
    FUZZ_CHECK(mote_umqtt_connect(&rig.client, true, 5000) == MOTE_OK);
    FUZZ_CHECK(rig.client.state == MOTE_UMQTT_CONNECTED);
    return 0;
}
