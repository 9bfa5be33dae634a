/* A new device: it knows no network and no broker, so it opens an access point with a page, and is told by its owner. */
#include <mote/mote.h>

int main(void)
{
    static struct mote_node node;
    static struct mote_button button = {.name = "button", .pin = {.active = MOTE_LOW, .pull = MOTE_PULL_UP}};
    static struct mote_setup setup = {.ssid = "new lamp", .button = &button};

    mote_node_init(&node, &(struct mote_node_config){.id = "lamp"});
    mote_node_add_setup(&node, &setup);
    mote_node_add_button(&node, &button);
    return mote_node_run(&node);
}
