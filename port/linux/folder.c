#include "port/linux/folder.h"
#include <mote/linux.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *state_folder;

void mote_linux_state_folder(const char *path)
{
    state_folder = path;
}

static const char *set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] == '/' ? value : NULL;
}

static bool write_path(char *path, size_t size, const char *folder, size_t length, const char *below)
{
    int written = snprintf(path, size, "%.*s%s", (int)length, folder, below);

    if (written > 0 && (size_t)written < size)
        return true;
    path[0] = '\0';
    return false;
}

/* One's own may begin at the current folder: what somebody has said is not passed over in silence. systemd may name several, with colons
 * in between. */
static bool is_told(char *path, size_t size, const char *own, const char *service)
{
    const char *told = getenv(own);
    char here[PATH_MAX], below[PATH_MAX];

    path[0] = '\0';
    if (told == NULL || told[0] == '\0') {
        told = set(service);
        return told != NULL && write_path(path, size, told, strcspn(told, ":"), "");
    }
    if (told[0] == '/')
        return write_path(path, size, told, strlen(told), "");
    return getcwd(here, sizeof here) != NULL && write_path(below, sizeof below, "/", 1, told) &&
           write_path(path, size, here, strlen(here), below);
}

bool mote_folder_state(char *path, size_t size)
{
    const char *state = set("XDG_STATE_HOME"), *home = set("HOME");

    if (state_folder != NULL)
        return write_path(path, size, state_folder, strlen(state_folder), "");
    if (is_told(path, size, "MOTE_STATE_DIRECTORY", "STATE_DIRECTORY"))
        return true;
    if (geteuid() == 0)
        return write_path(path, size, "", 0, "/var/lib/mote");
    if (state != NULL)
        return write_path(path, size, state, strlen(state), "/mote");
    return home != NULL && write_path(path, size, home, strlen(home), "/.local/state/mote");
}

bool mote_folder_run(char *path, size_t size)
{
    const char *run = set("XDG_RUNTIME_DIR");

    if (is_told(path, size, "MOTE_RUNTIME_DIRECTORY", "RUNTIME_DIRECTORY"))
        return true;
    if (geteuid() == 0)
        return write_path(path, size, "", 0, "/run/mote");
    return run != NULL && write_path(path, size, run, strlen(run), "/mote");
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* One that was made is there after a power cut, too. */
static int make_one(const char *path, const char *parent)
{
    int fd, result;

    if (mkdir(path, S_IRWXU) != 0)
        return errno == EEXIST ? 0 : -1;
    fd = open_folder(parent[0] == '\0' ? "/" : parent);
    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

int mote_folder_make(const char *path)
{
    char part[PATH_MAX] = "", parent[PATH_MAX] = "";
    int fd = open_folder(path);

    for (const char *end = path; fd < 0 && errno == ENOENT && end != NULL; errno = ENOENT) {
        end = strchr(end + 1, '/');
        memcpy(parent, part, sizeof parent);
        write_path(part, sizeof part, path, end == NULL ? strlen(path) : (size_t)(end - path), "");
        if (make_one(part, parent) != 0)
            return -1;
    }
    return fd < 0 ? open_folder(path) : fd;
}
