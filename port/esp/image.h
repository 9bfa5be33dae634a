/* The settings image in flash: the partition with this label, of the type `data`; and what menuconfig has built in, and the shell has
 * kept. */
#ifndef MOTE_ESP_IMAGE_H
#define MOTE_ESP_IMAGE_H

#include <mote/port.h>

#define MOTE_ESP_IMAGE_LABEL "mote"

/* Reads it; says on the log what is wrong with it. */
void mote_esp_image_load(void);

/* As struct mote_port's: what is kept comes before the image, that before what is built in, and that before the program. */
void mote_esp_provide(void *context, struct mote_node_config *config);

#endif
