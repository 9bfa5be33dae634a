#include "port/linux/flash_judge.h"
#include "outbox/log.h"
#include "port/linux/flash_file.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What the beginnings of its sectors are (docs/PROTOCOL.md). */
struct beginnings {
    bool erased;
    bool ours;     /* heads, of whatever version */
    bool of_size;  /* heads of a version that is known, of as many sectors as there are... */
    bool of_other; /* ...or of another number */
};

static void look(const uint8_t head[8], off_t count, struct beginnings *found)
{
    static const uint8_t erased[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

    found->erased = found->erased || memcmp(head, erased, sizeof erased) == 0;
    if (memcmp(head, "MOUT", 4) != 0)
        return;
    found->ours = true;
    if (head[4] == 0 || head[4] > MOTE_LOG_VERSION)
        return;
    if ((head[6] << 8 | head[7]) == count)
        found->of_size = true;
    else
        found->of_other = true;
}

/* A file is made whole, of erased sectors: none is ever shorter, and one that has neither a head nor an erased sector was not made
 * here. One that has lost its end has heads that say so. */
const char *mote_flash_judge(int fd, off_t size, ssize_t (*read_at)(int fd, void *into, size_t size, off_t offset))
{
    const off_t sector = MOTE_FLASH_FILE_SECTOR;
    struct beginnings found = {.erased = false};
    uint8_t head[8];

    if (size > sector * MOTE_FLASH_FILE_SECTORS_MAX)
        return "it is too large for an outbox";
    if (size < sector * MOTE_FLASH_FILE_SECTORS_MIN || size % sector != 0)
        return "it was cut short, or added to";
    for (off_t at = 0; at < size; at += sector) {
        if (read_at(fd, head, sizeof head, at) != (ssize_t)sizeof head)
            return NULL;
        look(head, size / sector, &found);
    }
    if (found.of_other && !found.of_size)
        return "its sectors are of another size or number";
    return found.ours || found.erased ? NULL : "it is not an outbox";
}
