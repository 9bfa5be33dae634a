/* The WebSocket of RFC 6455: the handshake, frames, what a server may not do; cut everywhere. */
#include "check.h"

#include "link/sha1.h"
#include "link/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mote_websocket ws;
static uint8_t payload[4096];
static size_t payload_size;

/* The example of RFC 6455, 1.3. */
static const uint8_t nonce[] = "the sample nonce";

#define STATUS "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: mqtt\r\n"
#define ANSWER STATUS UPGRADE ACCEPT PROTOCOL "\r\n"

static void start(void)
{
    mote_websocket_init(&ws, nonce);
    payload_size = 0;
}

/* Feeds bytes, in memory that is exactly as large, and appends what is payload. */
static void feed(const void *bytes, size_t size)
{
    uint8_t *exact = malloc(size + (size == 0));
    size_t count;

    CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    count = mote_websocket_received(&ws, exact, size);
    CHECK(count <= size && payload_size + count <= sizeof payload);
    memcpy(payload + payload_size, exact, count);
    payload_size += count;
    free(exact);
}

static void open_it(void)
{
    start();
    feed(ANSWER, sizeof ANSWER - 1);
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN);
}

#define FEED(literal) feed(literal, sizeof(literal) - 1)

/* The reply that is due, unmasked. Returns its length. */
static size_t reply(uint8_t into[MOTE_WEBSOCKET_REPLY_MAX])
{
    const uint8_t mask[4] = {0x11, 0x22, 0x33, 0x44};
    size_t size = mote_websocket_reply(&ws, into, mask);

    if (size == 0)
        return 0;
    CHECK((into[1] & 0x80) != 0);
    CHECK(memcmp(into + 2, mask, sizeof mask) == 0);
    CHECK_EQUAL(into[1] & 0x7F, size - 6);
    for (size_t i = 6; i < size; i++)
        into[i - 4] = (uint8_t)(into[i] ^ mask[(i - 6) & 3]);
    into[1] &= 0x7F;
    return size - 4;
}

static void sha1_by_its_standard(void)
{
    static const struct {
        const char *text;
        const char *digest;
    } rows[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"The quick brown fox jumps over the lazy dog", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"},
    };
    static const char *const of_a[] = {
        [55] = "c1c8bbdc22796e28c0e15163d20899b65621d65a",  [56] = "c2db330f6083854c99d4b5bfb6e8f29f201be699",
        [63] = "03f09f5b158a7a8cdad920bddc29b81c18a551f5",  [64] = "0098ba824b5c16427bd7a1122a5a442a25ec644d",
        [119] = "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56",
    };
    char digits[41], text[120];
    uint8_t digest[20];

    for (size_t row = 0; row < sizeof rows / sizeof rows[0] + 120; row++) {
        bool of_letters = row >= sizeof rows / sizeof rows[0];
        size_t length = row - sizeof rows / sizeof rows[0];
        if (of_letters && of_a[length] == NULL)
            continue;
        memset(text, 'a', sizeof text);
        mote_sha1(of_letters ? (struct mote_text){text, length} : mote_text(rows[row].text), digest);
        for (size_t i = 0; i < sizeof digest; i++)
            snprintf(digits + 2 * i, 3, "%02x", digest[i]);
        CHECK(strcmp(digits, of_letters ? of_a[length] : rows[row].digest) == 0);
    }
}

/* [MQTT3-6.0.0-3] [MQTT5-6.0.0-3] */
static void asks_as_the_standard_has_it(void)
{
    const struct {
        struct mote_websocket_target target;
        const char *begin;
    } rows[] = {
        {{MOTE_TEXT("broker"), 0, {NULL, 0}}, "GET /mqtt HTTP/1.1\r\nHost: broker\r\n"},
        {{MOTE_TEXT("broker"), 9001, MOTE_TEXT("a/b?c=d&e")}, "GET /a/b?c=d&e HTTP/1.1\r\nHost: broker:9001\r\n"},
        {{MOTE_TEXT("::1"), 80, MOTE_TEXT("/")}, "GET // HTTP/1.1\r\nHost: [::1]:80\r\n"},
        {{MOTE_TEXT("fe80::1%eth0"), 0, MOTE_TEXT("x y%\r\n\xC3\xA4#")},
         "GET /x%20y%25%0D%0A%C3%A4%23 HTTP/1.1\r\nHost: [fe80::1]\r\n"},
    };
    char request[400];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = mote_websocket_request(&rows[i].target, nonce, request, sizeof request);
        size_t begin = strlen(rows[i].begin);
        CHECK(size > begin);
        CHECK(memcmp(request, rows[i].begin, begin) == 0);
        CHECK_BYTES(request + begin, size - begin,
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n");
        for (size_t room = 0; room < size; room++)
            CHECK_EQUAL(mote_websocket_request(&rows[i].target, nonce, request, room), 0);
        CHECK_EQUAL(mote_websocket_request(&rows[i].target, nonce, request, size), size);
    }
}

