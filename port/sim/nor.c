#include <mote/sim_flash.h>

#include "text/assert.h"

#include <string.h>

static uint32_t draw(struct mote_sim_nor *nor)
{
    nor->random = nor->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(nor->random >> 33);
}

static uint32_t size_of(const struct mote_sim_nor *nor)
{
    return nor->config.sector_size * nor->config.sector_count;
}

/* --- What a power cut leaves --- */

/* With MOTE_SIM_TEAR_PREFIX the first `done` bytes are there. Returns whether anything is: what has left no trace has not begun. */
static bool tear_program(struct mote_sim_nor *nor, uint8_t *at, const uint8_t *bytes, uint32_t size, uint32_t done)
{
    bool begun = false;

    for (uint32_t i = 0; i < size; i++) {
        uint8_t before = at[i];
        bool whole = nor->tear == MOTE_SIM_TEAR_PREFIX ? i < done : (draw(nor) & 1) != 0;
        uint8_t kept = nor->tear == MOTE_SIM_TEAR_BITS ? (uint8_t)draw(nor) : 0xFF;

        if (whole)
            at[i] &= (uint8_t)(bytes[i] | (uint8_t)~kept);
        begun = begun || at[i] != before;
    }
    return begun;
}

static void tear_erasure(struct mote_sim_nor *nor, uint8_t *at)
{
    unsigned how = draw(nor) % 4; /* 0: hardly begun, 1: done but not told, else in the middle */

    for (uint32_t i = 0; i < nor->config.sector_size; i++) {
        uint8_t risen = how == 0 ? 0 : how == 1 ? 0xFF : (draw(nor) & 1) != 0 ? 0xFF : (uint8_t)draw(nor);
        at[i] |= risen;
    }
}

/* A piece that the disk had and may have written: in `bytes` is what it was to be. */
static void tear_pending(struct mote_sim_nor *nor, const struct mote_sim_nor_pending *pending)
{
    unsigned fate = draw(nor) % 4; /* 0, 1: written; 2: not; 3: in part */
    uint32_t size = fate == 3 ? draw(nor) % (pending->size + 1) : fate == 2 ? 0 : pending->size;

    if (pending->erase)
        memset(nor->config.kept + pending->offset, 0xFF, size);
    else
        memcpy(nor->config.kept + pending->offset, nor->config.bytes + pending->offset, size);
}

/* --- What has to be told to keep --- */

static void keep(struct mote_sim_nor *nor, const struct mote_sim_nor_pending *pending)
{
    if (pending->erase)
        memset(nor->config.kept + pending->offset, 0xFF, pending->size);
    else
        memcpy(nor->config.kept + pending->offset, nor->config.bytes + pending->offset, pending->size);
}

static void keep_first(struct mote_sim_nor *nor, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        keep(nor, &nor->config.pending[i]);
    nor->pending_count -= count;
    nor->known += count;
    nor->syncing -= count < nor->syncing ? count : nor->syncing;
    memmove(nor->config.pending, nor->config.pending + count, nor->pending_count * sizeof *nor->config.pending);
}

static void remember(struct mote_sim_nor *nor, uint32_t offset, uint32_t size, bool erase)
{
    nor->asked++;
    if (nor->config.kept == NULL) {
        nor->known = nor->asked;
        return;
    }
    if (nor->pending_count == nor->config.pending_max)
        keep_first(nor, 1);
    nor->config.pending[nor->pending_count++] = (struct mote_sim_nor_pending){offset, size, erase};
}

void mote_sim_nor_cut(struct mote_sim_nor *nor)
{
    nor->off = true;
    if (nor->config.kept != NULL) {
        for (unsigned i = 0; i < nor->pending_count; i++)
            tear_pending(nor, &nor->config.pending[i]);
        memcpy(nor->config.bytes, nor->config.kept, size_of(nor));
        for (uint32_t i = 0; i < size_of(nor); i++)
            nor->config.programmed[i] = nor->config.bytes[i] != 0xFF;
    }
    nor->pending_count = 0;
    nor->syncing = 0;
    if (nor->on_cut != NULL)
        nor->on_cut(nor->on_cut_context);
}

void mote_sim_nor_power_on(struct mote_sim_nor *nor)
{
    nor->off = false;
    nor->known = nor->asked;
    nor->cut_in = UINT64_MAX;
    nor->fail_in = UINT64_MAX;
    nor->fail_count = 0;
    nor->fails = MOTE_OUTBOX_CORRUPT;
    nor->unreadable = UINT32_MAX;
    nor->failing_syncs = 0;
}

/* --- The calls of a flash --- */

static enum mote_reason read_bytes(void *context, uint32_t offset, void *into, uint32_t size)
{
    struct mote_sim_nor *nor = context;

    MOTE_ASSERT(offset <= size_of(nor) && size <= size_of(nor) - offset);
    if (nor->off || (size > 0 && offset / nor->config.sector_size == nor->unreadable))
        return MOTE_OUTBOX_CORRUPT;
    nor->reads++;
    nor->bytes_read += size;
    memcpy(into, nor->config.bytes + offset, size);
    return MOTE_OK;
}

/* Does this program or erasure fail? */
static bool fails(struct mote_sim_nor *nor)
{
    if (nor->fail_in > 0) {
        nor->fail_in -= nor->fail_in != UINT64_MAX;
        return false;
    }
    if (nor->fail_count == 0)
        return false;
    nor->fail_count -= nor->fail_count != UINT64_MAX;
    return true;
}

