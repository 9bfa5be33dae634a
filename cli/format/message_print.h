/* How `mote sub` and `mote rr` print messages, whole and in pieces. */
#ifndef MESSAGE_PRINT_H
#define MESSAGE_PRINT_H

#include "options/client_options.h"
#include "format.h"
#include "output.h"

/* Begin with message_print_init(). */
struct message_print {
    const struct client_options *options;
    struct output *output;
    struct format format;
    struct timespec time;   /* when the message of the pieces began */
    struct output gathered; /* their payload, if it is needed as a whole */
    bool picked;            /* --random-filter has picked this message */
    bool midway;            /* part of it has been printed, the rest is to come */
    uint32_t random;
};

/* Makes one. Returns false after saying what is wrong with the format. */
bool message_print_init(struct message_print *print, const struct client_options *options, struct output *output,
                        uint32_t random);

/* Prints a message, or the next piece of one; the pieces of a message come one after the other. */
void message_print_message(struct message_print *print, const struct mote_message *message);

/* The rest of a message in pieces will not come: the connection is lost. */
void message_print_cut(struct message_print *print);

void message_print_free(struct message_print *print);

#endif