static void opens(void)
{
    static const char *const answers[] = {
        ANSWER,
        "HTTP/1.1 101\r\n" PROTOCOL ACCEPT UPGRADE "\r\n",
        "HTTP/1.0 101 x\nupgrade:WebSocket\nCONNECTION: \tkeep-alive , UPGRADE \t\r\nX: y\r\n z\r\nEmpty:\r\n"
        "sec-websocket-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= \nSec-Websocket-protocol:mqtt\n"
        "Sec-WebSocket-Extensions:\n\n",
    };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        size_t size = strlen(answers[i]);
        start();
        feed(answers[i], size - 1);
        CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPENING);
        feed(answers[i] + size - 1, 1);
        CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN);
        CHECK_EQUAL(payload_size, 0);
    }
}

/* [MQTT3-6.0.0-4] [MQTT5-6.0.0-4] */
static void is_refused(void)
{
    static const struct {
        const char *answer;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"\x16\x03", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"SSH-2.0-x\r\n", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"HTTP/2.0 101 x\r\n", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"HTTP/1.1\r\n", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"HTTP/1.1 1010 x\r\n", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"HTTP/1.1 abc x\r\n", MOTE_MQTT_PROTOCOL, "not HTTP"},
        {"HTTP/1.1 200 OK\r\n\r\n", MOTE_MQTT_PROTOCOL, "no WebSocket"},
        {"HTTP/1.1 301 Moved\r\nLocation: ws://there/\r\n\r\n", MOTE_CONFIG_INVALID, "elsewhere"},
        {"HTTP/1.1 400 Bad\r\n\r\n", MOTE_MQTT_PROTOCOL, "no WebSocket"},
        {"HTTP/1.1 401 No\r\n\r\n", MOTE_MQTT_BAD_AUTH, "user name"},
        {"HTTP/1.1 403 No\r\n\r\n", MOTE_MQTT_NOT_AUTHORIZED, "permit"},
        {"HTTP/1.1 404 No\r\n\r\n", MOTE_CONFIG_INVALID, "no such path"},
        {"HTTP/1.1 407 No\r\n\r\n", MOTE_CONFIG_INVALID, "proxy"},
        {"HTTP/1.1 410 No\r\n\r\n", MOTE_CONFIG_INVALID, "no such path"},
        {"HTTP/1.1 426 Upgrade\r\n\r\n", MOTE_MQTT_PROTOCOL, "no WebSocket"},
        {"HTTP/1.1 429 No\r\n\r\n", MOTE_MQTT_QUOTA, "too many"},
        {"HTTP/1.1 500 No\r\n\r\n", MOTE_MQTT_QUOTA, "now"},
        {"HTTP/1.1 503 No\r\n\r\n", MOTE_MQTT_QUOTA, "now"},
        {STATUS ACCEPT PROTOCOL "Connection: Upgrade\r\n\r\n", MOTE_MQTT_PROTOCOL, "something other"},
        {STATUS ACCEPT PROTOCOL "Upgrade: websocket\r\n\r\n", MOTE_MQTT_PROTOCOL, "something other"},
        {STATUS ACCEPT PROTOCOL "Upgrade: websockets\r\nConnection: Upgrade\r\n\r\n", MOTE_MQTT_PROTOCOL,
         "something other"},
        {STATUS UPGRADE PROTOCOL "\r\n", MOTE_MQTT_PROTOCOL, "not understood"},
        {STATUS UPGRADE PROTOCOL "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", MOTE_MQTT_PROTOCOL,
         "another request"},
        {STATUS UPGRADE ACCEPT "\r\n", MOTE_MQTT_PROTOCOL, "not for MQTT"},
        {STATUS UPGRADE ACCEPT "Sec-WebSocket-Protocol: chat\r\n", MOTE_MQTT_PROTOCOL, "not for MQTT"},
        {STATUS UPGRADE ACCEPT PROTOCOL "Sec-WebSocket-Extensions: permessage-deflate\r\n", MOTE_MQTT_PROTOCOL,
         "extension"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        feed(rows[i].answer, strlen(rows[i].answer));
        if (ws.state != MOTE_WEBSOCKET_CLOSED || strstr(ws.words, rows[i].words) == NULL)
            check_fail(__FILE__, __LINE__, "\"%s\": %s", rows[i].answer, ws.words == NULL ? "-" : ws.words);
        CHECK_EQUAL(ws.reason, rows[i].reason);
        FEED("\x82\x01x");
        CHECK_EQUAL(payload_size, 0);
        CHECK_EQUAL(reply(payload), 0); /* nobody who speaks frames is there */
    }
    start();
    FEED("HTTP/1.1 302 x\r\nlocation: http://a\x1b[2Jb\xC3\xA4x\r\n\r\n");
    CHECK(strcmp(ws.detail, "http://a?[2Jb??x") == 0);
    CHECK_EQUAL(ws.status, 302);
}

