/* A control socket of wpa_supplicant, which has one for each interface: requests, answered one after the other, and events in
 * between. Nothing blocks. */
#ifndef MOTE_CHANNEL_H
#define MOTE_CHANNEL_H

#include <mote/sched.h>
#include <mote/text.h>

enum { MOTE_CHANNEL_QUEUE_MAX = 16, MOTE_CHANNEL_TEXT_SIZE = 224 };

struct mote_channel_listener {
    /* `request` is the number that was given with it. */
    void (*replied)(uint8_t request, struct mote_text reply);
    void (*event)(struct mote_text datagram);
    /* wpa_supplicant has gone, or does not answer; the socket is closed. */
    void (*lost)(void);
    uint32_t answer_ms; /* how long an answer may take */
};

struct mote_channel_request {
    uint8_t number;
    char text[MOTE_CHANNEL_TEXT_SIZE];
};

/* Zero: closed. */
struct mote_channel {
    bool open;
    int fd;
    const struct mote_channel_listener *listener;
    struct mote_channel_request queue[MOTE_CHANNEL_QUEUE_MAX]; /* the first has been sent, or is about to be */
    unsigned count;
    bool sent;
    uint64_t give_up_ms;
    struct mote_timer timer;
};

/* Connects to the socket at `path` and closes the one before. Returns 0 or errno. The listener is called from within wait,
 * never from within a call to this room; it may call all of it. */
int mote_channel_open(struct mote_channel *channel, const char *path, const struct mote_channel_listener *listener);
void mote_channel_close(struct mote_channel *channel);
bool mote_channel_is_open(const struct mote_channel *channel);

/* Would wpa_supplicant listen there? Returns 0 or errno. */
int mote_channel_try(const char *path);

/* Asks, once what was asked before is answered; `text` is copied, and wiped when it is sent. A request that does not go out,
 * or is not answered in time, ends in `lost`. */
void mote_channel_ask(struct mote_channel *channel, uint8_t request, const char *text);

/* Sends it at once, past all that waits, and takes no notice of the answer: for last words before it is closed. Waits for room
 * up to 50 ms. Returns false if there was none. */
bool mote_channel_tell(struct mote_channel *channel, const char *text);

/* Is a request of this number still to be answered? */
bool mote_channel_awaits(const struct mote_channel *channel, uint8_t request);

#endif
