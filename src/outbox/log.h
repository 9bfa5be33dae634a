/* The log of an outbox: a ring of sectors with records, as docs/PROTOCOL.md has it bit by bit.
 *
 * A sector begins with its head; then come the messages that were copied out of an older one, a state, and what has been
 * added since. Every sector that has a state is whole: what it was to take over is in it. The sector behind the newest one
 * (the spare) holds nothing that counts; it is erased when its turn has come, whatever it looks like. */
#ifndef MOTE_LOG_H
#define MOTE_LOG_H

#include "sequence.h"
#include "mqtt/cursor.h"

#include <mote/outbox.h>
#include <mote/topic.h>

enum {
    MOTE_LOG_VERSION = 2,      /* a log of version 1 is read as well: it only says less */
    MOTE_LOG_HEAD_SIZE = 22,   /* of a sector */
    MOTE_LOG_RECORD_SIZE = 13, /* of a record, without its body */
    MOTE_LOG_STATE_SIZE = 52,  /* of the largest state, without identifiers */
    MOTE_LOG_IDS_MAX = 64,     /* in a state */
    MOTE_LOG_LOOSE_MAX = 8,    /* sectors that are taken and not known to be kept */
    MOTE_LOG_CHUNK = 64,       /* bytes that are read at once where the page is not used */
};

/* Of a record's kind; 0 is a state. */
enum {
    MOTE_LOG_STATE = 0,
    MOTE_LOG_QOS = 3,
    MOTE_LOG_RETAIN = 4,
    MOTE_LOG_POLICY_SHIFT = 3,
    MOTE_LOG_PROPERTIES = 0x20,
    MOTE_LOG_RESERVED = 0xC0,
};

/* A sector's head. */
struct mote_log_head {
    uint32_t epoch;
    uint32_t first; /* of the messages that were accepted into it */
    uint32_t end;   /* of the records in the sector before it */
};

/* A record's head, and where it lies. */
struct mote_log_record {
    uint32_t sequence; /* of a state: all before it are done */
    uint32_t offset;
    uint32_t size; /* with the head, as it lies there */
    uint32_t crc;
    uint32_t sum; /* of what the CRC is of, up to the body */
    uint16_t sector;
    uint16_t body_size;
    uint8_t kind;
};

static inline enum mote_outbox_policy mote_log_policy(const struct mote_log_record *record)
{
    return (enum mote_outbox_policy)(record->kind >> MOTE_LOG_POLICY_SHIFT & 3);
}

/* --- Sizes: log_size.c --- */

/* In whole programs. */
uint32_t mote_log_padded(const struct mote_outbox *outbox, uint32_t size);
/* Where the first record of a sector lies, and where messages end, to leave room for states. */
uint32_t mote_log_begin(const struct mote_outbox *outbox);
uint32_t mote_log_limit(const struct mote_outbox *outbox);
/* The bytes of the page that are of use, and the most identifiers in a state. */
uint32_t mote_log_page(const struct mote_outbox *outbox);
unsigned mote_log_ids_max(const struct mote_outbox *outbox);
bool mote_log_sizes_are_possible(const struct mote_outbox_config *config);
/* The next sector of the ring. */
uint16_t mote_log_behind(const struct mote_outbox *outbox, uint16_t sector);
/* The epoch that a sector has to be of; 0: it was never used. */
uint32_t mote_log_epoch(const struct mote_outbox *outbox, uint16_t sector);

/* --- The flash: log_flash.c --- */

bool mote_log_read(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, void *into, uint32_t size);
/* Reads it again, too: a flash that is worn out does not tell. */
enum mote_reason mote_log_program(struct mote_outbox *outbox, uint16_t sector, uint32_t offset, const uint8_t *bytes,
                                  uint32_t size);
enum mote_reason mote_log_erase(struct mote_outbox *outbox, uint16_t sector);

/* --- Heads and records: log_record.c --- */

void mote_log_write_u32(struct mote_writer *writer, uint32_t number);
uint32_t mote_log_read_u32(struct mote_reader *reader);

/* What the first bytes of a sector are. */
enum mote_log_head_kind {
    MOTE_LOG_NO_HEAD,
    MOTE_LOG_HEAD,
    MOTE_LOG_OTHER_VERSION,
    MOTE_LOG_OTHER_SIZES,
};

