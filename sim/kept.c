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

/* The program keeps others. */
void kept_change(struct device *device)
{
    struct world *world = device->party.world;
    struct mote_settings settings, old;

    make(&old, device->kept_new);
    make(&settings, ++device->kept_number);
    sabotage_settings(world, &settings, &old);
    if (mote_settings_save(&settings) == MOTE_OK)
        device->kept_old = device->kept_number;
    device->kept_new = device->kept_number;
    if (device->sim.power)
        device->kept_new = device->kept_old;
    else
        device->powered = false;
}

/* It does so now, and it goes wrong. */
void kept_fail(struct device *device, uint32_t value)
{
    static const enum mote_sim_save ways[] = {MOTE_SIM_SAVE_KEEPS_OLD, MOTE_SIM_SAVE_KEEPS_NEW,
                                              MOTE_SIM_SAVE_IS_REFUSED};

    if (!device->running || device->asleep_ms != 0 || device->kept_old == 0)
        return;
    mote_port_install(&device->port);
    mote_sim_fail_save(&device->sim, ways[value % 3]);
    kept_change(device);
    device_wake(device);
}
