#include "port/linux/flash_look.h"
#include "port/linux/flash_file.h"
#include "port/linux/flash_judge.h"
#include "port/linux/folder.h"
#include "port/linux/own_file.h"
#include "port/words.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where it is. */
struct place {
    char path[PATH_MAX];
    char name[MOTE_OWN_FILE_NAME];
    int folder;
    int fd; /* -1: it is not there */
};

static enum mote_reason refuse(const struct place *place, const char *why)
{
    mote_words_say("%s/%s: %s", place->path, place->name, why);
    return MOTE_OUTBOX_CORRUPT;
}

static enum mote_reason find(struct place *place, const char *id)
{
    bool exposed;
    const char *why;

    place->folder = place->fd = -1;
    mote_words_say("%s", "");
    if (!mote_own_file_name(place->name, id, "outbox") || !mote_folder_state(place->path, sizeof place->path))
        return refuse(place, place->name[0] == '\0' ? "whose outbox is it?" : "there is no folder for it");
    place->folder = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->folder >= 0)
        place->fd = openat(place->folder, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (place->fd < 0)
        return errno == ENOENT ? MOTE_OK : refuse(place, strerror(errno));
    why = mote_own_file_take(place->fd, &exposed);
    return why == NULL ? MOTE_OK : refuse(place, why);
}

static void leave(const struct place *place)
{
    if (place->fd >= 0)
        close(place->fd);
    if (place->folder >= 0)
        close(place->folder);
}

/* What is no outbox reads as none, as in flash_file.c. */
static enum mote_reason read_all(const struct place *place, struct mote_flash *flash, unsigned char **memory)
{
    struct stat about;
    size_t size = MOTE_FLASH_FILE_SECTOR * MOTE_FLASH_FILE_SECTORS_MIN, found = 0;
    const char *foreign;
    ssize_t count = 1;

    if (fstat(place->fd, &about) != 0)
        return refuse(place, strerror(errno));
    foreign = mote_flash_judge(place->fd, about.st_size, pread);
    size = foreign == NULL ? (size_t)about.st_size : size;
    *memory = malloc(size);
    if (*memory == NULL)
        return refuse(place, strerror(ENOMEM));
    memset(*memory, MOTE_FLASH_FOREIGN, size);
    while (foreign == NULL && found < size && count > 0) {
        count = pread(place->fd, *memory + found, size - found, (off_t)found);
        found += count > 0 ? (size_t)count : 0;
    }
    mote_flash_in_ram(flash, *memory, MOTE_FLASH_FILE_SECTOR, (uint32_t)(size / MOTE_FLASH_FILE_SECTOR));
    return count < 0 ? refuse(place, strerror(errno)) : MOTE_OK;
}

enum mote_reason mote_flash_look(const char *id, struct mote_flash *flash, unsigned char **memory)
{
    static struct mote_flash_calls calls;
    struct place place;
    enum mote_reason reason = find(&place, id);

    *memory = NULL;
    if (reason == MOTE_OK && place.fd >= 0) {
        reason = read_all(&place, flash, memory);
        calls = *flash->calls;
        calls.set_aside = NULL; /* it is only looked at */
        flash->calls = &calls;
    }
    leave(&place);
    return reason;
}

enum mote_reason mote_flash_remove(const char *id)
{
    struct place place;
    enum mote_reason reason = find(&place, id);

    if (reason == MOTE_OK && place.fd >= 0) {
        if (flock(place.fd, LOCK_EX | LOCK_NB) != 0)
            reason = refuse(&place, errno == EWOULDBLOCK ? "is in use by another program" : strerror(errno));
        else if (unlinkat(place.folder, place.name, 0) != 0 || fsync(place.folder) != 0)
            reason = refuse(&place, strerror(errno));
    }
    leave(&place);
    return reason;
}
