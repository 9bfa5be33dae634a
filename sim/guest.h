/* Guest: somebody's program on a device, in place of the world's own node. Of what it promises the world sees what it says to the
 * broker, whether it is connected, and how much work it does. */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include "sim/inside.h"

/* Is there a program in this world? */
static inline bool guest_is_there(const struct world *world)
{
    return world->config->program != NULL;
}

/* Gives the board what a program asks it for; once. */
void guest_begin(struct device *device);

/* The power is on: begins with the program's main(). */
void guest_boot(struct device *device);

/* Lets it go on until it waits. Returns when it wants to go on, by the device's clock. */
uint64_t guest_turn(struct device *device);

/* The broker tells of the program's client. */
void guest_observe(struct device *device, const struct mote_broker_event *event);

/* Somebody sends a message to a topic that it listens to, or presses or releases the board's button. */
void guest_command(struct device *device);
void guest_press(struct device *device, bool pressed);

#endif
