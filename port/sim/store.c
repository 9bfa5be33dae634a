/* The flash where a board keeps its outbox. */
#include "port/sim/sim.h"
#include <string.h>

enum { SECTOR_SIZE = 4096 };

_Static_assert(MOTE_SIM_STORE_SIZE % SECTOR_SIZE == 0, "whole sectors");

static enum mote_reason read_store(void *context, uint32_t offset, void *into, uint32_t size)
{
    const struct mote_sim *sim = context;

    if (!sim->power)
        return MOTE_OUTBOX_CORRUPT;
    memcpy(into, sim->flash.store + offset, size);
    return MOTE_OK;
}

/* Bits can only be cleared, as in NOR. */
static enum mote_reason program(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    struct mote_sim *sim = context;

    if (!sim->power)
        return MOTE_OUTBOX_CORRUPT;
    for (uint32_t i = 0; i < size; i++)
        sim->flash.store[offset + i] &= ((const uint8_t *)bytes)[i];
    return MOTE_OK;
}

static enum mote_reason erase(void *context, uint32_t sector)
{
    struct mote_sim *sim = context;

    if (!sim->power)
        return MOTE_OUTBOX_CORRUPT;
    memset(sim->flash.store + sector * SECTOR_SIZE, 0xFF, SECTOR_SIZE);
    return MOTE_OK;
}

static const struct mote_flash_calls calls = {.read = read_store, .program = program, .erase = erase};

/* A board is one device, and has so much of it. */
static enum mote_reason open_store(void *context, const char *id, uint32_t size, struct mote_flash *flash)
{
    (void)id;
    (void)size;
    *flash = (struct mote_flash){
        .calls = &calls,
        .context = context,
        .sector_size = SECTOR_SIZE,
        .sector_count = MOTE_SIM_STORE_SIZE / SECTOR_SIZE,
        .program_size = 4,
    };
    return MOTE_OK;
}

static void close_store(void *context, struct mote_flash *flash)
{
    (void)context;
    flash->context = NULL;
}

const struct mote_flash_port mote_sim_store_port = {.open = open_store, .close = close_store};

void mote_sim_store_reset(struct mote_sim *sim)
{
    memset(sim->flash.store, 0xFF, sizeof sim->flash.store);
}
