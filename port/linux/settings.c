#include "port/linux/settings.h"
#include "port/linux/folder.h"
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

static const struct mote_settings_calls system_calls = {.write = write, .fsync = fsync, .rename = renameat};

static const struct mote_settings_calls *calls = &system_calls;

static char folder_path[PATH_MAX];
static char name[MOTE_OWN_FILE_NAME]; /* of the file; empty: nobody has said whose */
static bool unread;                   /* there is a file that could not be read: it is not to be lost */

void mote_settings_call(const struct mote_settings_calls *other)
{
    calls = other == NULL ? &system_calls : other;
}

/* --- Where --- */

static void choose(void *context, const char *id)
{
    (void)context;
    unread = false;
    mote_own_file_name(name, id, "settings");
    mote_folder_state(folder_path, sizeof folder_path);
}

static void say(const char *why)
{
    mote_words_say("%s/%s: %s", folder_path, name, why);
}

static enum mote_reason fail(int error)
{
    say(strerror(error));
    return error == ENOSPC || error == EDQUOT ? MOTE_MQTT_QUOTA : MOTE_CONFIG_INVALID;
}

static enum mote_reason refuse(const char *why)
{
    say(why);
    return MOTE_CONFIG_INVALID;
}

static int open_folder(void)
{
    return open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* --- Reading --- */

static enum mote_reason take_possession(int fd)
{
    bool exposed;
    const char *why = mote_own_file_take(fd, &exposed);

    if (exposed)
        say("others could read the keys in it; now its owner alone can");
    return why == NULL ? MOTE_OK : refuse(why);
}

static enum mote_reason read_all(int fd, char *into, size_t size, size_t *found)
{
    char beyond;
    ssize_t count = 1;

    while (*found < size && count > 0) {
        count = read(fd, into + *found, size - *found);
        *found += count > 0 ? (size_t)count : 0;
    }
    if (count > 0 && read(fd, &beyond, 1) > 0)
        *found = size + 1;
    return count < 0 ? fail(errno) : MOTE_OK;
}

static void set_aside(void *context, const char *why);

static enum mote_reason read_file(int fd, void *into, size_t size, size_t *found)
{
    enum mote_reason reason = take_possession(fd);

    if (reason == MOTE_OK)
        reason = read_all(fd, into, size, found);
    close(fd);
    return reason;
}

/* One that was cut short before anything was in it is no settings either. */
static enum mote_reason take_found(size_t found)
{
    if (found > 0)
        return MOTE_OK;
    set_aside(NULL, "they are empty");
    return MOTE_CONFIG_INVALID;
}

static enum mote_reason load(void *context, void *into, size_t size, size_t *found)
{
    enum mote_reason reason = MOTE_OK;
    int folder, fd = -1;

    (void)context;
    *found = 0;
    mote_words_say("%s", "");
    if (name[0] == '\0')
        return MOTE_OK;
    folder = open_folder();
    if (folder >= 0)
        fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        reason = read_file(fd, into, size, found);
    else if (errno != ENOENT)
        reason = fail(errno);
    if (folder >= 0)
        close(folder);
    unread = reason != MOTE_OK;
    return fd >= 0 && reason == MOTE_OK ? take_found(*found) : reason;
}

/* --- Setting aside --- */

static void set_aside(void *context, const char *why)
{
    char other[MOTE_OWN_FILE_NAME + 16];
    int folder = open_folder();

    (void)context;
    if (folder < 0)
        return;
    if (mote_own_file_set_aside(folder, name, other, calls->rename) == 0)
        mote_words_say("%s/%s: %s; they are kept as %s", folder_path, name, why, other);
    else
        mote_words_say("%s/%s: %s, and cannot be set aside: %s", folder_path, name, why, strerror(errno));
    calls->fsync(folder);
    close(folder);
}

/* --- Writing --- */

/* Also takes up what an earlier save, cut short, has left. Whoever saves the same settings at this moment has the lock, and takes
 * the file away under its new name. */
static int open_new(int folder, const char *other)
{
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        int fd = openat(folder, other, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);

        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) == 0 && mote_own_file_is_there(folder, other, fd))
            return fd;
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    for (size_t written = 0; written < size;) {
        ssize_t count = calls->write(fd, bytes + written, size - written);

        if (count <= 0)
            return -1;
        written += (size_t)count;
    }
    return 0;
}

/* The bytes are on the disk before the name is theirs, and the name is before anybody hears of it. */
static enum mote_reason replace(int folder, const char *other, int fd, const void *bytes, size_t size)
{
    enum mote_reason reason = take_possession(fd);

    if (reason == MOTE_OK && (ftruncate(fd, 0) != 0 || write_all(fd, bytes, size) != 0 || calls->fsync(fd) != 0 ||
                              calls->rename(folder, other, folder, name) != 0)) {
        reason = fail(errno);
        unlinkat(folder, other, 0);
    } else if (reason == MOTE_OK && calls->fsync(folder) != 0) {
        reason = fail(errno);
    }
    return reason;
}

/* What could not be read may be worth more than what is to be kept now. */
static bool is_in_the_way(int folder)
{
    struct stat about;

    return unread && fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum mote_reason save_in(int folder, const void *bytes, size_t size)
{
    char other[MOTE_OWN_FILE_NAME + 8];
    enum mote_reason reason;
    int fd;

    if (is_in_the_way(folder))
        return refuse("it could not be read, and is not written over: move it away, or make it this user's own");
    snprintf(other, sizeof other, "%s.new", name);
    fd = open_new(folder, other);
    if (fd < 0)
        return fail(errno);
    reason = replace(folder, other, fd, bytes, size);
    close(fd);
    return reason;
}

static enum mote_reason save(void *context, const void *bytes, size_t size)
{
    enum mote_reason reason;
    int folder;

    (void)context;
    if (name[0] == '\0')
        return refuse("whose settings are they?");
    if (folder_path[0] == '\0')
        return refuse("there is no folder for settings: set MOTE_STATE_DIRECTORY");
    folder = mote_folder_make(folder_path);
    if (folder < 0)
        return fail(errno);
    reason = save_in(folder, bytes, size);
    close(folder);
    return reason;
}

const struct mote_settings_port mote_linux_settings = {
    .choose = choose,
    .load = load,
    .save = save,
    .set_aside = set_aside,
};
