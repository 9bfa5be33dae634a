/* Messages both ways over a connection that is cut again and again, at any byte: of QoS 2 each arrives exactly
 * once and in order, of QoS 1 at least once; also if the client's power is cut each time, and what it begins anew with is the
 * stages of its publications and the identifiers that it has taken. The server is a small model of one. Each case is one
 * seed.
 * [MQTT3-4.3.3-1] [MQTT3-4.3.3-2] [MQTT3-4.4.0-1] [MQTT5-4.3.3-10] [MQTT5-4.4.0-1] */
#include "session_rig.h"

#define MESSAGES 120u /* of each QoS, each way */
#define IN_ALL (2u * MESSAGES)
#define STEPS_MOST 400000u

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (random_state >> 8) % bound;
}

/* What has arrived of one QoS at one side. */
struct log {
    uint32_t next; /* the lowest number that has not arrived yet */
    uint32_t repeats;
};

/* A message from the server that is not acknowledged. */
struct outgoing {
    enum mote_qos qos;
    uint32_t number;
    uint16_t packet_id;
    bool sent;     /* in this connection */
    bool repeated; /* it was sent before, too */
    bool released;
};

#define OUTGOING_MOST 6u

struct server {
    bool loses_sessions;
    bool connected;
    bool alias_in_known, alias_out_known;
    uint16_t receive_max;
    uint16_t unacked; /* PUBLISH of this connection */
    bool taken[65536];
    struct outgoing outgoing[OUTGOING_MOST];
    size_t outgoing_count;
    uint32_t numbers[3];
    uint16_t next_id;
    struct log logs[3];
};

static struct server server;

struct client {
    bool up;
    bool loses_power;
    uint16_t last_id;       /* with power cuts identifiers are its own */
    uint8_t qos_of[IN_ALL]; /* in the order of publication */
    uint32_t numbers[3];    /* published */
    uint32_t done[3];
    uint16_t ids[3][MESSAGES];
    uint32_t piece_offset;
    uint8_t piece_head[5];
    struct log logs[3];
};

static struct client client;

/* --- Messages: QoS, number, and a tail of a length that the number gives --- */

#define HEAD_SIZE 5u
#define TAIL_MOST 90u

static size_t write_payload(char *payload, enum mote_qos qos, uint32_t number)
{
    size_t size = HEAD_SIZE + number * 7 % TAIL_MOST;

    memset(payload, (int)('a' + number % 26), size);
    payload[0] = (char)qos;
    for (unsigned i = 0; i < 4; i++)
        payload[1 + i] = (char)(number >> 8 * i);
    return size;
}

static uint32_t read_number(const uint8_t *head, enum mote_qos qos)
{
    CHECK_EQUAL(head[0], qos);
    return (uint32_t)head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 | (uint32_t)head[4] << 24;
}

/* Exactly the next one, or, where it is allowed, one of before. */
static void enter(struct log *log, uint32_t number, bool may_repeat)
{
    CHECK(number <= log->next);
    if (number == log->next) {
        log->next++;
    } else {
        CHECK(may_repeat);
        log->repeats++;
    }
}

/* --- The server --- */

static void accept_connection(void)
{
    const struct mote_property limits[] = {{.id = MOTE_RECEIVE_MAXIMUM, .number = 1 + random_below(5)},
                                           {.id = MOTE_TOPIC_ALIAS_MAXIMUM, .number = random_below(3)},
                                           {.id = MOTE_SERVER_KEEP_ALIVE, .number = 30}};
    bool is_new = server.numbers[0] == 0 || (server.loses_sessions && random_below(4) == 0);

    server.numbers[0] = 1;
    server.connected = true;
    server.alias_in_known = server.alias_out_known = false;
    server.unacked = 0;
    server.receive_max = (uint16_t)limits[0].number;
    for (size_t i = 0; i < server.outgoing_count; i++) {
        server.outgoing[i].sent = false;
        server.outgoing[i].released = server.outgoing[i].released && !is_new;
        server.outgoing[i].repeated = server.outgoing[i].repeated && !is_new;
    }
    if (is_new)
        memset(server.taken, 0, sizeof server.taken);
    rig_serve_connack(!is_new, 0, limits, rig.session.version == MOTE_MQTT_5 ? 3 : 0);
}

