/* What a device's program keeps in its settings: at each change all of it is new, so that a mixture shows. */
#include "sim/inside.h"

#include <mote/settings.h>
#include <stdio.h>
#include <string.h>

enum { NETWORKS = 3 };

/* The settings with this number. */
static void make(struct mote_settings *settings, uint32_t number)
{
    *settings = (struct mote_settings){.network_count = NETWORKS};
    for (int i = 0; i < NETWORKS; i++) {
        snprintf(settings->networks[i].ssid, sizeof settings->networks[i].ssid, "network %u", (unsigned)number);
        snprintf(settings->networks[i].password, sizeof settings->networks[i].password, "password %u",
                 (unsigned)number);
    }
    snprintf(settings->name, sizeof settings->name, "name-%u", (unsigned)number);
}

static bool is(const struct mote_settings *settings, uint32_t number)
{
    struct mote_settings other;
    bool same;

    make(&other, number);
    same = settings->network_count == NETWORKS && strcmp(settings->name, other.name) == 0;
    for (int i = 0; i < NETWORKS; i++)
        same = same && strcmp(settings->networks[i].ssid, other.networks[i].ssid) == 0 &&
               strcmp(settings->networks[i].password, other.networks[i].password) == 0;
    return same;
}

/* After a start: are they the last ones that were kept, or, where the power went meanwhile, those before? */
void kept_look(struct device *device)
{
    struct mote_settings settings;
    enum mote_reason reason;

    mote_settings_open(device->id);
    reason = mote_settings_load(&settings);
    if (device->kept_new == 0)
        return;
    if (reason == MOTE_OK && is(&settings, device->kept_new))
        device->kept_old = device->kept_new;
    else if (reason == MOTE_OK && is(&settings, device->kept_old))
        device->kept_new = device->kept_old;
    else
        promise_break(device->party.world, PROMISE_SETTINGS, device->party.index,
                      "after a start they are neither those of change %u nor those of change %u (%s)",
                      (unsigned)device->kept_old, (unsigned)device->kept_new, mote_reason_code(reason));
}

/* The program keeps others. Now and then the power goes at that moment, or the flash refuses. */
void kept_change(struct device *device)
{
    struct world *world = device->party.world;
    struct mote_settings settings, old;
    bool is_first = device->kept_new == 0;
    uint32_t dice = dice_below(&device->dice, 8);

    make(&old, device->kept_new);
    make(&settings, ++device->kept_number);
    sabotage_settings(world, &settings, &old);
    if (!is_first && dice <= MOTE_SIM_SAVE_IS_REFUSED)
        mote_sim_fail_save(&device->sim, (enum mote_sim_save)dice);
    if (mote_settings_save(&settings) == MOTE_OK)
        device->kept_old = device->kept_number;
    device->kept_new = device->kept_number;
    if (device->sim.power)
        device->kept_new = device->kept_old;
    else
        device->powered = false;
}
