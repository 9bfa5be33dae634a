#include "board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "board_json.h"
#include "cli.h"
#include <mote/mqtt.h>

static void changed(struct board *board)
{
    board->version++;
    if (board->server != NULL) {
        web_server_notify(board->server);
    }
}

/* --- What happens on the board --- */

static void on_state(struct mote_node *node, void *context)
{
    struct board *const board = context;

    state_log_write(&board->log, node);
    changed(board);
}

static void on_pin(struct mote_sim *sim, uint16_t number, void *context)
{
    (void)sim;
    (void)number;
    changed(context);
}

static void forget_message(struct board_message *message)
{
    free(message->topic);
    free(message->payload);
    *message = (struct board_message){.id = 0};
}

static void write_time(char into[16])
{
    struct timespec now;
    struct tm local;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    const size_t used = strftime(into, 16, "%H:%M:%S", &local);

    snprintf(into + used, 16 - used, ".%03u", (unsigned)(now.tv_nsec / 1000000) % 1000u);
}

/* Without a character that was cut in two at the end. */
static struct mote_text whole_characters(struct mote_text text)
{
    size_t rest = 0; /* bytes of the last character, but its first */

    while (rest < 3 && rest < text.length && (text.data[text.length - 1 - rest] & 0xc0) == 0x80) {
        rest++;
    }
    if (rest < text.length) {
        const unsigned char first = (unsigned char)text.data[text.length - 1 - rest];
        const size_t wanted = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;

        text.length -= rest < wanted ? rest + 1 : 0;
    }
    return text;
}

/* What is shown of a message's payload. */
static struct mote_text payload_shown(const struct mote_message *message, size_t size)
{
    struct mote_text payload = message->payload;

    if (payload.length > BOARD_PAYLOAD_MAX) {
        payload.length = BOARD_PAYLOAD_MAX;
    }
    return payload.length < size ? whole_characters(payload) : payload;
}

static void on_message(struct mote_node *node, const struct mote_message *message, bool sent, void *context)
{
    struct board *const board = context;
    struct board_message *entry;
    const size_t size = sent ? message->payload.length : message->payload_size;
    const struct mote_text payload = payload_shown(message, size);

    (void)node;
    if (message->payload_offset != 0) {
        return; /* a further piece of one that is listed already */
    }
    entry = &board->messages[++board->message_id % BOARD_MESSAGES_MAX];
    forget_message(entry);
    *entry = (struct board_message){
        .id = board->message_id,
        .at_ms = mote_now_ms(),
        .sent = sent,
        .retain = message->retain,
        .qos = (uint8_t)message->qos,
        .topic = board_json_text(message->topic),
        .payload = board_json_text(payload),
        .size = size,
        .cut = payload.length < size,
    };
    write_time(entry->time);
    changed(board);
}

/* --- Power, and whose broker it is --- */

void board_broker_url(const char *text, char *into, size_t size)
{
    struct mote_url url;
    char memory[MOTE_URL_SIZE];

    into[0] = '\0';
    if (mote_url_parse(&url, mote_text(text), memory, sizeof(memory), NULL) == MOTE_OK) {
        cli_print_url(&url, into, size);
    }
    memset(memory, 0, sizeof(memory));
}

static void stop_page_client(struct board *board)
{
    if (board->has_page_client) {
        mote_node_abort(&board->page);
    }
    board->has_page_client = false;
}

static bool start_page_client(struct board *board)
{
    const struct mote_port *const port = mote_port();
    const struct mote_node_config config = {
        .id = board->page_id,
        .broker = board->node.config.broker,
        .link = board->config->node.link,
        .retry_delay_ms_max = 5000,
        .no_status = true,
    };

    snprintf(board->page_id, sizeof(board->page_id), "mote-page-%08x", (unsigned)port->random(port->context));
    board->has_page_client = mote_node_init(&board->page, &config) == MOTE_OK;
    return board->has_page_client;
}

