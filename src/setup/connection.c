/* Who is connected, and the requests as they come: line by line, of which only what is needed is kept. RFC 9112. */
#include "setup/inside.h"

#include <string.h>

enum {
    FREE,
    FIRST_LINE,
    HEADERS,
    BODY,
    ANSWERING,
    DONE,
};

enum {
    REQUEST_MS = 15000, /* to make the whole request; */
    ANSWER_MS = 30000,  /* to take the next part of the answer */
};

static struct mote_setup_connection *at(void *context, unsigned index)
{
    return &((struct mote_setup *)context)->connections[index];
}

static uint64_t now_ms(const struct mote_setup *setup)
{
    return setup->node->port->now_ms(setup->node->port->context);
}

/* --- Lines --- */

static void refuse(struct mote_setup_connection *connection, unsigned status)
{
    if (connection->error == 0)
        connection->error = (uint16_t)status;
}

/* What comes before the first blank; the text goes on behind it. */
static struct mote_text take_word(struct mote_text *text)
{
    struct mote_text word = {text->data, 0};

    while (word.length < text->length && word.data[word.length] != ' ')
        word.length++;
    text->data += word.length < text->length ? word.length + 1 : word.length;
    text->length -= word.length < text->length ? word.length + 1 : word.length;
    return word;
}

static enum mote_setup_method method_of(struct mote_text word)
{
    if (mote_text_equals(word, "GET"))
        return MOTE_SETUP_GET;
    if (mote_text_equals(word, "HEAD"))
        return MOTE_SETUP_HEAD;
    return mote_text_equals(word, "POST") ? MOTE_SETUP_POST : MOTE_SETUP_OTHER_METHOD;
}

static void first_line(struct mote_setup_connection *connection, struct mote_text line)
{
    struct mote_text method = take_word(&line);
    struct mote_text path = take_word(&line);

    connection->method = (uint8_t)method_of(method);
    if (line.length != 8 || memcmp(line.data, "HTTP/1.", 7) != 0)
        refuse(connection, 400);
    /* A path that is longer is none of ours; which one it is does not matter. */
    mote_text_copy(path, connection->path, sizeof connection->path);
    connection->state = HEADERS;
}

static void take_length(struct mote_setup_connection *connection, struct mote_text value)
{
    uint32_t length = 0;

    if (connection->has_length || !mote_text_to_number(value, UINT32_MAX, &length))
        refuse(connection, 400);
    else if (length > sizeof connection->buffer)
        refuse(connection, 413);
    connection->has_length = true;
    connection->body_size = (uint16_t)(connection->error == 0 ? length : 0);
}

static void take_once(struct mote_setup_connection *connection, struct mote_text value, char *into, size_t size)
{
    if (into[0] != '\0' || !mote_text_copy(value, into, size))
        refuse(connection, 400);
}

