/* The broker in the world: the embedded one, with the network of the world around it. */
#include "sim/inside.h"
#include "sim/memory.h"

#include "mqtt/codec.h"
#include <stdlib.h>
#include <string.h>

enum { VIEWS = 16, ROOM = 262144 };

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    void *resized;

    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    resized = realloc(block, new_size);
    if (resized == NULL)
        abort();
    return resized;
}

static uint32_t random_word(void *context)
{
    return (uint32_t)dice_word(&((struct world *)context)->server.dice);
}

static void observe(void *context, const struct mote_broker_event *event)
{
    checks_observe(context, event);
}

void server_begin(struct world *world)
{
    struct server *server = &world->server;

    server->dice = dice_of(world->config->seed, 2);
    server->config = (struct mote_broker_config){
        .resize = resize,
        .random = random_word,
        .observe = observe,
        .authorize = sabotage_authorize,
        .context = world,
        .queue_max = 100000,
        /* As mosquitto has it. A client from before MQTT 5 cannot say that it takes MOTE_RECEIVED_MAX at once; over that it closes the
         * connection, and a long queue takes many of them. */
        .inflight_max = 20,
        .receive_size = 4096,
        .without_sys = true,
    };
    server_up(world);
}

void server_up(struct world *world)
{
    struct server *server = &world->server;

    if (server->up)
        return;
    if (server->broker.config.resize == NULL) {
        mote_broker_init(&server->broker, &server->config, world->now_ms);
        server->stopping = false;
    }
    server->up = true;
}

void server_end(struct world *world)
{
    if (world->server.broker.config.resize != NULL)
        mote_broker_free(&world->server.broker);
    world->server.broker = (struct mote_broker){.seed = 0};
}

/* --- Coming and going --- */

static uint8_t draw_refusal(struct world *world)
{
    static const uint8_t codes[] = {1, 2, 3, 4, 5};

    return codes[dice_below(&world->network_dice, sizeof codes)];
}

void server_accept(struct connection *connection)
{
    struct world *world = connection->party->world;

    if (happen_is_on(world, NULL, FAULT_BROKER_REFUSES) && connection->party->index >= 0) {
        connection->refusal = draw_refusal(world);
        return;
    }
    if (!happen_is_on(world, NULL, FAULT_BROKER_FULL))
        connection->client = mote_broker_accept(&world->server.broker, connection, world->now_ms);
    if (connection->client == NULL)
        network_end(connection, STREAM_FIN);
}

void server_closed(struct connection *connection)
{
    struct world *world = connection->party->world;

    if (connection->client != NULL)
        mote_broker_closed(connection->client, world->now_ms);
    connection->client = NULL;
    connection->refusal = 0;
    network_end(connection, STREAM_RESET);
}

static void drop_all(struct world *world)
{
    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (c->client != NULL || c->refusal != 0)
            server_closed(c);
    }
}

void server_down(struct world *world, bool keeps_sessions)
{
    if (!world->server.up)
        return;
    drop_all(world);
    world->server.up = false;
    if (!keeps_sessions)
        server_end(world);
}

/* What it says on leaving is on its way before the connections end. */
void server_say_goodbye(struct world *world)
{
    if (!world->server.up)
        return;
    mote_broker_stop(&world->server.broker, world->now_ms);
    server_flush(world);
    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (c->client == NULL)
            continue;
        mote_broker_closed(c->client, world->now_ms);
        c->client = NULL;
        network_end(c, STREAM_FIN);
    }
    server_down(world, false);
}

/* --- Bytes --- */

/* One that is to be refused is answered in the words of its own version, once its CONNECT is there. */
static void refuse(struct connection *connection)
{
    static const uint8_t of_mqtt5[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};
    struct world *world = connection->party->world;
    uint8_t bytes[2048], answer[64];
    size_t size = stream_take(&connection->up, bytes, sizeof bytes, world->now_ms);
    struct mote_text packet = {(const char *)bytes, size};
    struct mote_connect connect;
    struct mote_header header;
    struct mote_fault fault;
    uint8_t code = connection->refusal;

    if (mote_codec_header(packet, MOTE_MQTT_DEFAULT, &header, &fault) != MOTE_DECODED ||
        size < header.size + (size_t)header.remaining ||
        !mote_codec_decode_connect((struct mote_text){packet.data + header.size, header.remaining}, &connect, &fault)) {
        server_closed(connection);
        return;
    }
    if (connect.version == MOTE_MQTT_5)
        code = of_mqtt5[code];
    size = mote_codec_encode_connack(answer, sizeof answer, connect.version, &(struct mote_connack){.code = code});
    network_answer(connection, answer, size);
    connection->refusal = 0;
    network_end(connection, STREAM_FIN);
}

