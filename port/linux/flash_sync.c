#include "port/linux/flash_sync.h"
#include <errno.h>
#include <mote/post.h>
#include <signal.h>

static void on_done(void *context)
{
    (void)context; /* that it has woken the loop is all */
}

/* Should the ring of posts be full, the loop is awake. */
static void sync_once(struct mote_flash_syncer *syncer)
{
    int fd = syncer->fd, error;

    syncer->wanted = false;
    syncer->busy = true;
    pthread_mutex_unlock(&syncer->lock);
    error = syncer->fdatasync(fd) == 0 ? 0 : errno;
    pthread_mutex_lock(&syncer->lock);
    syncer->busy = false;
    if (error != 0)
        syncer->error = error;
    pthread_cond_broadcast(&syncer->changed);
    mote_post(on_done, NULL);
}

static void *run(void *context)
{
    struct mote_flash_syncer *syncer = context;

    pthread_mutex_lock(&syncer->lock);
    while (!syncer->stops || syncer->wanted) {
        if (syncer->wanted)
            sync_once(syncer);
        else
            pthread_cond_wait(&syncer->changed, &syncer->lock);
    }
    pthread_mutex_unlock(&syncer->lock);
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start(struct mote_flash_syncer *syncer)
{
    sigset_t all, before;

    if (syncer->started)
        return true;
    pthread_mutex_init(&syncer->lock, NULL);
    pthread_cond_init(&syncer->changed, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    syncer->started = pthread_create(&syncer->thread, NULL, run, syncer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return syncer->started;
}

/* One that is under way may have missed what was written since it began: another follows it. Without a thread the caller has to
 * wait. */
void mote_flash_sync_begin(struct mote_flash_syncer *syncer, int fd)
{
    if (!start(syncer)) {
        syncer->error = syncer->fdatasync(fd) == 0 ? syncer->error : errno;
        mote_post(on_done, NULL);
        return;
    }
    pthread_mutex_lock(&syncer->lock);
    syncer->fd = fd;
    syncer->wanted = true;
    pthread_cond_broadcast(&syncer->changed);
    pthread_mutex_unlock(&syncer->lock);
}

enum mote_flash_sync mote_flash_sync_state(struct mote_flash_syncer *syncer, int *error)
{
    bool goes_on;

    if (syncer->started)
        pthread_mutex_lock(&syncer->lock);
    goes_on = syncer->wanted || syncer->busy;
    *error = goes_on ? 0 : syncer->error;
    if (!goes_on)
        syncer->error = 0;
    if (syncer->started)
        pthread_mutex_unlock(&syncer->lock);
    if (goes_on)
        return MOTE_FLASH_SYNCING;
    return *error == 0 ? MOTE_FLASH_SYNCED : MOTE_FLASH_SYNC_FAILED;
}

void mote_flash_sync_wait(struct mote_flash_syncer *syncer)
{
    if (!syncer->started)
        return;
    pthread_mutex_lock(&syncer->lock);
    while (syncer->wanted || syncer->busy)
        pthread_cond_wait(&syncer->changed, &syncer->lock);
    pthread_mutex_unlock(&syncer->lock);
}

void mote_flash_sync_end(struct mote_flash_syncer *syncer)
{
    if (!syncer->started)
        return;
    pthread_mutex_lock(&syncer->lock);
    syncer->stops = true;
    pthread_cond_broadcast(&syncer->changed);
    pthread_mutex_unlock(&syncer->lock);
    pthread_join(syncer->thread, NULL);
    syncer->started = false;
}
