/* Outbox: messages that must not be lost, in flash until the broker has them.
 *
 * What mote_outbox_put() has accepted arrives: with QoS 1 at least once, with QoS 2 exactly once while the broker keeps the session
 * (and at least once where it has lost it, which is counted), in the order of each topic, over any sequence of lost networks,
 * restarted brokers and power cuts. What does not fit is refused, or given up by the policy that its topic declares, and
 * counted. docs/OUTBOX.md says how; docs/PROTOCOL.md has the format, bit by bit.
 *
 * A node that has one (`outbox` in its config) does all of this by itself: its program opens the outbox, and publishes. Who drives a
 * session without a node makes the calls of the second part.
 *
 * No call waits: flash is programmed and erased at once (on raw NOR one sector of 4 KB takes about 50 ms, at most one call in each
 * sector's worth of messages), and what a disk takes its time for goes on by itself. All may be called from within any callback of the
 * node; none from another thread or an interrupt, or from within a source. */
#ifndef MOTE_OUTBOX_H
#define MOTE_OUTBOX_H

#include <mote/flash.h>
#include <mote/limits.h>
#include <mote/message.h>
#include <mote/session.h>

/* What becomes of a topic's messages while they wait. One that may be on its way to the broker is given up by none of them. */
enum mote_outbox_policy {
    MOTE_OUTBOX_ALL,         /* all are kept; over the outbox's size a new one is refused */
    MOTE_OUTBOX_LATEST,      /* only the latest: it takes the place of the one before it */
    MOTE_OUTBOX_DROP_OLDEST, /* all; for want of room the oldest are dropped, a sector's worth at a time */
    MOTE_OUTBOX_EXPIRE,      /* all, each for so long */
};

/* How the messages of some topics are kept. The caller's; lives as long as the outbox. */
struct mote_outbox_topic {
    const char *filter; /* a topic filter; with LATEST a topic, without + and # */
    enum mote_outbox_policy policy;
    uint32_t expire_s; /* with EXPIRE: 1 and more. Time without power does not count: a board does not know it */
    uint32_t latest;   /* the rest is the outbox's own */
};

/* The caller's; it and all that it names live as long as the outbox. */
struct mote_outbox_config {
    const struct mote_flash *flash;
    uint8_t *page; /* where one record is put together; the caller's */
    /* 128 and more; more than half a sector is of no use. A message may take so much less 64 bytes, with its topic and
     * properties. */
    size_t page_size;
    struct mote_outbox_topic *topics; /* the first one that matches counts; none: MOTE_OUTBOX_ALL. May be NULL */
    size_t topic_count;
    /* How long what was accepted may be without the flash's promise to keep it; on a chip it never is. A message of QoS 2 never
     * leaves before. 0: as if 100. */
    uint32_t sync_delay_ms;
    /* A random number: where the packet identifiers of a new outbox begin, so that a broker which has kept the session of one that
     * is gone does not take its messages of QoS 2 for those of before. 0: at 1. */
    uint16_t first;
};

/* What has been counted since the outbox was opened. */
struct mote_outbox_counters {
    uint32_t accepted;
    uint32_t delivered;     /* the broker has taken them */
    uint32_t refused;       /* by mote_outbox_put(), for want of room */
    uint32_t replaced;      /* LATEST */
    uint32_t dropped;       /* DROP_OLDEST */
    uint32_t expired;       /* EXPIRE */
    uint32_t rejected;      /* the broker would not have them */
    uint32_t corrupt;       /* records that were damaged */
    uint32_t sessions_lost; /* by the broker, with messages under way: those of QoS 2 may arrive twice */
    uint32_t sessions_left; /* likewise, for one of another broker or client id */
    uint32_t erasures;
    uint32_t failures; /* the flash could not */
    uint64_t bytes_programmed;
};

/* Bits in an outbox: one for each message that may be under way, from the oldest on. */
#define MOTE_OUTBOX_WINDOW 64

/* Where a message lies in the flash. */
struct mote_outbox_found {
    uint32_t sequence;
    uint16_t sector;
    uint16_t offset;
};

