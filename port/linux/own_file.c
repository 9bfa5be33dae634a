#include "port/linux/own_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_MAX = 64, DAMAGED_MAX = 9 };

bool mote_own_file_name(char name[MOTE_OWN_FILE_NAME], const char *id, const char *suffix)
{
    name[0] = '\0';
    if (id[0] == '\0' || strlen(id) > ID_MAX || strchr(id, '/') != NULL)
        return false;
    snprintf(name, MOTE_OWN_FILE_NAME, "%s.%s", id, suffix);
    return true;
}

const char *mote_own_file_take(int fd, bool *exposed)
{
    struct stat about;

    *exposed = false;
    if (fstat(fd, &about) != 0)
        return strerror(errno);
    if (!S_ISREG(about.st_mode))
        return "this is not a file";
    if (about.st_uid != geteuid())
        return "this is somebody else's file";
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return NULL;
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0)
        return strerror(errno);
    *exposed = true;
    return NULL;
}

bool mote_own_file_is_there(int folder, const char *name, int fd)
{
    struct stat by_name, by_fd;

    return fstatat(folder, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &by_fd) == 0 &&
           by_name.st_ino == by_fd.st_ino && by_name.st_dev == by_fd.st_dev;
}

int mote_own_file_set_aside(int folder, const char *name, char other[MOTE_OWN_FILE_NAME + 16],
                            int (*rename)(int from_folder, const char *from, int to_folder, const char *to))
{
    struct stat about;

    for (unsigned number = 1; number <= DAMAGED_MAX; number++) {
        snprintf(other, MOTE_OWN_FILE_NAME + 16, number == 1 ? "%s.damaged" : "%s.damaged.%u", name, number);
        if (fstatat(folder, other, &about, AT_SYMLINK_NOFOLLOW) != 0)
            return rename(folder, name, folder, other);
    }
    errno = EEXIST;
    return -1;
}
