/* What a file that should hold an outbox looks like from outside, before anything is written to it. */
#ifndef MOTE_FLASH_JUDGE_H
#define MOTE_FLASH_JUDGE_H

#include <sys/types.h>

/* What every byte of such a file reads as: neither a head nor erased. */
enum { MOTE_FLASH_FOREIGN = 0x55 };

/* Why a file of this size, which somebody has opened, cannot be an outbox as it was made; NULL: it may be one, or cannot be read. */
const char *mote_flash_judge(int fd, off_t size, ssize_t (*read_at)(int fd, void *into, size_t size, off_t offset));

#endif
