/* A meter whose readings are never lost: what the broker has not taken yet waits in flash, over power cuts, and arrives once.
 *   outbox [URL] */
#include <mote/mote.h>
#include <stdio.h>

static struct mote_node node;
static struct mote_outbox outbox;
static struct mote_flash flash;
static uint8_t page[1024];

static struct mote_outbox_topic topics[] = {
    {.filter = "meter/temperature", .policy = MOTE_OUTBOX_LATEST}, /* an old one is of no use to anybody */
    {.filter = "meter/total", .policy = MOTE_OUTBOX_ALL},
};

static const struct mote_outbox_config outbox_config = {
    .flash = &flash,
    .page = page,
    .page_size = sizeof page,
    .topics = topics,
    .topic_count = sizeof topics / sizeof topics[0],
};

static void read_meter(void *context)
{
    static uint32_t total;
    char number[11];

    (void)context;
    mote_node_publish(&node, "meter/total", mote_text_from_number(++total, number), MOTE_QOS_2, false);
    mote_node_publish(&node, "meter/temperature", mote_text_from_number(20 + total % 5, number), MOTE_QOS_1, false);
}

/* Without its flash the meter works on, and what it says is lost with the power. */
static struct mote_outbox *open_outbox(void)
{
    const struct mote_port *port = mote_port();
    enum mote_reason reason = MOTE_OUTBOX_CORRUPT;

    if (port->flash != NULL)
        reason = port->flash->open(port->context, "meter", 64 * 1024, &flash);
    if (reason == MOTE_OK)
        reason = mote_outbox_open(&outbox, &outbox_config);
    if (reason != MOTE_OK)
        fprintf(stderr, "meter: outbox: %s (%s)\n", mote_reason_words(reason), mote_reason_code(reason));
    return mote_outbox_is_open(&outbox) ? &outbox : NULL;
}

int main(int argc, char **argv)
{
    static struct mote_timer timer;

    mote_node_init(&node, &(struct mote_node_config){
        .id = "meter",
        .networks = {{.ssid = "SSBun", .password = "Bz123456"}},
        .broker = argc > 1 ? argv[1] : "mqtt://mqtt.server:1883",
        .keep_session = true, /* exactly once needs a broker that remembers, too */
        .outbox = open_outbox(),
    });
    mote_every(&node.sched, &timer, 60000, read_meter, NULL);
    return mote_node_run(&node);
}
