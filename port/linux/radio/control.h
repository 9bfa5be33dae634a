/* The control socket of wpa_supplicant: requests, answered one after the other, and events in between. Nothing blocks. */
#ifndef MOTE_CONTROL_H
#define MOTE_CONTROL_H

#include <mote/text.h>

struct mote_control_listener {
    /* `request` is the number that was given with it. */
    void (*replied)(uint8_t request, struct mote_text reply);
    void (*event)(struct mote_text datagram);
    /* wpa_supplicant has gone, or does not answer; the socket is closed. */
    void (*lost)(void);
    uint32_t answer_ms; /* how long an answer may take */
};

/* Connects to the socket at `path` and closes the one before. Returns 0 or errno. The listener is called from within wait,
 * never from within a call to this room; it may call all of it. */
int mote_control_open(const char *path, const struct mote_control_listener *listener);
void mote_control_close(void);
bool mote_control_is_open(void);

/* Would wpa_supplicant listen there? Returns 0 or errno. */
int mote_control_try(const char *path);

/* Asks, once what was asked before is answered; `text` is copied, and wiped when it is sent. A request that does not go out,
 * or is not answered in time, ends in `lost`. */
void mote_control_ask(uint8_t request, const char *text);

/* Is a request of this number still to be answered? */
bool mote_control_awaits(uint8_t request);

#endif
