/* What the measured operations work on: a session whose connection is played by the bench.
 *
 * Only what happens inside the functions called operation_...() is counted, and there not what happens inside link_...(),
 * which stands for the transport and for the server: who counts is told both patterns by measure.py. */
#ifndef RIG_H
#define RIG_H

#include "mqtt/codec.h"

#include <mote/session.h>

#define RIG_BUFFER 4096u

#define OPERATION __attribute__((noinline)) void

struct rig {
    struct mote_session session;
    struct mote_session_config config;
    struct mote_session_event event;
    uint64_t now_ms;
    unsigned events;          /* that the last turn has brought */
    size_t sent;              /* bytes that it has sent */
    uint16_t id;              /* of the last publication */
    uint8_t wire[RIG_BUFFER]; /* what the server has sent */
    size_t wire_size;
    uint8_t out[RIG_BUFFER]; /* what operations encode into */
};

extern struct rig rig;

/* A connected session with room for `inflight` publications each way. */
void rig_connect(enum mote_mqtt_version version, unsigned inflight);

/* The server sends. */
void rig_server_publish(enum mote_qos qos, struct mote_text payload, uint16_t packet_id);
void rig_server_ack(enum mote_packet_type type, uint16_t packet_id);

/* The transport. */
void link_read(uint8_t *into, size_t size);
void link_write(struct mote_text bytes);

/* Takes what the server has sent, until there are no more events. Built into the operations: a call of one operation by
 * another would end the counting. */
static inline __attribute__((always_inline)) void rig_receive(void)
{
    size_t size;
    uint8_t *space = mote_session_receive_space(&rig.session, &size);

    link_read(space, size);
    mote_session_received(&rig.session, rig.wire_size, rig.now_ms);
    while (mote_session_next(&rig.session, rig.now_ms, &rig.event))
        rig.events++;
}

/* Sends what there is. */
static inline __attribute__((always_inline)) void rig_send(void)
{
    struct mote_text output = mote_session_output(&rig.session);

    link_write(output);
    mote_session_sent(&rig.session, output.length, rig.now_ms);
}

/* Who counts: callgrind.c here, chip.c on an emulated chip. */
void counter_begin(void);
void counter_end(const char *name);

/* Stops the program if this is not so. */
void rig_check(bool condition, const char *words);

/* Measures `times` runs of an operation under this name, each with what goes before and after it. */
void rig_measure(const char *name, void (*before)(unsigned), void (*operation)(void), void (*after)(unsigned),
                 unsigned times);

extern const struct mote_message rig_small;  /* QoS 0, 2 bytes */
extern const struct mote_message rig_middle; /* QoS 1, 64 bytes */

void messages_measure(enum mote_mqtt_version version);
void operations_measure(enum mote_mqtt_version version);
void load_measure(enum mote_mqtt_version version);
void subscriptions_measure(void);

#endif
