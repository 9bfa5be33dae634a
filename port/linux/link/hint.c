#include "port/linux/link/hint.h"
#include "port/words.h"
#include <stdlib.h>
#include <string.h>

struct hint_stream {
    struct mote_stream stream; /* first: a stream is its hint */
    bool encrypted;
    bool heard;
};

/* A TLS alert and a line of HTTP; no packet of MQTT that a server may send begins so. */
static const char *other_protocol(const struct hint_stream *hint, const char *bytes, size_t size)
{
    if (size >= 3 && !hint->encrypted && memcmp(bytes, "\x15\x03", 2) == 0)
        return "it speaks TLS: its URL begins with mqtts://";
    if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        return hint->encrypted ? "it speaks HTTP: its URL may begin with wss://"
                               : "it speaks HTTP: its URL may begin with ws://";
    return NULL;
}

static size_t read_bytes(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    struct hint_stream *hint = (struct hint_stream *)stream;
    size_t count = mote_stream_read(stream->below, into, size, reason);
    const char *other;

    if (hint->heard)
        return count;
    if (*reason == MOTE_TCP_RESET && !hint->encrypted)
        mote_words_add(", before it has said a word: does this port want TLS?");
    if (count == 0)
        return 0;
    hint->heard = true;
    other = other_protocol(hint, into, count);
    if (other == NULL)
        return count;
    mote_words_say("%s: %s", stream->name, other);
    *reason = MOTE_MQTT_PROTOCOL;
    return 0;
}

static void dispose(struct mote_stream *stream)
{
    free(stream);
}

static const struct mote_stream_kind kind = {
    .read = read_bytes,
    .dispose = dispose,
};

struct mote_stream *mote_hint_open(struct mote_stream *below, bool encrypted)
{
    struct hint_stream *hint = calloc(1, sizeof *hint);

    if (hint == NULL)
        return NULL;
    hint->stream = (struct mote_stream){.kind = &kind, .below = below, .name = below->name};
    hint->encrypted = encrypted;
    return &hint->stream;
}
