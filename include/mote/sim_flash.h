/* Simulated flash: raw NOR, or a file that a disk keeps when it is told to, with power cuts at any byte and all that goes wrong.
 *
 * All memory is the caller's, and everything comes from one seed. A program that clears no bit, or programs a byte twice
 * between two erasures, stops the test: no flash takes that. */
#ifndef MOTE_SIM_FLASH_H
#define MOTE_SIM_FLASH_H

#include <mote/flash.h>
#include <stdbool.h>

/* What a power cut leaves of the program that is under way. An erasure leaves some bytes as they were, some erased, some between. */
enum mote_sim_tear {
    MOTE_SIM_TEAR_PREFIX, /* its first bytes */
    MOTE_SIM_TEAR_BYTES,  /* any of its bytes */
    MOTE_SIM_TEAR_BITS,   /* any of the bits that it clears */
    MOTE_SIM_TEAR_COUNT
};

/* Something that has been asked for and is not known to be kept. */
struct mote_sim_nor_pending {
    uint32_t offset;
    uint32_t size;
    bool erase;
};

/* How big it is, and the memory for it. */
struct mote_sim_nor_config {
    uint32_t sector_size, sector_count, program_size;
    uint8_t *bytes;      /* as it reads; sector_size times sector_count */
    uint8_t *programmed; /* 1 for each byte that is; as many */
    uint32_t *erasures;  /* one for each sector */
    /* A flash that has to be told to keep what it was given: what it is sure to have, of the same size, and what it may have.
     * Over pending_max the oldest is kept. NULL: it keeps everything at once. */
    uint8_t *kept;
    struct mote_sim_nor_pending *pending;
    unsigned pending_max;
    uint32_t seed;
};

/* A simulated flash. The fields before `config` may be changed at any time. */
struct mote_sim_nor {
    enum mote_sim_tear tear;
    /* The power fails when so many more units are done: a unit is a byte that is programmed, or an erasure. UINT64_MAX: never. */
    uint64_t cut_in;
    /* Called when it does; may leave by longjmp(). NULL: from then on all calls fail. */
    void (*on_cut)(void *context);
    void *on_cut_context;
    uint32_t sync_polls;    /* so often `synced` says that it is under way */
    uint32_t failing_syncs; /* so many of the next ones fail */
    uint64_t fail_in;       /* programs and erasures fail after so many more; UINT64_MAX: never */
    uint64_t fail_count;    /* so many of them fail */
    enum mote_reason fails; /* how; MOTE_OK: it says that it has, and has not */
    uint32_t unreadable;    /* reads of this sector fail; UINT32_MAX: none does */
    bool refuses_set_aside;

    struct mote_sim_nor_config config;
    struct mote_flash flash; /* to be given to whoever uses it */
    bool off;                /* the power is cut */
    unsigned pending_count;
    unsigned syncing; /* so many of the pending ones are under way to be kept */
    uint32_t polls;
    uint64_t random;
    uint64_t units;
    uint32_t set_asides;
    uint64_t asked; /* programs and erasures... */
    uint64_t known; /* ...of which so many were known to be kept, when the power was cut if it is */
    uint64_t programs, bytes_programmed, reads, bytes_read; /* counted */
};

/* Makes one that is erased. */
void mote_sim_nor_init(struct mote_sim_nor *nor, const struct mote_sim_nor_config *config);

/* Cuts the power now: of what is not known to be kept, each piece is there, or not, or torn. */
void mote_sim_nor_cut(struct mote_sim_nor *nor);

/* The power is back. What is in the flash is as the cut has left it; the fields for what goes wrong are as at the beginning. */
void mote_sim_nor_power_on(struct mote_sim_nor *nor);

/* Flips one bit, as time and radiation do. */
void mote_sim_nor_flip(struct mote_sim_nor *nor, uint32_t offset, unsigned bit);

/* The difference between the sectors that were erased most and least often. */
uint32_t mote_sim_nor_spread(const struct mote_sim_nor *nor);

#endif
