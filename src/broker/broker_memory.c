#include "engine.h"

#include <string.h>

void *mote_broker_resize(struct mote_broker *broker, void *block, size_t old_size, size_t new_size)
{
    struct mote_broker_counters *counters = &broker->counters;

    MOTE_ASSERT(counters->memory >= old_size);
    if (new_size > old_size && new_size - old_size > broker->config.memory_max - counters->memory)
        return NULL;
    void *resized = broker->config.resize(broker->config.context, block, old_size, new_size);
    if (resized == NULL && new_size > 0)
        return NULL;
    counters->memory = counters->memory - old_size + new_size;
    if (counters->memory > counters->memory_peak)
        counters->memory_peak = counters->memory;
    return resized;
}

void *mote_broker_allocate(struct mote_broker *broker, size_t size)
{
    void *block = mote_broker_resize(broker, NULL, 0, size);

    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void *mote_broker_allocate_to_keep(struct mote_broker *broker, size_t size)
{
    size_t max = broker->config.memory_max - (broker->config.memory_max >> 3);

    if (broker->counters.memory > max || size > max - broker->counters.memory)
        return NULL;
    return mote_broker_resize(broker, NULL, 0, size);
}

void mote_broker_release(struct mote_broker *broker, void *block, size_t size)
{
    if (block != NULL)
        mote_broker_resize(broker, block, size, 0);
}

/* FNV-1a, which is as good as it is short for names; the seed keeps strangers from aiming at one bucket. */
uint32_t mote_broker_hash(uint32_t seed, struct mote_text text)
{
    uint32_t hash = seed ^ UINT32_C(2166136261);

    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (uint8_t)text.data[i]) * UINT32_C(16777619);
    return hash ^ hash >> 15;
}
