/* An assertion of its own fails after the second start. */
#include <assert.h>
#include <mote/mote.h>

static uint8_t memory;

int main(void)
{
    static struct mote_node node;
    const struct mote_port *port = mote_port();
    static struct mote_flash flash;

    port->flash->open(port->context, "fails", 4096, &flash);
    flash.calls->read(flash.context, 0, &memory, 1);
    assert(memory != 0);
    flash.calls->program(flash.context, 0, "\0\0\0\0", 4);
    mote_node_init(&node, &(struct mote_node_config){.id = "fails",
                                                     .networks = {{.ssid = "SSBun", .password = "Bz123456"}},
                                                     .broker = "mqtt://mqtt.server"});
    return mote_node_run(&node);
}
