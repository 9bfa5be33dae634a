/* A node, as a program of a user would have it. */
#include "client.h"

#include <mote/mote.h>
#include <stdio.h>

static struct mote_node node;
static struct bench_job job;
static unsigned received;

static void on_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self, (void)context;
    if (!mote_message_is_last(message))
        return;
    received++;
    bench_step(&job, received);
}

static void run_until(bool (*is_done)(void))
{
    for (;;) {
        uint64_t deadline_ms = mote_node_turn(&node);

        if (is_done())
            return;
        mote_port()->wait(mote_port()->context, deadline_ms);
    }
}

static bool publish(enum mote_qos qos)
{
    return mote_node_publish(&node, BENCH_TOPIC, (struct mote_text){job.payload, job.size}, qos, false) == MOTE_OK;
}

/* A full window is filled up again when a quarter of it is free. */
static bool has_room(void)
{
    if (job.qos == 0)
        return mote_session_output(&node.session).length < MOTE_SEND_SIZE / 2;
    return node.session.inflight_used <= job.in_flight - (job.in_flight + 3) / 4;
}

static void publish_one(enum mote_qos qos)
{
    while (!publish(qos))
        run_until(has_room);
}

static bool is_idle(void)
{
    return mote_session_is_idle(&node.session);
}

static void publish_all(void)
{
    for (unsigned i = 0; i < job.count; i++)
        publish_one((enum mote_qos)job.qos);
    if (job.qos == 0)
        publish_one(MOTE_QOS_1);
    run_until(is_idle);
}

static bool is_ready(void)
{
    bench_require(mote_node_reason(&node) == MOTE_OK, mote_reason_words(mote_node_reason(&node)));
    return mote_node_state(&node) == MOTE_NODE_ONLINE && node.session.request_ids[0] == 0; /* subscribed */
}

static unsigned published;

static bool may_go_on(void)
{
    return published - received <= job.in_flight / 2;
}

static void echo_all(void)
{
    for (; published < job.count; published++) {
        if (published - received >= job.in_flight)
            run_until(may_go_on);
        publish_one((enum mote_qos)job.qos);
    }
}

static bool has_received_all(void)
{
    return received >= job.count;
}

static bool is_stopped(void)
{
    return mote_node_state(&node) == MOTE_NODE_STOPPED;
}

int main(int argc, char **argv)
{
    static char url[64];

    bench_parse(&job, argc, argv);
    bench_require(job.mode != BENCH_PUBLISH || job.in_flight == MOTE_INFLIGHT_MAX, "IN_FLIGHT is what it is built for");
    snprintf(url, sizeof url, "mqtt://127.0.0.1:%d", job.port);
    mote_node_init(&node, &(struct mote_node_config){.id = job.id, .broker = url, .no_status = true});
    if (job.mode != BENCH_PUBLISH)
        mote_node_subscribe(&node, BENCH_TOPIC, (unsigned)job.qos, on_message, NULL);
    run_until(is_ready);
    bench_begin();
    if (job.mode == BENCH_PUBLISH)
        publish_all();
    if (job.mode == BENCH_ECHO)
        echo_all();
    if (job.mode == BENCH_RECEIVE || job.mode == BENCH_ECHO)
        run_until(has_received_all);
    bench_end(&job);
    mote_node_stop(&node);
    run_until(is_stopped);
    return 0;
}
