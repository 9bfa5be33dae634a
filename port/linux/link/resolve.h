/* Names to addresses, by c-ares on the loop. */
#ifndef MOTE_RESOLVE_H
#define MOTE_RESOLVE_H

#include <ares.h>
#include <mote/reason.h>
#include <stdint.h>

struct mote_resolve;

/* Found: MOTE_OK and a list that lives until this returns; or MOTE_DNS_NOT_FOUND or MOTE_DNS_TIMEOUT and NULL. */
typedef void mote_resolve_on_done(void *context, enum mote_reason reason, const struct ares_addrinfo_node *found);

/* Looks the name up. `on_done` may be called before this returns, which then returns NULL; it also does when memory or
 * descriptors have run out, with on_done called. */
struct mote_resolve *mote_resolve_start(const char *host, uint16_t port, mote_resolve_on_done *on_done, void *context);

/* Ends a look-up that is under way; on_done is not called. NULL is none. */
void mote_resolve_cancel(struct mote_resolve *resolve);

#endif