enum mote_log_head_kind mote_log_read_head(struct mote_outbox *outbox, uint16_t sector, struct mote_log_head *head);
enum mote_reason mote_log_write_head(struct mote_outbox *outbox, uint16_t sector, const struct mote_log_head *head);

/* Takes a record's head apart that lies there in a sector of this epoch. Returns false if it is none. */
bool mote_log_decode(const struct mote_outbox *outbox, const uint8_t bytes[MOTE_LOG_RECORD_SIZE], uint32_t epoch,
                     struct mote_log_record *record);
/* Is it as it was written? Reads all of it. */
bool mote_log_is_whole(struct mote_outbox *outbox, const struct mote_log_record *record);
/* Takes it into the page, with its head. Returns false if it is damaged. */
bool mote_log_load(struct mote_outbox *outbox, const struct mote_log_record *record);
/* The body of what is in the page. */
struct mote_text mote_log_body(const struct mote_outbox *outbox, const struct mote_log_record *record);
/* Adds what is in the page behind room for its head to the newest sector. */
enum mote_reason mote_log_append(struct mote_outbox *outbox, unsigned kind, uint32_t sequence, uint32_t body_size);

/* --- Walking: log_walk.c --- */

/* A way through the records. What is damaged is passed over. */
struct mote_log_walk {
    struct mote_outbox *outbox;
    uint32_t epoch;  /* of the sector */
    uint32_t first;  /* likewise; 0: not known, as its head is damaged */
    uint32_t offset; /* of what comes next */
    uint32_t end;    /* of the records */
    uint32_t bound;  /* all messages in it are before this one; 0: not known */
    uint16_t sector;
    uint16_t left;  /* sectors to come after this one */
    uint16_t gaps;  /* places where something was damaged */
    uint8_t doubts; /* records that may still turn out to be none */
    bool ends;      /* the end is known */
    bool has_head;
    bool strict; /* each record is read as a whole */
};

/* Through one sector. */
void mote_log_walk_sector(struct mote_outbox *outbox, struct mote_log_walk *walk, uint16_t sector);
/* Through all, from the oldest on. */
void mote_log_walk_all(struct mote_outbox *outbox, struct mote_log_walk *walk);
/* From here to the newest. */
void mote_log_walk_from(struct mote_outbox *outbox, struct mote_log_walk *walk, uint16_t sector, uint32_t offset);
bool mote_log_walk_next(struct mote_log_walk *walk, struct mote_log_record *record);
/* Leaves out the rest of this sector. */
void mote_log_walk_skip(struct mote_log_walk *walk);

/* --- Finding: log_find.c --- */

/* The message with the lowest number from this one on. */
bool mote_log_find(struct mote_outbox *outbox, uint32_t sequence, struct mote_log_record *record);
/* What has been found may lie elsewhere now. */
void mote_log_forget_found(struct mote_outbox *outbox);

/* --- States: log_state.c --- */

/* The identifiers of a state. NULL: those of the last one. */
struct mote_log_ids {
    uint8_t bytes[2 * MOTE_LOG_IDS_MAX];
    uint8_t count;
};

uint32_t mote_log_ids_sum(const struct mote_log_ids *ids);
/* How many bytes of a sector the next one takes. */
uint32_t mote_log_state_size(const struct mote_outbox *outbox, const struct mote_log_ids *ids);
/* Writes one where the newest sector ends. */
enum mote_reason mote_log_put_state(struct mote_outbox *outbox, const struct mote_log_ids *ids);
/* The same, in the next sector if need be. */
enum mote_reason mote_log_write_state(struct mote_outbox *outbox, const struct mote_log_ids *ids);
/* Takes over what the state in the page says. `loose` and `copies`: what it says of the sectors before it. */
bool mote_log_take_state(struct mote_outbox *outbox, const struct mote_log_record *record, unsigned *loose,
                         unsigned *copies);

/* --- Sectors: log_take.c --- */

/* Has the next sector to wait for the flash to keep what it has? */
bool mote_log_must_wait(const struct mote_outbox *outbox);

/* Can it be taken now? MOTE_OUTBOX_FULL: it has to wait. */
enum mote_reason mote_log_is_ready(struct mote_outbox *outbox);

/* Begins the next sector: whatever is alive in the one behind it is copied. `drop`: but for what may be dropped. Returns
 * MOTE_OUTBOX_FULL also if it has to wait for the flash to keep what it has. */
enum mote_reason mote_log_take(struct mote_outbox *outbox, bool drop, const struct mote_log_ids *ids);

#endif
