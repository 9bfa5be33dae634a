/* Paho's synchronous client without callbacks: it runs in the program's own thread. */
#include "client.h"

#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>

static struct bench_job job;

static MQTTClient_deliveryToken publish_one(MQTTClient client, int qos)
{
    MQTTClient_deliveryToken token = 0;

    bench_require(MQTTClient_publish(client, BENCH_TOPIC, (int)job.size, job.payload, qos, 0, &token) ==
                      MQTTCLIENT_SUCCESS,
                  "publishing");
    return token;
}

static void wait_for(MQTTClient client, MQTTClient_deliveryToken token)
{
    bench_require(MQTTClient_waitForCompletion(client, token, 60000) == MQTTCLIENT_SUCCESS, "an acknowledgement");
}

/* A full window is filled up again when a quarter of it is free. */
static void publish_all(MQTTClient client)
{
    MQTTClient_deliveryToken *tokens = calloc(job.in_flight, sizeof *tokens);
    unsigned published = 0, acknowledged = 0;

    bench_require(tokens != NULL, "calloc");
    while (published < job.count) {
        unsigned quarter = (job.in_flight + 3) / 4;

        for (; published < job.count && (job.qos == 0 || published - acknowledged < job.in_flight); published++)
            tokens[published % job.in_flight] = publish_one(client, job.qos);
        for (; job.qos > 0 && acknowledged < published && quarter > 0; acknowledged++, quarter--)
            wait_for(client, tokens[acknowledged % job.in_flight]);
    }
    for (; job.qos > 0 && acknowledged < published; acknowledged++)
        wait_for(client, tokens[acknowledged % job.in_flight]);
    if (job.qos == 0)
        wait_for(client, publish_one(client, 1));
    free(tokens);
}

static void receive_all(MQTTClient client)
{
    for (unsigned received = 0; received < job.count;) {
        MQTTClient_message *message = NULL;
        char *topic = NULL;
        int length;

        MQTTClient_receive(client, &topic, &length, &message, 1000);
        if (message == NULL)
            continue;
        received++;
        MQTTClient_freeMessage(&message);
        MQTTClient_free(topic);
    }
}

int main(int argc, char **argv)
{
    MQTTClient client;
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    char url[64];

    bench_parse(&job, argc, argv);
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", job.port);
    bench_require(MQTTClient_create(&client, url, job.id, MQTTCLIENT_PERSISTENCE_NONE, NULL) == MQTTCLIENT_SUCCESS,
                  "MQTTClient_create");
    options.reliable = 0;
    options.maxInflightMessages = (int)job.in_flight + 1;
    bench_require(MQTTClient_connect(client, &options) == MQTTCLIENT_SUCCESS, "connecting");
    if (job.mode != BENCH_PUBLISH)
        bench_require(MQTTClient_subscribe(client, BENCH_TOPIC, job.qos) == MQTTCLIENT_SUCCESS, "subscribing");
    bench_begin();
    if (job.mode == BENCH_PUBLISH)
        publish_all(client);
    if (job.mode == BENCH_RECEIVE)
        receive_all(client);
    bench_end(&job);
    MQTTClient_disconnect(client, 1000);
    MQTTClient_destroy(&client);
    return 0;
}
