#include "port/linux/link/stream.h"

bool mote_stream_open(struct mote_stream *stream, enum mote_reason *reason)
{
    if (stream->is_open)
        return true;
    if (stream->below != NULL && !mote_stream_open(stream->below, reason))
        return false;
    stream->is_open = stream->kind->open == NULL || stream->kind->open(stream, reason);
    return stream->is_open;
}

size_t mote_stream_read(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    while (stream->kind->read == NULL)
        stream = stream->below;
    return stream->kind->read(stream, into, size, reason);
}

size_t mote_stream_write(struct mote_stream *stream, const void *bytes, size_t size)
{
    while (stream->kind->write == NULL)
        stream = stream->below;
    return stream->kind->write(stream, bytes, size);
}

/* What a layer passes on may stay in the one below, so that one is looked at before and after. */
bool mote_stream_flush(struct mote_stream *stream)
{
    if (stream->below != NULL && !mote_stream_flush(stream->below))
        return false;
    if (stream->kind->flush == NULL)
        return true;
    return stream->kind->flush(stream) && (stream->below == NULL || mote_stream_flush(stream->below));
}

void mote_stream_say_goodbye(struct mote_stream *stream)
{
    for (; stream != NULL; stream = stream->below) {
        if (stream->is_open && stream->kind->say_goodbye != NULL)
            stream->kind->say_goodbye(stream);
    }
}

void mote_stream_dispose(struct mote_stream *stream)
{
    while (stream != NULL) {
        struct mote_stream *below = stream->below;

        stream->kind->dispose(stream);
        stream = below;
    }
}
