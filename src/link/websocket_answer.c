/* The server's answer to the request: HTTP's status line and headers, a byte at a time. */
#include "link/websocket_parts.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct mote_text trim(struct mote_text text)
{
    while (text.length > 0 && is_space(text.data[0]))
        text = (struct mote_text){text.data + 1, text.length - 1};
    while (text.length > 0 && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Takes the part before a character off the text, and the character. */
static struct mote_text split(struct mote_text *text, char c)
{
    struct mote_text part = {text->data, 0};

    while (part.length < text->length && part.data[part.length] != c)
        part.length++;
    text->data += part.length;
    text->length -= part.length;
    if (text->length > 0) {
        text->data++;
        text->length--;
    }
    return trim(part);
}

static bool lists(struct mote_text list, const char *token)
{
    while (list.length > 0) {
        if (mote_text_equals_nocase(split(&list, ','), token))
            return true;
    }
    return false;
}

static void refuse(struct mote_websocket *socket, const char *words)
{
    mote_websocket_end(socket, MOTE_MQTT_PROTOCOL, words);
}

/* --- The end of it --- */

static void judge_status(struct mote_websocket *socket)
{
    static const struct {
        uint16_t status;
        enum mote_reason reason;
        const char *words;
    } rows[] = {
        {401, MOTE_MQTT_BAD_AUTH, "the web server wants a user name and password of its own"},
        {403, MOTE_MQTT_NOT_AUTHORIZED, "the web server does not permit this"},
        {404, MOTE_CONFIG_INVALID, "the web server has no such path"},
        {407, MOTE_CONFIG_INVALID, "a proxy in between wants a user name and password"},
        {410, MOTE_CONFIG_INVALID, "the web server has no such path any more"},
        {429, MOTE_MQTT_QUOTA, "the web server has had too many requests"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == socket->status) {
            mote_websocket_end(socket, rows[i].reason, rows[i].words);
            return;
        }
    }
    if (socket->status >= 500)
        mote_websocket_end(socket, MOTE_MQTT_QUOTA, "the web server cannot do it now");
    else if (socket->status >= 300 && socket->status < 400)
        mote_websocket_end(socket, MOTE_CONFIG_INVALID, "it is to be had elsewhere");
    else
        refuse(socket, "the web server offers no WebSocket here");
}

static void judge(struct mote_websocket *socket)
{
    if (socket->status != 101)
        judge_status(socket);
    else if (!socket->has_upgrade || !socket->has_connection)
        refuse(socket, "the web server changes to something other than a WebSocket");
    else if (!socket->has_accept)
        refuse(socket, "the web server has not understood the request");
    else if (!socket->has_protocol)
        refuse(socket, "there is a WebSocket here, but not for MQTT");
    else
        socket->state = MOTE_WEBSOCKET_OPEN;
}

/* --- Lines --- */

static void take_status(struct mote_websocket *socket, struct mote_text line)
{
    struct mote_text version = split(&line, ' '), status = split(&line, ' ');
    uint32_t number;

    (void)version; /* has been looked at byte by byte */
    if (status.length != 3 || !mote_text_to_number(status, 999, &number)) {
        refuse(socket, "what it says is not HTTP");
        return;
    }
    socket->has_status = true;
    socket->status = (uint16_t)number;
}

/* Any of these may come twice; one that is wrong makes the answer wrong. */
static void take_header(struct mote_websocket *socket, struct mote_text name, struct mote_text value)
{
    if (mote_text_equals_nocase(name, "upgrade"))
        socket->has_upgrade = socket->has_upgrade || lists(value, "websocket");
    else if (mote_text_equals_nocase(name, "connection"))
        socket->has_connection = socket->has_connection || lists(value, "upgrade");
    else if (mote_text_equals_nocase(name, "location"))
        mote_websocket_note(socket, value);
    else if (socket->status != 101)
        return;
    else if (mote_text_equals_nocase(name, "sec-websocket-accept") && !mote_text_equals(value, socket->accept))
        refuse(socket, "the web server answers another request");
    else if (mote_text_equals_nocase(name, "sec-websocket-accept"))
        socket->has_accept = true;
    else if (mote_text_equals_nocase(name, "sec-websocket-protocol") && !mote_text_equals(value, "mqtt"))
        refuse(socket, "there is a WebSocket here, but not for MQTT");
    else if (mote_text_equals_nocase(name, "sec-websocket-protocol"))
        socket->has_protocol = true;
    else if (mote_text_equals_nocase(name, "sec-websocket-extensions") && value.length > 0)
        refuse(socket, "the web server uses an extension that nobody has asked for");
}

static void take_line(struct mote_websocket *socket)
{
    struct mote_text line = {socket->line, socket->line_length};

    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    socket->line_length = 0;
    if (!socket->has_status) {
        take_status(socket, line);
    } else if (line.length == 0) {
        judge(socket);
    } else if (!is_space(line.data[0])) { /* else it goes on with the line before; none of ours has need to */
        struct mote_text name = split(&line, ':');
        take_header(socket, name, trim(line));
    }
}

void mote_websocket_take_answer(struct mote_websocket *socket, uint8_t byte)
{
    static const char begin[] = "HTTP/1.";

    if (++socket->header_size > MOTE_WEBSOCKET_ANSWER_MAX) {
        refuse(socket, "the web server's answer is too long");
    } else if (socket->header_size < sizeof begin && byte != (uint8_t)begin[socket->header_size - 1]) {
        refuse(socket, "what it says is not HTTP");
    } else if (byte == '\n') {
        take_line(socket);
    } else if (socket->line_length < sizeof socket->line) {
        socket->line[socket->line_length++] = (char)byte;
    }
}
