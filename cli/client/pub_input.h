/* What `mote pub` and `mote rr` publish: files, standard input as a whole and line by line. */
#ifndef PUB_INPUT_H
#define PUB_INPUT_H

#include "client.h"

/* Larger payloads are not copied, but read while they are sent. */
enum { PUB_COPIED_MAX = 32 * 1024 };

/* A payload: in memory or, when it is large, read piece by piece from a file. It stays where it is until it is sent. */
struct pub_payload {
    char *memory;
    size_t size;
    int file; /* -1: it is in memory */
    struct mote_source source;
};

/* Gets the payload that the options ask for, also by waiting for the end of standard input. Returns false after
 * saying why it cannot be had. */
bool pub_payload_open(struct pub_payload *payload, const struct client_options *options);
void pub_payload_close(struct pub_payload *payload);

/* Publishes it to the options' topic with these properties. Returns MOTE_OK; MOTE_MQTT_QUOTA, if it has to be tried
 * again; after any other reason, which it has told, the client is at its end. */
enum mote_reason pub_payload_publish(struct client *client, struct pub_payload *payload,
                                     const struct mote_properties *properties, uint16_t *packet_id);

/* Lines of standard input, read only as far as they are asked for. Zero is one that has read nothing. */
struct pub_lines {
    char *bytes;
    size_t size;
    size_t begin;   /* of the line to come */
    size_t scanned; /* up to here there is no newline */
    size_t end;
    bool is_watched;
    bool has_no_wait; /* a file: reading it never waits */
    bool is_readable;
    bool is_over; /* there is nothing more to read */
    int error;    /* errno, if that is because reading failed */
};

/* Looks at the next line, which stays where it is until it is taken. Returns false if it is not there yet, or
 * there is none any more. Never waits. */
bool pub_lines_peek(struct pub_lines *lines, struct mote_text *line);
void pub_lines_take(struct pub_lines *lines, struct mote_text line);

/* Have all lines been taken? */
bool pub_lines_end(const struct pub_lines *lines);

/* Can more be read at once, without the loop having to wait for it? */
bool pub_lines_more(const struct pub_lines *lines);

void pub_lines_free(struct pub_lines *lines);

#endif
