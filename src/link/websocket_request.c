/* The request, and what a server that understands it has to answer. */
#include "link/sha1.h"
#include "link/websocket_parts.h"

#include <string.h>

enum { KEY_LENGTH = 24 };

struct writer {
    char *at;
    size_t left;
    bool full;
};

static void put_byte(struct writer *writer, char c)
{
    if (writer->left == 0) {
        writer->full = true;
        return;
    }
    *writer->at++ = c;
    writer->left--;
}

static void put(struct writer *writer, struct mote_text text)
{
    for (size_t i = 0; i < text.length; i++)
        put_byte(writer, text.data[i]);
}

/* RFC 4648, 4. Writes a NUL behind. */
static void base64(const uint8_t *bytes, size_t size, char *into)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;

        group |= i + 1 < size ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < size ? bytes[i + 2] : 0;
        *into++ = digits[group >> 18];
        *into++ = digits[group >> 12 & 63];
        *into++ = '=';
        *into++ = '=';
        if (i + 1 < size)
            into[-2] = digits[group >> 6 & 63];
        if (i + 2 < size)
            into[-1] = digits[group & 63];
    }
    *into = '\0';
}

void mote_websocket_init(struct mote_websocket *socket, const uint8_t nonce[MOTE_WEBSOCKET_NONCE_SIZE])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_LENGTH + sizeof guid];
    uint8_t digest[MOTE_SHA1_SIZE];

    *socket = (struct mote_websocket){.state = MOTE_WEBSOCKET_OPENING};
    base64(nonce, MOTE_WEBSOCKET_NONCE_SIZE, text);
    memcpy(text + KEY_LENGTH, guid, sizeof guid);
    mote_sha1(mote_text(text), digest);
    base64(digest, sizeof digest, socket->accept);
}

/* The URL's path was decoded: what a request cannot have as it is, is encoded again. A query stays one. */
static void put_path(struct writer *writer, struct mote_text path)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char never[] = "\"#%<>\\^`{|}";

    put_byte(writer, '/');
    for (size_t i = 0; i < path.length; i++) {
        uint8_t byte = (uint8_t)path.data[i];
        bool plain = byte > ' ' && byte < 0x7F;

        for (const char *c = never; plain && *c != '\0'; c++)
            plain = byte != (uint8_t)*c;
        if (plain) {
            put_byte(writer, (char)byte);
        } else {
            put_byte(writer, '%');
            put_byte(writer, hex[byte >> 4]);
            put_byte(writer, hex[byte & 15]);
        }
    }
}

static bool is_ipv6(struct mote_text host)
{
    for (size_t i = 0; i < host.length; i++) {
        if (host.data[i] == ':')
            return true;
    }
    return false;
}

/* A zone means something on this machine only. */
static void put_host(struct writer *writer, struct mote_text host, uint16_t port)
{
    bool brackets = is_ipv6(host);
    char digits[11];

    if (brackets)
        put_byte(writer, '[');
    for (size_t i = 0; i < host.length && host.data[i] != '%'; i++)
        put_byte(writer, host.data[i]);
    if (brackets)
        put_byte(writer, ']');
    if (port != 0) {
        put_byte(writer, ':');
        put(writer, mote_text_from_number(port, digits));
    }
}

size_t mote_websocket_request(const struct mote_websocket_target *target,
                              const uint8_t nonce[MOTE_WEBSOCKET_NONCE_SIZE], char *into, size_t size)
{
    struct writer writer = {into, size, false};
    char key[KEY_LENGTH + 1];

    base64(nonce, MOTE_WEBSOCKET_NONCE_SIZE, key);
    put(&writer, MOTE_TEXT("GET "));
    put_path(&writer, target->path.length == 0 ? MOTE_TEXT("mqtt") : target->path);
    put(&writer, MOTE_TEXT(" HTTP/1.1\r\nHost: "));
    put_host(&writer, target->host, target->port);
    put(&writer, MOTE_TEXT("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "));
    put(&writer, mote_text(key));
    put(&writer, MOTE_TEXT("\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n"));
    return writer.full ? 0 : size - writer.left;
}
