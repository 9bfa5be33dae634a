/* Prints what is published to foo_topic. Try it with: mosquitto_pub -t foo_topic -m hello
 *   subscribe [URL]         waits for messages
 *   subscribe URL poll      looks for them once a second, and could do something else in between */
#include <mote/mote.h>
#include <stdio.h>

static void on_message(const struct mote_message *message, void *context)
{
    (void)context;
    printf("(%.*s, %.*s)\n", (int)message->topic.length, message->topic.data,
           (int)message->payload.length, message->payload.data);
}

int main(int argc, char **argv)
{
    static struct mote_mqtt mqtt;
    const char *url = argc > 1 ? argv[1] : "mqtt://iot.eclipse.org";
    enum mote_reason reason = mote_mqtt_connect(
        &mqtt, &(struct mote_mqtt_options){.url = url, .client_id = "RT-Thread", .on_message = on_message});

    if (reason == MOTE_OK)
        reason = mote_mqtt_subscribe(&mqtt, "foo_topic", MOTE_QOS_0);
    while (reason == MOTE_OK) {
        reason = argc > 2 ? mote_mqtt_check_message(&mqtt) : mote_mqtt_wait_message(&mqtt);
        mote_sleep_ms(argc > 2 ? 1000 : 0);
    }
    fprintf(stderr, "subscribe: %s\n", mote_reason_words(reason));
    return 1;
}
