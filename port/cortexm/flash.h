/* Flash that neither board has: in memory that a reset leaves alone. What is in it outlasts whatever happens to the program, but
 * not the power. */
#ifndef MOTE_CORTEXM_FLASH_H
#define MOTE_CORTEXM_FLASH_H

#include <mote/port.h>

extern const struct mote_flash_port mote_cortexm_flash;

#endif