static void limits_the_answer(void)
{
    start();
    FEED(STATUS "X: ");
    for (int i = 0; i < MOTE_WEBSOCKET_LINE_SIZE * 3; i++)
        FEED("y");
    FEED("\r\n" UPGRADE ACCEPT PROTOCOL "\r\n");
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN); /* a long line hurts nobody */
    start();
    FEED("HTTP/1.1 101 ");
    for (size_t i = 0; i < MOTE_WEBSOCKET_ANSWER_MAX - 13; i++)
        FEED("y");
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPENING);
    FEED("y");
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_CLOSED);
    CHECK(strstr(ws.words, "too long") != NULL);
}

static void takes_frames_of_all_lengths(void)
{
    static uint8_t frame[4000];
    static const size_t sizes[] = {0, 1, 125, 126, 127, 3000};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i], head = size < 126 ? 2 : 4;
        frame[0] = 0x82;
        frame[1] = (uint8_t)(size < 126 ? size : 126);
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
        for (size_t k = 0; k < size; k++)
            frame[head + k] = (uint8_t)(k * 7);
        open_it();
        feed(frame, head + size);
        feed("\x82\x01x", 3);
        CHECK_EQUAL(payload_size, size + 1);
        for (size_t k = 0; k < size; k++)
            CHECK_EQUAL(payload[k], (uint8_t)(k * 7));
        CHECK_EQUAL(payload[size], 'x');
    }
}

/* A message in three pieces with a ping between them, then one of 64-bit length of which only the head comes. */
static const char conversation[] = ANSWER "\x02\x02he\x89\x03yes\x00\x02ll\x89\x00\x80\x01o\x8a\x00\x82\x01!"
                                          "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00?";

static void check_conversation(void)
{
    uint8_t frame[MOTE_WEBSOCKET_REPLY_MAX];

    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN);
    CHECK_BYTES(payload, payload_size, "hello!?");
    CHECK_BYTES(frame, reply(frame), "8a 00"); /* of two pings the later */
    CHECK_EQUAL(reply(frame), 0);
}

/* [MQTT3-6.0.0-2] [MQTT5-6.0.0-2] */
static void may_be_cut_anywhere(void)
{
    size_t size = sizeof conversation - 1;

    for (size_t cut = 0; cut <= size; cut++) {
        start();
        feed(conversation, cut);
        feed(conversation + cut, size - cut);
        check_conversation();
    }
    start();
    for (size_t i = 0; i < size; i++)
        feed(conversation + i, 1);
    check_conversation();
}

static void answers_a_ping(void)
{
    uint8_t frame[MOTE_WEBSOCKET_REPLY_MAX], ping[127] = {0x89, 125};

    open_it();
    FEED("\x89\x04 abc");
    CHECK_BYTES(frame, reply(frame), "\x8a\x04 abc");
    memset(ping + 2, 'z', 125);
    feed(ping, sizeof ping);
    CHECK_EQUAL(reply(frame), 127);
    CHECK(memcmp(frame + 1, ping + 1, 126) == 0);
    CHECK_EQUAL(payload_size, 0);
}

