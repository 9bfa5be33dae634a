/* Paho's asynchronous client, which has threads of its own. */
#include "client.h"

#include <MQTTAsync.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

static struct bench_job job;
static sem_t window, done;
static atomic_uint received;

static void on_success(void *context, MQTTAsync_successData *data)
{
    (void)data;
    sem_post(context);
}

static void on_failure(void *context, MQTTAsync_failureData *data)
{
    (void)context, (void)data;
    bench_require(false, "a request");
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
    (void)context, (void)length;
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    if (atomic_fetch_add(&received, 1) + 1 == job.count)
        sem_post(&done);
    return 1;
}

static MQTTAsync_responseOptions answer_to(sem_t *semaphore)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

    options.onSuccess = on_success;
    options.onFailure = on_failure;
    options.context = semaphore;
    return options;
}

static void publish_one(MQTTAsync client, int qos)
{
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions options = answer_to(&window);

    message.payload = (void *)job.payload;
    message.payloadlen = (int)job.size;
    message.qos = qos;
    sem_wait(&window);
    bench_require(MQTTAsync_sendMessage(client, BENCH_TOPIC, &message, &options) == MQTTASYNC_SUCCESS, "publishing");
}

static void publish_all(MQTTAsync client)
{
    for (unsigned i = 0; i < job.count; i++)
        publish_one(client, job.qos);
    if (job.qos == 0)
        publish_one(client, 1);
    for (unsigned i = 0; i < job.in_flight; i++)
        sem_wait(&window);
}

static void connect_to_broker(MQTTAsync client)
{
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;

    options.cleansession = 1;
    options.maxInflight = (int)job.in_flight + 1;
    options.onSuccess = on_success;
    options.onFailure = on_failure;
    options.context = &done;
    bench_require(MQTTAsync_connect(client, &options) == MQTTASYNC_SUCCESS, "connecting");
    sem_wait(&done);
}

static void subscribe(MQTTAsync client)
{
    MQTTAsync_responseOptions options = answer_to(&done);

    bench_require(MQTTAsync_subscribe(client, BENCH_TOPIC, job.qos, &options) == MQTTASYNC_SUCCESS, "subscribing");
    sem_wait(&done);
}

int main(int argc, char **argv)
{
    MQTTAsync client;
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
    char url[64];

    bench_parse(&job, argc, argv);
    sem_init(&window, 0, job.in_flight);
    sem_init(&done, 0, 0);
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", job.port);
    create.maxBufferedMessages = (int)job.in_flight + 1;
    bench_require(MQTTAsync_createWithOptions(&client, url, job.id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) ==
                      MQTTASYNC_SUCCESS,
                  "MQTTAsync_create");
    MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL);
    connect_to_broker(client);
    if (job.mode != BENCH_PUBLISH)
        subscribe(client);
    bench_begin();
    if (job.mode == BENCH_PUBLISH)
        publish_all(client);
    if (job.mode == BENCH_RECEIVE)
        sem_wait(&done);
    bench_end(&job);
    disconnect.onSuccess = on_success;
    disconnect.context = &done;
    MQTTAsync_disconnect(client, &disconnect);
    sem_wait(&done);
    MQTTAsync_destroy(&client);
    return 0;
}
