/* The broker's cost of a message, from one client to one other, with few and with many subscriptions. */
#include "rig.h"

#include <mote/broker.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW 10u
#define MANY 10000u
#define TIMES 200u

static struct mote_broker broker;
static struct mote_broker_client *publisher;
static struct mote_broker_client *subscriber;
static struct mote_text topic;

static void *resize(void *context, void *block, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return realloc(block, new_size);
    free(block);
    return NULL;
}

static void feed(struct mote_broker_client *client)
{
    size_t size;
    uint8_t *space = mote_broker_receive_space(client, &size);

    link_read(space, size);
    mote_broker_received(client, rig.wire_size, rig.now_ms);
}

static void take_output(void)
{
    struct mote_broker_client *client;
    struct mote_text views[8];

    while ((client = mote_broker_next_ready(&broker)) != NULL) {
        size_t count = mote_broker_output(client, views, 8);
        size_t size = 0;
        for (size_t i = 0; i < count; i++)
            size += views[i].length;
        rig.sent += size;
        mote_broker_sent(client, size, rig.now_ms);
    }
}

static struct mote_broker_client *connect(const char *id)
{
    const struct mote_connect connect = {.version = MOTE_MQTT_5, .clean_start = true, .client_id = mote_text(id)};
    struct mote_broker_client *client = mote_broker_accept(&broker, NULL, rig.now_ms);

    rig_check(client != NULL, "not accepted");
    rig.wire_size = mote_codec_encode_connect(rig.wire, sizeof rig.wire, &connect);
    feed(client);
    take_output();
    return client;
}

static void subscribe(unsigned number)
{
    char filter[32];
    struct mote_filter filters[1] = {{.topic = {filter, 0}}};
    const struct mote_request request = {.packet_id = 1, .filters = filters, .count = 1};

    filters[0].topic.length = (size_t)snprintf(filter, sizeof filter, "house/room%05u/lamp", number);
    rig.wire_size = mote_codec_encode_request(rig.wire, sizeof rig.wire, MOTE_MQTT_5, MOTE_SUBSCRIBE, &request);
    feed(subscriber);
    take_output();
}

static void before(unsigned i)
{
    struct mote_message message = {.topic = topic, .payload = MOTE_TEXT("on")};

    (void)i;
    rig.wire_size = mote_codec_encode_publish(rig.wire, sizeof rig.wire, MOTE_MQTT_5, &message);
}

static OPERATION operation_broker(void)
{
    feed(publisher);
    take_output();
}

static void after(unsigned i)
{
    (void)i;
    rig_check(rig.sent > topic.length, "not delivered");
}

static void measure_with(unsigned count)
{
    const struct mote_broker_config config = {.resize = resize, .subscriptions_max = MANY, .without_sys = true};
    char name[64];

    rig.now_ms = 1000;
    rig_check(mote_broker_init(&broker, &config, rig.now_ms) == MOTE_OK, "no broker");
    publisher = connect("publisher");
    subscriber = connect("subscriber");
    for (unsigned i = 0; i < count; i++)
        subscribe(i);
    rig_check(broker.counters.subscriptions == count, "subscriptions are missing");
    topic = MOTE_TEXT("house/room00007/lamp");
    snprintf(name, sizeof name, "broker_message %s v5", count == MANY ? "loaded" : "light");
    rig_measure(name, before, operation_broker, after, TIMES);
    mote_broker_free(&broker);
}

void subscriptions_measure(void)
{
    measure_with(FEW);
    measure_with(MANY);
}