/* So many of the messages that are next are looked for at once. */
#define MOTE_OUTBOX_FOUND_MAX 6

/* An outbox; the caller's memory. `counters`, `reason` and `session_mark` may be read, all other fields are its own. */
struct mote_outbox {
    uint64_t done;     /* messages that are done, a bit each from the base on */
    uint64_t released; /* likewise those of QoS 2 that the broker has, and only PUBREL is to be sent... */
    uint64_t exact;    /* ...and those of QoS 2 in the session whose release is not written down */
    uint64_t sync_ms;  /* when a sync is due; MOTE_NEVER: none */
    uint64_t state_ms; /* likewise a state for what is done */

    /* Set by mote_outbox_open(): a node without an outbox has none of this in it. */
    const struct mote_outbox_calls *calls;
    const struct mote_outbox_config *config;
    struct mote_outbox_counters counters;
    enum mote_reason reason; /* MOTE_OK, or what is wrong with it; it goes on as well as it can */
    uint8_t is_open;

    uint8_t fresh;     /* what comes next begins a new sector: nothing is programmed behind what may be torn */
    uint8_t blank;     /* the sector that is taken first is erased already */
    uint8_t stale;     /* so many sectors from there on have what could be taken for what is written there next */
    uint8_t damaged;   /* as it was opened */
    uint8_t gaps;      /* damaged places that the log knows of: they are told once */
    uint8_t expected;  /* the broker has had a session of ours */
    uint8_t state_due; /* the next commit writes a state... */
    uint8_t wait_due;  /* ...and what the output relies on is to be kept */
    uint8_t waits;     /* syncs that have to end before the output may be sent... */
    uint8_t barrier;   /* ...and before the next sector may be taken */
    uint8_t dirty;     /* programmed since the last sync began */
    uint8_t syncing;
    uint8_t loose;     /* sectors that were taken and are not known to be kept... */
    uint8_t loose_new; /* ...of these, since the last sync began */
    uint8_t blocked;   /* the session has no room until something is answered */
    uint8_t finished;  /* messages that are done since the last state */
    uint8_t received_count;
    uint8_t found_count;
    uint8_t has_time;
    uint8_t unread;  /* the flash could not be read */
    uint8_t renewed; /* the broker has begun a new session since it was opened: what was under way is published anew */
    uint16_t full_size; /* 0, or for so much there was no room in this second */

    uint32_t session_mark; /* of what messages are under way to; 0: not known */

    uint32_t base;   /* all before it are done */
    uint32_t next;   /* of the next message to be accepted */
    uint32_t mark;   /* up to here they may be under way, says the flash */
    uint32_t resume; /* up to here they may have been when it was opened */
    uint32_t turn;   /* of the next message for the session */
    uint32_t kept;   /* before it all are sure to outlast a power cut... */
    uint32_t syncs;  /* ...or will when the sync under way has ended */

    uint32_t epoch;  /* of the newest sector; 0: there is none */
    uint32_t offset; /* the end of its records */
    uint16_t newest;
    uint16_t copies; /* messages in it that come from an older one */

    uint16_t ids_sector; /* where the identifiers of the messages that were received with QoS 2 lie */
    uint16_t ids_offset;
    uint32_t ids_sum;

    uint32_t displaced; /* the highest message that does not lie in its order; before the base: none */
    uint32_t clock_s;   /* seconds with power, of all times */
    uint32_t clock_ms;  /* the low half of the time when it was set */

    struct mote_outbox_found found[MOTE_OUTBOX_FOUND_MAX]; /* in order; all that there is from... */
    uint32_t found_from;                                   /* ...here up to the last of them */
    /* No message from this one on lies before it, but displaced ones. Without a sector: none. */
    struct mote_outbox_found cursor;
};

