#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC MOTE_TEXT("ssbun_switch_1")

struct rig rig;

const struct mote_message rig_small = {.topic = {"ssbun_switch_1", 14}, .payload = {"on", 2}};
const struct mote_message rig_middle = {
    .topic = {"ssbun_switch_1", 14},
    .payload = {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 64},
    .qos = MOTE_QOS_1,
};

void rig_check(bool condition, const char *words)
{
    if (condition)
        return;
    fprintf(stderr, "operations: %s\n", words);
    exit(1);
}

void link_read(uint8_t *into, size_t size)
{
    rig_check(rig.wire_size <= size, "no room in the receive buffer");
    memcpy(into, rig.wire, rig.wire_size);
}

void link_write(struct mote_text bytes)
{
    rig.sent += bytes.length;
}

static void put(size_t size)
{
    rig_check(size > 0, "no room on the wire");
    rig.wire_size += size;
}

void rig_server_publish(enum mote_qos qos, struct mote_text payload, uint16_t packet_id)
{
    struct mote_message message = {.topic = TOPIC, .payload = payload, .qos = qos, .packet_id = packet_id};

    put(mote_codec_encode_publish(rig.wire + rig.wire_size, RIG_BUFFER - rig.wire_size, rig.session.version, &message));
}

void rig_server_ack(enum mote_packet_type type, uint16_t packet_id)
{
    struct mote_ack ack = {.packet_id = packet_id};

    put(mote_codec_encode_ack(rig.wire + rig.wire_size, RIG_BUFFER - rig.wire_size, rig.session.version, type, &ack));
}

static void free_memory(void)
{
    free(rig.config.receive_buffer);
    free(rig.config.send_buffer);
    free(rig.config.store);
    free(rig.config.inflight);
    free(rig.config.received_ids);
}

static void *take(size_t size)
{
    void *memory = calloc(1, size);

    rig_check(memory != NULL, "no memory");
    return memory;
}

void rig_connect(enum mote_mqtt_version version, unsigned inflight)
{
    const struct mote_connack connack = {0};

    free_memory();
    memset(&rig, 0, sizeof rig);
    rig.now_ms = 1000;
    rig.config = (struct mote_session_config){
        .receive_buffer = take(RIG_BUFFER),
        .receive_size = RIG_BUFFER,
        .send_buffer = take(RIG_BUFFER),
        .send_size = RIG_BUFFER,
        .store_size = 128 * (size_t)inflight,
        .store = take(128 * (size_t)inflight),
        .inflight = take(inflight * sizeof(struct mote_inflight)),
        .inflight_count = (uint16_t)inflight,
        .received_ids = take(inflight * sizeof(uint16_t)),
        .received_count = (uint16_t)inflight,
        .version = version,
        .client_id = MOTE_TEXT("ssbun_home_switch_1"),
        .keep_alive_s = 60,
    };
    rig_check(mote_session_init(&rig.session, &rig.config) == MOTE_OK, "the config is not legal");
    rig_check(mote_session_open(&rig.session, rig.now_ms) == MOTE_OK, "no CONNECT");
    rig_send();
    put(mote_codec_encode_connack(rig.wire, RIG_BUFFER, version, &connack));
    rig_receive();
    rig_check(rig.session.state == MOTE_SESSION_CONNECTED, "not connected");
}

void rig_measure(const char *name, void (*before)(unsigned), void (*operation)(void), void (*after)(unsigned),
                 unsigned times)
{
    counter_begin();
    for (unsigned i = 0; i < times; i++) {
        rig.wire_size = 0;
        rig.events = 0;
        rig.sent = 0;
        before(i);
        operation();
        after(i);
        rig.now_ms++;
    }
    counter_end(name);
    printf("%s %u\n", name, times);
}
