/* CRC-32, as of IEEE 802.3 and zlib. */
#ifndef MOTE_CRC32_H
#define MOTE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from the sum of the bytes before these; 0 for none. */
uint32_t mote_crc32(uint32_t sum, const void *bytes, size_t size);

#endif
