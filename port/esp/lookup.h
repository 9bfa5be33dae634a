/* Looks names up without waiting: lwIP does it in its own task, and the answer is posted. */
#ifndef MOTE_ESP_LOOKUP_H
#define MOTE_ESP_LOOKUP_H

#include <lwip/ip_addr.h>
#include <mote/text.h>

enum { MOTE_LOOKUP_NAME_SIZE = 128 };

/* `address` NULL: there is none. From the loop's task. */
typedef void mote_lookup_function(const ip_addr_t *address, void *context);

/* Begins. Returns false if others are still being looked up, or there is no memory. `function` is called once, later, unless
 * it is forgotten before. */
bool mote_lookup_begin(const char *name, mote_lookup_function *function, void *context);

/* Nobody wants to know any more. */
void mote_lookup_forget(const void *context);

#endif