static void take_publish(void)
{
    const struct mote_message *message = &rig.packet.message;
    bool is_5 = rig.session.version == MOTE_MQTT_5;

    if (message->topic.length == 0) {
        CHECK(server.alias_in_known);
    } else {
        CHECK_TEXT(message->topic, "from/client");
        server.alias_in_known |= mote_properties_number(&message->properties, MOTE_TOPIC_ALIAS, 0) != 0;
    }
    uint32_t number = read_number((const uint8_t *)message->payload.data, message->qos);
    CHECK_EQUAL(message->payload.length, HEAD_SIZE + number * 7 % TAIL_MOST);
    server.unacked++;
    if (is_5 && server.connected)
        CHECK(server.unacked <= server.receive_max);
    if (message->qos == MOTE_QOS_1) {
        enter(&server.logs[1], number, true);
        rig_serve_ack(MOTE_PUBACK, message->packet_id, 0);
        server.unacked--;
        return;
    }
    if (!server.taken[message->packet_id])
        enter(&server.logs[2], number, server.loses_sessions);
    server.taken[message->packet_id] = true;
    rig_serve_ack(MOTE_PUBREC, message->packet_id, 0);
}

static void take_pubrel(void)
{
    uint16_t id = rig.packet.ack.packet_id;

    rig_serve_ack(MOTE_PUBCOMP, id, server.taken[id] || rig.session.version != MOTE_MQTT_5 ? 0 : 0x92);
    server.taken[id] = false;
    if (server.unacked > 0)
        server.unacked--;
}

static void finish_outgoing(size_t index)
{
    server.outgoing_count--;
    memmove(&server.outgoing[index], &server.outgoing[index + 1],
            (server.outgoing_count - index) * sizeof server.outgoing[0]);
}

static void take_ack(enum mote_packet_type type)
{
    size_t i = 0;

    while (i < server.outgoing_count && server.outgoing[i].packet_id != rig.packet.ack.packet_id)
        i++;
    CHECK(i < server.outgoing_count);
    struct outgoing *message = &server.outgoing[i];
    CHECK(message->sent);
    CHECK_EQUAL(message->qos, type == MOTE_PUBACK ? MOTE_QOS_1 : MOTE_QOS_2);
    if (type == MOTE_PUBREC) {
        CHECK_EQUAL(rig.packet.ack.code, 0);
        message->released = true;
        rig_serve_ack(MOTE_PUBREL, message->packet_id, 0);
        return;
    }
    CHECK_EQUAL(message->released, type == MOTE_PUBCOMP);
    finish_outgoing(i);
}

static void serve_message(struct outgoing *message)
{
    char payload[HEAD_SIZE + TAIL_MOST];
    const struct mote_property alias = {.id = MOTE_TOPIC_ALIAS, .number = 1};
    bool with_alias = rig.session.version == MOTE_MQTT_5 && random_below(2) == 0;
    struct mote_message publish = {.topic = MOTE_TEXT("from/server"),
                                   .payload = {payload, write_payload(payload, message->qos, message->number)},
                                   .qos = message->qos,
                                   .packet_id = message->packet_id,
                                   .duplicate = message->repeated,
                                   .properties = {.items = &alias, .count = with_alias}};

    if (with_alias && server.alias_out_known)
        publish.topic.length = 0;
    server.alias_out_known |= with_alias;
    message->sent = true;
    message->repeated = true;
    rig_serve_message(&publish);
}

