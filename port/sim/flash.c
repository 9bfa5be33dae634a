#include "port/sim/sim.h"
#include <string.h>

/* A board is one device: whose settings they are does not matter. */
static void choose(void *context, const char *id)
{
    (void)context;
    (void)id;
}

static enum mote_reason load(void *context, void *into, size_t size, size_t *found)
{
    const struct mote_sim *sim = context;

    *found = sim->flash.size;
    memcpy(into, sim->flash.record, sim->flash.size < size ? sim->flash.size : size);
    return MOTE_OK;
}

static enum mote_reason save(void *context, const void *bytes, size_t size)
{
    struct mote_sim *sim = context;
    uint8_t how = sim->flash.next_save;

    sim->flash.next_save = MOTE_SIM_SAVES;
    if (!sim->power || size > sizeof sim->flash.record || how == MOTE_SIM_SAVE_IS_REFUSED)
        return MOTE_CONFIG_INVALID;
    if (how != MOTE_SIM_SAVE_KEEPS_OLD) {
        memset(sim->flash.record, 0, sizeof sim->flash.record);
        memcpy(sim->flash.record, bytes, size);
        sim->flash.size = size;
    }
    if (how != MOTE_SIM_SAVES)
        mote_sim_power(sim, false);
    return how == MOTE_SIM_SAVES ? MOTE_OK : MOTE_CONFIG_INVALID;
}

static void set_aside(void *context, const char *why)
{
    struct mote_sim *sim = context;

    memcpy(sim->flash.damaged, sim->flash.record, sim->flash.size);
    sim->flash.damaged_size = sim->flash.size;
    sim->flash.size = 0;
    sim->words = why;
}

void mote_sim_fail_save(struct mote_sim *sim, enum mote_sim_save how)
{
    sim->flash.next_save = (uint8_t)how;
}

const struct mote_settings_port mote_sim_settings_port = {
    .choose = choose,
    .load = load,
    .save = save,
    .set_aside = set_aside,
};
