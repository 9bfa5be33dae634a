/* Stream: one direction of a connection. Bytes are never lost, doubled or reordered inside it; they take their time, come in other
 * pieces than they were sent in, and at the end there is a FIN or a reset. */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_SEGMENTS = 32 };

enum stream_end {
    STREAM_GOES_ON,
    STREAM_FIN,
    STREAM_RESET, /* what was under way before it is lost */
};

struct stream {
    uint8_t *bytes;
    size_t room, begin, end;
    struct {
        uint64_t arrive_ms;
        size_t size;
    } segments[STREAM_SEGMENTS]; /* a ring */
    unsigned first, count;
    uint64_t last_ms; /* nothing arrives before what was sent before it */
    enum stream_end ending;
    uint64_t ending_ms;
};

/* Sends bytes that arrive then, or with those before them if these are later. */
void stream_put(struct stream *stream, const void *bytes, size_t size, uint64_t arrive_ms);

/* Ends it, once; a reset may follow a FIN. */
void stream_finish(struct stream *stream, enum stream_end how, uint64_t arrive_ms);

/* How many bytes have arrived by now. */
size_t stream_arrived(const struct stream *stream, uint64_t now_ms);

/* Takes up to `size` of them. Returns how many. */
size_t stream_take(struct stream *stream, void *into, size_t size, uint64_t now_ms);

/* How it ends for the receiver, as far as that has arrived and all before it is taken. */
enum stream_end stream_ended(const struct stream *stream, uint64_t now_ms);

/* When there is something to take next, or its end; UINT64_MAX: never. */
uint64_t stream_due(const struct stream *stream);

/* Bytes under way or not taken. */
static inline size_t stream_size(const struct stream *stream)
{
    return stream->end - stream->begin;
}

void stream_free(struct stream *stream);

#endif
