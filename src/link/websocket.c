#include "link/websocket_parts.h"

#include <string.h>

enum {
    OPCODE_CONTINUATION = 0,
    OPCODE_TEXT = 1,
    OPCODE_BINARY = 2,
    OPCODE_CLOSE = 8,
    OPCODE_PING = 9,
    OPCODE_PONG = 10,

    IS_LAST = 0x80,
    RESERVED = 0x70,
    IS_MASKED = 0x80,
    LENGTH_16 = 126,
    LENGTH_64 = 127,

    CODE_NORMAL = 1000,
    CODE_PROTOCOL = 1002,
    CODE_UNACCEPTABLE = 1003,
    CODE_NONE = 1005, /* stands for none being there, and is never sent */
    CODE_NOT_UTF8 = 1007,
    CODE_TOO_LARGE = 1009,
};

/* --- Ending it --- */

void mote_websocket_end(struct mote_websocket *socket, enum mote_reason reason, const char *words)
{
    socket->state = MOTE_WEBSOCKET_CLOSED;
    socket->reason = reason;
    socket->words = words;
}

void mote_websocket_note(struct mote_websocket *socket, struct mote_text words)
{
    size_t length = words.length < sizeof socket->detail ? words.length : sizeof socket->detail - 1;

    for (size_t i = 0; i < length; i++) {
        char c = words.data[i];
        socket->detail[i] = (char)(c < ' ' || c > '~' ? '?' : c);
    }
    socket->detail[length] = '\0';
}

static void reply(struct mote_websocket *socket, uint8_t opcode, const uint8_t *payload, uint8_t length)
{
    socket->reply_opcode = opcode;
    socket->reply_length = length;
    memcpy(socket->reply, payload, length);
}

static void reply_close(struct mote_websocket *socket, uint16_t code)
{
    const uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

    reply(socket, OPCODE_CLOSE, payload, code == CODE_NONE ? 0 : sizeof payload);
}

static void fail(struct mote_websocket *socket, uint16_t code, const char *words)
{
    reply_close(socket, code);
    mote_websocket_end(socket, code == CODE_TOO_LARGE ? MOTE_MQTT_PACKET_TOO_LARGE : MOTE_MQTT_PROTOCOL, words);
}

void mote_websocket_close(struct mote_websocket *socket)
{
    if (socket->state != MOTE_WEBSOCKET_OPEN)
        return;
    reply_close(socket, CODE_NORMAL);
    mote_websocket_end(socket, MOTE_TCP_RESET, "this side has closed the WebSocket");
}

/* --- Control frames --- */

