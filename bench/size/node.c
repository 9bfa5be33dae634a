/* A small whole node: the seed's home switch with its own loop. It joins one of its networks, holds a session, takes commands for
 * its lamp, and says how it is doing. measure.py links it for chips as it does client.c. The board is one that has nothing. */
#include <mote/mote.h>

static struct mote_node node;
static struct mote_switch lamp = {
    .name = "lamp", .pin = {.number = 2, .active = MOTE_LOW}, .command_topic = "ssbun_switch_1"};
static struct mote_timer hello;

static const struct mote_node_config config = {
    .id = "ssbun_home_switch_1",
    .networks = {{"No,thankyou-2", "beijing_newhome_11.3"}, {"SSBun", "Bz123456"}},
    .broker = "mqtt://user:password@mqtt.server:1883",
    .keep_alive_s = 60,
};

static void on_message(struct mote_node *self, const struct mote_message *message, void *context)
{
    (void)self, (void)context;
    mote_switch_set(&lamp, mote_text_equals_nocase(message->payload, "on"));
}

static void say_hello(void *context)
{
    (void)context;
    mote_node_publish(&node, "ssbun_state", MOTE_TEXT("on"), MOTE_QOS_1, false);
}

int main(void)
{
    const struct mote_port *port = mote_port();

    mote_node_init(&node, &config);
    mote_node_add_switch(&node, &lamp);
    mote_node_subscribe(&node, "ssbun_all", MOTE_QOS_2, on_message, NULL);
    mote_every(&node.sched, &hello, 30000, say_hello, NULL);
    while (mote_node_state(&node) != MOTE_NODE_STOPPED || mote_node_fault(&node)->reason == MOTE_OK)
        port->wait(port->context, mote_node_turn(&node));
    return 0;
}
