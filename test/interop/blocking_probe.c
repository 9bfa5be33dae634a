/* The calls that wait, one for each word on the command line:
 *
 *   blocking_probe [-t TIMEOUT_MS] [-V VERSION] URL [sub|unsub|ping|wait|wait=MS|pub=QOS:SIZE]...
 *
 * It tells what each has returned, and of each message its size and the sum of its bytes. Payloads are bytes that count
 * from 0 to 250 over and over. */
#define _DEFAULT_SOURCE /* getopt() */
#include <mote/mote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mote_mqtt mqtt;
static char payload[30000000];

static void on_message(const struct mote_message *message, void *context)
{
    static uint32_t sum;

    (void)context;
    sum = message->payload_offset == 0 ? 0 : sum;
    for (size_t i = 0; i < message->payload.length; i++)
        sum += (unsigned char)message->payload.data[i];
    if (mote_message_is_last(message))
        printf("got q%d size %u sum %u\n", (int)message->qos, (unsigned)message->payload_size, (unsigned)sum);
}

static enum mote_reason publish(unsigned qos, size_t size)
{
    if (size > sizeof payload)
        exit(2);
    for (size_t i = 0; i < size; i++)
        payload[i] = (char)(i % 251);
    return mote_mqtt_publish(&mqtt, "probe/large", (struct mote_text){payload, size}, (enum mote_qos)qos, false);
}

static enum mote_reason run(const char *word)
{
    unsigned qos, number;

    if (strcmp(word, "sub") == 0)
        return mote_mqtt_subscribe(&mqtt, "probe/#", MOTE_QOS_2);
    if (strcmp(word, "unsub") == 0)
        return mote_mqtt_unsubscribe(&mqtt, "probe/#");
    if (strcmp(word, "ping") == 0)
        return mote_mqtt_ping(&mqtt);
    if (strcmp(word, "wait") == 0)
        return mote_mqtt_wait_message(&mqtt);
    if (sscanf(word, "wait=%u", &number) == 1)
        return mote_mqtt_wait_ms(&mqtt, number);
    if (sscanf(word, "pub=%u:%u", &qos, &number) == 2)
        return publish(qos, number);
    exit(2);
}

int main(int argc, char **argv)
{
    struct mote_mqtt_options options = {.client_id = "probe", .on_message = on_message};
    enum mote_reason reason;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int option; (option = getopt(argc, argv, "t:V:")) != -1;) {
        if (option == 't')
            options.timeout_ms = (uint32_t)atoi(optarg);
        else if (option == 'V')
            options.version = (enum mote_mqtt_version)atoi(optarg);
        else
            return 2;
    }
    options.url = argv[optind++];
    reason = mote_mqtt_connect(&mqtt, &options);
    printf("connect: %s\n", mote_reason_code(reason));
    for (; optind < argc; optind++) {
        printf("%s...\n", argv[optind]);
        reason = run(argv[optind]);
        printf("%s: %s\n", argv[optind], mote_reason_code(reason));
    }
    mote_mqtt_disconnect(&mqtt);
    return reason == MOTE_OK ? 0 : 1;
}
