/* Flash in a file, in a folder of the test's own. */
#ifndef FLASH_RIG_H
#define FLASH_RIG_H

#include "port/linux/flash_file.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <mote/linux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR MOTE_FLASH_FILE_SECTOR
#define SIZE (4 * SECTOR)

static char folder[] = "/tmp/mote-flash-XXXXXX";
static struct mote_flash flash;

/* Valid until the next call but one. */
static inline const char *path_of(const char *name)
{
    static char paths[2][200];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof paths[0], "%s/state/%s", folder, name);
    return path;
}

static inline const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

static inline void close_flash(void)
{
    if (flash.context != NULL)
        mote_linux_flash.close(NULL, &flash);
}

/* The folder itself is made by the first open. */
static inline void begin(void)
{
    DIR *state;

    mote_flash_file_call(NULL);
    close_flash();
    state = opendir(path_of(""));
    for (struct dirent *entry; state != NULL && (entry = readdir(state)) != NULL;)
        remove(path_of(entry->d_name));
    if (state != NULL)
        closedir(state);
    rmdir(path_of(""));
    setenv("MOTE_STATE_DIRECTORY", path_of(""), 1);
}

static inline enum mote_reason open_flash(uint32_t size)
{
    return mote_linux_flash.open(NULL, "lamp", size, &flash);
}

static inline void program(uint32_t offset, const char *bytes)
{
    CHECK_EQUAL(flash.calls->program(flash.context, offset, bytes, (uint32_t)strlen(bytes)), MOTE_OK);
}

static inline void expect_bytes(uint32_t offset, const char *bytes)
{
    char found[64];

    CHECK(strlen(bytes) <= sizeof found);
    CHECK_EQUAL(flash.calls->read(flash.context, offset, found, (uint32_t)strlen(bytes)), MOTE_OK);
    CHECK(memcmp(found, bytes, strlen(bytes)) == 0);
}

static inline void expect_erased(uint32_t offset, uint32_t size)
{
    uint8_t byte = 0;

    for (uint32_t i = 0; i < size; i++) {
        CHECK_EQUAL(flash.calls->read(flash.context, offset + i, &byte, 1), MOTE_OK);
        CHECK_EQUAL(byte, 0xFF);
    }
}

static inline bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static inline void write_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

static inline off_t size_of(const char *name)
{
    struct stat about;

    CHECK_EQUAL(stat(path_of(name), &about), 0);
    return about.st_size;
}

#define EXPECT_WORDS(part) CHECK(strstr(words(), part) != NULL)

/* As check_main(), with a folder for the files. */
static inline int flash_main(const char *name, const struct check_case *cases, size_t count, int argc, char **argv)
{
    int status;

    if (mkdtemp(folder) == NULL)
        return 1;
    status = check_main(name, cases, count, argc, argv);
    begin();
    rmdir(folder);
    return status;
}

#endif
