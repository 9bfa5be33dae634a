/* A node that does what the tests of a board need.
 *
 *   firmware_probe BUTTON_PIN KEEP_ALIVE_S URL [outbox|insecure]
 *
 * Its lamp is pin 2, its button BUTTON_PIN, pressed at 0; 2 is no button. With `outbox` it has one; with `insecure` it takes any server for the
 * right one. What it is told to do:
 *
 *   probe/send N   publishes the numbers from 0 on, N of them, to probe/sent with QoS 2
 *   probe/later N  the same, but begins once it has lost the broker, and then prints `kept N`
 *   probe/take N   expects the numbers from 0 on; at `end` publishes to probe/taken how many have come in order
 *   probe/clock    publishes its time to probe/time
 *   probe/lag      publishes to probe/lagged for how many milliseconds, at most, its loop did not come round
 *
 * Each time that it loses the broker, or does not get there, it prints `words: ` and what the port has to say. */
#include <mote/mote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 5 };

static struct mote_node node;
static struct mote_switch lamp = {.name = "lamp", .pin = {.number = 2}};
static struct mote_button button = {.name = "button", .pin = {.active = MOTE_LOW, .pull = MOTE_PULL_UP}};
static struct mote_outbox outbox;
static struct mote_flash flash;
static uint32_t sent, to_send, to_keep, taken, lag_ms;

static void look_at_clock(void)
{
    static uint64_t last_ms;
    uint64_t now_ms = mote_now_ms();

    if (last_ms > 0 && now_ms - last_ms > lag_ms)
        lag_ms = (uint32_t)(now_ms - last_ms);
    last_ms = now_ms;
}

/* An attempt may have failed since the last look. */
static bool are_new(const char *words)
{
    static char before[128];
    bool same = strncmp(before, words, sizeof before - 1) == 0;

    snprintf(before, sizeof before, "%s", words);
    return !same;
}

static void look(void *context)
{
    static bool was_waiting;
    const struct mote_port *port = mote_port();
    const char *words = port->words(port->context);
    bool is_waiting = mote_node_state(&node) == MOTE_NODE_WAITING;

    (void)context;
    if (is_waiting && (are_new(words) || !was_waiting))
        printf("words: %s\n", words);
    was_waiting = is_waiting;
    look_at_clock();
}

static void send_more(void *context)
{
    char number[11];

    (void)context;
    if (to_keep > 0 && mote_node_state(&node) == MOTE_NODE_WAITING) {
        to_send = to_keep;
    }
    while (sent < to_send &&
           mote_node_publish(&node, "probe/sent", mote_text_from_number(sent, number), MOTE_QOS_2, false) == MOTE_OK)
        sent++;
    if (to_keep > 0 && sent == to_keep) {
        printf("kept %u\n", (unsigned)to_keep);
        to_keep = 0;
    }
}

static void on_send(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self, (void)context;
    sent = to_send = 0;
    mote_text_to_number(message->payload, UINT32_MAX, &to_send);
}

static void on_later(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self, (void)context;
    mote_text_to_number(message->payload, UINT32_MAX, &to_keep);
}

static void on_take(struct mote_node *self, const struct mote_message *message, void *context)
{
    uint32_t number;
    char answer[11];

    (void)context;
    if (mote_text_to_number(message->payload, UINT32_MAX, &number)) {
        taken += number == taken;
    } else {
        mote_node_publish(self, "probe/taken", mote_text_from_number(taken, answer), MOTE_QOS_1, false);
        taken = 0;
    }
}

static void on_clock(struct mote_node *self, const struct mote_message *message, void *context)
{
    char time[11];

    (void)message, (void)context;
    mote_node_publish(self, "probe/time", mote_text_from_number((uint32_t)mote_now_ms(), time), MOTE_QOS_0, false);
}

static void on_lag(struct mote_node *self, const struct mote_message *message, void *context)
{
    char ms[11];

    (void)message, (void)context;
    mote_node_publish(self, "probe/lagged", mote_text_from_number(lag_ms, ms), MOTE_QOS_1, false);
}

static struct mote_outbox *open_outbox(void)
{
    static uint8_t page[384];
    static struct mote_outbox_config config = {.flash = &flash, .page = page, .page_size = sizeof page};
    const struct mote_port *port = mote_port();

    if (port->flash->open(port->context, "probe", 0, &flash) != MOTE_OK)
        return NULL;
    mote_outbox_open(&outbox, &config);
    return &outbox;
}

static bool is_asked(int argc, char **argv, const char *option)
{
    return argc > 4 && strcmp(argv[4], option) == 0;
}

int main(int argc, char **argv)
{
    static struct mote_timer sending, looking;

    if (argc < 4)
        return 2;
    button.pin.number = (uint16_t)atoi(argv[1]);
    mote_node_init(&node, &(struct mote_node_config){
                              .id = "probe",
                              .broker = argv[3],
                              .keep_alive_s = (uint16_t)atoi(argv[2]),
                              .version = MOTE_MQTT_5,
                              .keep_session = true,
                              .retry_delay_ms_max = 2000,
                              .connect_timeout_ms = 5000,
                              .outbox = is_asked(argc, argv, "outbox") ? open_outbox() : NULL,
                              .link.tls.insecure = is_asked(argc, argv, "insecure"),
                          });
    mote_node_add_switch(&node, &lamp);
    if (button.pin.number != lamp.pin.number)
        mote_node_add_button(&node, &button);
    mote_node_subscribe(&node, "probe/send", MOTE_QOS_1, on_send, NULL);
    mote_node_subscribe(&node, "probe/later", MOTE_QOS_1, on_later, NULL);
    mote_node_subscribe(&node, "probe/take", MOTE_QOS_2, on_take, NULL);
    mote_node_subscribe(&node, "probe/clock", MOTE_QOS_0, on_clock, NULL);
    mote_node_subscribe(&node, "probe/lag", MOTE_QOS_1, on_lag, NULL);
    mote_every(&node.sched, &sending, 5, send_more, NULL);
    mote_every(&node.sched, &looking, LOOK_MS, look, NULL);
    return mote_node_run(&node);
}
