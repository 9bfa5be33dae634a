/* Never waits. */
#include <mote/mote.h>

int main(void)
{
    static struct mote_node node;

    mote_node_init(&node, &(struct mote_node_config){.id = "wild",
                                                     .networks = {{.ssid = "SSBun", .password = "Bz123456"}},
                                                     .broker = "mqtt://mqtt.server"});
    for (;;)
        mote_node_turn(&node);
}
