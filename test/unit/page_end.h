/* Memory that ends where a page does, with one behind it that may not be touched: a single byte too many traps, in every build.
 * There are two such places, so that one can hold what is read while the other is written to. On a chip there are no pages, and it
 * is memory like any other. */
#ifndef PAGE_END_H
#define PAGE_END_H

#include "check.h"

#include <string.h>

#define PAGE_END_ROOM 65536u

enum page_end_place { PAGE_END_IN, PAGE_END_OUT };

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS 0x20 /* Linux's; C11 alone does not show it */
#endif

/* The last `size` bytes, up to PAGE_END_ROOM. */
static inline uint8_t *page_end(enum page_end_place place, size_t size)
{
    static uint8_t *begin[2];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    CHECK(size <= PAGE_END_ROOM);
    if (begin[place] == NULL) {
        void *map = mmap(NULL, PAGE_END_ROOM + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(map != MAP_FAILED);
        begin[place] = map;
        CHECK_EQUAL(mprotect(begin[place] + PAGE_END_ROOM, page, PROT_NONE), 0);
    }
    return begin[place] + PAGE_END_ROOM - size;
}
#else
static inline uint8_t *page_end(enum page_end_place place, size_t size)
{
    static uint8_t room[2][PAGE_END_ROOM];

    CHECK(size <= PAGE_END_ROOM);
    return room[place] + PAGE_END_ROOM - size;
}
#endif

/* The bytes, put there to be read. */
static inline struct mote_text page_end_copy(struct mote_text bytes)
{
    uint8_t *copy = page_end(PAGE_END_IN, bytes.length);

    if (bytes.length > 0)
        memcpy(copy, bytes.data, bytes.length);
    return (struct mote_text){(const char *)copy, bytes.length};
}

#endif
