/* The defect of docs/HOSTILE.md that concerns WebSockets, against our client's side of them. */
#define _DEFAULT_SOURCE
#include "link/websocket.h"
#include "page_end.h"

static struct mote_websocket ws;

static void open_it(void)
{
    /* The example of RFC 6455, 1.3. */
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    uint8_t *bytes = page_end(PAGE_END_IN, sizeof answer - 1);

    memcpy(bytes, answer, sizeof answer - 1);
    mote_websocket_init(&ws, (const uint8_t *)"the sample nonce");
    CHECK_EQUAL(mote_websocket_received(&ws, bytes, sizeof answer - 1), 0);
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN);
}

/* Returns how much of it is payload, at its beginning. */
static size_t take(const void *bytes, size_t size)
{
    uint8_t *copy = page_end(PAGE_END_IN, size);

    memcpy(copy, bytes, size);
    return mote_websocket_received(&ws, copy, size);
}

/* CVE-2026-25627 (NanoMQ): a frame claims 4096 bytes and brings three; the claim is believed. The transport's length against what
 * is there. As many bytes are given on as have come, the rest of the frame is waited for, and what comes then is its payload, also
 * where it looks like another frame. */
static void claims_4096_and_sends_3(void)
{
    uint8_t rest[4093];

    open_it();
    CHECK_EQUAL(take("\x82\x7E\x10\x00"
                     "abc",
                     7),
                3);
    CHECK_EQUAL(memcmp(page_end(PAGE_END_IN, 7), "abc", 3), 0);
    memset(rest, 0x82, sizeof rest);
    CHECK_EQUAL(take(rest, sizeof rest), sizeof rest);
    CHECK_EQUAL(take("\x82\x01x", 3), 1);
    CHECK_EQUAL(ws.state, MOTE_WEBSOCKET_OPEN);
}

/* The same with claims up to the largest that a frame can make: nothing is reckoned with them but what is left. */
static void claims_of_every_size(void)
{
    for (unsigned bits = 16; bits < 63; bits++) {
        uint8_t frame[13] = {0x82, 0x7F};
        uint64_t claim = UINT64_C(1) << bits;
        for (unsigned i = 0; i < 8; i++)
            frame[2 + i] = (uint8_t)(claim >> (56 - 8 * i));
        memcpy(frame + 10, "abc", 3);
        open_it();
        size_t taken = take(frame, sizeof frame);
        CHECK(taken == 3 || ws.state != MOTE_WEBSOCKET_OPEN);
        if (taken == 3)
            CHECK_EQUAL(take("\x82\x01x", 3), 3);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"08 claims 4096 and sends 3", claims_4096_and_sends_3},
        {"08 claims of every size", claims_of_every_size},
    };

    return check_main("table/hostile_websocket", cases, sizeof cases / sizeof cases[0], argc, argv);
}
