/* Image: the settings image that a board was given (include/mote/image.h), at the end of its program's flash; and whom to trust. */
#ifndef MOTE_CORTEXM_IMAGE_H
#define MOTE_CORTEXM_IMAGE_H

#include <mote/image.h>

/* Reads it; what is wrong with it goes to the console. */
void mote_image_start(void);

/* A port's `provide`. */
void mote_cortexm_provide(void *context, struct mote_node_config *config);

/* Whom to trust, PEM: the image's, else those that the firmware was built with. NULL: nobody. */
const char *mote_cortexm_authorities(void);

#endif
