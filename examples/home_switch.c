/* A lamp on the network: `on` to ssbun_switch_1 lights it, anything else puts it out.
 * Try it with: mosquitto_pub -t ssbun_switch_1 -m ON
 *   home_switch [URL] */
#include <ctype.h>
#include <mote/mote.h>
#include <stdio.h>

/* The blue LED of the ESP8266 lies between pin 2 and the supply: it is on when the pin is low. */
static struct mote_pin led = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW};

static void on_switch(struct mote_node *node, const struct mote_message *message, void *context)
{
    (void)node, (void)context;
    for (size_t i = 0; i < message->payload.length; i++)
        putchar(tolower((unsigned char)message->payload.data[i]));
    putchar('\n');
    mote_pin_write(&led, mote_text_equals_nocase(message->payload, "on"));
}

static void ping_server(void *node)
{
    mote_node_ping(node);
    puts("ping server ...");
}

int main(int argc, char **argv)
{
    static struct mote_node node;
    static struct mote_timer ping;

    mote_pin_open(&led);
    mote_node_init(&node, &(struct mote_node_config){
        .id = "ssbun_home_switch_1",
        .networks = {{.ssid = "No,thankyou-2", .password = "beijing_newhome_11.3"},
                     {.ssid = "SSBun", .password = "Bz123456"}},
        .broker = argc > 1 ? argv[1] : "mqtt://user:password@mqtt.server:1883",
        .keep_alive_s = 60,
    });
    mote_node_subscribe(&node, "ssbun_switch_1", MOTE_QOS_1, on_switch, NULL);
    mote_every(&node.sched, &ping, 30000, ping_server, &node);
    return mote_node_run(&node);
}