/* Sends, in order, what is not acknowledged, then something new. */
static void serve_next(void)
{
    for (size_t i = 0; i < server.outgoing_count; i++) {
        struct outgoing *message = &server.outgoing[i];
        if (message->sent)
            continue;
        message->sent = true;
        if (message->released)
            rig_serve_ack(MOTE_PUBREL, message->packet_id, 0);
        else
            serve_message(message);
        return;
    }
    enum mote_qos qos = random_below(2) == 0 ? MOTE_QOS_1 : MOTE_QOS_2;
    if (server.outgoing_count == OUTGOING_MOST || server.numbers[qos] == MESSAGES)
        return;
    server.next_id = server.next_id >= 40 ? 1 : (uint16_t)(server.next_id + 1);
    server.outgoing[server.outgoing_count] =
        (struct outgoing){.qos = qos, .number = server.numbers[qos]++, .packet_id = server.next_id};
    serve_message(&server.outgoing[server.outgoing_count++]);
}

/* Has the rest of a packet not come yet? */
static bool has_whole_packet(void)
{
    struct mote_text bytes = {(const char *)rig.to_server.bytes + rig.to_server.start, rig_pipe_size(&rig.to_server)};
    struct mote_header header;
    struct mote_fault fault;

    return mote_codec_header(bytes, rig.session.version, &header, &fault) == MOTE_DECODED &&
           bytes.length - header.size >= header.remaining;
}

static void run_server(void)
{
    if (server.connected && random_below(3) == 0)
        serve_next();
    if (!has_whole_packet() || random_below(3) == 0)
        return;
    rig.output_held = true; /* rig_sent() takes no more of it */
    CHECK(rig_sent());
    rig.output_held = false;
    switch (rig.packet.header.type) {
    case MOTE_CONNECT:
        CHECK(!server.connected && !rig.packet.connect.clean_start);
        accept_connection();
        break;
    case MOTE_PUBLISH:
        take_publish();
        break;
    case MOTE_PUBREL:
        take_pubrel();
        break;
    case MOTE_PUBACK:
    case MOTE_PUBREC:
    case MOTE_PUBCOMP:
        take_ack((enum mote_packet_type)rig.packet.header.type);
        break;
    case MOTE_PINGREQ:
        RIG_SERVE("\xd0\x00");
        break;
    default:
        CHECK_EQUAL(rig.packet.header.type, 0);
    }
}

/* --- The client --- */

static void take_message(void)
{
    const struct mote_message *message = &rig.event.message;

    CHECK_TEXT(message->topic, "from/server");
    if (message->payload_offset == 0)
        client.piece_offset = 0;
    CHECK_EQUAL(message->payload_offset, client.piece_offset);
    for (size_t i = 0; i < message->payload.length && client.piece_offset + i < HEAD_SIZE; i++)
        client.piece_head[client.piece_offset + i] = (uint8_t)message->payload.data[i];
    client.piece_offset += (uint32_t)message->payload.length;
    if (!mote_message_is_last(message))
        return;
    uint32_t number = read_number(client.piece_head, message->qos);
    CHECK_EQUAL(message->payload_size, HEAD_SIZE + number * 7 % TAIL_MOST);
    enter(&client.logs[message->qos], number, message->qos == MOTE_QOS_1 || server.loses_sessions);
}

static void take_published(void)
{
    for (int qos = 1; qos <= 2; qos++) {
        for (uint32_t i = client.numbers[qos]; i-- > 0;) {
            if (client.ids[qos][i] != rig.event.packet_id)
                continue;
            client.ids[qos][i] = 0;
            client.done[qos]++;
            CHECK_EQUAL(rig.event.reason_code, 0);
            CHECK(server.logs[qos].next > i); /* it has arrived */
            return;
        }
    }
    check_fail(__FILE__, __LINE__, "identifier %u was never given", rig.event.packet_id);
}

/* Identifiers come around before long, but not before the ring of publications has. */
static uint16_t id_after(uint16_t id)
{
    return (uint16_t)(id % (2 * RIG_INFLIGHT) + 1);
}

static enum mote_reason publish(enum mote_qos qos, uint32_t number, enum mote_session_stage stage, uint16_t *packet_id)
{
    char payload[HEAD_SIZE + TAIL_MOST];
    struct mote_message message = {.topic = MOTE_TEXT("from/client"), .payload = {payload, 0}, .qos = qos};