/* May a close frame have this code? RFC 6455, 7.4, and IANA's registry. */
static bool is_code(uint16_t code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != CODE_NONE && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static enum mote_reason reason_of_code(uint16_t code)
{
    switch (code) {
    case CODE_PROTOCOL:
    case CODE_UNACCEPTABLE:
    case CODE_NOT_UTF8:
        return MOTE_MQTT_PROTOCOL;
    case 1008: /* its policy is violated */
        return MOTE_MQTT_NOT_AUTHORIZED;
    case CODE_TOO_LARGE:
        return MOTE_MQTT_PACKET_TOO_LARGE;
    case 1013: /* try again later */
        return MOTE_MQTT_QUOTA;
    default:
        return MOTE_TCP_RESET;
    }
}

static void take_close(struct mote_websocket *socket)
{
    const uint8_t *payload = socket->control;
    struct mote_text words = {(const char *)payload + 2, 0};
    uint16_t code = CODE_NONE;

    if (socket->control_length >= 2) {
        code = (uint16_t)(payload[0] << 8 | payload[1]);
        words.length = socket->control_length - 2u;
    }
    if (socket->control_length == 1 || (socket->control_length > 0 && !is_code(code))) {
        fail(socket, CODE_PROTOCOL, "the server closes the WebSocket with a code that does not exist");
        return;
    }
    if (!mote_text_is_utf8(words)) {
        fail(socket, CODE_NOT_UTF8, "the server closes the WebSocket with words that are not UTF-8");
        return;
    }
    socket->status = code == CODE_NONE ? 0 : code;
    mote_websocket_note(socket, words);
    reply_close(socket, code);
    mote_websocket_end(socket, reason_of_code(code), "the server closes the WebSocket");
}

/* --- Frames --- */

static void end_frame(struct mote_websocket *socket)
{
    socket->in_payload = false;
    socket->head_length = 0;
    if (socket->opcode == OPCODE_PING)
        reply(socket, OPCODE_PONG, socket->control, socket->control_length);
    else if (socket->opcode == OPCODE_CLOSE)
        take_close(socket);
}

static void begin_payload(struct mote_websocket *socket, uint32_t length)
{
    socket->left = length;
    socket->in_payload = true;
    socket->control_length = 0;
    if (length == 0)
        end_frame(socket);
}

static bool is_control(uint8_t opcode)
{
    return opcode >= OPCODE_CLOSE;
}

/* What is wrong with the first byte of a frame; NULL: nothing. */
static const char *fault_of_kind(const struct mote_websocket *socket, uint8_t byte)
{
    uint8_t opcode = byte & 15;

    if ((byte & RESERVED) != 0)
        return "a frame of the WebSocket has reserved bits set";
    if (opcode > OPCODE_PONG || (opcode > OPCODE_BINARY && opcode < OPCODE_CLOSE))
        return "a frame of the WebSocket is of an unknown kind";
    if (is_control(opcode) && (byte & IS_LAST) == 0)
        return "a control frame of the WebSocket is in pieces";
    if (!is_control(opcode) && (opcode == OPCODE_CONTINUATION) != socket->in_message)
        return socket->in_message ? "a message of the WebSocket begins within another"
                                  : "a frame of the WebSocket goes on with nothing";
    return NULL;
}

static void take_kind(struct mote_websocket *socket, uint8_t byte)
{
    const char *fault = fault_of_kind(socket, byte);

    socket->opcode = byte & 15;
    if (fault != NULL)
        fail(socket, CODE_PROTOCOL, fault);
    else if (socket->opcode == OPCODE_TEXT)
        fail(socket, CODE_UNACCEPTABLE, "the server sends text, which MQTT never is");
    else if (!is_control(socket->opcode))
        socket->in_message = (byte & IS_LAST) == 0;
}

static void take_short_length(struct mote_websocket *socket, uint8_t byte)
{
    if ((byte & IS_MASKED) != 0)
        fail(socket, CODE_PROTOCOL, "a frame of the WebSocket is masked, which a server's never is");
    else if (is_control(socket->opcode) && byte > MOTE_WEBSOCKET_CONTROL_MAX)
        fail(socket, CODE_PROTOCOL, "a control frame of the WebSocket is too long");
    else if (byte < LENGTH_16)
        begin_payload(socket, byte);
}

static void take_long_length(struct mote_websocket *socket)
{
    unsigned size = socket->head_length - 2u;
    bool excessive = false;
    uint32_t length = 0;

    for (unsigned i = 0; i < size; i++) {
        excessive = excessive || length >> 24 != 0;
        length = (length & 0xFFFFFF) << 8 | socket->head[2 + i];
    }
    if (!excessive && length < (size == 2 ? LENGTH_16 : 65536u))
        fail(socket, CODE_PROTOCOL, "the length of a frame of the WebSocket is not in its shortest form");
    else if (excessive || length > MOTE_WEBSOCKET_FRAME_MAX)
        fail(socket, CODE_TOO_LARGE, "a frame of the WebSocket is larger than the limit");
    else
        begin_payload(socket, length);
}

static void take_head(struct mote_websocket *socket, uint8_t byte)
{
    uint8_t kind_of_length;

    socket->head[socket->head_length++] = byte;
    if (socket->head_length == 1) {
        take_kind(socket, byte);
        return;
    }
    if (socket->head_length == 2) {
        take_short_length(socket, byte);
        return;
    }
    kind_of_length = socket->head[1];
    if (socket->head_length == (kind_of_length == LENGTH_16 ? 4 : 10))
        take_long_length(socket);
}

/* Payload of messages moves to the front, over the heads that were before it. */
static size_t take_payload(struct mote_websocket *socket, uint8_t *front, const uint8_t *bytes, size_t size)
{
    size_t count = size < socket->left ? size : socket->left;

    if (is_control(socket->opcode)) {
        memcpy(socket->control + socket->control_length, bytes, count);
        socket->control_length = (uint8_t)(socket->control_length + count);
    } else {
        memmove(front, bytes, count);
    }
    socket->left -= (uint32_t)count;
    if (socket->left == 0)
        end_frame(socket);
    return count;
}

size_t mote_websocket_received(struct mote_websocket *socket, uint8_t *bytes, size_t size)
{
    size_t from = 0, to = 0;

    while (from < size && socket->state != MOTE_WEBSOCKET_CLOSED) {
        if (socket->state == MOTE_WEBSOCKET_OPENING) {
            mote_websocket_take_answer(socket, bytes[from++]);
        } else if (!socket->in_payload) {
            take_head(socket, bytes[from++]);
        } else {
            bool control = is_control(socket->opcode);
            size_t count = take_payload(socket, bytes + to, bytes + from, size - from);
            from += count;
            to += control ? 0 : count;
        }
    }
    return to;
}

/* --- What goes out --- */

static size_t write_frame(uint8_t *into, uint8_t opcode, const uint8_t *payload, size_t size,
                          const uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE])
{
    unsigned length_size = size < LENGTH_16 ? 0 : size < 65536 ? 2 : 8;
    uint8_t *at = into + 2;

    into[0] = (uint8_t)(IS_LAST | opcode);
    into[1] = (uint8_t)(IS_MASKED | (length_size == 0 ? (unsigned)size : length_size == 2 ? LENGTH_16 : LENGTH_64));
    for (unsigned i = length_size; i > 0; i--)
        *at++ = (uint8_t)(i > 4 ? 0 : size >> (8 * (i - 1)));
    memcpy(at, mask, MOTE_WEBSOCKET_MASK_SIZE);
    at += MOTE_WEBSOCKET_MASK_SIZE;
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(payload[i] ^ mask[i & 3]);
    return (size_t)(at - into) + size;
}

size_t mote_websocket_frame(uint8_t *into, const uint8_t *payload, size_t size,
                            const uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE])
{
    return write_frame(into, OPCODE_BINARY, payload, size, mask);
}

size_t mote_websocket_reply(struct mote_websocket *socket, uint8_t into[MOTE_WEBSOCKET_REPLY_MAX],
                            const uint8_t mask[MOTE_WEBSOCKET_MASK_SIZE])
{
    uint8_t opcode = socket->reply_opcode;

    socket->reply_opcode = 0;
    return opcode == 0 ? 0 : write_frame(into, opcode, socket->reply, socket->reply_length, mask);
}
