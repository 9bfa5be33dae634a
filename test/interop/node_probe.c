/* A node that does what the tests need: a lamp, a button that presses itself, subscriptions whose messages it tells.
 *
 *   node_probe [-k KEEP_ALIVE_S] [-V VERSION] [-s FILTER]... [-c CONNECT_TIMEOUT_MS] [-b PRESS_EVERY_MS]
 *              [-p PUBLISH_EVERY_MS] [-r RETRY_MAX_MS] [-w WAY_BACK_MS] [-K] URL [FALLBACK]...
 */
#define _DEFAULT_SOURCE /* getopt() */
#include <mote/mote.h>
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mote_node node;
static struct mote_switch lamp = {.name = "lamp", .pin = {.number = 2, .active = MOTE_LOW}};
static struct mote_button button = {.name = "button", .pin = {.number = 0, .active = MOTE_LOW}, .toggles = &lamp};
static bool pressed;
static unsigned published;

static void on_message(struct mote_node *self, const struct mote_message *message, void *filter)
{
    static uint32_t sum;

    (void)self;
    sum = message->payload_offset == 0 ? 0 : sum;
    for (size_t i = 0; i < message->payload.length; i++)
        sum += (unsigned char)message->payload.data[i];
    if (mote_message_is_last(message))
        printf("%s got %.*s size %u sum %u%s\n", (const char *)filter, (int)message->topic.length, message->topic.data,
               (unsigned)message->payload_size, (unsigned)sum, message->retain ? " retained" : "");
}

static void press(void *context)
{
    (void)context;
    pressed = !pressed;
    mote_sim_press(mote_sim_board(), 0, pressed);
}

static void publish(void *context)
{
    char number[11];

    (void)context;
    if (mote_node_publish(&node, "probe/count", mote_text_from_number(published, number), MOTE_QOS_2, false) == MOTE_OK)
        published++;
}

int main(int argc, char **argv)
{
    static struct mote_timer press_timer, publish_timer;
    struct mote_node_config config = {.id = "probe", .networks = {{.ssid = "SSBun", .password = "Bz123456"}}};
    const char *filters[MOTE_SUBSCRIPTIONS_MAX];
    unsigned filter_count = 0, press_ms = 0, publish_ms = 0;

    for (int option; (option = getopt(argc, argv, "k:V:s:c:b:p:r:w:K")) != -1;) {
        unsigned number = optarg == NULL ? 0 : (unsigned)atoi(optarg);

        switch (option) {
        case 'k':
            config.keep_alive_s = (uint16_t)number;
            break;
        case 'V':
            config.version = (enum mote_mqtt_version)number;
            break;
        case 's':
            filters[filter_count++] = optarg;
            break;
        case 'c':
            config.connect_timeout_ms = number;
            break;
        case 'b':
            press_ms = number;
            break;
        case 'p':
            publish_ms = number;
            break;
        case 'r':
            config.retry_delay_ms_max = number;
            break;
        case 'w':
            config.way_back_ms = number;
            break;
        case 'K':
            config.keep_session = true;
            break;
        default:
            return 2;
        }
    }
    config.broker = argv[optind];
    for (int i = 0; i < MOTE_FALLBACKS_MAX && optind + 1 + i < argc; i++)
        config.fallbacks[i] = argv[optind + 1 + i];
    mote_node_init(&node, &config);
    mote_node_add_switch(&node, &lamp);
    mote_node_add_button(&node, &button);
    for (unsigned i = 0; i < filter_count; i++)
        mote_node_subscribe(&node, filters[i], MOTE_QOS_2, on_message, (void *)(uintptr_t)filters[i]);
    if (press_ms > 0)
        mote_every(&node.sched, &press_timer, press_ms, press, NULL);
    if (publish_ms > 0)
        mote_every(&node.sched, &publish_timer, publish_ms, publish, NULL);
    return mote_node_run(&node);
}