/* How many of `units` are done before the power fails. */
static uint64_t spend(struct mote_sim_nor *nor, uint64_t units)
{
    uint64_t done = nor->cut_in < units ? nor->cut_in : units;

    if (nor->cut_in != UINT64_MAX)
        nor->cut_in -= done;
    nor->units += done;
    return done;
}

static enum mote_reason program_bytes(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    struct mote_sim_nor *nor = context;
    uint32_t unit = nor->config.program_size;
    uint64_t done;

    MOTE_ASSERT(offset <= size_of(nor) && size <= size_of(nor) - offset);
    MOTE_ASSERT((offset & (unit - 1)) == 0 && (size & (unit - 1)) == 0);
    if (nor->off)
        return MOTE_OUTBOX_CORRUPT;
    if (fails(nor))
        return nor->fails;
    for (uint32_t i = 0; i < size; i++)
        MOTE_ASSERT(nor->config.programmed[offset + i] == 0);
    nor->programs++;
    done = spend(nor, size);
    if (done == size) {
        memset(nor->config.programmed + offset, 1, size);
        for (uint32_t i = 0; i < size; i++)
            nor->config.bytes[offset + i] &= ((const uint8_t *)bytes)[i];
        remember(nor, offset, size, false);
        nor->bytes_programmed += size;
        return MOTE_OK;
    }
    if (nor->config.kept == NULL && tear_program(nor, nor->config.bytes + offset, bytes, size, (uint32_t)done))
        memset(nor->config.programmed + offset, 1, size);
    mote_sim_nor_cut(nor);
    return MOTE_OUTBOX_CORRUPT;
}

static enum mote_reason erase_sector(void *context, uint32_t sector)
{
    struct mote_sim_nor *nor = context;
    uint32_t size = nor->config.sector_size, offset = sector * size;
    bool cut;

    MOTE_ASSERT(sector < nor->config.sector_count);
    if (nor->off)
        return MOTE_OUTBOX_CORRUPT;
    if (fails(nor))
        return nor->fails;
    nor->config.erasures[sector]++;
    cut = spend(nor, 1) == 0;
    memset(nor->config.programmed + offset, 0, size);
    if (cut && nor->config.kept == NULL)
        tear_erasure(nor, nor->config.bytes + offset);
    if (cut) {
        mote_sim_nor_cut(nor);
        return MOTE_OUTBOX_CORRUPT;
    }
    memset(nor->config.bytes + offset, 0xFF, size);
    remember(nor, offset, size, true);
    return MOTE_OK;
}

static void sync_all(void *context)
{
    struct mote_sim_nor *nor = context;

    nor->syncing = nor->pending_count;
    nor->polls = nor->sync_polls;
}

static enum mote_flash_sync synced(void *context)
{
    struct mote_sim_nor *nor = context;

    if (nor->polls > 0 || nor->off) {
        nor->polls -= nor->polls > 0;
        return MOTE_FLASH_SYNCING;
    }
    if (nor->failing_syncs > 0) {
        nor->failing_syncs--;
        nor->syncing = 0;
        return MOTE_FLASH_SYNC_FAILED;
    }
    keep_first(nor, nor->syncing);
    return MOTE_FLASH_SYNCED;
}

static void erase_all(struct mote_sim_nor *nor)
{
    memset(nor->config.bytes, 0xFF, size_of(nor));
    memset(nor->config.programmed, 0, size_of(nor));
    if (nor->config.kept != NULL)
        memset(nor->config.kept, 0xFF, size_of(nor));
    nor->pending_count = 0;
    nor->syncing = 0;
    nor->known = nor->asked;
}

static enum mote_reason set_aside(void *context, const char *why)
{
    struct mote_sim_nor *nor = context;

    MOTE_ASSERT(why != NULL);
    if (nor->off || nor->refuses_set_aside)
        return MOTE_OUTBOX_CORRUPT;
    nor->set_asides++;
    erase_all(nor);
    return MOTE_OK;
}

/* --- The rest --- */

void mote_sim_nor_init(struct mote_sim_nor *nor, const struct mote_sim_nor_config *config)
{
    static const struct mote_flash_calls at_once = {read_bytes, program_bytes, erase_sector, NULL, NULL, set_aside};
    static const struct mote_flash_calls in_time = {read_bytes, program_bytes, erase_sector,
                                                    sync_all,   synced,        set_aside};

    memset(nor, 0, sizeof *nor);
    nor->config = *config;
    nor->random = config->seed;
    nor->flash = (struct mote_flash){.calls = config->kept == NULL ? &at_once : &in_time,
                                     .context = nor,
                                     .sector_size = config->sector_size,
                                     .sector_count = config->sector_count,
                                     .program_size = config->program_size};
    memset(config->erasures, 0, config->sector_count * sizeof *config->erasures);
    erase_all(nor);
    mote_sim_nor_power_on(nor);
}

void mote_sim_nor_flip(struct mote_sim_nor *nor, uint32_t offset, unsigned bit)
{
    MOTE_ASSERT(offset < size_of(nor) && bit < 8);
    nor->config.bytes[offset] ^= (uint8_t)(1u << bit);
    if (nor->config.kept != NULL)
        nor->config.kept[offset] ^= (uint8_t)(1u << bit);
}

uint32_t mote_sim_nor_spread(const struct mote_sim_nor *nor)
{
    uint32_t least = UINT32_MAX, most = 0;

    for (uint32_t i = 0; i < nor->config.sector_count; i++) {
        least = nor->config.erasures[i] < least ? nor->config.erasures[i] : least;
        most = nor->config.erasures[i] > most ? nor->config.erasures[i] : most;
    }
    return most - least;
}