/* The page goes where the node goes, once that is settled. */
static bool follow_broker(struct board *board)
{
    const char *const url = board->node.config.broker;
    const bool own = board->embedded != NULL && url != NULL && strcmp(url, embedded_url(board->embedded)) == 0;

    board->broker = own ? board->embedded : NULL;
    board_broker_url(url, board->broker_url, sizeof(board->broker_url));
    stop_page_client(board);
    return own || url == NULL || start_page_client(board);
}

static void on_setup(struct mote_setup *setup, void *context)
{
    struct board *const board = context;

    state_log_setup(setup, board->config->node.id);
    if (mote_setup_state(setup) == MOTE_SETUP_CONFIRMED) {
        follow_broker(board);
    }
    changed(board);
}

static bool start_node(struct board *board)
{
    const bool started = config_start_node(board->config, &board->node);

    mote_node_observe(&board->node, &board->observer);
    return started && follow_broker(board);
}

static void set_power(struct board *board, bool on)
{
    if (on == board->power) {
        return;
    }
    board->power = on;
    if (on) {
        board->power_since_ms = mote_now_ms();
        mote_sim_power(board->sim, true);
        start_node(board);
    } else {
        mote_node_abort(&board->node);
        config_give_back(board->config);
        mote_sim_power(board->sim, false);
    }
    changed(board);
}

/* --- Life --- */

