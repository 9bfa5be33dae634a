/* A WebSocket's client and a server that says anything: it keeps within its memory and its states, and hears the same
 * however the bytes are cut. */
#include "fuzz.h"

#include "link/websocket.h"

#define ANSWER                                                                                                         \
    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                                                  \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"

static const uint8_t nonce[] = "the sample nonce";
static const uint8_t mask[4] = {1, 2, 3, 4};

struct heard {
    struct mote_websocket socket;
    size_t size;
    uint8_t *payload;
};

static void check_state(struct mote_websocket *socket)
{
    uint8_t reply[MOTE_WEBSOCKET_REPLY_MAX];
    bool closed = socket->state == MOTE_WEBSOCKET_CLOSED;

    FUZZ_CHECK(closed == (socket->reason != MOTE_OK) && closed == (socket->words != NULL));
    FUZZ_CHECK(memchr(socket->detail, '\0', sizeof socket->detail) != NULL);
    size_t size = mote_websocket_reply(socket, reply, mask);
    FUZZ_CHECK(size == 0 || (size >= 6 && size <= sizeof reply && (reply[0] & 0x88) == 0x88));
    FUZZ_CHECK(mote_websocket_reply(socket, reply, mask) == 0);
}

/* Gives it the bytes in pieces of what the seed says, each in memory of its size. */
static void hear(struct heard *heard, bool is_open, struct mote_text bytes, uint8_t seed)
{
    uint8_t answer[] = ANSWER;
    size_t at = 0;

    mote_websocket_init(&heard->socket, nonce);
    heard->size = 0;
    heard->payload = malloc(bytes.length + 1);
    FUZZ_CHECK(heard->payload != NULL);
    if (is_open)
        FUZZ_CHECK(mote_websocket_received(&heard->socket, answer, sizeof answer - 1) == 0);
    while (at < bytes.length) {
        size_t most = seed == 0 ? bytes.length : seed % 7 + 1u;
        size_t size = bytes.length - at < most ? bytes.length - at : most;
        uint8_t *piece = (uint8_t *)fuzz_copy((struct mote_text){bytes.data + at, size});
        size_t count = mote_websocket_received(&heard->socket, piece, size);

        FUZZ_CHECK(count <= size);
        memcpy(heard->payload + heard->size, piece, count);
        heard->size += count;
        free(piece);
        at += size;
        seed = (uint8_t)(seed == 0 ? 0 : seed / 2 + 128 * (seed % 2));
    }
    check_state(&heard->socket);
}

static void check_request(struct mote_text path)
{
    const struct mote_websocket_target target = {.host = path, .port = 1, .path = path};
    size_t room = 4 * path.length + 300;
    char *request = malloc(room);

    FUZZ_CHECK(request != NULL);
    size_t size = mote_websocket_request(&target, nonce, request, room);
    FUZZ_CHECK(size > 0 && memcmp(request, "GET /", 5) == 0 && memcmp(request + size - 4, "\r\n\r\n", 4) == 0);
    const char *line_end = memchr(request, '\n', size);
    FUZZ_CHECK(memcmp(line_end - 10, " HTTP/1.1\r", 10) == 0); /* whatever the path is, it is one line */
    FUZZ_CHECK(mote_websocket_request(&target, nonce, request, size - 1) == 0);
    free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};
    bool is_open = fuzz_bool(&input);
    uint8_t seed = fuzz_u8(&input);
    struct mote_text bytes = fuzz_rest(&input);
    struct heard whole, cut;

    hear(&whole, is_open, bytes, 0);
    hear(&cut, is_open, bytes, seed);
    FUZZ_CHECK(whole.socket.state == cut.socket.state && whole.socket.words == cut.socket.words);
    FUZZ_CHECK(whole.size == cut.size && memcmp(whole.payload, cut.payload, whole.size) == 0);
    free(whole.payload);
    free(cut.payload);
    check_request(bytes);
    return 0;
}
