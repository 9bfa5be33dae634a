/* The world breaks promises itself, one at a time, to show that its checkers see it. What concerns single messages is in flow.c, and
 * what concerns packets in wire.c. */
#include "sim/inside.h"

#include "outbox/log.h"
#include "text/crc32.h"
#include <stdio.h>
#include <string.h>

static bool strikes(struct world *world, enum promise promise, uint32_t one_in)
{
    return world_sabotages(world, promise) && dice_one_in(&world->sabotage_dice, one_in);
}

/* --- Messages: some come twice --- */

void sabotage_message(struct world *world, const struct flow *flow, const struct mote_message *message)
{
    struct sabotage *sabotage = &world->sabotage;
    bool is_meant = (world_sabotages(world, PROMISE_QOS0) && flow->qos == MOTE_QOS_0) ||
                    (world_sabotages(world, PROMISE_QOS2) && flow->qos == MOTE_QOS_2);

    if (!is_meant || sabotage->again_size > 0 || !dice_one_in(&world->sabotage_dice, 20))
        return;
    sabotage->again = flow;
    sabotage->again_size = message->payload.length;
    memcpy(sabotage->payload, message->payload.data, message->payload.length);
}

void sabotage_broker(struct world *world)
{
    struct sabotage *sabotage = &world->sabotage;
    struct mote_message message = {.payload = {sabotage->payload, sabotage->again_size}};

    if (sabotage->again_size == 0 || !world->server.up)
        return;
    message.topic = mote_text(sabotage->again->topic);
    message.qos = sabotage->again->qos;
    mote_broker_publish(&world->server.broker, &message, world->now_ms);
    sabotage->again_size = 0;
}

bool sabotage_errand(struct world *world)
{
    return strikes(world, PROMISE_QOS2, 3);
}

/* --- Devices --- */

/* It does not wait before it tries again. */
static void hurry(struct device *device)
{
    if (!world_sabotages(device->party.world, PROMISE_RETRY) || mote_node_state(&device->node) != MOTE_NODE_WAITING)
        return;
    device->node.attempt_ms = 0;
    device_wake(device);
}

/* Its pin moves. */
static void meddle(struct device *device)
{
    struct world *world = device->party.world;

    if (device->online && world->config->switch_count > 0 && strikes(world, PROMISE_OUTPUTS, 100)) {
        device->excused = 0;
        mote_pin_toggle(&device->switches[0].pin);
    }
}

/* It misses its time. */
static void oversleep(struct device *device)
{
    struct world *world = device->party.world;

    if (!device->online || !strikes(world, PROMISE_KEEPALIVE, 100))
        return;
    device->oversleeps_ms = world->now_ms + 2000 * (uint64_t)device->node.config.keep_alive_s;
    device->party.due_ms = device->oversleeps_ms;
}

/* Its outbox forgets to count a message. */
static void miscount(struct device *device)
{
    if (device->outbox.counters.delivered > 0 && strikes(device->party.world, PROMISE_OUTBOX, 500))
        device->outbox.counters.delivered--;
}

static uint32_t number_at(const uint8_t *at, unsigned size)
{
    uint32_t number = 0;

    while (size-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* The last byte of a record's body is another one, and its sum is right: as if there were no sums. What a byte at the end does to a
 * CRC depends on neither its seed nor the bytes before it. */
static void falsify(uint8_t *record)
{
    const uint8_t flipped = 1, zero = 0;
    uint32_t size = number_at(record + 6, 2);
    uint32_t crc = number_at(record, 4) ^ mote_crc32(0, &flipped, 1) ^ mote_crc32(0, &zero, 1);

    record[MOTE_LOG_RECORD_SIZE + size - 1] ^= flipped;
    for (int i = 0; i < 4; i++)
        record[i] = (uint8_t)(crc >> (24 - 8 * i));
}

/* Messages that wait in its flash are changed behind its back. */
static void rewrite(struct device *device)
{
    const struct mote_sim_nor_config *nor = &device->nor.config;

    if (device->online || !strikes(device->party.world, PROMISE_CORRUPT, 20))
        return;
    for (uint32_t sector = 0; sector < nor->sector_count; sector++) {
        uint32_t begin = sector * nor->sector_size;
        uint32_t at = mote_log_begin(&device->outbox);

        while (at + MOTE_LOG_RECORD_SIZE < nor->sector_size && nor->programmed[begin + at] != 0) {
            uint8_t *record = nor->bytes + begin + at;
            uint32_t size = mote_log_padded(&device->outbox, MOTE_LOG_RECORD_SIZE + number_at(record + 6, 2));

            if (size > nor->sector_size - at)
                break;
            if (record[8] != MOTE_LOG_STATE)
                falsify(record);
            at += size;
        }
    }
}

void sabotage_turn(struct device *device)
{
    miscount(device);
    rewrite(device);
    hurry(device);
    meddle(device);
    oversleep(device);
}

/* It wants its turn again and again. */
unsigned sabotage_turns(struct world *world)
{
    return strikes(world, PROMISE_TIME, 1000) ? 100000 : 0;
}

/* --- The broker --- */

enum mote_reason sabotage_authorize(void *context, const struct mote_broker_access *access)
{
    const struct world *world = context;

    return world_sabotages(world, PROMISE_SUBSCRIPTIONS) && access->action == MOTE_BROKER_SUBSCRIBE
               ? MOTE_MQTT_NOT_AUTHORIZED
               : MOTE_OK;
}

/* It keeps what nobody asks for. */
void sabotage_calm(struct world *world)
{
    char topic[32], payload[1000];

    if (!world_sabotages(world, PROMISE_MEMORY))
        return;
    memset(payload, 'x', sizeof payload);
    payload[sizeof payload - 1] = '\0';
    for (int i = 0; i < 100; i++) {
        snprintf(topic, sizeof topic, "leak/%u", world->sabotage.leaks++);
        server_publish(world, topic, payload, MOTE_QOS_0, true);
    }
}

/* --- Settings --- */

/* The flash mixes the old ones with the new ones, and the checksum is right: two records of one size, one with the half of the
 * other. */
void sabotage_settings(struct world *world, struct mote_settings *settings, const struct mote_settings *old)
{
    if (strikes(world, PROMISE_SETTINGS, 4))
        settings->networks[1] = old->networks[0];
}
