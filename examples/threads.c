/* A thread that waits for something slow, and publishes what comes of it through the node, which is not its own.
 * Try it with: mosquitto_sub -t load
 *   threads [URL] */
#define _DEFAULT_SOURCE
#include <mote/mote.h>
#include <mote/post.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mote_node node;

/* In the loop's thread, where the node may be used. */
static void publish_load(void *value)
{
    mote_node_publish(&node, "load", mote_text(value), MOTE_QOS_1, false);
}

/* In a thread of its own: it may block as long as it likes. */
static void *measure(void *context)
{
    double load;
    char text[32];

    (void)context;
    for (;;) {
        if (getloadavg(&load, 1) == 1) {
            int length = snprintf(text, sizeof text, "%.2f", load);

            if (!mote_post_copy(publish_load, text, (size_t)length + 1))
                fputs("threads: the loop is busy, this one is left out\n", stderr);
        }
        sleep(1);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    mote_node_init(&node, &(struct mote_node_config){.id = "threads",
                                                     .broker = argc > 1 ? argv[1] : "mqtt://127.0.0.1"});
    if (pthread_create(&thread, NULL, measure, NULL) != 0)
        return 1;
    return mote_node_run(&node);
}
