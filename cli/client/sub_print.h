/* How `mote sub` prints messages, whole and in pieces. */
#ifndef SUB_PRINT_H
#define SUB_PRINT_H

#include "client_options.h"
#include "format.h"
#include "output.h"

/* Begin with sub_print_init(). */
struct sub_print {
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
bool sub_print_init(struct sub_print *print, const struct client_options *options, struct output *output,
                    uint32_t random);

/* Prints a message, or the next piece of one; the pieces of a message come one after the other. */
void sub_print_message(struct sub_print *print, const struct mote_message *message);

/* The rest of a message in pieces will not come: the connection is lost. */
void sub_print_cut(struct sub_print *print);

void sub_print_free(struct sub_print *print);

#endif
