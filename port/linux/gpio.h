/* GPIO lines, by libgpiod. */
#ifndef MOTE_GPIO_H
#define MOTE_GPIO_H

#include <mote/pin.h>

struct mote_gpio;

enum mote_reason mote_gpio_open(struct mote_pin *pin, int level, struct mote_gpio **gpio);
void mote_gpio_write(struct mote_gpio *gpio, int level);
int mote_gpio_read(struct mote_gpio *gpio);
void mote_gpio_close(struct mote_gpio *gpio);

#endif
