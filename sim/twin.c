/* The twin: a client of the same name as a device, as a copy of its configuration makes one. It connects once and does nothing else. */
#include "sim/inside.h"

#include "mqtt/codec.h"

static void leave(struct world *world)
{
    if (world->twin_link.state != MOTE_LINK_CLOSED)
        network_close(&world->twin, &world->twin_link, true);
    world->twin.due_ms = UINT64_MAX;
}

void twin_come(struct world *world, const struct device *device)
{
    leave(world);
    world->twin_of = device;
    world->twin_has_come = false;
    network_open(&world->twin, &world->twin_link);
}

void twin_go(struct world *world)
{
    leave(world);
}

static void introduce(struct world *world)
{
    const struct device *device = world->twin_of;
    uint8_t bytes[256];
    size_t size = mote_codec_encode_connect(bytes, sizeof bytes,
                                            &(struct mote_connect){
                                                .version = device->config.version,
                                                .clean_start = !device->config.keep_session,
                                                .client_id = mote_text(device->id),
                                            });

    network_send(&world->twin, &world->twin_link, bytes, size);
    world->twin_has_come = true;
}

/* It reads, since one that does not would look like a full network to the broker, and answers nothing. */
void twin_turn(struct world *world)
{
    uint8_t bytes[512];

    world->twin.due_ms = UINT64_MAX;
    if (world->twin_link.state == MOTE_LINK_OPEN && !world->twin_has_come)
        introduce(world);
    while (world->twin_link.state == MOTE_LINK_OPEN &&
           network_receive(&world->twin, &world->twin_link, bytes, sizeof bytes) == sizeof bytes)
        continue;
    if (world->twin_link.state == MOTE_LINK_FAILED)
        leave(world);
    else
        world->twin.due_ms = network_party_due(&world->twin);
}
