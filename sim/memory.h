/* Memory of the simulator, which is a program for a desk: where there is none, it ends. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>

/* Zeros. */
void *sim_allocate(size_t count, size_t size);

/* Makes an array larger, so that it has room for `count` elements; what is there stays. */
void *sim_grow(void *array, size_t *room, size_t count, size_t size);

#endif
