/* The other side of the control socket: asking a node that runs on this machine. */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

enum control_found {
    CONTROL_NONE,    /* no such node runs */
    CONTROL_NODE,    /* it does */
    CONTROL_REFUSED, /* it does, but must not be asked; what is wrong has been said */
};

/* Looks for the node `id`, or, if that is NULL, the only one that runs; connects to it, writing its id. */
enum control_found control_find(const char *id, int *fd, char found[65]);

/* Asks it, and waits for the answer, which is an object. Frees the request; closes `fd`. Returns NULL after saying what is
 * wrong. */
cJSON *control_ask(int fd, cJSON *request);

/* Is the answer that it is done? Else says why not. */
bool control_is_done(const char *what, const cJSON *answer);

#endif
