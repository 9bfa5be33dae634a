/* The setup portal and somebody who has joined its access point: any bytes over HTTP and DNS, in any pieces, on several
 * connections, while time goes by. It keeps within its memory, says nothing that it must not say, and what it says is HTTP and
 * UTF-8. */
#include "fuzz.h"

#include "setup/inside.h"
#include <mote/port.h>

enum { COMMANDS_MAX = 60, SECRETS = 3 };

static const char *const secrets[SECRETS] = {"kept-network-key", "kept-broker-password", "kept-point-key"};

static struct {
    uint64_t now_ms;
    uint32_t random;
    bool own;
    bool serving;
    struct mote_server_handler handler;
    struct mote_node node;
    struct mote_setup setup;
    struct mote_text names;
} world;

/* --- A port with a radio that finds what the input says, and links that never open --- */

static uint64_t now_ms(void *context)
{
    (void)context;
    return world.now_ms;
}

static uint32_t random_bits(void *context)
{
    (void)context;
    return world.random += 0x9E3779B9u;
}

static void wait_until(void *context, uint64_t deadline_ms)
{
    (void)context;
    (void)deadline_ms;
}

static enum mote_reason set_active(void *context, enum mote_wifi_role role, bool active)
{
    (void)context;
    if (role == MOTE_ACCESS_POINT)
        world.own = active;
    return MOTE_OK;
}

static bool is_active(void *context, enum mote_wifi_role role)
{
    (void)context;
    return role == MOTE_STATION || world.own;
}

static enum mote_reason scan(void *context)
{
    (void)context;
    return MOTE_OK;
}

static int scan_results(void *context, struct mote_wifi_found *found, int max)
{
    size_t at = 0;
    int count = 0;

    (void)context;
    while (count < max && at < world.names.length) {
        size_t size = (size_t)(world.names.data[at] & 31) + 1;

        size = size < world.names.length - at ? size : world.names.length - at;
        found[count] = (struct mote_wifi_found){.signal_dbm = (int8_t)(-40 - count), .open = count % 2 == 0};
        memcpy(found[count].ssid, world.names.data + at, size < 32 ? size : 32);
        at += size;
        count++;
    }
    return count;
}

static enum mote_reason join(void *context, const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    (void)context;
    (void)aim;
    FUZZ_CHECK(strlen(network->ssid) >= 1 && strlen(network->ssid) <= 32);
    return MOTE_OK;
}

static void leave(void *context)
{
    (void)context;
}

static void status(void *context, struct mote_wifi_status *into)
{
    (void)context;
    *into = (struct mote_wifi_status){.state = MOTE_WIFI_CONNECTING};
}

static enum mote_reason name_point(void *context, const char *ssid, const char *key)
{
    (void)context;
    FUZZ_CHECK(strlen(ssid) <= 32 && strcmp(key, secrets[2]) == 0);
    return MOTE_OK;
}

static enum mote_reason serve(void *context, const struct mote_server_handler *handler, uint8_t address[4])
{
    static const uint8_t ours[4] = {10, 0, 0, 1};

    (void)context;
    world.handler = *handler;
    world.serving = true;
    memcpy(address, ours, sizeof ours);
    return MOTE_OK;
}

static void drop(void *context, unsigned connection)
{
    (void)context;
    FUZZ_CHECK(connection < world.handler.connections);
}

static void end_serving(void *context)
{
    (void)context;
    world.serving = false;
}

static enum mote_reason open_link(void *context, struct mote_link *link, const struct mote_url *url)
{
    (void)context;
    (void)url;
    link->state = MOTE_LINK_OPENING;
    return MOTE_OK;
}

static void close_link(void *context, struct mote_link *link, bool abort)
{
    (void)context;
    (void)abort;
    link->state = MOTE_LINK_CLOSED;
}

static void install(void)
{
    static const struct mote_link_port links = {.open = open_link, .close = close_link};
    static const struct mote_server_port servers = {serve, drop, end_serving};
    static const struct mote_radio_port radio = {.set_active = set_active,
                                                 .is_active = is_active,
                                                 .scan = scan,
                                                 .scan_results = scan_results,
                                                 .connect = join,
                                                 .disconnect = leave,
                                                 .status = status,
                                                 .access_point = name_point};
    static const struct mote_port port = {.now_ms = now_ms,
                                          .random = random_bits,
                                          .wait = wait_until,
                                          .link = &links,
                                          .radio = &radio,
                                          .server = &servers};

    mote_port_install(&port);
}

