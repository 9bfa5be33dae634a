/* Stream: one layer of a connection, over the one below it. A connection is a chain of them: a socket, and as the URL and
 * the options ask, a proxy, TLS and a WebSocket. Each is its own file; none knows which one is below or above.
 *
 * What a layer has to say on a failure, it says in words before it gives the reason.
 */
#ifndef MOTE_STREAM_H
#define MOTE_STREAM_H

#include <mote/reason.h>
#include <stdbool.h>
#include <stddef.h>

struct mote_stream;

struct mote_stream_kind {
    /* Goes on with opening, as far as it gets at once; the layer below is open. Returns whether this one is, too; if
     * not, it is to be called again when the socket is ready, unless `*reason` says why it has failed. NULL: is open as
     * soon as the one below. */
    bool (*open)(struct mote_stream *stream, enum mote_reason *reason);
    /* Reads up to `size` bytes. With none there are no more until the socket is ready; with fewer, too, or else the
     * loop is woken. When there will be none any more it returns 0 and gives the reason. NULL: as the one below. */
    size_t (*read)(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason);
    /* Takes up to `size` bytes. Takes fewer only if it has to wait for the socket to be ready. An error shows in the
     * next read. NULL: as the one below. */
    size_t (*write)(struct mote_stream *stream, const void *bytes, size_t size);
    /* Passes on what it has taken and could not pass on. Returns whether nothing is left. NULL: it never keeps any. */
    bool (*flush)(struct mote_stream *stream);
    /* Says goodbye, as far as it gets at once. NULL: does not. */
    void (*say_goodbye)(struct mote_stream *stream);
    /* Frees it. */
    void (*dispose)(struct mote_stream *stream);
};

struct mote_stream {
    const struct mote_stream_kind *kind;
    struct mote_stream *below; /* NULL: this is the lowest */
    const char *name;          /* of the other side, for messages; borrowed */
    bool is_open;
};

/* Opens all layers up to this one, each after the one below. Returns as `open` of a kind. */
bool mote_stream_open(struct mote_stream *stream, enum mote_reason *reason);

size_t mote_stream_read(struct mote_stream *stream, void *into, size_t size, enum mote_reason *reason);
size_t mote_stream_write(struct mote_stream *stream, const void *bytes, size_t size);

/* Flushes all layers up to this one. Returns whether the system has all that was written. */
bool mote_stream_flush(struct mote_stream *stream);

/* Says goodbye on all layers that are open, from this one downwards. */
void mote_stream_say_goodbye(struct mote_stream *stream);

/* Frees this one and all below. NULL is none. */
void mote_stream_dispose(struct mote_stream *stream);

#endif