static struct mote_text trim(struct mote_text text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

static void take_header(struct mote_setup_connection *connection, struct mote_text name, struct mote_text value)
{
    if (mote_text_equals_nocase(name, "host"))
        take_once(connection, value, connection->host, sizeof connection->host);
    else if (mote_text_equals_nocase(name, "origin"))
        take_once(connection, value, connection->origin, sizeof connection->origin);
    else if (mote_text_equals_nocase(name, "content-length"))
        take_length(connection, value);
    else if (mote_text_equals_nocase(name, "transfer-encoding"))
        refuse(connection, 411);
    else if (mote_text_equals_nocase(name, "accept-language") && connection->language[0] == '\0') {
        value.length = value.length < sizeof connection->language ? value.length : sizeof connection->language - 1;
        mote_text_copy(value, connection->language, sizeof connection->language);
    }
}

/* Of a line that is too long the end is missing: only of those that are wanted does that matter. */
static void header(struct mote_setup_connection *connection, struct mote_text line)
{
    size_t colon = 0;

    while (colon < line.length && line.data[colon] != ':')
        colon++;
    if (colon == 0 || colon == line.length || line.data[0] == ' ' || line.data[0] == '\t') {
        refuse(connection, 400);
        return;
    }
    take_header(connection, (struct mote_text){line.data, colon},
                trim((struct mote_text){line.data + colon + 1, line.length - colon - 1}));
}

/* --- The answer --- */

static void answer_request(struct mote_setup *setup, struct mote_setup_connection *connection)
{
    const struct mote_setup_request request = {
        .method = (enum mote_setup_method)connection->method,
        .path = mote_text(connection->path),
        .host = mote_text(connection->host),
        .origin = mote_text(connection->origin),
        .language = mote_text(connection->language),
        .body = {connection->buffer, connection->used},
    };
    struct mote_setup_answer *answer = &connection->answer;

    if (connection->error != 0)
        *answer = (struct mote_setup_answer){.status = connection->error, .content = MOTE_CONTENT_STATE};
    else
        mote_setup_ask(setup, &request, answer);
    mote_page_begin(answer, true, connection->method != MOTE_SETUP_HEAD);
    memset(connection->buffer, 0, sizeof connection->buffer); /* there may be keys in it */
    connection->state = ANSWERING;
}

static void end_head(struct mote_setup *setup, struct mote_setup_connection *connection)
{
    connection->used = 0;
    if (connection->method == MOTE_SETUP_POST && !connection->has_length)
        refuse(connection, 411);
    if (connection->error != 0 || connection->body_size == 0)
        answer_request(setup, connection);
    else
        connection->state = BODY;
}

static void end_line(struct mote_setup *setup, struct mote_setup_connection *connection)
{
    struct mote_text line = {connection->buffer, connection->used};

    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    if (connection->state == FIRST_LINE && line.length > 0)
        first_line(connection, line);
    else if (connection->state == HEADERS && line.length > 0)
        header(connection, line);
    connection->used = 0;
    if (connection->state == HEADERS && line.length == 0)
        end_head(setup, connection);
}

static void take_head(struct mote_setup *setup, struct mote_setup_connection *connection, char c)
{
    if (connection->head_size == MOTE_SETUP_HEAD_MAX) {
        refuse(connection, 431);
        answer_request(setup, connection);
        return;
    }
    connection->head_size++;
    if (c == '\n')
        end_line(setup, connection);
    else if (connection->used < sizeof connection->buffer)
        connection->buffer[connection->used++] = c;
}

static size_t take_body(struct mote_setup *setup, struct mote_setup_connection *connection, const char *bytes,
                        size_t size)
{
    size_t left = connection->body_size - (size_t)connection->used;
    size_t taken = size < left ? size : left;

    memcpy(connection->buffer + connection->used, bytes, taken);
    connection->used = (uint16_t)(connection->used + taken);
    if (connection->used == connection->body_size)
        answer_request(setup, connection);
    return taken;
}

/* --- For the port --- */

/* A free one, or else that of who has been silent for longest. */
static unsigned accept_connection(void *context)
{
    struct mote_setup *setup = context;
    unsigned best = 0;

    for (unsigned i = 1; i < MOTE_SETUP_CONNECTIONS; i++) {
        const struct mote_setup_connection *connection = at(context, i), *than = at(context, best);

        if (than->state != FREE && (connection->state == FREE || connection->active_ms < than->active_ms))
            best = i;
    }
    memset(at(context, best), 0, sizeof *at(context, best));
    at(context, best)->state = FIRST_LINE;
    at(context, best)->begun_ms = at(context, best)->active_ms = now_ms(setup);
    return best;
}

static void received(void *context, unsigned index, const void *bytes, size_t size)
{
    struct mote_setup_connection *connection = at(context, index);
    const char *text = bytes;

    connection->active_ms = now_ms(context);
    for (size_t i = 0; i < size;) {
        if (connection->state == FIRST_LINE || connection->state == HEADERS)
            take_head(context, connection, text[i++]);
        else if (connection->state == BODY)
            i += take_body(context, connection, text + i, size - i);
        else
            return; /* a request at a time; the answer ends the connection */
    }
}

static size_t output(void *context, unsigned index, void *into, size_t size)
{
    struct mote_setup_connection *connection = at(context, index);
    size_t count;

    if (connection->state != ANSWERING)
        return 0;
    count = mote_setup_answer_read(context, &connection->answer, into, size);
    if (connection->answer.depth == 0)
        connection->state = DONE;
    connection->active_ms = now_ms(context);
    return count;
}

static bool is_done(void *context, unsigned index)
{
    return at(context, index)->state == DONE;
}

static void closed(void *context, unsigned index)
{
    memset(at(context, index), 0, sizeof *at(context, index));
}

static size_t answer_name(void *context, const void *query, size_t size, void *into, size_t room)
{
    return mote_dns_answer(((struct mote_setup *)context)->address, query, size, into, room);
}

const struct mote_server_handler mote_setup_server = {
    .connections = MOTE_SETUP_CONNECTIONS,
    .accept = accept_connection,
    .received = received,
    .output = output,
    .is_done = is_done,
    .closed = closed,
    .answer = answer_name,
};

void mote_connections_reset(struct mote_setup *setup)
{
    memset(setup->connections, 0, sizeof setup->connections);
}

static uint64_t ends_at(const struct mote_setup_connection *connection)
{
    if (connection->state == FREE)
        return MOTE_NEVER;
    return connection->state < ANSWERING ? connection->begun_ms + REQUEST_MS : connection->active_ms + ANSWER_MS;
}

uint64_t mote_connections_turn(struct mote_setup *setup)
{
    uint64_t next_ms = MOTE_NEVER;

    for (unsigned i = 0; setup->serving && i < MOTE_SETUP_CONNECTIONS; i++) {
        struct mote_setup_connection *connection = &setup->connections[i];

        if (ends_at(connection) <= now_ms(setup)) {
            setup->node->port->server->drop(setup->node->port->context, i);
            closed(setup, i);
        }
        next_ms = ends_at(connection) < next_ms ? ends_at(connection) : next_ms;
    }
    return next_ms;
}
