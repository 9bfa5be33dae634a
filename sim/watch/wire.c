#include "sim/watch/wire.h"

#include "sim/inside.h"
#include "sim/memory.h"

#include "mqtt/codec.h"
#include <stdlib.h>
#include <string.h>

static int device_of(const struct connection *connection)
{
    return connection->party->index;
}

static struct wire_session *session_of(const struct connection *connection)
{
    return &connection->party->session;
}

static void complain(const struct connection *connection, const char *who, const struct mote_header *header,
                     const char *why)
{
    promise_break(connection->party->world, PROMISE_WIRE, device_of(connection), "%s sent a packet of type %u: %s", who,
                  header->type, why);
}

/* --- Identifiers --- */

static uint32_t fingerprint(const struct mote_message *message)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < message->topic.length; i++)
        hash = (hash ^ (uint8_t)message->topic.data[i]) * 16777619u;
    for (size_t i = 0; i < message->payload.length; i++)
        hash = (hash ^ (uint8_t)message->payload.data[i]) * 16777619u;
    return hash;
}

static struct wire_id *find_id(struct wire_session *session, uint16_t id)
{
    for (unsigned i = 0; i < session->count; i++) {
        if (session->ids[i].id == id)
            return &session->ids[i];
    }
    return NULL;
}

static void drop_id(struct wire_session *session, struct wire_id *id)
{
    *id = session->ids[--session->count];
}

void wire_forget(struct wire_session *session, uint16_t from)
{
    for (unsigned i = session->count; i-- > 0;) {
        if (session->ids[i].id >= from)
            drop_id(session, &session->ids[i]);
    }
}

/* The broker knows nothing of what was sent before this connection. */
static void forget_earlier(struct connection *connection)
{
    struct wire_session *session = session_of(connection);

    for (unsigned i = session->count; i-- > 0;) {
        if (session->ids[i].connection != connection->wire.serial)
            drop_id(session, &session->ids[i]);
    }
}

static void remember(struct connection *connection, const struct mote_message *message)
{
    struct wire_session *session = session_of(connection);
    struct wire_id *id = find_id(session, message->packet_id);

    if (id == NULL && session->count < WIRE_IDS)
        id = &session->ids[session->count++];
    if (id != NULL)
        *id = (struct wire_id){
            .id = message->packet_id, .print = fingerprint(message), .connection = connection->wire.serial};
}

static bool is_damaged(const struct connection *connection)
{
    int device = device_of(connection);

    return device >= 0 && connection->party->world->devices[device].damaged;
}

/* An identifier that is not answered may be used again for the same message alone, in another connection, and marked so. A flash
 * that has lost a bit may have lost that with it: what was sent, or how far it had come. */
static void watch_id(struct connection *connection, const struct mote_message *message)
{
    struct world *world = connection->party->world;
    const struct wire_id *id = find_id(session_of(connection), message->packet_id);
    const char *why = NULL;

    if (id == NULL)
        return;
    if (id->connection == connection->wire.serial)
        why = "twice in one connection";
    else if (is_damaged(connection))
        return;
    else if (id->print != fingerprint(message))
        why = "for another message, and the first one is not acknowledged";
    else if (id->released)
        why = "for a message that was released already";
    else if (!message->duplicate)
        why = "again, and not marked as a duplicate";
    if (why != NULL)
        promise_break(world, PROMISE_IDS, device_of(connection), "identifier %u was used %s", message->packet_id, why);
}

/* --- What the client sends --- */

static void watch_connect(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct wire *wire = &connection->wire;
    struct mote_connect connect;
    struct mote_fault fault;

    if (wire->connect) {
        complain(connection, "the client", header, "a second CONNECT");
    } else if (!mote_codec_decode_connect(body, &connect, &fault)) {
        complain(connection, "the client", header, mote_fault_words(&fault));
    } else {
        wire->connect = true;
        wire->version = connect.version;
        wire->keep_alive_s = connect.keep_alive_s;
        wire->receive_max = UINT16_MAX;
    }
}

static void watch_publish(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct world *world = connection->party->world;
    struct wire *wire = &connection->wire;
    struct mote_message message;
    struct mote_fault fault;

    if (mote_codec_decode_publish(header, wire->version, body, &message, &fault) != MOTE_DECODED) {
        complain(connection, "the client", header, mote_fault_words(&fault));
        return;
    }
    if (message.qos == MOTE_QOS_0)
        return;
    if (world_sabotages(world, PROMISE_IDS) && session_of(connection)->count > 0)
        message.packet_id = session_of(connection)->ids[0].id;
    watch_id(connection, &message);
    remember(connection, &message);
    if (++wire->under_way > (wire->connack ? wire->receive_max : UINT16_MAX))
        promise_break(world, PROMISE_INFLIGHT, device_of(connection),
                      "%u messages are under way, and the broker allows %u", wire->under_way, wire->receive_max);
}