bool board_init(struct board *board, struct config *config, struct embedded *broker, struct mote_sim *sim)
{
    *board = (struct board){
        .config = config,
        .embedded = broker,
        .sim = sim,
        .power = true,
        .power_since_ms = mote_now_ms(),
        .observer = {.on_state = on_state, .on_message = on_message, .context = board},
    };
    mote_sim_observe(sim, on_pin, board);
    if (config->setup != NULL) {
        config->setup->on_change = on_setup;
        config->setup->context = board;
    }
    return start_node(board);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t board_turn(struct board *board)
{
    const uint64_t node_ms = board->power ? mote_node_turn(&board->node) : MOTE_NEVER;
    const uint64_t page_ms = board->has_page_client ? mote_node_turn(&board->page) : MOTE_NEVER;

    return sooner(mote_sim_deadline(board->sim), sooner(node_ms, page_ms));
}

void board_stop(struct board *board)
{
    if (board->has_page_client) {
        mote_node_stop(&board->page);
    }
    if (board->power) {
        mote_node_stop(&board->node);
    }
}

bool board_is_stopped(const struct board *board)
{
    return (!board->has_page_client || mote_node_state(&board->page) == MOTE_NODE_STOPPED) &&
           (!board->power || mote_node_state(&board->node) == MOTE_NODE_STOPPED);
}

void board_free(struct board *board)
{
    stop_page_client(board);
    mote_node_abort(&board->node);
    config_give_back(board->config);
    for (unsigned i = 0; i < BOARD_MESSAGES_MAX; i++) {
        forget_message(&board->messages[i]);
    }
}

/* --- What the page asks --- */

static struct web_answer answer(cJSON *json)
{
    struct web_answer result = {.status = 200, .json = cJSON_PrintUnformatted(json)};

    cJSON_Delete(json);
    return result;
}

static struct web_answer refusal(int status, const char *why, enum mote_reason reason)
{
    cJSON *const json = cJSON_CreateObject();
    struct web_answer result;

    cJSON_AddStringToObject(json, "error", why);
    cJSON_AddStringToObject(json, "reason", mote_reason_code(reason));
    result = answer(json);
    result.status = status;
    return result;
}

static const struct board_message *message_after(const struct board *board, uint32_t id)
{
    const uint32_t oldest = board->message_id > BOARD_MESSAGES_MAX ? board->message_id - BOARD_MESSAGES_MAX + 1 : 1;
    const uint32_t next = id + 1 > oldest ? id + 1 : oldest;

    return next <= board->message_id ? &board->messages[next % BOARD_MESSAGES_MAX] : NULL;
}

struct web_answer board_get(void *context, const char *path)
{
    struct board *const board = context;
    const struct board_message *message;
    cJSON *json;
    cJSON *messages;

    if (strcmp(path, "/api/board") != 0) {
        return (struct web_answer){.json = NULL};
    }
    json = board_json(board);
    messages = cJSON_AddArrayToObject(json, "messages");
    for (message = message_after(board, 0); message != NULL; message = message_after(board, message->id)) {
        cJSON_AddItemToArray(messages, board_json_message(message));
    }
    return answer(json);
}

/* A listener's place is the board's version that it has seen, and the last message. One that begins has the messages
 * from /api/board, and wants to know how things stand. */
char *board_event(void *context, uint64_t *place)
{
    struct board *const board = context;
    uint32_t version = (uint32_t)(*place >> 32);
    uint32_t id = (uint32_t)*place;
    const struct board_message *const message = message_after(board, id);
    const char *const name = message != NULL ? "message" : "board";
    struct web_answer content;
    char *event = NULL;

    if (message == NULL && version == board->version + 1) {
        return NULL;
    }
    if (message != NULL) {
        id = message->id;
    } else {
        version = board->version + 1;
    }
    content = answer(message != NULL ? board_json_message(message) : board_json(board));
    if (asprintf(&event, "event: %s\ndata: %s\n\n", name, content.json) < 0) {
        abort();
    }
    free(content.json);
    *place = (uint64_t)version << 32 | id;
    return event;
}

/* The page on the board's own access point. */
bool board_setup(void *context, const struct web_request *request, struct web_page *page)
{
    struct board *const board = context;
    const struct mote_setup_request asked = {
        .method = request->is_post ? MOTE_SETUP_POST : MOTE_SETUP_GET,
        .path = mote_text(request->path),
        .language = mote_text(request->language),
        .body = {request->body, request->size},
        .is_own = true,
    };
    struct mote_setup_answer reply;
    size_t count;

    if (board->config->setup == NULL || !board->power) {
        return false;
    }
    mote_setup_ask(board->config->setup, &asked, &reply);
    *page = (struct web_page){.status = reply.status, .type = mote_setup_answer_type(&reply)};
    mote_setup_answer_location(board->config->setup, &reply, page->location, sizeof(page->location));
    do {
        page->body = cli_reallocate(page->body, page->size + BOARD_PIECE);
        count = mote_setup_answer_read(board->config->setup, &reply, page->body + page->size, BOARD_PIECE);
        page->size += count;
    } while (count > 0);
    return true;
}

/* --- Controls: each takes the request's object and returns the answer. --- */

static struct web_answer press_button(struct board *board, const cJSON *request)
{
    const cJSON *const pin = cJSON_GetObjectItemCaseSensitive(request, "pin");
    const cJSON *const pressed = cJSON_GetObjectItemCaseSensitive(request, "pressed");

    if (!cJSON_IsNumber(pin) || !cJSON_IsBool(pressed)) {
        return refusal(400, "expected {\"pin\": NUMBER, \"pressed\": true or false}", MOTE_CONFIG_INVALID);
    }
    for (unsigned i = 0; i < board->config->button_count; i++) {
        if ((double)board->config->buttons[i].pin.number == pin->valuedouble) {
            mote_sim_press(board->sim, (uint16_t)pin->valueint, cJSON_IsTrue(pressed));
            return answer(cJSON_CreateObject());
        }
    }
    return refusal(404, "there is no button at this pin", MOTE_PIN_ABSENT);
}

/* The page's messages take the same way as anybody's. Its client of a broker elsewhere shares the board's network;
 * what it sent while that is down would arrive late. */
static enum mote_reason send_message(struct board *board, const char *topic, const char *payload)
{
    const struct mote_message message = {.topic = mote_text(topic), .payload = mote_text(payload), .qos = MOTE_QOS_1};

    if (board->broker != NULL) {
        return embedded_publish(board->broker, &message);
    }
    if (!mote_sim_is_reachable(board->sim)) {
        return MOTE_WIFI_LOST;
    }
    if (!board->has_page_client || mote_node_state(&board->page) != MOTE_NODE_ONLINE) {
        return mote_node_reason(&board->page) != MOTE_OK ? mote_node_reason(&board->page) : MOTE_TCP_REFUSED;
    }
    return mote_node_publish_message(&board->page, &message);
}

static struct web_answer publish(struct board *board, const cJSON *request)
{
    const char *const topic = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "topic"));
    const char *const payload = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "payload"));
    enum mote_reason reason;

    if (topic == NULL || payload == NULL) {
        return refusal(400, "expected {\"topic\": \"...\", \"payload\": \"...\"}", MOTE_CONFIG_INVALID);
    }
    reason = send_message(board, topic, payload);
    if (reason == MOTE_OK) {
        return answer(cJSON_CreateObject());
    }
    return refusal(reason == MOTE_CONFIG_INVALID || reason == MOTE_MQTT_PACKET_TOO_LARGE ? 400 : 503,
                   mote_reason_words(reason), reason);
}

