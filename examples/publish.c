/* Publishes one message. See it arrive with: mosquitto_sub -t foo_topic
 *   publish [URL] */
#include <mote/mote.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static struct mote_mqtt mqtt;
    const char *url = argc > 1 ? argv[1] : "mqtt://iot.eclipse.org";
    enum mote_reason reason =
        mote_mqtt_connect(&mqtt, &(struct mote_mqtt_options){.url = url, .client_id = "SummerGift"});

    if (reason == MOTE_OK)
        reason = mote_mqtt_publish(&mqtt, "foo_topic", MOTE_TEXT("Hello RT-Thread !!!"), MOTE_QOS_0, false);
    mote_mqtt_disconnect(&mqtt);
    if (reason != MOTE_OK)
        fprintf(stderr, "publish: %s\n", mote_reason_words(reason));
    return reason == MOTE_OK ? 0 : 1;
}
