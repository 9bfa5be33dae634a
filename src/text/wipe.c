#include "text/wipe.h"

#include <stdint.h>

void mote_wipe(void *memory, size_t size)
{
    volatile uint8_t *bytes = memory;

    for (size_t i = 0; i < size; i++)
        bytes[i] = 0;
}