/* [MQTT3-6.0.0-1] [MQTT5-6.0.0-1] */
static void refuses_wrong_frames(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *reply;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {"\xC2", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "reserved"},
        {"\xA2", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "reserved"},
        {"\x92", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "reserved"},
        {"\x83", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "unknown"},
        {"\x87", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "unknown"},
        {"\x8b", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "unknown"},
        {"\x8f", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "unknown"},
        {"\x81", 1, "\x88\x02\x03\xEB", MOTE_MQTT_PROTOCOL, "text"},
        {"\x80", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "nothing"},
        {"\x02\x00\x82", 3, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "within another"},
        {"\x02\x00\x81", 3, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "within another"},
        {"\x09", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "in pieces"},
        {"\x08", 1, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "in pieces"},
        {"\x89\x7E", 2, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "too long"},
        {"\x88\x7F", 2, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "too long"},
        {"\x82\x81", 2, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "masked"},
        {"\x82\x7E\x00\x7D", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "shortest"},
        {"\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF", 10, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "shortest"},
        {"\x82\x7F\x00\x00\x00\x01\x00\x00\x00\x00", 10, "\x88\x02\x03\xF1", MOTE_MQTT_PACKET_TOO_LARGE, "limit"},
        {"\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00", 10, "\x88\x02\x03\xF1", MOTE_MQTT_PACKET_TOO_LARGE, "limit"},
        {"\x82\x7F\x00\x00\x00\x00\x10\x00\x00\x05", 10, "\x88\x02\x03\xF1", MOTE_MQTT_PACKET_TOO_LARGE, "limit"},
        {"\x88\x01\x03", 3, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x02\x03\xE7", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x02\x03\xED", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x02\x03\xEE", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x02\x03\xF7", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x02\x13\x88", 4, "\x88\x02\x03\xEA", MOTE_MQTT_PROTOCOL, "code"},
        {"\x88\x03\x03\xE8\xFF", 5, "\x88\x02\x03\xEF", MOTE_MQTT_PROTOCOL, "UTF-8"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t frame[MOTE_WEBSOCKET_REPLY_MAX];
        open_it();
        feed(rows[i].bytes, rows[i].size - 1);
        if (ws.state != MOTE_WEBSOCKET_OPEN)
            check_fail(__FILE__, __LINE__, "row %u ends too soon: %s", (unsigned)i, ws.words);
        feed(rows[i].bytes + rows[i].size - 1, 1);
        if (ws.state != MOTE_WEBSOCKET_CLOSED || strstr(ws.words, rows[i].words) == NULL)
            check_fail(__FILE__, __LINE__, "row %u: %s", (unsigned)i, ws.words == NULL ? "-" : ws.words);
        CHECK_EQUAL(ws.reason, rows[i].reason);
        CHECK_EQUAL(reply(frame), 4);
        CHECK(memcmp(frame, rows[i].reply, 4) == 0);
        FEED("\x82\x01x");
        CHECK_EQUAL(payload_size, 0);
    }
    open_it();
    FEED("\x82\x7F\x00\x00\x00\x00\x10\x00\x00\x04?"); /* MQTT's largest packet */
    CHECK_EQUAL(payload_size, 1);
}

static void is_closed_by_the_server(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        uint16_t status;
        enum mote_reason reason;
    } rows[] = {
        {"\x88\x00", 2, 0, MOTE_TCP_RESET},
        {"\x88\x02\x03\xE8", 4, 1000, MOTE_TCP_RESET},
        {"\x88\x05\x03\xE9"
         "bye",
         7, 1001, MOTE_TCP_RESET},
        {"\x88\x02\x03\xEA", 4, 1002, MOTE_MQTT_PROTOCOL},
        {"\x88\x02\x03\xF0", 4, 1008, MOTE_MQTT_NOT_AUTHORIZED},
        {"\x88\x02\x03\xF1", 4, 1009, MOTE_MQTT_PACKET_TOO_LARGE},
        {"\x88\x02\x03\xF5", 4, 1013, MOTE_MQTT_QUOTA},
        {"\x88\x02\x0F\xA0", 4, 4000, MOTE_TCP_RESET},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t frame[MOTE_WEBSOCKET_REPLY_MAX];
        size_t echoed = rows[i].size < 4 ? 2 : 4;
        open_it();
        feed(rows[i].bytes, rows[i].size);
        CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_CLOSED);
        CHECK_EQUAL(ws.reason, rows[i].reason);
        CHECK_EQUAL(ws.status, rows[i].status);
        CHECK_EQUAL(reply(frame), echoed);
        CHECK_EQUAL(frame[0], 0x88);
        CHECK_EQUAL(frame[1], echoed - 2);
        CHECK(memcmp(frame + 2, rows[i].bytes + 2, echoed - 2) == 0);
        mote_websocket_close(&ws);
        CHECK_EQUAL(reply(frame), 0); /* once is enough */
    }
    CHECK_EQUAL(strlen(ws.detail), 0);
}

