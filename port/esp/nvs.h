/* NVS: what the SDK keeps by name, in the partition `nvs`; Mote's are in the namespace `mote`. A power cut leaves the old value or the
 * new one. */
#ifndef MOTE_ESP_NVS_H
#define MOTE_ESP_NVS_H

#include <stdbool.h>
#include <stddef.h>

/* Makes it ready. One that is full of an older format, or damaged, is erased, as the SDK asks for: the log says so. */
bool mote_nvs_start(void);

/* Reads a value; `*size` is the room before, and what there is after. Returns false if there is none, or it cannot be read. With a value
 * larger than the room nothing is read, but its size. */
bool mote_nvs_read(const char *key, void *into, size_t *size);

/* Returns false if there is no room, or it fails. */
bool mote_nvs_write(const char *key, const void *bytes, size_t size);

void mote_nvs_erase(const char *key);

#endif
