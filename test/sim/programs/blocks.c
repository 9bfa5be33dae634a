/* Does one thing after the other, with calls that wait. */
#include <mote/mote.h>
#include <stdio.h>

static void on_message(const struct mote_message *message, void *context)
{
    (void)context;
    printf("%.*s\n", (int)message->payload.length, message->payload.data);
}

static void talk(struct mote_mqtt *mqtt)
{
    mote_mqtt_subscribe(mqtt, "lamp/set", MOTE_QOS_1);
    while (mote_mqtt_publish(mqtt, "lamp/seen", MOTE_TEXT("yes"), MOTE_QOS_1, false) == MOTE_OK &&
           mote_mqtt_wait_ms(mqtt, 60000) == MOTE_OK)
        continue;
}

int main(void)
{
    static struct mote_mqtt mqtt;
    const struct mote_mqtt_options options = {
        .url = "mqtt://mqtt.server", .client_id = "blocks", .on_message = on_message};

    for (;; mote_sleep_ms(5000)) {
        mote_wifi_set_active(MOTE_STATION, true);
        mote_wifi_connect("SSBun", "Bz123456");
        if (mote_wifi_wait(20000) == MOTE_OK && mote_mqtt_connect(&mqtt, &options) == MOTE_OK)
            talk(&mqtt);
    }
}
