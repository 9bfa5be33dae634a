#include "port/linux/link/websocket_stream.h"
#include "port/linux/board.h"
#include "port/linux/loop.h"
#include "port/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_MAX = 16384, READS_MAX = 16, REQUEST_SIZE = 4096, EARLY_SIZE = 512 };

struct websocket_stream {
    struct mote_stream stream; /* first: a stream is its WebSocket */
    struct mote_websocket websocket;
    enum mote_reason below;    /* why the layer below reads no more */
    uint8_t early[EARLY_SIZE]; /* payload that came behind the server's answer */
    size_t early_from;
    size_t early_to;
    size_t out_from;
    size_t out_to;
    uint8_t out[PAYLOAD_MAX + MOTE_WEBSOCKET_HEAD_MAX + REQUEST_SIZE];
};

static struct websocket_stream *of(struct mote_stream *stream)
{
    return (struct websocket_stream *)stream;
}

static void fill_random(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
        uint32_t word = mote_board_random(NULL);

        memcpy(bytes + i, &word, sizeof word);
    }
}

static bool push_out(struct websocket_stream *socket)
{
    socket->out_from +=
        mote_stream_write(socket->stream.below, socket->out + socket->out_from, socket->out_to - socket->out_from);
    if (socket->out_from < socket->out_to)
        return false;
    socket->out_from = socket->out_to = 0;
    return true;
}

static bool flush(struct mote_stream *stream)
{
    struct websocket_stream *socket = of(stream);
    uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE];

    if (!push_out(socket))
        return false;
    fill_random(mask, sizeof mask);
    socket->out_to = mote_websocket_reply(&socket->websocket, socket->out, mask);
    return push_out(socket);
}

static void say_why(const struct websocket_stream *socket)
{
    const struct mote_websocket *websocket = &socket->websocket;
    char status[16] = "";

    if (websocket->status != 0)
        snprintf(status, sizeof status, " (%u)", (unsigned)websocket->status);
    mote_words_say("%s: %s%s%s%s", socket->stream.name, websocket->words, status,
                   websocket->detail[0] == '\0' ? "" : ": ", websocket->detail);
}

/* Reads up to `size` bytes and takes them. Returns how many; `*count` grows by what is payload. */
static size_t take(struct websocket_stream *socket, uint8_t *into, size_t size, size_t *count)
{
    size_t got = mote_stream_read(socket->stream.below, into, size, &socket->below);

    *count += mote_websocket_received(&socket->websocket, into, got);
    if (socket->websocket.reply_opcode != 0)
        flush(&socket->stream);
    return got;
}

static enum mote_reason failure(const struct websocket_stream *socket)
{
    if (socket->websocket.state == MOTE_WEBSOCKET_CLOSED) {
        say_why(socket);
        return socket->websocket.reason;
    }
    if (socket->below != MOTE_OK && socket->websocket.state == MOTE_WEBSOCKET_OPENING)
        mote_words_add(", instead of answering the request for a WebSocket: is there one on this port?");
    return socket->below;
}

static bool open_stream(struct mote_stream *stream, enum mote_reason *reason)
{
    struct websocket_stream *socket = of(stream);

    if (flush(stream)) {
        while (socket->websocket.state == MOTE_WEBSOCKET_OPENING &&
               take(socket, socket->early, sizeof socket->early, &socket->early_to) > 0)
            ;
    }
    *reason = failure(socket);
    if (*reason == MOTE_OK)
        mote_words_say("%s: no answer to the request for a WebSocket", stream->name);
    if (socket->websocket.state != MOTE_WEBSOCKET_OPEN)
        return false;
    mote_words_say("%s", "");
    mote_loop_wake(); /* frames may have come behind the answer */
    return true;
}

static size_t take_early(struct websocket_stream *socket, void *into, size_t size)
{
    size_t left = socket->early_to - socket->early_from;
    size_t count = left < size ? left : size;

    memcpy(into, socket->early + socket->early_from, count);
    socket->early_from += count;
    return count;
}

static size_t read_bytes(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason)
{
    struct websocket_stream *socket = of(stream);
    size_t count = take_early(socket, into, size);
    bool more = true;

    for (unsigned i = 0; more && i < READS_MAX && count < size; i++) {
        size_t room = size - count;

        more = take(socket, (uint8_t *)into + count, room, &count) == room &&
               socket->websocket.state != MOTE_WEBSOCKET_CLOSED;
    }
    if (count == 0)
        *reason = failure(socket);
    else if (more || failure(socket) != MOTE_OK)
        mote_loop_wake();
    return count;
}

static size_t write_bytes(struct mote_stream *stream, const void *bytes, size_t size)
{
    struct websocket_stream *socket = of(stream);
    uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE];
    size_t count = 0;

    while (count < size && socket->websocket.state == MOTE_WEBSOCKET_OPEN && flush(stream)) {
        size_t part = size - count < PAYLOAD_MAX ? size - count : PAYLOAD_MAX;

        fill_random(mask, sizeof mask);
        socket->out_to = mote_websocket_frame(socket->out, (const uint8_t *)bytes + count, part, mask);
        count += part;
    }
    push_out(socket);
    return count;
}

static void say_goodbye(struct mote_stream *stream)
{
    mote_websocket_close(&of(stream)->websocket);
    flush(stream);
}

static void dispose(struct mote_stream *stream)
{
    free(stream);
}

static const struct mote_stream_kind kind = {
    .open = open_stream,
    .read = read_bytes,
    .write = write_bytes,
    .flush = flush,
    .say_goodbye = say_goodbye,
    .dispose = dispose,
};

struct mote_stream *mote_websocket_stream_open(struct mote_stream *below, const struct mote_websocket_target *target)
{
    struct websocket_stream *socket = calloc(1, sizeof *socket);
    uint8_t nonce[MOTE_WEBSOCKET_NONCE_SIZE];

    if (socket == NULL)
        return NULL;
    fill_random(nonce, sizeof nonce);
    socket->stream = (struct mote_stream){.kind = &kind, .below = below, .name = below->name};
    mote_websocket_init(&socket->websocket, nonce);
    socket->out_to = mote_websocket_request(target, nonce, (char *)socket->out, sizeof socket->out);
    return &socket->stream;
}
