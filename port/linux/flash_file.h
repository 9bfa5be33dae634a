/* Flash in a file of the node's, NODE.outbox in the folder of folder.h, which its owner alone may read. Its sectors are those of
 * the memory's pages. */
#ifndef MOTE_FLASH_FILE_H
#define MOTE_FLASH_FILE_H

#include <mote/port.h>
#include <sys/types.h>

#define MOTE_FLASH_FILE_SECTOR 4096u
#define MOTE_FLASH_FILE_SECTORS_MIN 3u
#define MOTE_FLASH_FILE_SECTORS_MAX 65535u

extern const struct mote_flash_port mote_linux_flash;

/* What can go wrong, and what a power cut may come between. */
struct mote_flash_file_calls {
    ssize_t (*pread)(int fd, void *into, size_t size, off_t offset);
    ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t offset);
    int (*allocate)(int fd, off_t offset, off_t size); /* returns an error, like posix_fallocate() */
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
    int (*rename)(int from_folder, const char *from, int to_folder, const char *to);
};

/* Has them done by others, for tests; NULL: by the system. For files that are opened from then on. */
void mote_flash_file_call(const struct mote_flash_file_calls *calls);

#endif