static void watch_answer(struct connection *connection, const struct mote_header *header, struct mote_text body,
                         bool from_server)
{
    struct wire_session *session = session_of(connection);
    struct wire *wire = &connection->wire;
    struct mote_fault fault;
    struct mote_ack ack;
    struct wire_id *id;

    if (!mote_codec_decode_ack((enum mote_packet_type)header->type, wire->version, from_server, body, &ack, &fault)) {
        complain(connection, from_server ? "the broker" : "the client", header, mote_fault_words(&fault));
        return;
    }
    id = from_server || header->type == MOTE_PUBREL ? find_id(session, ack.packet_id) : NULL;
    if (id == NULL)
        return;
    if (header->type == MOTE_PUBREL) {
        id->released = true;
        return;
    }
    if (header->type == MOTE_PUBREC && ack.code < MOTE_CODE_UNSPECIFIED)
        return;
    wire->under_way -= id->connection == wire->serial && wire->under_way > 0;
    drop_id(session, id);
}

static void watch_request(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct mote_request request;
    struct mote_fault fault;

    if (!mote_codec_decode_request((enum mote_packet_type)header->type, connection->wire.version, body, &request,
                                   &fault))
        complain(connection, "the client", header, mote_fault_words(&fault));
}

static void watch_up(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct wire *wire = &connection->wire;

    if (!wire->connect && header->type != MOTE_CONNECT)
        complain(connection, "the client", header, "it comes before CONNECT");
    if (wire->disconnect)
        complain(connection, "the client", header, "it comes after DISCONNECT");
    switch (header->type) {
    case MOTE_CONNECT:
        watch_connect(connection, header, body);
        break;
    case MOTE_PUBLISH:
        watch_publish(connection, header, body);
        break;
    case MOTE_DISCONNECT:
        wire->disconnect = true;
        watch_answer(connection, header, body, false);
        break;
    case MOTE_PUBACK:
    case MOTE_PUBREC:
    case MOTE_PUBREL:
    case MOTE_PUBCOMP:
    case MOTE_AUTH:
        watch_answer(connection, header, body, false);
        break;
    case MOTE_SUBSCRIBE:
    case MOTE_UNSUBSCRIBE:
        watch_request(connection, header, body);
        break;
    case MOTE_PINGREQ:
        break;
    default:
        complain(connection, "the client", header, "a packet that only a broker sends");
    }
}

/* --- What the broker sends --- */

static void watch_connack(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct wire *wire = &connection->wire;
    struct mote_connack connack;
    struct mote_fault fault;
    struct mote_property property;

    if (!mote_codec_decode_connack(wire->version, body, &connack, &fault)) {
        complain(connection, "the broker", header, mote_fault_words(&fault));
        return;
    }
    wire->connack = connack.code == 0;
    if (!wire->connack)
        return;
    trace(connection->party->world, TRACE_SESSION, device_of(connection), connack.session_present, 0);
    if (!connack.session_present)
        forget_earlier(connection);
    if (mote_properties_find(&connack.properties, MOTE_RECEIVE_MAXIMUM, &property))
        wire->receive_max = (uint16_t)property.number;
    if (mote_properties_find(&connack.properties, MOTE_SERVER_KEEP_ALIVE, &property))
        wire->keep_alive_s = (uint16_t)property.number;
    if (world_sabotages(connection->party->world, PROMISE_INFLIGHT))
        wire->receive_max = 1;
}

static void watch_message(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    struct world *world = connection->party->world;
    struct mote_message message;
    struct mote_fault fault;

    if (mote_codec_decode_publish(header, connection->wire.version, body, &message, &fault) != MOTE_DECODED)
        complain(connection, "the broker", header, mote_fault_words(&fault));
    else if (device_of(connection) >= 0)
        checks_command(&world->devices[device_of(connection)], &message);
}

static void watch_down(struct connection *connection, const struct mote_header *header, struct mote_text body)
{
    switch (header->type) {
    case MOTE_CONNACK:
        watch_connack(connection, header, body);
        break;
    case MOTE_PUBLISH:
        watch_message(connection, header, body);
        break;
    case MOTE_PUBACK:
    case MOTE_PUBREC:
    case MOTE_PUBCOMP:
        watch_answer(connection, header, body, true);
        break;
    default:
        break;
    }
}

/* --- Packets from bytes --- */

