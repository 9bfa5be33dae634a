/* What the parts of the virtual board are to each other. */
#ifndef MOTE_SIM_INSIDE_H
#define MOTE_SIM_INSIDE_H

#include <mote/sim.h>

extern const struct mote_pin_port mote_sim_pin_port;
extern const struct mote_radio_port mote_sim_radio_port;
extern const struct mote_settings_port mote_sim_settings_port;
extern const struct mote_flash_port mote_sim_store_port;

/* Erases it, as it leaves the factory. */
void mote_sim_store_reset(struct mote_sim *sim);

void mote_sim_pins_init(struct mote_sim *sim);
void mote_sim_pins_reset(struct mote_sim *sim);
bool mote_sim_pins_turn(struct mote_sim *sim);

void mote_sim_air_reset(struct mote_sim *sim);
bool mote_sim_air_turn(struct mote_sim *sim);
void mote_sim_air_clear(struct mote_sim *sim);
uint64_t mote_sim_air_deadline(const struct mote_sim *sim);

#endif
