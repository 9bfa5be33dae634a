#include "sim/stream.h"

#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

static void append(struct stream *stream, const void *bytes, size_t size)
{
    if (stream->begin == stream->end) {
        stream->begin = 0;
        stream->end = 0;
    } else if (stream->end + size > stream->room && stream->begin > 0) {
        memmove(stream->bytes, stream->bytes + stream->begin, stream_size(stream));
        stream->end -= stream->begin;
        stream->begin = 0;
    }
    stream->bytes = sim_grow(stream->bytes, &stream->room, stream->end + size, 1);
    memcpy(stream->bytes + stream->end, bytes, size);
    stream->end += size;
}

/* Without a place for another segment its bytes come together with those before them, as in life. */
void stream_put(struct stream *stream, const void *bytes, size_t size, uint64_t arrive_ms)
{
    unsigned last = (stream->first + stream->count - 1) % STREAM_SEGMENTS;

    if (size == 0 || stream->ending == STREAM_RESET)
        return;
    append(stream, bytes, size);
    if (arrive_ms > stream->last_ms)
        stream->last_ms = arrive_ms;
    if (stream->count == STREAM_SEGMENTS ||
        (stream->count > 0 && stream->segments[last].arrive_ms == stream->last_ms)) {
        stream->segments[last].size += size;
        stream->segments[last].arrive_ms = stream->last_ms;
        return;
    }
    last = (stream->first + stream->count++) % STREAM_SEGMENTS;
    stream->segments[last].arrive_ms = stream->last_ms;
    stream->segments[last].size = size;
}

void stream_finish(struct stream *stream, enum stream_end how, uint64_t arrive_ms)
{
    if (stream->ending >= how)
        return;
    stream->ending = how;
    stream->ending_ms = how == STREAM_FIN && arrive_ms < stream->last_ms ? stream->last_ms : arrive_ms;
}

size_t stream_arrived(const struct stream *stream, uint64_t now_ms)
{
    size_t arrived = 0;

    for (unsigned i = 0; i < stream->count; i++) {
        unsigned at = (stream->first + i) % STREAM_SEGMENTS;

        if (stream->segments[at].arrive_ms > now_ms)
            break;
        arrived += stream->segments[at].size;
    }
    return arrived;
}

size_t stream_take(struct stream *stream, void *into, size_t size, uint64_t now_ms)
{
    size_t taken = 0;

    if (stream_ended(stream, now_ms) == STREAM_RESET)
        return 0;
    while (stream->count > 0 && taken < size && stream->segments[stream->first].arrive_ms <= now_ms) {
        size_t *left = &stream->segments[stream->first].size;
        size_t part = *left < size - taken ? *left : size - taken;

        memcpy((uint8_t *)into + taken, stream->bytes + stream->begin, part);
        stream->begin += part;
        taken += part;
        *left -= part;
        if (*left == 0) {
            stream->first = (stream->first + 1) % STREAM_SEGMENTS;
            stream->count--;
        }
    }
    return taken;
}

enum stream_end stream_ended(const struct stream *stream, uint64_t now_ms)
{
    if (stream->ending == STREAM_GOES_ON || now_ms < stream->ending_ms)
        return STREAM_GOES_ON;
    return stream->ending == STREAM_RESET || stream_size(stream) == 0 ? stream->ending : STREAM_GOES_ON;
}

uint64_t stream_due(const struct stream *stream)
{
    uint64_t due_ms = stream->count > 0 ? stream->segments[stream->first].arrive_ms : UINT64_MAX;

    if (stream->ending != STREAM_GOES_ON && stream->ending_ms < due_ms)
        due_ms = stream->ending_ms;
    return due_ms;
}

void stream_free(struct stream *stream)
{
    free(stream->bytes);
    *stream = (struct stream){.bytes = NULL};
}