    message.payload.length = write_payload(payload, qos, number);
    return client.loses_power ? mote_session_publish_as(&rig.session, &message, *packet_id, stage)
                              : mote_session_publish(&rig.session, &message, packet_id);
}

static void publish_next(void)
{
    enum mote_qos qos = random_below(2) == 0 ? MOTE_QOS_1 : MOTE_QOS_2;
    uint32_t number = client.numbers[qos];
    uint16_t id = id_after(client.last_id);

    if (number == MESSAGES || publish(qos, number, MOTE_STAGE_NEW, &id) != MOTE_OK)
        return;
    client.qos_of[client.numbers[1] + client.numbers[2]] = (uint8_t)qos;
    client.ids[qos][number] = client.last_id = id;
    client.numbers[qos]++;
}

static void run_client(void)
{
    if (random_below(4) == 0)
        publish_next();
    if (client.up && random_below(2) == 0 && mote_session_next(&rig.session, rig.now_ms, &rig.event)) {
        CHECK(rig.event.type != MOTE_EVENT_FAILED && rig.event.type != MOTE_EVENT_REFUSED &&
              rig.event.type != MOTE_EVENT_DISCONNECTED && rig.event.type != MOTE_EVENT_DROPPED);
        if (rig.event.type == MOTE_EVENT_MESSAGE)
            take_message();
        if (rig.event.type == MOTE_EVENT_PUBLISHED)
            take_published();
    }
}

/* --- Between them --- */

static void move_bytes(void)
{
    rig.to_client.step = 1 + random_below(random_below(4) == 0 ? 200 : 8);
    if (random_below(2) == 0)
        rig_receive_step();
    struct mote_text output = mote_session_output(&rig.session);
    size_t size = rig_least(output.length, 1 + random_below(random_below(4) == 0 ? 200 : 8));
    if (random_below(2) == 0 && rig_pipe_size(&rig.to_server) < 4096) {
        rig_pipe_put(&rig.to_server, output.data, size);
        mote_session_sent(&rig.session, size, rig.now_ms);
    }
}

static void cut(void)
{
    mote_session_closed(&rig.session);
    client.up = false;
    server.connected = false;
    rig.to_client.start = rig.to_client.end = 0;
    rig.to_server.start = rig.to_server.end = 0;
}

/* The client begins anew with what it would have in its flash. */
static void cut_power(void)
{
    enum mote_session_stage stages[IN_ALL];
    uint16_t received[OUTGOING_MOST];
    size_t received_count = mote_session_received_ids(&rig.session, received, OUTGOING_MOST);
    uint32_t all = client.numbers[1] + client.numbers[2];
    uint32_t numbers[3] = {0};

    for (uint32_t i = 0; i < all; i++) {
        uint16_t id = client.ids[client.qos_of[i]][numbers[client.qos_of[i]]++];
        stages[i] = id == 0 ? MOTE_STAGE_NONE : mote_session_stage(&rig.session, id);
        CHECK_EQUAL(stages[i] == MOTE_STAGE_NONE, id == 0);
    }
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
    for (size_t i = 0; i < received_count; i++)
        CHECK(mote_session_restore_received(&rig.session, received[i]));
    memset(numbers, 0, sizeof numbers);
    for (uint32_t i = 0; i < all; i++) {
        enum mote_qos qos = (enum mote_qos)client.qos_of[i];
        uint32_t number = numbers[qos]++;
        if (stages[i] != MOTE_STAGE_NONE)
            CHECK_EQUAL(publish(qos, number, stages[i], &client.ids[qos][number]), MOTE_OK);
    }
}

static bool all_is_done(void)
{
    for (int qos = 1; qos <= 2; qos++) {
        if (client.done[qos] < MESSAGES || client.logs[qos].next < MESSAGES || server.logs[qos].next < MESSAGES)
            return false;
    }
    return server.outgoing_count == 0 && mote_session_is_idle(&rig.session);
}

