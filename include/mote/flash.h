/* Flash: memory that keeps its contents without power. It is erased in sectors and programmed in between.
 *
 * What is erased reads as it likes until it is programmed; a byte is programmed at most once between two erasures. A power cut
 * during a program or an erasure may leave anything in the bytes concerned and nothing else is touched. */
#ifndef MOTE_FLASH_H
#define MOTE_FLASH_H

#include <mote/reason.h>
#include <stdint.h>

enum mote_flash_sync {
    MOTE_FLASH_SYNCED, /* nothing is under way, all that was asked for is kept */
    MOTE_FLASH_SYNCING,
    MOTE_FLASH_SYNC_FAILED, /* told once; the next sync asks anew */
};

/* How a flash is worked. All but `sync` return MOTE_OK, MOTE_OUTBOX_FULL if the disk below has no room, or MOTE_OUTBOX_CORRUPT if it
 * cannot; the port's words say why. `offset` and `size` of a program are multiples of program_size. */
struct mote_flash_calls {
    enum mote_reason (*read)(void *context, uint32_t offset, void *into, uint32_t size);
    enum mote_reason (*program)(void *context, uint32_t offset, const void *bytes, uint32_t size);
    enum mote_reason (*erase)(void *context, uint32_t sector);
    /* What has been programmed and erased before this call is to outlast a power cut. Begins to see to that, and returns at once.
     * NULL: it does so when it is programmed, in the order of the calls. What a flash holds when it is opened has to outlast one
     * already: whoever opens it syncs what an earlier program may have left. */
    void (*sync)(void *context);
    /* How far that is. When it is done, the port's `wait` returns. NULL together with `sync`. */
    enum mote_flash_sync (*synced)(void *context);
    /* Nothing that Mote knows is in there, as `why` says: keeps it elsewhere, and leaves the flash as erased. NULL, or not
     * MOTE_OK: it stays as it is. */
    enum mote_reason (*set_aside)(void *context, const char *why);
};

/* A flash, or the part of one that is somebody's. */
struct mote_flash {
    const struct mote_flash_calls *calls;
    void *context;
    uint32_t sector_size;  /* bytes; 256 to 65536, a power of two */
    uint32_t sector_count; /* 3 to 65535 */
    uint32_t program_size; /* 1 to 64, a power of two */
};

/* Flash in RAM, for boards that have no other, and for memory that a reset leaves alone: `memory` is sector_size times
 * sector_count bytes of the caller's, which live as long as the flash. */
void mote_flash_in_ram(struct mote_flash *flash, uint8_t *memory, uint32_t sector_size, uint32_t sector_count);

#endif
