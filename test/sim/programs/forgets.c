/* Begins as after a reset each time: if a variable of its own were not as declared, it would abort. */
#include <assert.h>
#include <mote/mote.h>
#include <stdio.h>

static int starts;
static int declared = 7;
static struct mote_node node;
static char kept[100000];

int main(void)
{
    assert(starts == 0 && declared == 7 && kept[99999] == '\0' && node.config.id == NULL);
    starts++;
    declared = 8;
    kept[99999] = 'x';
    puts("begins");
    mote_node_init(&node, &(struct mote_node_config){.id = "forgets",
                                                     .networks = {{.ssid = "SSBun", .password = "Bz123456"}},
                                                     .broker = "mqtt://mqtt.server"});
    return mote_node_run(&node);
}