static void begin(enum mote_mqtt_version version, uint32_t seed, bool loses_sessions, bool loses_power)
{
    rig_begin(version);
    memset(&server, 0, sizeof server);
    memset(&client, 0, sizeof client);
    server.loses_sessions = loses_sessions;
    client.loses_power = loses_power;
    random_state = seed * 2654435761u + 1;
    rig_use_aliases();
    rig_receive_size(64 + random_below(100));
    rig_send_size(64 + random_below(200));
    rig.config.store_size = 150 + random_below(800);
    rig.config.inflight_count = (uint16_t)(1 + random_below(RIG_INFLIGHT));
    rig.config.received_count = OUTGOING_MOST;
    rig.config.keep_alive_s = 30;
    rig.config.own_ids_from = loses_power ? 1000 : 0;
    CHECK_EQUAL(mote_session_init(&rig.session, &rig.config), MOTE_OK);
}

static void run(enum mote_mqtt_version version, uint32_t seed, bool loses_sessions, bool loses_power)
{
    begin(version, seed, loses_sessions, loses_power);
    uint32_t calm = 50 + random_below(700); /* steps between two cuts, on average */
    uint32_t steps = 0, cuts = 0;
    while (!all_is_done()) {
        CHECK(++steps < STEPS_MOST);
        rig.now_ms += random_below(20);
        if (client.up && random_below(calm) == 0) {
            cut();
            if (loses_power)
                cut_power();
            cuts++;
            calm += calm / 20; /* so that it comes to an end */
        }
        if (!client.up && random_below(10) == 0) {
            CHECK_EQUAL(mote_session_open(&rig.session, rig.now_ms), MOTE_OK);
            client.up = true;
        }
        run_client();
        if (client.up)
            move_bytes();
        run_server();
    }
    CHECK_EQUAL(server.logs[2].next, MESSAGES);
    CHECK_EQUAL(client.logs[2].next, MESSAGES);
    CHECK(cuts > 0);
    if (!loses_sessions)
        CHECK_EQUAL(server.logs[2].repeats + client.logs[2].repeats, 0);
}

#define SEEDS(of) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8) of(9) of(10) of(11) of(12) of(13) of(14) of(15) of(16)

#define DEFINE_ONE(seed, name, version, loses_sessions, loses_power)                                                   \
    static void name##_##seed(void)                                                                                    \
    {                                                                                                                  \
        run(version, seed, loses_sessions, loses_power);                                                               \
    }

#define DEFINE(seed)                                                                                                   \
    DEFINE_ONE(seed, v3_1_1_seed, MOTE_MQTT_3_1_1, false, false)                                                       \
    DEFINE_ONE(seed, v5_seed, MOTE_MQTT_5, false, false)                                                               \
    DEFINE_ONE(seed, v3_1_1_lossy_seed, MOTE_MQTT_3_1_1, true, false)                                                  \
    DEFINE_ONE(seed, v5_lossy_seed, MOTE_MQTT_5, true, false)                                                          \
    DEFINE_ONE(seed, v3_1_1_power_seed, MOTE_MQTT_3_1_1, false, true)                                                  \
    DEFINE_ONE(seed, v5_power_seed, MOTE_MQTT_5, false, true)                                                          \
    DEFINE_ONE(seed, v5_lossy_power_seed, MOTE_MQTT_5, true, true)

SEEDS(DEFINE)

#define LIST_ONE(seed, name) {#name "_" #seed, name##_##seed},

#define LIST(seed)                                                                                                     \
    LIST_ONE(seed, v3_1_1_seed)                                                                                        \
    LIST_ONE(seed, v5_seed)                                                                                            \
    LIST_ONE(seed, v3_1_1_lossy_seed)                                                                                  \
    LIST_ONE(seed, v5_lossy_seed)                                                                                      \
    LIST_ONE(seed, v3_1_1_power_seed)                                                                                  \
    LIST_ONE(seed, v5_power_seed)                                                                                      \
    LIST_ONE(seed, v5_lossy_power_seed)

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {SEEDS(LIST)};

    return check_main("unit/session_exactly_once", cases, sizeof cases / sizeof cases[0], argc, argv);
}
