/* The port of a Cortex-M board as a whole. */
#ifndef MOTE_CORTEXM_PORT_H
#define MOTE_CORTEXM_PORT_H

/* Makes it the program's. */
void mote_cortexm_install(void);

#endif
