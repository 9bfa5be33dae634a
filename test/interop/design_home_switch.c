#include <mote/mote.h>

static struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW};

static void on_switch(struct mote_node *node, const struct mote_message *message, void *context)
{
    mote_pin_write(&lamp, mote_text_equals_nocase(message->payload, "on"));
}

int main(void)
{
    static struct mote_node node;

    mote_node_init(&node, &(struct mote_node_config){
        .id = "ssbun_home_switch_1",
        .networks = {{"No,thankyou-2", "beijing_newhome_11.3"}, {"SSBun", "Bz123456"}},
        .broker = "mqtt://user:password@mqtt.server:1883",
        .keep_alive_s = 60,
    });
    mote_node_subscribe(&node, "ssbun_switch_1", MOTE_QOS_1, on_switch, NULL);
    return mote_node_run(&node);
}
