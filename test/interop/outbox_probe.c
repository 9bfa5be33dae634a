/* A node that publishes numbers, each of which must arrive: its outbox is a file, and so is its count, so that it goes on after a
 * kill at any moment with the first number that the outbox has not accepted.
 *
 * usage: outbox_probe [-q QOS] [-n MORE] [-b BURST] [-s OUTBOX_SIZE] [-p PAYLOAD_SIZE] [-x] [-l] [-V VERSION] ID URL
 *   -n MORE  so many more numbers, and ends once all are delivered; without it, numbers without end
 *   -b BURST so many numbers a millisecond, at most (1)
 *   -x       ends as soon as they are accepted, without a connection
 *   -l       of them the latest counts
 *   -m       says on stderr how long it took to deliver all */
#define _XOPEN_SOURCE 700
#include <mote/mote.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *id, *url;
    enum mote_qos qos;
    enum mote_mqtt_version version;
    uint32_t more, burst, size, payload;
    bool is_finite, only_accepts, measures;
} options = {.qos = MOTE_QOS_2, .version = MOTE_MQTT_3_1_1, .burst = 1, .size = 65536, .payload = 10};

static struct mote_node node;
static struct mote_outbox outbox;
static struct mote_flash flash;
static uint8_t page[2048];
static struct mote_outbox_config config = {.flash = &flash, .page = page, .page_size = sizeof page};
static struct mote_outbox_topic latest = {.filter = "lamp/count", .policy = MOTE_OUTBOX_LATEST};
static struct mote_timer timer;
static uint32_t number;  /* the last one that was accepted */
static uint32_t waiting; /* so many were in the outbox at the beginning */
static int count_fd = -1;

static void fail(const char *what, enum mote_reason reason)
{
    fprintf(stderr, "probe: %s: %s: %s\n", what, mote_port()->words(mote_port()->context), mote_reason_code(reason));
    exit(1);
}

static void read_options(int argc, char **argv)
{
    int letter;

    while ((letter = getopt(argc, argv, "q:n:b:s:p:V:xlm")) != -1) {
        uint32_t value = optarg == NULL ? 0 : (uint32_t)strtoul(optarg, NULL, 10);
        switch (letter) {
        case 'q':
            options.qos = (enum mote_qos)value;
            break;
        case 'n':
            options.more = value;
            options.is_finite = true;
            break;
        case 'b':
            options.burst = value;
            break;
        case 's':
            options.size = value;
            break;
        case 'p':
            options.payload = value;
            break;
        case 'V':
            options.version = value == 5 ? MOTE_MQTT_5 : MOTE_MQTT_3_1_1;
            break;
        case 'x':
            options.only_accepts = true;
            break;
        case 'l':
            config.topics = &latest;
            config.topic_count = 1;
            break;
        case 'm':
            options.measures = true;
            break;
        default:
            exit(2);
        }
    }
    if (argc - optind != 2)
        exit(2);
    options.id = argv[optind];
    options.url = argv[optind + 1];
}

/* The count is behind if the kill came between the outbox's yes and the count: then the number is still in the outbox, since
 * nothing has left it before the next turn. */
static void read_count(void)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    char path[200];
    uint32_t age_s;

    snprintf(path, sizeof path, "%s/%s.count", getenv("MOTE_STATE_DIRECTORY"), options.id);
    count_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (count_fd < 0 || pread(count_fd, &number, sizeof number, 0) < 0)
        fail(path, MOTE_CONFIG_INVALID);
    while (mote_outbox_list(&outbox, &place, &message, &age_s)) {
        waiting++;
        uint32_t listed = (uint32_t)strtoul(message.payload.data, NULL, 10);
        number = listed > number ? listed : number;
    }
}

static void open_outbox(void)
{
    const struct mote_port *port = mote_port();
    enum mote_reason reason = port->flash->open(port->context, options.id, options.size, &flash);

    if (reason != MOTE_OK)
        fail("flash", reason);
    config.first = (uint16_t)port->random(port->context);
    reason = mote_outbox_open(&outbox, &config);
    if (reason != MOTE_OK)
        fail("outbox", reason);
    read_count();
}

static bool publish_next(void)
{
    char payload[2000], topic[80];
    int digits = snprintf(payload, sizeof payload, "%u ", number + 1);

    memset(payload + digits, 'x', sizeof payload - (size_t)digits);
    snprintf(topic, sizeof topic, "%s/count", options.id);
    struct mote_text text = {payload, (size_t)digits > options.payload ? (size_t)digits - 1 : options.payload};
    if (mote_node_publish(&node, topic, text, options.qos, false) != MOTE_OK)
        return false;
    number++;
    if (pwrite(count_fd, &number, sizeof number, 0) != sizeof number)
        fail("count", MOTE_CONFIG_INVALID);
    return true;
}

/* What is refused for want of room is tried again. */
static void publish_some(void *context)
{
    uint32_t left = options.is_finite && options.more < options.burst ? options.more : options.burst;

    (void)context;
    while (left > 0 && publish_next()) {
        left--;
        options.more -= options.is_finite;
    }
    mote_after(&node.sched, &timer, 1, publish_some, NULL);
}

static bool is_done(void)
{
    return options.is_finite && options.more == 0 &&
           (options.only_accepts || outbox.counters.delivered == waiting + outbox.counters.accepted);
}

static void run(void)
{
    while (mote_node_state(&node) != MOTE_NODE_STOPPED) {
        uint64_t deadline_ms = mote_node_turn(&node);
        if (is_done() && options.only_accepts)
            mote_node_abort(&node);
        else if (is_done())
            mote_node_stop(&node);
        if (mote_node_state(&node) != MOTE_NODE_STOPPED)
            mote_port()->wait(mote_port()->context, deadline_ms);
    }
}

int main(int argc, char **argv)
{
    uint64_t begun_ms = mote_now_ms();
    uint32_t more;

    read_options(argc, argv);
    more = options.more;
    open_outbox();
    enum mote_reason reason = mote_node_init(&node, &(struct mote_node_config){
                                                        .id = options.id,
                                                        .broker = options.url,
                                                        .version = options.version,
                                                        .keep_session = true,
                                                        .retry_delay_ms_min = 10,
                                                        .retry_delay_ms_max = 100,
                                                        .outbox = &outbox,
                                                    });
    if (reason != MOTE_OK)
        fail("node", reason);
    publish_some(NULL);
    run();
    mote_port()->flash->close(mote_port()->context, &flash);
    if (options.measures)
        fprintf(stderr, "probe: %u messages in %llu ms, %llu bytes programmed, %u sectors\n", more,
                (unsigned long long)(mote_now_ms() - begun_ms), (unsigned long long)outbox.counters.bytes_programmed,
                outbox.counters.erasures);
    fprintf(stderr, "probe: done at %u\n", number);
    return 0;
}
