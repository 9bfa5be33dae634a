/* libmosquitto with a loop of the program's own, its cheapest way: mosquitto_publish() writes at once. */
#include "client.h"

#include <mosquitto.h>
#include <stdio.h>

static struct bench_job job;
static unsigned published, received;
static bool connected, subscribed;

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)context;
    bench_require(code == 0, "the connection");
    connected = true;
    if (job.mode != BENCH_PUBLISH)
        bench_require(mosquitto_subscribe(client, NULL, BENCH_TOPIC, job.qos) == MOSQ_ERR_SUCCESS, "subscribing");
}

static void on_subscribe(struct mosquitto *client, void *context, int id, int count, const int *granted)
{
    (void)client, (void)context, (void)id, (void)count, (void)granted;
    subscribed = true;
}

static void on_publish(struct mosquitto *client, void *context, int id)
{
    (void)client, (void)context, (void)id;
    published++;
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message)
{
    (void)client, (void)context, (void)message;
    received++;
}

static void turn(struct mosquitto *client, int timeout_ms)
{
    bench_require(mosquitto_loop(client, timeout_ms, 1) == MOSQ_ERR_SUCCESS, "the connection");
}

/* A full window is filled up again when a quarter of it is free. */
static void publish_one(struct mosquitto *client, unsigned number, int qos)
{
    if (number - published >= job.in_flight) {
        while (number - published > job.in_flight - (job.in_flight + 3) / 4)
            turn(client, 1000);
    }
    bench_require(mosquitto_publish(client, NULL, BENCH_TOPIC, (int)job.size, job.payload, qos, false) ==
                      MOSQ_ERR_SUCCESS,
                  "publishing");
}

static void publish_all(struct mosquitto *client)
{
    unsigned count = job.count;

    for (unsigned i = 0; i < count; i++)
        publish_one(client, i, job.qos);
    if (job.qos == 0)
        publish_one(client, count++, 1);
    while (published < count)
        turn(client, 1000);
}

int main(int argc, char **argv)
{
    struct mosquitto *client;

    bench_parse(&job, argc, argv);
    mosquitto_lib_init();
    client = mosquitto_new(job.id, true, NULL);
    bench_require(client != NULL, "mosquitto_new");
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_max_inflight_messages_set(client, job.in_flight);
    bench_require(mosquitto_connect(client, "127.0.0.1", job.port, 60) == MOSQ_ERR_SUCCESS, "connecting");
    while (!connected || (job.mode != BENCH_PUBLISH && !subscribed))
        turn(client, 1000);
    bench_begin();
    if (job.mode == BENCH_PUBLISH)
        publish_all(client);
    while (job.mode == BENCH_RECEIVE && received < job.count)
        turn(client, 1000);
    bench_end(&job);
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    return 0;
}
