/* A message of 64 bytes each way with each QoS, from its beginning until both sides are done with it. */
#include "rig.h"

#include <stdio.h>

#define TIMES 500u

static enum mote_mqtt_version version;
static enum mote_qos qos;

/* The server's answer. */
static __attribute__((noinline)) void link_answer(enum mote_packet_type type, uint16_t packet_id)
{
    rig.wire_size = 0;
    rig_server_ack(type, packet_id);
}

static void nothing_before(unsigned i)
{
    (void)i;
}

static inline __attribute__((always_inline)) void publish(void)
{
    struct mote_message message = rig_middle;

    message.qos = qos;
    mote_session_publish(&rig.session, &message, &rig.id);
    rig_send();
}

static OPERATION operation_send_0(void)
{
    publish();
}

static OPERATION operation_send_1(void)
{
    publish();
    link_answer(MOTE_PUBACK, rig.id);
    rig_receive();
}

static OPERATION operation_send_2(void)
{
    publish();
    link_answer(MOTE_PUBREC, rig.id);
    rig_receive();
    rig_send();
    link_answer(MOTE_PUBCOMP, rig.id);
    rig_receive();
}

static void check_sent(unsigned i)
{
    (void)i;
    rig_check(rig.sent > 64, "not sent");
    rig_check(qos == MOTE_QOS_0 || (rig.events == 1 && rig.event.type == MOTE_EVENT_PUBLISHED), "not acknowledged");
    rig_check(mote_session_is_idle(&rig.session), "not done");
}

static void server_message(unsigned i)
{
    rig.id = (uint16_t)(i + 1);
    rig_server_publish(qos, rig_middle.payload, qos == MOTE_QOS_0 ? 0 : rig.id);
}

static OPERATION operation_receive_0(void)
{
    rig_receive();
}

static OPERATION operation_receive_1(void)
{
    rig_receive();
    rig_send();
}

static OPERATION operation_receive_2(void)
{
    rig_receive();
    rig_send();
    link_answer(MOTE_PUBREL, rig.id);
    rig_receive();
    rig_send();
}

/* The second packet of QoS 2 is no event. */
static void check_received(unsigned i)
{
    (void)i;
    rig_check(rig.events == 1 && rig.event.type == MOTE_EVENT_MESSAGE && rig.event.message.payload.length == 64,
              "no message");
    rig_check(rig.sent == 4u * (unsigned)qos, "not acknowledged");
}

static void measure(const char *name, void (*before)(unsigned), void (*operation)(void), void (*after)(unsigned))
{
    char full[64];

    snprintf(full, sizeof full, "message_%s_q%d %s", name, (int)qos, version == MOTE_MQTT_5 ? "v5" : "v311");
    rig_measure(full, before, operation, after, TIMES);
}

void messages_measure(enum mote_mqtt_version the_version)
{
    static void (*const sends[])(void) = {operation_send_0, operation_send_1, operation_send_2};
    static void (*const receives[])(void) = {operation_receive_0, operation_receive_1, operation_receive_2};

    version = the_version;
    rig_connect(version, 16);
    for (int i = MOTE_QOS_0; i <= MOTE_QOS_2; i++) {
        qos = (enum mote_qos)i;
        measure("send", nothing_before, sends[i], check_sent);
        measure("receive", server_message, receives[i], check_received);
    }
}
