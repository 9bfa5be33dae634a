#include "engine.h"

static uint32_t place_of(const struct mote_broker_ids *ids, uint16_t id)
{
    uint32_t place = id & (ids->size - 1);

    while (ids->table[place] != 0 && ids->table[place] != id)
        place = (place + 1) & (ids->size - 1);
    return place;
}

bool mote_broker_ids_has(const struct mote_broker_ids *ids, uint16_t id)
{
    return ids->count > 0 && ids->table[place_of(ids, id)] == id;
}

static bool set_size(struct mote_broker *broker, struct mote_broker_ids *ids, uint32_t size)
{
    struct mote_broker_ids other = {mote_broker_allocate(broker, size * sizeof *ids->table), size, ids->count};

    if (other.table == NULL)
        return false;
    for (uint32_t i = 0; i < ids->size; i++) {
        if (ids->table[i] != 0)
            other.table[place_of(&other, ids->table[i])] = ids->table[i];
    }
    mote_broker_release(broker, ids->table, ids->size * sizeof *ids->table);
    *ids = other;
    return true;
}

bool mote_broker_ids_add(struct mote_broker *broker, struct mote_broker_ids *ids, uint16_t id)
{
    MOTE_ASSERT(id != 0 && !mote_broker_ids_has(ids, id));
    /* A quarter stays free, so that a search always ends, and soon. */
    if (ids->count + (ids->count >> 1) >= ids->size && !set_size(broker, ids, ids->size == 0 ? 8 : ids->size << 1))
        return false;
    ids->table[place_of(ids, id)] = id;
    ids->count++;
    return true;
}

bool mote_broker_ids_remove(struct mote_broker_ids *ids, uint16_t id)
{
    uint32_t mask = ids->size - 1;

    if (!mote_broker_ids_has(ids, id))
        return false;
    uint32_t hole = place_of(ids, id);
    /* What stands behind the hole moves into it, unless its own place lies between the two. */
    for (uint32_t i = (hole + 1) & mask; ids->table[i] != 0; i = (i + 1) & mask) {
        uint32_t home = ids->table[i] & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            ids->table[hole] = ids->table[i];
            hole = i;
        }
    }
    ids->table[hole] = 0;
    ids->count--;
    return true;
}

void mote_broker_ids_free(struct mote_broker *broker, struct mote_broker_ids *ids)
{
    mote_broker_release(broker, ids->table, ids->size * sizeof *ids->table);
    *ids = (struct mote_broker_ids){0};
}