void server_take(struct connection *connection)
{
    struct world *world = connection->party->world;

    if (connection->refusal != 0) {
        refuse(connection);
        return;
    }
    for (;;) {
        size_t size, taken;
        uint8_t *into;

        if (connection->client == NULL)
            break;
        into = mote_broker_receive_space(connection->client, &size);
        taken = size == 0 ? 0 : stream_take(&connection->up, into, size, world->now_ms);
        if (taken == 0)
            break;
        mote_broker_received(connection->client, taken, world->now_ms);
        server_flush(world);
    }
}

static bool is_acknowledgement(uint8_t first)
{
    return first >> 4 == MOTE_PUBACK || first >> 4 == MOTE_PUBREC || first >> 4 == MOTE_PUBCOMP;
}

static void append(struct wire_part *part, const void *bytes, size_t size)
{
    part->bytes = sim_grow(part->bytes, &part->room, part->size + size, 1);
    memcpy(part->bytes + part->size, bytes, size);
    part->size += size;
}

/* What the broker says goes on as whole packets, the acknowledgements among them aside. */
static void sift(struct connection *connection, const struct wire_part *all)
{
    struct mote_text left = {(const char *)all->bytes, all->size};

    while (left.length > 0) {
        struct mote_header header;
        struct mote_fault fault;
        size_t size = left.length;

        if (mote_codec_header(left, MOTE_MQTT_5, &header, &fault) == MOTE_DECODED)
            size = header.size + (size_t)header.remaining;
        if (is_acknowledgement((uint8_t)left.data[0]))
            append(&connection->held, left.data, size);
        else
            network_answer(connection, left.data, size);
        left = (struct mote_text){left.data + size, left.length - size};
    }
}

void server_release(struct world *world)
{
    for (struct connection *c = world->connections; c != NULL; c = c->next) {
        if (c->held.size > 0 && c->client != NULL)
            network_answer(c, c->held.bytes, c->held.size);
        c->held.size = 0;
    }
}

/* Gives all that the broker has for this one to the network, or collects it. */
static void drain(struct connection *connection, struct wire_part *collected)
{
    struct world *world = connection->party->world;
    struct mote_text views[VIEWS];
    size_t count;

    connection->blocked = false;
    while ((count = mote_broker_output(connection->client, views, VIEWS)) > 0) {
        size_t size = 0;

        if (stream_size(&connection->down) >= ROOM) {
            connection->blocked = true;
            return;
        }
        for (size_t i = 0; i < count; i++) {
            size += views[i].length;
            if (collected != NULL)
                append(collected, views[i].data, views[i].length);
            else
                network_answer(connection, views[i].data, views[i].length);
        }
        mote_broker_sent(connection->client, size, world->now_ms);
    }
}

static void serve(struct connection *connection)
{
    struct world *world = connection->party->world;
    struct wire_part collected = {.bytes = NULL};
    bool held = connection->party->index >= 0 && happen_is_on(world, NULL, FAULT_HELD_ACKS);

    drain(connection, held ? &collected : NULL);
    sift(connection, &collected);
    free(collected.bytes);
    if (!mote_broker_should_close(connection->client))
        return;
    mote_broker_closed(connection->client, world->now_ms);
    connection->client = NULL;
    network_end(connection, STREAM_FIN);
}

void server_has_room(struct connection *connection)
{
    if (connection->client != NULL)
        serve(connection);
}

void server_flush(struct world *world)
{
    struct mote_broker_client *client;

    if (!world->server.up)
        return;
    while ((client = mote_broker_next_ready(&world->server.broker)) != NULL)
        serve(mote_broker_client_link(client));
}

void server_publish(struct world *world, const char *topic, const char *payload, enum mote_qos qos, bool retain)
{
    if (!world->server.up)
        return;
    mote_broker_publish(
        &world->server.broker,
        &(struct mote_message){.topic = mote_text(topic), .payload = mote_text(payload), .qos = qos, .retain = retain},
        world->now_ms);
    server_flush(world);
}

void server_turn(struct world *world)
{
    if (!world->server.up || mote_broker_deadline(&world->server.broker) > world->now_ms)
        return;
    mote_broker_turn(&world->server.broker, world->now_ms);
    server_flush(world);
}

uint64_t server_due(const struct world *world)
{
    return world->server.up ? mote_broker_deadline(&world->server.broker) : UINT64_MAX;
}
