/* All operations, counted by callgrind. */
#include "rig.h"

#include <valgrind/callgrind.h>

void counter_begin(void)
{
    CALLGRIND_ZERO_STATS;
}

void counter_end(const char *name)
{
    CALLGRIND_DUMP_STATS_AT(name);
}

int main(void)
{
    for (int version = MOTE_MQTT_3_1_1; version <= MOTE_MQTT_5; version++) {
        operations_measure((enum mote_mqtt_version)version);
        messages_measure((enum mote_mqtt_version)version);
        load_measure((enum mote_mqtt_version)version);
    }
    subscriptions_measure();
    return 0;
}
