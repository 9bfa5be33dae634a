#include "port/linux/link/plain.h"
#include "port/linux/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_stream {
    struct mote_stream stream; /* first: a stream is its plain one */
    bool heard;
};

/* A TLS alert and a line of HTTP; no packet of MQTT that a server may send begins so. */
static const char *other_protocol(const char *bytes, size_t size)
{
    if (size >= 3 && memcmp(bytes, "\x15\x03", 2) == 0)
        return "it speaks TLS: its URL begins with mqtts://";
    if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        return "it speaks HTTP: its URL may begin with ws://";
    return NULL;
}

static void add_hint(const char *hint)
{
    char words[256];

    snprintf(words, sizeof words, "%s", mote_words(NULL));
    mote_words_say("%s, %s", words, hint);
}

static size_t read_bytes(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    struct plain_stream *plain = (struct plain_stream *)stream;
    size_t count = mote_stream_read(stream->below, into, size, reason);
    const char *other;

    if (plain->heard)
        return count;
    if (*reason == MOTE_TCP_RESET)
        add_hint("before it has said a word: does this port want TLS?");
    if (count == 0)
        return 0;
    plain->heard = true;
    other = other_protocol(into, count);
    if (other == NULL)
        return count;
    mote_words_say("%s: %s", stream->name, other);
    *reason = MOTE_MQTT_PROTOCOL;
    return 0;
}

static size_t write_bytes(struct mote_stream *stream, const void *bytes, size_t size)
{
    return mote_stream_write(stream->below, bytes, size);
}

static void dispose(struct mote_stream *stream)
{
    free(stream);
}

static const struct mote_stream_kind kind = {
    .read = read_bytes,
    .write = write_bytes,
    .dispose = dispose,
};

struct mote_stream *mote_plain_open(struct mote_stream *below)
{
    struct plain_stream *plain = calloc(1, sizeof *plain);

    if (plain == NULL)
        return NULL;
    plain->stream = (struct mote_stream){.kind = &kind, .below = below, .name = below->name};
    return &plain->stream;
}
