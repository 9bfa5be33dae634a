/* One operation at a time, as a program with little to do has them. */
#include "rig.h"

#include <stdio.h>

#define TIMES 500u
#define BUFFERED 16u

static enum mote_mqtt_version version;
static uint16_t received_id;

static void nothing_before(unsigned i)
{
    (void)i;
}

static OPERATION operation_encode_small(void)
{
    rig.sent = mote_codec_encode_publish(rig.out, RIG_BUFFER, version, &rig_small);
}

static OPERATION operation_encode_middle(void)
{
    rig.sent = mote_codec_encode_publish(rig.out, RIG_BUFFER, version, &rig_middle);
}

static const struct mote_connect connect = {
    .clean_start = true,
    .keep_alive_s = 60,
    .client_id = {"ssbun_home_switch_1", 19},
    .has_username = true,
    .username = {"user", 4},
    .has_password = true,
    .password = {"password", 8},
};

static OPERATION operation_encode_connect(void)
{
    struct mote_connect copy = connect;

    copy.version = version;
    rig.sent = mote_codec_encode_connect(rig.out, RIG_BUFFER, &copy);
}

static void check_encoded(unsigned i)
{
    (void)i;
    rig_check(rig.sent > 16, "nothing was encoded");
}

/* The call alone: the connection takes many publications at once, at the end of the turn. */
static OPERATION operation_publish_small(void)
{
    mote_session_publish(&rig.session, &rig_small, NULL);
}

static void check_put(unsigned i)
{
    (void)i;
    rig_check(mote_session_output(&rig.session).length > 16, "nothing was published");
    mote_session_sent(&rig.session, SIZE_MAX, rig.now_ms);
}

static OPERATION operation_publish_small_and_send(void)
{
    mote_session_publish(&rig.session, &rig_small, NULL);
    rig_send();
}

static void check_sent(unsigned i)
{
    (void)i;
    rig_check(rig.sent > 16, "nothing was sent");
}

/* Until the loop has been told that it is done. */
static OPERATION operation_publish_middle(void)
{
    mote_session_publish(&rig.session, &rig_middle, &rig.id);
    rig_send();
    rig_receive();
}

static OPERATION operation_receive(void)
{
    rig_receive();
}

static OPERATION operation_receive_and_send(void)
{
    rig_receive();
    rig_send();
}

static void server_puback(unsigned i)
{
    rig_server_ack(MOTE_PUBACK, (uint16_t)(i + 1));
}

static void check_published(unsigned i)
{
    rig_check(rig.id == i + 1 && rig.events == 1 && rig.event.type == MOTE_EVENT_PUBLISHED, "not published");
}

static void server_small(unsigned i)
{
    (void)i;
    rig_server_publish(MOTE_QOS_0, rig_small.payload, 0);
}

static void server_middle(unsigned i)
{
    received_id = (uint16_t)(i + 1);
    rig_server_publish(MOTE_QOS_1, rig_middle.payload, received_id);
}

static void server_many(unsigned i)
{
    (void)i;
    for (unsigned k = 0; k < BUFFERED; k++)
        rig_server_publish(MOTE_QOS_0, rig_small.payload, 0);
}

static void check_message(unsigned i)
{
    (void)i;
    rig_check(rig.events == 1 && rig.event.type == MOTE_EVENT_MESSAGE && rig.event.message.payload.length >= 2,
              "no message");
    rig_check(rig.event.message.qos == MOTE_QOS_0 || rig.sent >= 4, "no acknowledgement");
}

static void check_many(unsigned i)
{
    (void)i;
    rig_check(rig.events == BUFFERED, "messages are missing");
}

static void measure(const char *name, void (*before)(unsigned), void (*operation)(void), void (*after)(unsigned))
{
    char full[64];

    snprintf(full, sizeof full, "%s %s", name, version == MOTE_MQTT_5 ? "v5" : "v311");
    rig_measure(full, before, operation, after, TIMES);
}

void operations_measure(enum mote_mqtt_version the_version)
{
    version = the_version;
    rig_connect(version, 16);
    measure("encode_publish_q0_2", nothing_before, operation_encode_small, check_encoded);
    measure("encode_publish_q1_64", nothing_before, operation_encode_middle, check_encoded);
    measure("encode_connect", nothing_before, operation_encode_connect, check_encoded);
    measure("publish_q0", nothing_before, operation_publish_small, check_put);
    measure("publish_q0_and_send", nothing_before, operation_publish_small_and_send, check_sent);
    measure("publish_q1_puback", server_puback, operation_publish_middle, check_published);
    measure("receive_q0", server_small, operation_receive, check_message);
    measure("receive_q1_puback", server_middle, operation_receive_and_send, check_message);
    measure("receive_16", server_many, operation_receive, check_many);
}
