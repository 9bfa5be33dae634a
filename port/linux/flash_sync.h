/* A file's bytes on their way to the disk, which may take seconds: in a thread of its own. */
#ifndef MOTE_FLASH_SYNC_H
#define MOTE_FLASH_SYNC_H

#include <mote/flash.h>
#include <pthread.h>
#include <stdbool.h>

/* Begin with zero, but for `fdatasync`; all but that is its own. */
struct mote_flash_syncer {
    int (*fdatasync)(int fd);
    int fd;
    bool started;
    bool wanted; /* and not begun yet */
    bool busy;
    bool stops;
    int error; /* of the last one that failed, and has not been told */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* What has been written to the file before this call goes to the disk. When it is there, the port's `wait` returns. */
void mote_flash_sync_begin(struct mote_flash_syncer *syncer, int fd);

/* How far that is; `*error` is told once what went wrong. */
enum mote_flash_sync mote_flash_sync_state(struct mote_flash_syncer *syncer, int *error);

/* Waits for what has begun: before the file is closed. */
void mote_flash_sync_wait(struct mote_flash_syncer *syncer);

/* Waits, and ends the thread. */
void mote_flash_sync_end(struct mote_flash_syncer *syncer);

#endif
