#include "port/linux/flash_file.h"
#include "port/linux/flash_judge.h"
#include "port/linux/flash_sync.h"
#include "port/linux/folder.h"
#include "port/linux/loop.h"
#include "port/linux/own_file.h"
#include "port/words.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES_MAX = 100 };

static const struct mote_flash_file_calls system_calls = {
    .pread = pread,
    .pwrite = pwrite,
    .allocate = posix_fallocate,
    .fdatasync = fdatasync,
    .fsync = fsync,
    .rename = renameat,
};

static const struct mote_flash_file_calls *chosen_calls = &system_calls;

struct file {
    const struct mote_flash_file_calls *calls;
    char folder_path[PATH_MAX];
    char name[MOTE_OWN_FILE_NAME];
    int folder;
    int fd;
    uint32_t size;
    const char *foreign; /* NULL, or why it is no outbox: it reads as none until it is set aside */
    bool unsure;         /* the disk has failed: what it was given may be there or not */
    int rewrite_error;   /* that it could not be given again has to be told */
    struct mote_flash_syncer syncer;
};

void mote_flash_file_call(const struct mote_flash_file_calls *calls)
{
    chosen_calls = calls == NULL ? &system_calls : calls;
}

/* --- What goes wrong --- */

static void say(const struct file *file, const char *why)
{
    mote_words_say("%s/%s: %s", file->folder_path, file->name, why);
}

static enum mote_reason refuse(const struct file *file, const char *why)
{
    say(file, why);
    return MOTE_OUTBOX_CORRUPT;
}

static enum mote_reason fail(const struct file *file, int error)
{
    say(file, strerror(error));
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? MOTE_OUTBOX_FULL : MOTE_OUTBOX_CORRUPT;
}

/* --- Bytes --- */

static bool write_all(const struct file *file, int fd, const void *bytes, size_t size, off_t offset)
{
    for (size_t written = 0; written < size;) {
        ssize_t count = file->calls->pwrite(fd, (const char *)bytes + written, size - written, offset + (off_t)written);

        if (count > 0)
            written += (size_t)count;
        else if (count == 0 || errno != EINTR)
            return false;
    }
    return true;
}

static bool read_all(const struct file *file, void *into, size_t size, off_t offset)
{
    for (size_t found = 0; found < size;) {
        ssize_t count = file->calls->pread(file->fd, (char *)into + found, size - found, offset + (off_t)found);

        if (count > 0)
            found += (size_t)count;
        else if (count == 0 || errno != EINTR) {
            errno = count == 0 ? EIO : errno; /* somebody has cut it short */
            return false;
        }
    }
    return true;
}

/* Writes sectors as if they were erased, up to the end of the last. */
static bool write_erased(const struct file *file, int fd, uint32_t from, uint32_t to)
{
    uint8_t erased[MOTE_FLASH_FILE_SECTOR];

    memset(erased, 0xFF, sizeof erased);
    while (from < to) {
        uint32_t size = MOTE_FLASH_FILE_SECTOR - from % MOTE_FLASH_FILE_SECTOR;

        if (!write_all(file, fd, erased, size, from))
            return false;
        from += size;
    }
    return true;
}

/* --- As flash --- */

static enum mote_reason read_flash(void *context, uint32_t offset, void *into, uint32_t size)
{
    struct file *file = context;

    if (file->foreign != NULL) {
        memset(into, MOTE_FLASH_FOREIGN, size);
        return MOTE_OK;
    }
    return read_all(file, into, size, offset) ? MOTE_OK : fail(file, errno);
}

static enum mote_reason program(void *context, uint32_t offset, const void *bytes, uint32_t size)
{
    struct file *file = context;

    return write_all(file, file->fd, bytes, size, offset) ? MOTE_OK : fail(file, errno);
}

/* To the outbox it is the same whether its old bytes are still there: it knows their epoch. So nothing is written here, which would
 * double what is. But what is no outbox at all becomes one here, when it could not be set aside and its owner gives it up. */
static enum mote_reason erase(void *context, uint32_t sector)
{
    struct file *file = context;

    (void)sector;
    if (file->foreign == NULL)
        return MOTE_OK;
    if (!write_erased(file, file->fd, 0, file->size))
        return fail(file, errno);
    file->foreign = NULL;
    return MOTE_OK;
}

/* After a failure the system takes the pages that it could not write for written: unless they are written to again, the next sync has
 * nothing to do, and says that all is well. */
static bool write_again(struct file *file)
{
    uint8_t sector[MOTE_FLASH_FILE_SECTOR];

    for (uint32_t offset = 0; offset < file->size; offset += MOTE_FLASH_FILE_SECTOR) {
        if (!read_all(file, sector, sizeof sector, offset) || !write_all(file, file->fd, sector, sizeof sector, offset))
            return false;
    }
    file->unsure = false;
    return true;
}

