/* LEDs of /sys/class/leds. The level 1 is lit, whichever way the kernel drives it. */
#ifndef MOTE_LED_H
#define MOTE_LED_H

#include <mote/reason.h>

struct mote_led;

/* Takes the LED out of the hands of its trigger and lights it or not; -1: leaves it as it is. */
enum mote_reason mote_led_open(const char *name, int level, struct mote_led **led);
void mote_led_write(struct mote_led *led, int level);
int mote_led_read(const struct mote_led *led);
void mote_led_close(struct mote_led *led);

#endif