/* Opens what is kept in the flash, or begins an empty outbox in one that is erased. Takes as long as reading the flash once. Returns
 *   MOTE_OK              it is as it was;
 *   MOTE_OUTBOX_CORRUPT  some of it was damaged: the rest is there, `counters.corrupt` says how many records are not. Or nothing was
 *                        of use: the flash has set it aside, and the outbox is empty; where it cannot do that, all of it stays as it
 *                        is, and the outbox takes nothing (mote_outbox_is_open() is false) before mote_outbox_clear();
 *   MOTE_CONFIG_INVALID  the config cannot work; the outbox takes nothing. */
enum mote_reason mote_outbox_open(struct mote_outbox *outbox, const struct mote_outbox_config *config);

/* Does it take messages? */
bool mote_outbox_is_open(const struct mote_outbox *outbox);

/* Accepts a message of QoS 1 or 2; it is copied, its source is read. Returns MOTE_OK; MOTE_OUTBOX_FULL: try again when messages have
 * been delivered; MOTE_MQTT_PACKET_TOO_LARGE: never; MOTE_CONFIG_INVALID for a wrong topic or QoS, or properties that a publication
 * cannot have; MOTE_OUTBOX_CORRUPT if it is not open, or the flash cannot. */
enum mote_reason mote_outbox_put(struct mote_outbox *outbox, const struct mote_message *message, uint64_t now_ms);

/* How many messages wait or are under way, and the bytes of their records. Reads the flash. */
uint32_t mote_outbox_count(struct mote_outbox *outbox, uint32_t *bytes);

/* A place in an outbox, for mote_outbox_list(); begin with zero. */
struct mote_outbox_place {
    uint32_t sequence; /* of the last message that was given; the first one's is 1 */
};

/* Gives the next message in the order of their delivery. Its views are in the page: valid until the next call for this outbox. Returns
 * false at the end. */
bool mote_outbox_list(struct mote_outbox *outbox, struct mote_outbox_place *place, struct mote_message *message,
                      uint32_t *age_s);

/* Forgets all messages, also those of a flash that could not be read; what is under way in a session ends there. Returns MOTE_OK;
 * MOTE_OUTBOX_FULL, with nothing forgotten: the flash has to keep first what it was given, call again in a moment; or
 * MOTE_OUTBOX_CORRUPT if it cannot. */
enum mote_reason mote_outbox_clear(struct mote_outbox *outbox);

/* --- For whoever drives a session; a node does it by itself ---
 *
 * The session's config has keep_session (or QoS 2 is at least once) and MOTE_OUTBOX_IDS for own_ids_from. Around each connection:
 *
 *   mote_outbox_restore()            once, after mote_session_init()
 *   before mote_session_open()       clean_start, if `session_mark` is neither 0 nor what is connected to next
 *   MOTE_EVENT_CONNECTED             mote_outbox_connected()
 *   MOTE_EVENT_PUBLISHED             mote_outbox_answered()
 *   before mote_session_output()     mote_outbox_send(), then mote_outbox_commit(): while that is false, nothing is sent
 */

/* Packet identifiers below are the outbox's. */
#define MOTE_OUTBOX_IDS 0x8000u

/* Tells the session what was under way to and from the broker when the power went. */
void mote_outbox_restore(struct mote_outbox *outbox, struct mote_session *session);

/* A connection is up: where the broker has lost the session, what it had taken of it counts no more. `session_mark` is a number for the broker
 * and the client id, the same over all times: what is under way belongs to this session. 0: nobody asks. */
void mote_outbox_connected(struct mote_outbox *outbox, uint32_t session_mark, bool session_present);

/* A publication is done, with this reason code. Returns whether it was one of the outbox's. */
bool mote_outbox_answered(struct mote_outbox *outbox, uint16_t packet_id, uint8_t reason_code);

/* Gives the session the messages that are next, as far as it has room. */
void mote_outbox_send(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms);

/* Writes down what the session has to know after a power cut, if it has changed. Returns whether all that the output relies on is
 * kept: only then may it be sent. If the flash cannot, it is sent nevertheless, and `reason` tells. */
bool mote_outbox_commit(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms);

/* When mote_outbox_commit() must be called at the latest; MOTE_NEVER if nothing is due. */
uint64_t mote_outbox_deadline(const struct mote_outbox *outbox);

#endif