/* --- What it says --- */

/* Byte by byte, so that the fuzzer does not learn from it what to type. */
static bool has(const char *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at + length <= size; at++) {
        size_t same = 0;

        while (same < length && bytes[at + same] == text[same])
            same++;
        if (same == length)
            return true;
    }
    return false;
}

static void check_answer(const char *answer, size_t size)
{
    const char *body = memmem(answer, size, "\r\n\r\n", 4);

    FUZZ_CHECK(size > 9 && memcmp(answer, "HTTP/1.1 ", 9) == 0 && body != NULL);
    FUZZ_CHECK(mote_text_is_utf8((struct mote_text){answer, size}) || size > UINT16_MAX);
    for (int i = 0; i < SECRETS; i++)
        FUZZ_CHECK(!has(answer, size, secrets[i]));
    FUZZ_CHECK(!has(body, size - (size_t)(body - answer), "<script>"));
}

/* Reads all of an answer, in pieces of a size. */
static void read_answer(unsigned connection, size_t piece)
{
    static char answer[65536];
    size_t size = 0;

    while (!world.handler.is_done(world.handler.context, connection)) {
        char *room = malloc(piece);
        FUZZ_CHECK(room != NULL);
        size_t count = world.handler.output(world.handler.context, connection, room, piece);

        FUZZ_CHECK(count <= piece && size + count <= sizeof answer);
        memcpy(answer + size, room, count);
        free(room);
        size += count;
        if (count == 0 && !world.handler.is_done(world.handler.context, connection))
            return; /* it has not asked for anything yet */
    }
    check_answer(answer, size);
    world.handler.closed(world.handler.context, connection);
}

static void ask_name(struct mote_text query)
{
    uint8_t *copy = (uint8_t *)fuzz_copy(query);
    uint8_t answer[300];
    size_t size = world.handler.answer(world.handler.context, copy, query.length, answer, sizeof answer);

    FUZZ_CHECK(size <= sizeof answer && (size == 0 || (answer[2] & 0x80) != 0));
    free(copy);
}

/* --- Commands --- */

static void receive(unsigned connection, struct mote_text bytes)
{
    char *copy = fuzz_copy(bytes);

    world.handler.received(world.handler.context, connection, copy, bytes.length);
    free(copy);
}

static void receive_form(unsigned connection, struct mote_text form)
{
    char head[160];
    int size = snprintf(head, sizeof head, "POST /setup HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: %zu\r\n\r\n",
                        form.length);

    receive(connection, (struct mote_text){head, (size_t)size});
    receive(connection, form);
}

static void run_command(struct fuzz_input *input)
{
    unsigned connection = fuzz_below(input, MOTE_SETUP_CONNECTIONS);

    switch (fuzz_below(input, 8)) {
    case 0:
        world.handler.accept(world.handler.context);
        break;
    case 1:
    case 2:
        receive(connection, fuzz_text(input));
        break;
    case 3:
        receive_form(connection, fuzz_text(input));
        break;
    case 4:
        ask_name(fuzz_text(input));
        break;
    case 5:
        world.now_ms += (uint64_t)fuzz_u16(input);
        mote_node_turn(&world.node);
        break;
    case 6:
        receive(connection, MOTE_TEXT("GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"));
        break;
    default:
        read_answer(connection, 16u + fuzz_u8(input));
    }
}

static void start(struct fuzz_input *input)
{
    static const struct mote_node_config config = {
        .id = "lamp",
        .networks = {{.ssid = "known", .password = "kept-network-key"}},
        .broker = "mqtt://joe:kept-broker-password@broker",
    };

    memset(&world, 0, sizeof world);
    world.now_ms = 1000;
    world.names = fuzz_text(input);
    world.setup = (struct mote_setup){.key = secrets[2]};
    FUZZ_CHECK(mote_node_init(&world.node, &config) == MOTE_OK);
    FUZZ_CHECK(mote_node_add_setup(&world.node, &world.setup) == MOTE_OK);
    mote_setup_open(&world.setup);
    mote_node_turn(&world.node);
    FUZZ_CHECK(world.serving);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, data + size};

    install();
    start(&input);
    for (int i = 0; i < COMMANDS_MAX && fuzz_left(&input) > 0 && world.serving; i++)
        run_command(&input);
    mote_setup_close(&world.setup);
    FUZZ_CHECK(!world.own && !world.serving);
    return 0;
}
