/* A link of ours, the other end of it in the same process, and what tests of links do with them. */
#ifndef LINK_RIG_H
#define LINK_RIG_H

#include "loopback.h"

#include <errno.h>

static struct mote_link mine;

static inline enum mote_reason open_link(const char *host, uint16_t port)
{
    const struct mote_url url = {.scheme = MOTE_TEXT("mqtt"), .host = mote_text(host), .port = port};

    memset(&mine, 0, sizeof mine);
    return mote_port()->link->open(mote_port()->context, &mine, &url);
}

static inline size_t receive(void *into, size_t size)
{
    return mote_port()->link->receive(mote_port()->context, &mine, into, size);
}

static inline size_t send_text(const char *text)
{
    return mote_port()->link->send(mote_port()->context, &mine, text, strlen(text));
}

static inline void close_link(bool abort)
{
    mote_port()->link->close(mote_port()->context, &mine, abort);
    CHECK_EQUAL(mine.state, MOTE_LINK_CLOSED);
}

static inline const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

/* Runs the loop until exactly this has come. */
static inline void expect(const char *text)
{
    char got[256];
    size_t count = 0;

    LOOPBACK_UNTIL((count += receive(got + count, sizeof got - count)) >= strlen(text));
    CHECK_EQUAL(count, strlen(text));
    CHECK(memcmp(got, text, count) == 0);
}

/* What the other side reads, blocking, up to a size or its end. Returns how much, with -errno for a reset. */
static inline int other_reads(int fd, char *into, size_t size)
{
    size_t count = 0;

    while (count < size) {
        ssize_t got;
        CHECK(loopback_poll(fd, LOOPBACK_PATIENCE_MS));
        got = read(fd, into + count, size - count);
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        count += (size_t)got;
    }
    return (int)count;
}

/* Reads what there is, but at least something. */
static inline size_t other_reads_some(int fd, void *into, size_t size)
{
    ssize_t count;

    CHECK(loopback_poll(fd, LOOPBACK_PATIENCE_MS));
    count = read(fd, into, size);
    CHECK(count > 0);
    return (size_t)count;
}

static inline void other_must_read(int fd, const char *text)
{
    char got[256] = "";

    CHECK_EQUAL(other_reads(fd, got, strlen(text)), strlen(text));
    CHECK(strcmp(got, text) == 0);
}

struct pair {
    unsigned descriptors;
    int listener;
    int other;
};

static inline void connect_pair(struct pair *pair, int family, const char *host)
{
    pair->descriptors = loopback_descriptors();
    pair->listener = loopback_listen(family);
    CHECK_EQUAL(open_link(host, loopback_port(pair->listener)), MOTE_OK);
    LOOPBACK_UNTIL(mine.state != MOTE_LINK_OPENING);
    CHECK_EQUAL(mine.state, MOTE_LINK_OPEN);
    CHECK_EQUAL(mine.reason, MOTE_OK);
    pair->other = loopback_accept(pair->listener);
}

static inline void end_pair(struct pair *pair)
{
    close_link(false);
    close(pair->other);
    close(pair->listener);
    LOOPBACK_UNTIL(loopback_descriptors() <= pair->descriptors);
}

/* The byte at a place of a long stream. */
static inline uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

#endif
