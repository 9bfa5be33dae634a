#include "output.h"

#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIZE_MIN = 64 * 1024,
    SIZE_KEPT = 1024 * 1024, /* after a message that is larger the memory is given back */
};

char *output_room(struct output *output, size_t size)
{
    if (output->size - output->used < size) {
        const size_t needed = output->used + size;
        output->size = needed > 2 * output->size ? needed : 2 * output->size;
        output->size = output->size > SIZE_MIN ? output->size : SIZE_MIN;
        output->bytes = cli_reallocate(output->bytes, output->size);
    }
    return output->bytes + output->used;
}

void output_grew(struct output *output, size_t size)
{
    output->used += size;
}

void output_bytes(struct output *output, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(output_room(output, size), bytes, size);
        output->used += size;
    }
}

void output_text(struct output *output, struct mote_text text)
{
    output_bytes(output, text.data, text.length);
}

void output_string(struct output *output, const char *string)
{
    output_bytes(output, string, strlen(string));
}

void output_repeat(struct output *output, char c, size_t count)
{
    if (count > 0) {
        memset(output_room(output, count), c, count);
        output->used += count;
    }
}

void output_format(struct output *output, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        vsnprintf(output_room(output, (size_t)length + 1), (size_t)length + 1, format, again);
        output->used += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

/* Standard output may be shared with a program that has made it non-blocking. */
static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(fd, bytes, size);
        if (written >= 0) {
            bytes += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool output_flush(struct output *output, int fd)
{
    if (!output->broken && !write_all(fd, output->bytes, output->used)) {
        output->broken = true;
        output->error = errno;
    }
    output->used = 0;
    if (output->size > SIZE_KEPT) {
        output_free(output);
    }
    return !output->broken;
}

void output_free(struct output *output)
{
    free(output->bytes);
    output->bytes = NULL;
    output->size = output->used = 0;
}