static unsigned number_at(struct mote_text body, size_t offset)
{
    return offset + 2 > body.length ? 0 : (unsigned)((uint8_t)body.data[offset] << 8 | (uint8_t)body.data[offset + 1]);
}

static unsigned id_of(const struct mote_header *header, struct mote_text body)
{
    if (header->type == MOTE_PUBLISH)
        return (header->flags & 6) == 0 ? 0 : number_at(body, 2 + number_at(body, 0));
    return header->type < MOTE_PUBACK || header->type > MOTE_UNSUBACK ? 0 : number_at(body, 0);
}

/* A reserved bit is set, as a broken encoder would. */
static void sabotage(struct connection *connection, struct mote_text bytes)
{
    struct world *world = connection->party->world;

    if (!world_sabotages(world, PROMISE_WIRE) || device_of(connection) < 0 || !dice_one_in(&world->sabotage_dice, 50))
        return;
    if ((uint8_t)bytes.data[0] >> 4 == MOTE_SUBSCRIBE || (uint8_t)bytes.data[0] >> 4 == MOTE_PINGREQ)
        ((char *)bytes.data)[0] ^= 1;
}

/* Takes one packet off the bytes. Returns its size; 0: it is not whole yet, or no packet at all. */
static size_t take_packet(struct connection *connection, bool up, struct mote_text bytes)
{
    struct mote_header header;
    struct mote_fault fault;
    struct mote_text body;
    enum mote_decoded decoded;

    decoded = mote_codec_header(bytes, connection->wire.version, &header, &fault);
    if (decoded == MOTE_DECODE_ERROR)
        promise_break(connection->party->world, PROMISE_WIRE, device_of(connection), "%s sent what is no packet: %s",
                      up ? "the client" : "the broker", mote_fault_words(&fault));
    if (decoded != MOTE_DECODED || bytes.length - header.size < header.remaining)
        return 0;
    body = (struct mote_text){bytes.data + header.size, header.remaining};
    trace(connection->party->world, up ? TRACE_SENT : TRACE_RECEIVED, device_of(connection), header.type,
          id_of(&header, body));
    if (up)
        watch_up(connection, &header, body);
    else
        watch_down(connection, &header, body);
    return header.size + (size_t)header.remaining;
}

static struct mote_text take_packets(struct connection *connection, bool up, struct mote_text bytes)
{
    while (bytes.length > 0) {
        size_t size;

        if (up)
            sabotage(connection, bytes);
        size = take_packet(connection, up, bytes);
        if (size == 0)
            break;
        bytes = (struct mote_text){bytes.data + size, bytes.length - size};
    }
    return bytes;
}

static void keep(struct wire_part *part, struct mote_text bytes)
{
    part->size = bytes.length;
    if (bytes.length == 0)
        return;
    part->bytes = sim_grow(part->bytes, &part->room, bytes.length, 1);
    memmove(part->bytes, bytes.data, bytes.length);
}

static void watch(struct connection *connection, bool up, const uint8_t *bytes, size_t size)
{
    struct wire_part *part = up ? &connection->wire.up : &connection->wire.down;
    struct mote_text all = {(const char *)bytes, size};

    if (connection->party->world->result->broken != PROMISES)
        return;
    if (part->size > 0 || world_sabotages(connection->party->world, PROMISE_WIRE)) {
        part->bytes = sim_grow(part->bytes, &part->room, part->size + size, 1);
        memcpy(part->bytes + part->size, bytes, size);
        part->size += size;
        all = (struct mote_text){(const char *)part->bytes, part->size};
    }
    keep(part, take_packets(connection, up, all));
}

void wire_up(struct connection *connection, const uint8_t *bytes, size_t size)
{
    wire_watch_time(connection);
    connection->wire.sent_ms = connection->party->world->now_ms;
    watch(connection, true, bytes, size);
}

void wire_down(struct connection *connection, const uint8_t *bytes, size_t size)
{
    watch(connection, false, bytes, size);
}

void wire_watch_time(struct connection *connection)
{
    const struct wire *wire = &connection->wire;
    struct world *world = connection->party->world;
    uint64_t gap_ms = world->now_ms - wire->sent_ms;

    if (!wire->connack || wire->disconnect || wire->keep_alive_s == 0)
        return;
    if (gap_ms > wire->keep_alive_s * UINT64_C(1500))
        promise_break(world, PROMISE_KEEPALIVE, device_of(connection),
                      "it has said nothing for %llu s, and its keep-alive is %u s", (unsigned long long)gap_ms / 1000,
                      wire->keep_alive_s);
}

void wire_free(struct wire *wire)
{
    free(wire->up.bytes);
    free(wire->down.bytes);
}