static void sync_flash(void *context)
{
    struct file *file = context;

    if (!file->unsure || write_again(file)) {
        mote_flash_sync_begin(&file->syncer, file->fd);
        return;
    }
    file->rewrite_error = errno;
    mote_loop_wake();
}

static enum mote_flash_sync synced(void *context)
{
    struct file *file = context;
    int error = file->rewrite_error;
    enum mote_flash_sync state = error == 0 ? mote_flash_sync_state(&file->syncer, &error) : MOTE_FLASH_SYNC_FAILED;

    if (state == MOTE_FLASH_SYNC_FAILED) {
        file->unsure = true;
        file->rewrite_error = 0;
        fail(file, error);
    }
    return state;
}

/* --- Making one --- */

/* One that a cut start has left, or somebody else is making at this moment. */
static int lock_new(const struct file *file, const char *other)
{
    struct stat about;
    int fd = openat(file->folder, other, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && mote_own_file_is_there(file->folder, other, fd) &&
        fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid())
        return fd;
    close(fd);
    errno = EWOULDBLOCK;
    return -1;
}

/* All of its bytes are written once, so that from then on the disk has no more to do for a sync than to write those that have changed:
 * neither room nor the length of the file is new to it. */
static bool fill_new(const struct file *file, int fd, uint32_t size)
{
    int error;

    if (ftruncate(fd, 0) != 0 || fchmod(fd, S_IRUSR | S_IWUSR) != 0)
        return false;
    error = file->calls->allocate(fd, 0, (off_t)size);
    if (error != 0) {
        errno = error;
        return false;
    }
    return write_erased(file, fd, 0, size) && file->calls->fsync(fd) == 0;
}

static void name_new(const struct file *file, char other[MOTE_OWN_FILE_NAME + 8])
{
    snprintf(other, MOTE_OWN_FILE_NAME + 8, "%s.new", file->name);
}

static void drop_new(const struct file *file, int fd)
{
    char other[MOTE_OWN_FILE_NAME + 8];
    int error = errno;

    name_new(file, other);
    unlinkat(file->folder, other, 0);
    close(fd);
    errno = error;
}

/* Makes the one that is to be, under another name. Returns its descriptor, which is locked, or -1 with errno set. */
static int make_new(const struct file *file, uint32_t size)
{
    char other[MOTE_OWN_FILE_NAME + 8];
    int fd;

    name_new(file, other);
    fd = lock_new(file, other);
    if (fd < 0 || fill_new(file, fd, size))
        return fd;
    drop_new(file, fd);
    return -1;
}

/* The bytes are on the disk, and so is the name before anybody relies on it. */
static bool put_in_place(struct file *file, int fd, uint32_t size)
{
    char other[MOTE_OWN_FILE_NAME + 8];

    name_new(file, other);
    if (file->calls->rename(file->folder, other, file->folder, file->name) != 0) {
        drop_new(file, fd);
        return false;
    }
    file->fd = fd;
    file->size = size;
    return file->calls->fsync(file->folder) == 0;
}

/* --- Setting aside --- */

/* The new one is there before the old one goes. */
static enum mote_reason set_aside(void *context, const char *why)
{
    struct file *file = context;
    char other[MOTE_OWN_FILE_NAME + 16];
    int old = file->fd, fd;

    why = file->foreign != NULL ? file->foreign : why;
    mote_flash_sync_wait(&file->syncer);
    fd = make_new(file, file->size);
    if (fd < 0)
        return fail(file, errno);
    if (mote_own_file_set_aside(file->folder, file->name, other, file->calls->rename) != 0) {
        drop_new(file, fd);
        mote_words_say("%s/%s: %s, and cannot be set aside: %s", file->folder_path, file->name, why, strerror(errno));
        return MOTE_OUTBOX_CORRUPT;
    }
    if (!put_in_place(file, fd, file->size)) {
        enum mote_reason reason = fail(file, errno);
        if (file->fd == old)
            file->calls->rename(file->folder, other, file->folder, file->name);
        else
            close(old);
        return reason;
    }
    close(old);
    file->foreign = NULL;
    mote_words_say("%s/%s: %s; it is kept as %s", file->folder_path, file->name, why, other);
    return MOTE_OK;
}

/* --- Opening --- */

static const struct mote_flash_calls flash_calls = {
    .read = read_flash,
    .program = program,
    .erase = erase,
    .sync = sync_flash,
    .synced = synced,
    .set_aside = set_aside,
};

