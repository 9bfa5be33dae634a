#include "sim/memory.h"

#include <stdio.h>
#include <stdlib.h>

static void *must_be(void *memory)
{
    if (memory == NULL) {
        fputs("mote: simulator: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *sim_allocate(size_t count, size_t size)
{
    return must_be(calloc(count > 0 ? count : 1, size));
}

void *sim_grow(void *array, size_t *room, size_t count, size_t size)
{
    if (count <= *room)
        return array;
    *room = count > 2 * *room ? count : 2 * *room;
    return must_be(realloc(array, *room * size));
}