static struct web_answer set_air(struct board *board, const cJSON *request)
{
    const char *const ssid = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "ssid"));
    const cJSON *const present = cJSON_GetObjectItemCaseSensitive(request, "present");

    if (ssid == NULL || !cJSON_IsBool(present)) {
        return refusal(400, "expected {\"ssid\": \"...\", \"present\": true or false}", MOTE_CONFIG_INVALID);
    }
    if (!mote_sim_air_present(board->sim, ssid, cJSON_IsTrue(present))) {
        return refusal(404, "there is no such access point", MOTE_WIFI_NO_NETWORK);
    }
    changed(board);
    return answer(cJSON_CreateObject());
}

static struct web_answer set_broker(struct board *board, const cJSON *request)
{
    const cJSON *const running = cJSON_GetObjectItemCaseSensitive(request, "running");

    if (!cJSON_IsBool(running)) {
        return refusal(400, "expected {\"running\": true or false}", MOTE_CONFIG_INVALID);
    }
    if (board->broker == NULL) {
        return refusal(409, "this broker is not the board's own", MOTE_CONFIG_INVALID);
    }
    if (!embedded_set_running(board->broker, cJSON_IsTrue(running))) {
        return refusal(409, "the broker's port is in use by another program", MOTE_CONFIG_INVALID);
    }
    changed(board);
    return answer(cJSON_CreateObject());
}

static struct web_answer set_setup(struct board *board, const cJSON *request)
{
    const cJSON *const open = cJSON_GetObjectItemCaseSensitive(request, "open");

    if (!cJSON_IsBool(open)) {
        return refusal(400, "expected {\"open\": true or false}", MOTE_CONFIG_INVALID);
    }
    if (board->config->setup == NULL || !board->power) {
        return refusal(409, "this node has no setup portal, or no power", MOTE_CONFIG_INVALID);
    }
    if (cJSON_IsTrue(open)) {
        mote_setup_open(board->config->setup);
    } else {
        mote_setup_close(board->config->setup);
    }
    return answer(cJSON_CreateObject());
}

static struct web_answer switch_power(struct board *board, const cJSON *request)
{
    const cJSON *const on = cJSON_GetObjectItemCaseSensitive(request, "on");

    if (!cJSON_IsBool(on)) {
        return refusal(400, "expected {\"on\": true or false}", MOTE_CONFIG_INVALID);
    }
    set_power(board, cJSON_IsTrue(on));
    return answer(cJSON_CreateObject());
}

void *board_stream_open(void *context, struct web_stream *stream)
{
    struct board *const board = context;

    return board->embedded != NULL ? embedded_stream_open(board->embedded, stream) : NULL;
}

struct web_answer board_post(void *context, const char *path, const char *body, size_t size)
{
    static const struct {
        const char *path;
        struct web_answer (*run)(struct board *board, const cJSON *request);
    } controls[] = {
        {"/api/button", press_button}, {"/api/publish", publish},    {"/api/air", set_air},
        {"/api/broker", set_broker},   {"/api/power", switch_power}, {"/api/setup", set_setup},
    };
    struct web_answer result = {.json = NULL};
    cJSON *const request = cJSON_ParseWithLength(body, size);

    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (strcmp(path, controls[i].path) == 0) {
            result = cJSON_IsObject(request) ? controls[i].run(context, request)
                                             : refusal(400, "expected a JSON object", MOTE_CONFIG_INVALID);
        }
    }
    cJSON_Delete(request);
    return result;
}
