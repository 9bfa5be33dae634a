/* WebSocket: a client's side of RFC 6455, for MQTT (subprotocol `mqtt`), without any input or output of its own.
 *
 *     mote_websocket_init(&socket, nonce);
 *     send the bytes of mote_websocket_request()
 *     for what comes:      count = mote_websocket_received(&socket, bytes, size);  the payload is at the front of `bytes`
 *     for what is to go:   send the bytes of mote_websocket_frame()
 *     after each received: send the bytes of mote_websocket_reply(), if any
 *
 * Bytes may come cut anywhere. Nothing is kept of a payload, so frames may be of any size up to the limit.
 */
#ifndef MOTE_WEBSOCKET_H
#define MOTE_WEBSOCKET_H

#include <mote/limits.h>
#include <mote/reason.h>
#include <mote/text.h>

enum {
    MOTE_WEBSOCKET_NONCE_SIZE = 16,
    MOTE_WEBSOCKET_MASK_SIZE = 4,
    MOTE_WEBSOCKET_CONTROL_MAX = 125,
    MOTE_WEBSOCKET_HEAD_MAX = 14,                                                    /* of a frame with its mask */
    MOTE_WEBSOCKET_REPLY_MAX = MOTE_WEBSOCKET_CONTROL_MAX + MOTE_WEBSOCKET_HEAD_MAX, /* and some */
};

enum mote_websocket_state {
    MOTE_WEBSOCKET_OPENING, /* the server has not answered the request */
    MOTE_WEBSOCKET_OPEN,
    MOTE_WEBSOCKET_CLOSED, /* see the reason */
};

/* The caller's memory; the caller reads the first five. */
struct mote_websocket {
    enum mote_websocket_state state;
    enum mote_reason reason; /* why it is closed */
    const char *words;       /* the same for a person; static */
    uint16_t status;         /* of HTTP, or the server's code when it closes; 0: none */
    char detail[64];         /* the server's words on it, or where it has moved to; printable, may be empty */

    char accept[29]; /* what the server has to answer */
    char line[MOTE_WEBSOCKET_LINE_SIZE];
    uint16_t line_length;
    uint32_t header_size;
    bool has_status, has_upgrade, has_connection, has_accept, has_protocol;

    uint8_t head[10];
    uint8_t head_length;
    bool in_payload;
    bool in_message; /* the next data frame goes on with one */
    uint8_t opcode;
    uint32_t left; /* of the payload */
    uint8_t control[MOTE_WEBSOCKET_CONTROL_MAX];
    uint8_t control_length;

    uint8_t reply_opcode; /* 0: there is nothing to reply */
    uint8_t reply[MOTE_WEBSOCKET_CONTROL_MAX];
    uint8_t reply_length;
};

/* What is asked for. */
struct mote_websocket_target {
    struct mote_text host; /* an IPv6 address without brackets */
    uint16_t port;         /* 0: the scheme's own */
    struct mote_text path; /* without its first slash; empty: mqtt */
};

/* Begins. The nonce is random, and new for each connection. */
void mote_websocket_init(struct mote_websocket *socket, const uint8_t nonce[MOTE_WEBSOCKET_NONCE_SIZE]);

/* Writes the request, with the same nonce. Returns its length, 0 if it does not fit. */
size_t mote_websocket_request(const struct mote_websocket_target *target,
                              const uint8_t nonce[MOTE_WEBSOCKET_NONCE_SIZE], char *into, size_t size);

/* Takes what has come. Returns how many bytes of payload are now at the front of it. When it is closed it takes nothing
 * more; what is to be said last is a reply. */
size_t mote_websocket_received(struct mote_websocket *socket, uint8_t *bytes, size_t size);

/* Writes a frame with a payload, which takes MOTE_WEBSOCKET_HEAD_MAX bytes more than that. The mask is random, and new for
 * each frame. Returns its length. */
size_t mote_websocket_frame(uint8_t *into, const uint8_t *payload, size_t size,
                            const uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE]);

/* Writes the frame that is due to what came: a pong, or the end. Returns its length, 0 if none is. */
size_t mote_websocket_reply(struct mote_websocket *socket, uint8_t into[MOTE_WEBSOCKET_REPLY_MAX],
                            const uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE]);

/* Ends it from this side: a reply says so. */
void mote_websocket_close(struct mote_websocket *socket);

#endif
