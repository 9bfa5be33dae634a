/* The cost of a message with few and with many others under way. Identifiers are 16 bits wide, so one session can have
 * 65 535 at most in each direction; 60 000 each way are 120 000 messages in flight. What is measured is the mean over all of
 * them, from none under way to all and back to none, with answers that come in a scrambled order. */
#include "rig.h"

#include <stdio.h>

#define FEW 10u
#define MANY 60000u

static enum mote_mqtt_version version;
static enum mote_qos qos;
static unsigned under_way;

/* All numbers below `under_way`, in another order: a step that has no divisor in common with it. */
static uint16_t scrambled(unsigned i)
{
    return (uint16_t)(1 + i % under_way * (uint64_t)7919 % under_way);
}

static void before_publish(unsigned i)
{
    (void)i;
}

static OPERATION operation_publish_loaded(void)
{
    struct mote_message message = rig_middle;

    message.qos = qos;
    mote_session_publish(&rig.session, &message, &rig.id);
    rig_send();
}

static void after_publish(unsigned i)
{
    rig_check(rig.id == i % under_way + 1 && rig.sent > 64, "not published");
}

static void before_puback(unsigned i)
{
    rig_server_ack(MOTE_PUBACK, scrambled(i));
}

static void before_pubrec(unsigned i)
{
    rig_server_ack(MOTE_PUBREC, scrambled(i));
}

static void before_pubcomp(unsigned i)
{
    rig_server_ack(MOTE_PUBCOMP, scrambled(i + under_way / 3));
}

static OPERATION operation_receive_loaded(void)
{
    rig_receive();
    rig_send();
}

static void after_done(unsigned i)
{
    (void)i;
    rig_check(rig.events == 1 && rig.event.type == MOTE_EVENT_PUBLISHED, "not acknowledged");
}

static void after_pubrec(unsigned i)
{
    (void)i;
    rig_check(rig.events == 0 && rig.sent >= 4, "no PUBREL");
}

static void before_message(unsigned i)
{
    rig_server_publish(MOTE_QOS_2, rig_middle.payload, (uint16_t)(i % under_way + 1));
}

static void after_message(unsigned i)
{
    (void)i;
    rig_check(rig.events == 1 && rig.event.type == MOTE_EVENT_MESSAGE && rig.sent >= 4, "no message");
}

static void before_duplicate(unsigned i)
{
    rig_server_publish(MOTE_QOS_2, rig_middle.payload, scrambled(i));
}

static void after_duplicate(unsigned i)
{
    (void)i;
    rig_check(rig.events == 0 && rig.sent >= 4, "a duplicate was not known as one");
}

static void before_pubrel(unsigned i)
{
    rig_server_ack(MOTE_PUBREL, scrambled(i));
}

static void after_pubrel(unsigned i)
{
    (void)i;
    rig_check(rig.sent >= 4, "no PUBCOMP");
}

static void measure(const char *name, void (*before)(unsigned), void (*operation)(void), void (*after)(unsigned))
{
    char full[64];

    snprintf(full, sizeof full, "%s %s %s", name, under_way == MANY ? "loaded" : "light",
             version == MOTE_MQTT_5 ? "v5" : "v311");
    rig_measure(full, before, operation, after, under_way);
}

static void measure_with(unsigned depth)
{
    under_way = depth;
    rig_connect(version, depth);
    qos = MOTE_QOS_1;
    measure("publish_q1", before_publish, operation_publish_loaded, after_publish);
    measure("puback", before_puback, operation_receive_loaded, after_done);
    rig_connect(version, depth);
    qos = MOTE_QOS_2;
    measure("publish_q2", before_publish, operation_publish_loaded, after_publish);
    measure("pubrec", before_pubrec, operation_receive_loaded, after_pubrec);
    measure("pubcomp", before_pubcomp, operation_receive_loaded, after_done);
    measure("receive_q2", before_message, operation_receive_loaded, after_message);
    measure("receive_q2_again", before_duplicate, operation_receive_loaded, after_duplicate);
    measure("pubrel", before_pubrel, operation_receive_loaded, after_pubrel);
}

void load_measure(enum mote_mqtt_version the_version)
{
    version = the_version;
    measure_with(FEW);
    measure_with(MANY);
}
