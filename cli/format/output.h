/* Standard output through one growing buffer that is written once per turn of the loop. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <mote/text.h>
#include <stdarg.h>

/* Zero is an empty one. */
struct output {
    char *bytes;
    size_t size; /* allocated */
    size_t used;
    bool broken; /* it cannot be written to any more: what comes is dropped */
    int error;   /* why not, an errno; 0, or EPIPE: nobody reads it any more */
};

/* Room for `size` bytes at the end, to be written to before output_grew() says how many there are now. */
char *output_room(struct output *output, size_t size);
void output_grew(struct output *output, size_t size);

void output_bytes(struct output *output, const void *bytes, size_t size);
void output_text(struct output *output, struct mote_text text);
void output_string(struct output *output, const char *string);
void output_repeat(struct output *output, char c, size_t count);
void output_format(struct output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes what there is to this file descriptor, and waits for as long as that takes. Returns false, and sets
 * `broken` and `error`, if it cannot be written to. */
bool output_flush(struct output *output, int fd);

/* Gives its memory back. */
void output_free(struct output *output);

#endif