static void closes(void)
{
    uint8_t frame[MOTE_WEBSOCKET_REPLY_MAX];

    open_it();
    mote_websocket_close(&ws);
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_CLOSED);
    CHECK_BYTES(frame, reply(frame), "\x88\x02\x03\xE8");
    start();
    mote_websocket_close(&ws);
    CHECK_EQUAL(reply(frame), 0);
}

/* [MQTT3-6.0.0-1] [MQTT5-6.0.0-1] */
static void masks_what_it_sends(void)
{
    static uint8_t data[70000], frame[70000 + MOTE_WEBSOCKET_HEAD_MAX];
    static const struct {
        size_t size;
        const char *head;
        size_t head_size;
    } rows[] = {
        {0, "\x82\x80", 2},
        {1, "\x82\x81", 2},
        {125, "\x82\xFD", 2},
        {126, "\x82\xFE\x00\x7E", 4},
        {65535, "\x82\xFE\xFF\xFF", 4},
        {65536, "\x82\xFF\x00\x00\x00\x00\x00\x01\x00\x00", 10},
    };
    static const uint8_t mask[4] = {1, 0x80, 0xFF, 0x10};

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t head = rows[i].head_size;
        CHECK_EQUAL(mote_websocket_frame(frame, data, rows[i].size, mask), head + 4 + rows[i].size);
        CHECK(memcmp(frame, rows[i].head, head) == 0);
        CHECK(memcmp(frame + head, mask, 4) == 0);
        for (size_t k = 0; k < rows[i].size; k++)
            CHECK_EQUAL(frame[head + 4 + k] ^ mask[k % 4], data[k]);
    }
}

/* Whatever comes, it does not leave its memory (AddressSanitizer looks on), and it ends the same however it is cut. */
static void survives_anything(void)
{
    uint32_t seed = 20261125;

    for (int round = 0; round < 3000; round++) {
        uint8_t bytes[80];
        struct mote_websocket whole;
        size_t whole_size;

        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(seed >> 24);
            if (i % 5 == 0)
                bytes[i] = (uint8_t) "\x82\x02\x00\x89\x03"[bytes[i] % 5];
        }
        open_it();
        feed(bytes, sizeof bytes);
        whole = ws;
        whole_size = payload_size;
        open_it();
        for (size_t i = 0; i < sizeof bytes; i += 1 + bytes[i] % 3)
            feed(bytes + i, i + 1 + bytes[i] % 3 > sizeof bytes ? sizeof bytes - i : 1u + bytes[i] % 3);
        CHECK_EQUAL(ws.state, whole.state);
        CHECK(ws.words == whole.words);
        CHECK_EQUAL(payload_size, whole_size);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"sha1-by-its-standard", sha1_by_its_standard},
        {"asks-as-the-standard-has-it", asks_as_the_standard_has_it},
        {"opens", opens},
        {"is-refused", is_refused},
        {"limits-the-answer", limits_the_answer},
        {"takes-frames-of-all-lengths", takes_frames_of_all_lengths},
        {"may-be-cut-anywhere", may_be_cut_anywhere},
        {"answers-a-ping", answers_a_ping},
        {"refuses-wrong-frames", refuses_wrong_frames},
        {"is-closed-by-the-server", is_closed_by_the_server},
        {"closes", closes},
        {"masks-what-it-sends", masks_what_it_sends},
        {"survives-anything", survives_anything},
    };

    return check_main("unit/websocket", cases, sizeof cases / sizeof cases[0], argc, argv);
}
