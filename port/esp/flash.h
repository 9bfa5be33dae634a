/* Flash for an outbox: the partition with this label in the program's partition table, of the type `data`. */
#ifndef MOTE_ESP_FLASH_H
#define MOTE_ESP_FLASH_H

#include <mote/port.h>

#define MOTE_ESP_OUTBOX_LABEL "outbox"

extern const struct mote_flash_port mote_esp_flash;

#endif
