/* -F: how a message is printed. */
#ifndef FORMAT_H
#define FORMAT_H

#include "output.h"

#include <mote/message.h>
#include <time.h>

/* One step: some text, or one value of the message. */
struct format_step {
    char letter;           /* of a %, '@' for a time, 0 for text */
    bool left;             /* to the left of its field */
    char pad;              /* ' ' or '0' */
    int width;             /* 0: as wide as it is */
    int precision;         /* -1: all of it */
    struct mote_text text; /* for text; for '@' the one letter for strftime() */
};

/* A format, taken apart. */
struct format {
    struct format_step *steps;
    size_t count;
    bool newline;           /* after each message */
    bool pretty;            /* JSON over several lines */
    const char *complainer; /* whom an error names; NULL: it is not told */
    size_t split; /* the step that prints the payload as it comes in; count: there is none, it is needed as a whole */
    char *memory;
};

/* Takes a format apart. Returns NULL, or what is wrong with it, in static words; then there is nothing to free. */
const char *format_parse(struct format *format, const char *text);
void format_free(struct format *format);

/* Prints a message that is there as a whole, as received at this time. */
void format_print(const struct format *format, const struct mote_message *message, const struct timespec *time,
                  struct output *output);

/* The same in pieces, if `split` is not `count`: what is in front of the payload, parts of the payload, the
 * rest. */
void format_before(const struct format *format, const struct mote_message *message, const struct timespec *time,
                   struct output *output);
void format_payload(const struct format *format, struct mote_text piece, struct output *output);
void format_after(const struct format *format, const struct mote_message *message, const struct timespec *time,
                  struct output *output);

/* Prints a message as a JSON object. `raw`: its payload is JSON, and goes in as it is; if it is not, it prints
 * nothing and returns false. */
bool format_json(const struct mote_message *message, const struct timespec *time, bool raw, bool pretty,
                 struct output *output);

/* What has become of a message that was published. */
struct format_report {
    struct mote_text topic;
    enum mote_qos qos;
    bool retain;
    uint16_t packet_id;  /* with QoS 1 and 2, as the reason code */
    uint8_t reason_code; /* of MQTT 5; before it 0 */
};

/* Prints it as a JSON object and a newline, with the keys that a message has. */
void format_json_report(const struct format_report *report, const struct timespec *time, struct output *output);

#endif