static enum mote_reason find_folder(struct file *file, const char *id)
{
    if (!mote_own_file_name(file->name, id, "outbox"))
        return refuse(file, "whose outbox is it?");
    if (!mote_folder_state(file->folder_path, sizeof file->folder_path))
        return refuse(file, "there is no folder for it: set MOTE_STATE_DIRECTORY");
    return MOTE_OK;
}

/* Another program may be making it, or taking it away, at this moment. */
static enum mote_reason lock_there(struct file *file)
{
    bool exposed;
    const char *why = mote_own_file_take(file->fd, &exposed);

    if (why != NULL)
        return refuse(file, why);
    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
        return refuse(file, errno == EWOULDBLOCK ? "is in use by another program" : strerror(errno));
    if (exposed)
        say(file, "others could read the messages in it; now its owner alone can");
    return MOTE_OK;
}

static enum mote_reason make_first(struct file *file, uint32_t size)
{
    struct stat about;
    int fd = make_new(file, size);

    if (fd < 0)
        return errno == EWOULDBLOCK ? refuse(file, "is in use by another program") : fail(file, errno);
    if (fstatat(file->folder, file->name, &about, AT_SYMLINK_NOFOLLOW) == 0) {
        drop_new(file, fd); /* somebody was faster, and is done */
        return refuse(file, "is in use by another program");
    }
    return put_in_place(file, fd, size) ? MOTE_OK : fail(file, errno);
}

/* A file that was made with another size keeps it, since the outbox's sectors are a ring. A program that was killed may have left what
 * the disk does not have yet: what is read here is relied on. */
static enum mote_reason measure(struct file *file, uint32_t size)
{
    struct stat about;

    if (file->calls->fsync(file->fd) != 0 || fstat(file->fd, &about) != 0)
        return fail(file, errno);
    file->foreign = mote_flash_judge(file->fd, about.st_size, file->calls->pread);
    file->size = file->foreign != NULL ? size : (uint32_t)about.st_size;
    return MOTE_OK;
}

static enum mote_reason open_file(struct file *file, uint32_t size)
{
    enum mote_reason reason;

    file->folder = mote_folder_make(file->folder_path);
    if (file->folder < 0)
        return fail(file, errno);
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        file->fd = openat(file->folder, file->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file->fd < 0)
            return errno == ENOENT ? make_first(file, size) : fail(file, errno);
        reason = lock_there(file);
        if (reason != MOTE_OK || mote_own_file_is_there(file->folder, file->name, file->fd))
            return reason == MOTE_OK ? measure(file, size) : reason;
        close(file->fd);
    }
    return refuse(file, "is in use by another program");
}

static void close_file(struct file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->folder >= 0)
        close(file->folder);
    free(file);
}

static struct file *new_file(void)
{
    struct file *file = calloc(1, sizeof *file);

    if (file == NULL)
        return NULL;
    file->calls = chosen_calls;
    file->syncer.fdatasync = chosen_calls->fdatasync;
    file->folder = file->fd = -1;
    return file;
}

static enum mote_reason open_flash(void *context, const char *id, uint32_t size, struct mote_flash *flash)
{
    struct file *file = new_file();
    uint32_t sectors = size / MOTE_FLASH_FILE_SECTOR;
    enum mote_reason reason;

    (void)context;
    mote_words_say("%s", file == NULL ? strerror(ENOMEM) : "");
    if (file == NULL)
        return MOTE_OUTBOX_FULL;
    reason = find_folder(file, id);
    if (sectors > MOTE_FLASH_FILE_SECTORS_MAX)
        sectors = MOTE_FLASH_FILE_SECTORS_MAX;
    if (reason == MOTE_OK && sectors < MOTE_FLASH_FILE_SECTORS_MIN)
        reason = refuse(file, "an outbox has at least 12288 bytes");
    if (reason == MOTE_OK)
        reason = open_file(file, sectors * MOTE_FLASH_FILE_SECTOR);
    if (reason != MOTE_OK) {
        close_file(file);
        return reason;
    }
    *flash = (struct mote_flash){
        .calls = &flash_calls,
        .context = file,
        .sector_size = MOTE_FLASH_FILE_SECTOR,
        .sector_count = file->size / MOTE_FLASH_FILE_SECTOR,
        .program_size = 1,
    };
    return MOTE_OK;
}

static void close_flash(void *context, struct mote_flash *flash)
{
    struct file *file = flash->context;

    (void)context;
    mote_flash_sync_end(&file->syncer);
    file->calls->fdatasync(file->fd);
    close_file(file);
    flash->context = NULL;
}

const struct mote_flash_port mote_linux_flash = {.open = open_flash, .close = close_flash};
