#include "pub_input.h"

#include "cli.h"

#include <mote/linux.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK_SIZE = 64 * 1024,
    IN_MEMORY_MAX = 1024 * 1024,
    PAYLOAD_MAX = 268435455,
};

static bool refuse(const char *command, const char *name, const char *why)
{
    cli_errorf(command, MOTE_CONFIG_INVALID, "%s: %s", name, why);
    return false;
}

static bool read_all(struct pub_payload *payload, int fd, const char *command, const char *name)
{
    size_t room = 0;

    for (;;) {
        if (room - payload->size < CHUNK_SIZE) {
            room = 2 * room + CHUNK_SIZE;
            payload->memory = cli_reallocate(payload->memory, room);
        }
        const ssize_t count = read(fd, payload->memory + payload->size, room - payload->size);
        if (count == 0) {
            return true;
        }
        if (count < 0 && errno != EINTR) {
            return refuse(command, name, strerror(errno));
        }
        payload->size += count > 0 ? (size_t)count : 0;
        if (payload->size > PAYLOAD_MAX) {
            return refuse(command, name, "a message has 268435455 bytes at most");
        }
    }
}

static bool open_file(struct pub_payload *payload, const char *command, const char *name)
{
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0) {
        return refuse(command, name, strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size <= IN_MEMORY_MAX) {
        const bool is_read = read_all(payload, file, command, name);
        close(file);
        return is_read;
    }
    if (status.st_size > PAYLOAD_MAX) {
        close(file);
        return refuse(command, name, "a message has 268435455 bytes at most");
    }
    payload->file = file;
    payload->size = (size_t)status.st_size;
    return true;
}

bool pub_payload_open(struct pub_payload *payload, const struct client_options *options)
{
    *payload = (struct pub_payload){.file = -1};
    switch (options->payload) {
    case CLIENT_PAYLOAD_MESSAGE:
        payload->memory = cli_copy(options->message);
        payload->size = strlen(options->message);
        return true;
    case CLIENT_PAYLOAD_FILE:
        return open_file(payload, options->command, options->file);
    case CLIENT_PAYLOAD_STDIN:
        return read_all(payload, STDIN_FILENO, options->command, "standard input") &&
               (payload->size > 0 ||
                refuse(options->command, "standard input", "there is nothing in it; -n sends an empty message"));
    default:
        return true;
    }
}

void pub_payload_close(struct pub_payload *payload)
{
    free(payload->memory);
    if (payload->file >= 0) {
        close(payload->file);
    }
}

static size_t read_piece(void *context, uint32_t offset, void *into, size_t size)
{
    const struct pub_payload *payload = context;

    if (payload->file >= 0) {
        const ssize_t count = pread(payload->file, into, size, (off_t)offset);
        return count > 0 ? (size_t)count : 0;
    }
    const size_t left = payload->size - offset;
    const size_t count = size < left ? size : left;
    memcpy(into, payload->memory + offset, count);
    return count;
}

enum mote_reason pub_payload_publish(struct client *client, struct pub_payload *payload,
                                     const struct mote_properties *properties, uint16_t *packet_id)
{
    struct mote_message message = {
        .topic = mote_text(client->options->topics.items[0]),
        .qos = (enum mote_qos)client->options->qos,
        .retain = client->options->retain,
        .properties = *properties,
    };

    if (payload->size > PUB_COPIED_MAX) {
        payload->source = (struct mote_source){read_piece, payload, (uint32_t)payload->size};
        message.source = &payload->source;
    } else {
        message.payload = (struct mote_text){payload->memory, payload->size};
    }
    const enum mote_reason reason = mote_session_publish(&client->session, &message, packet_id);
    if (reason == MOTE_MQTT_PACKET_TOO_LARGE) {
        client_fail(client, reason, "the message is larger than the broker takes");
    } else if (reason != MOTE_OK && reason != MOTE_MQTT_QUOTA) {
        client_fail(client, reason, "the broker does not take such a message: look at the QoS and at -r");
    }
    return reason;
}

static void on_ready(int fd, uint32_t events, void *context)
{
    struct pub_lines *lines = context;

    (void)fd;
    (void)events;
    lines->is_readable = true;
}

/* Standard input may be shared with other programs, so that it is not made non-blocking: one read is safe each
 * time that the loop has said so. */
static void watch(struct pub_lines *lines)
{
    lines->is_readable = false;
    lines->is_watched = mote_linux_watch(STDIN_FILENO, EPOLLIN | EPOLLONESHOT, on_ready, lines);
    lines->has_no_wait = !lines->is_watched;
}

static void make_room(struct pub_lines *lines)
{
    if (lines->begin > 0) {
        memmove(lines->bytes, lines->bytes + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->scanned -= lines->begin;
        lines->begin = 0;
    }
    if (lines->size - lines->end < CHUNK_SIZE) {
        lines->size = 2 * lines->size + CHUNK_SIZE;
        lines->bytes = cli_reallocate(lines->bytes, lines->size);
    }
}

/* Returns false if there is nothing to be had now. */
static bool read_more(struct pub_lines *lines)
{
    if (!lines->is_watched && !lines->has_no_wait) {
        watch(lines);
    }
    if (lines->is_over || !(lines->is_readable || lines->has_no_wait)) {
        return false;
    }
    make_room(lines);
    const ssize_t count = read(STDIN_FILENO, lines->bytes + lines->end, lines->size - lines->end);
    if (count > 0) {
        lines->end += (size_t)count;
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        lines->is_over = true;
        lines->error = count == 0 ? 0 : errno;
        if (lines->is_watched) {
            mote_linux_unwatch(STDIN_FILENO);
        }
        return count == 0;
    }
    if (lines->is_watched) {
        watch(lines);
    }
    return true;
}

/* Finds a line in what has been read. The last one may have no newline. */
static bool find_line(struct pub_lines *lines, struct mote_text *line)
{
    const char *newline =
        lines->end > lines->scanned ? memchr(lines->bytes + lines->scanned, '\n', lines->end - lines->scanned) : NULL;

    if (newline == NULL && (!lines->is_over || lines->error != 0 || lines->begin == lines->end)) {
        lines->scanned = lines->end;
        return false;
    }
    const char *begin = lines->bytes + lines->begin;
    line->data = begin;
    line->length = (size_t)((newline != NULL ? newline : lines->bytes + lines->end) - begin);
    return true;
}

bool pub_lines_peek(struct pub_lines *lines, struct mote_text *line)
{
    return find_line(lines, line) || (read_more(lines) && find_line(lines, line));
}

void pub_lines_take(struct pub_lines *lines, struct mote_text line)
{
    const bool has_newline = lines->begin + line.length < lines->end;

    lines->begin += line.length + (has_newline ? 1 : 0);
    lines->scanned = lines->begin;
}

bool pub_lines_end(const struct pub_lines *lines)
{
    return lines->is_over && (lines->error != 0 || lines->begin == lines->end);
}

bool pub_lines_more(const struct pub_lines *lines)
{
    return lines->has_no_wait && !lines->is_over;
}

void pub_lines_free(struct pub_lines *lines)
{
    if (lines->is_watched && !lines->is_over) {
        mote_linux_unwatch(STDIN_FILENO);
    }
    free(lines->bytes);
}
