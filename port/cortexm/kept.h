/* Memory that a reset leaves alone. At power-on it holds anything. */
#ifndef MOTE_CORTEXM_KEPT_H
#define MOTE_CORTEXM_KEPT_H

#include <stdint.h>

/* No section of the program's, so that no loader writes it: firmware.ld says where it is, and has the flash behind it. */
extern struct mote_kept {
    uint8_t random_pool[20];
    uint8_t flash_owner[20]; /* the digest of whose flash it is */
} mote_kept;

extern uint8_t mote_kept_flash[], mote_kept_flash_end[];

#endif
