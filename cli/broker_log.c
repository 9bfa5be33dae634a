#include "broker_log.h"

#include <stdio.h>

/* Names come from strangers: what could move a terminal's cursor is not shown as it is, and long ones are cut. */
static void print_name(const char *before, struct mote_text name)
{
    const size_t shown = name.length < 200 ? name.length : 200;

    fprintf(stderr, "%s'", before);
    for (size_t i = 0; i < shown; i++) {
        const unsigned char byte = (unsigned char)name.data[i];
        const unsigned char before_it = i == 0 ? 0 : (unsigned char)name.data[i - 1];

        if (byte < ' ' || byte == 0x7F || (before_it == 0xC2 && byte < 0xA0)) {
            fprintf(stderr, "\\x%02x", byte);
        } else {
            fputc(byte, stderr);
        }
    }
    fputs(shown < name.length ? "...'" : "'", stderr);
}

static const char *version_name(enum mote_mqtt_version version)
{
    switch (version) {
    case MOTE_MQTT_5:
        return "5.0";
    case MOTE_MQTT_3_1:
        return "3.1";
    default:
        return "3.1.1";
    }
}

static void print_reason(const struct mote_broker_event *event)
{
    if (event->words != NULL) {
        fprintf(stderr, ": %s", event->words);
    }
    if (event->reason != MOTE_OK) {
        fprintf(stderr, " (%s)", mote_reason_code(event->reason));
    }
}

static void print_message(const struct mote_broker_event *event)
{
    const struct mote_message *message = event->message;

    print_name(" published to ", message->topic);
    fprintf(stderr, ", QoS %d%s, %zu bytes, to %zu", (int)message->qos, message->retain ? ", retained" : "",
            message->payload.length, event->delivered);
}

static void print_event(const struct mote_broker_event *event)
{
    switch (event->type) {
    case MOTE_BROKER_CLIENT_CONNECTED:
        fprintf(stderr, " connected, MQTT %s%s", version_name(event->version),
                event->session_present ? ", goes on with its session" : "");
        break;
    case MOTE_BROKER_CLIENT_REFUSED:
        fputs(" refused", stderr);
        break;
    case MOTE_BROKER_CLIENT_DISCONNECTED:
        fputs(" disconnected", stderr);
        break;
    case MOTE_BROKER_PUBLISHED:
        print_message(event);
        break;
    case MOTE_BROKER_SUBSCRIBED:
        print_name(event->reason == MOTE_OK ? " subscribed to " : " may not subscribe to ", event->filter->topic);
        fprintf(stderr, ", QoS %d", (int)event->filter->qos);
        break;
    case MOTE_BROKER_UNSUBSCRIBED:
        print_name(" unsubscribed from ", event->filter->topic);
        break;
    case MOTE_BROKER_QUEUE_FULL:
        print_name(" cannot keep up on ", event->message->topic);
        break;
    default:
        break;
    }
    print_reason(event);
}

void broker_log(void *context, const struct mote_broker_event *event)
{
    (void)context;
    if (event->type == MOTE_BROKER_SESSION_ENDED || event->type == MOTE_BROKER_RETAINED) {
        return;
    }
    flockfile(stderr);
    print_name("mote: broker: ", event->client_id);
    print_event(event);
    fputc('\n', stderr);
    funlockfile(stderr);
}

void broker_log_troubles(void *context, const struct mote_broker_event *event)
{
    if (event->type == MOTE_BROKER_QUEUE_FULL) {
        broker_log(context, event);
    }
}
