/* Record: a body of bytes in a head and a checksum, as the settings and a settings image have it: docs/PROTOCOL.md. */
#ifndef MOTE_RECORD_H
#define MOTE_RECORD_H

#include "mqtt/cursor.h"

enum { MOTE_RECORD_HEAD = 9, MOTE_RECORD_SUM = 4 };

enum mote_record_fault {
    MOTE_RECORD_WHOLE,
    MOTE_RECORD_OTHER,   /* it has another mark */
    MOTE_RECORD_VERSION, /* another version */
    MOTE_RECORD_LENGTH,  /* there is less of it than it says, or more */
    MOTE_RECORD_DAMAGED, /* its checksum is wrong */
};

/* Looks whether it is whole, and gives its body. With `longer`, more may follow, which counts for nothing. */
enum mote_record_fault mote_record_open(struct mote_text bytes, const char mark[5], unsigned version, bool longer,
                                        struct mote_text *body);

/* Puts the head before a body that lies at MOTE_RECORD_HEAD, and the sum behind it. Returns the size of all. */
size_t mote_record_close(uint8_t *bytes, const char mark[5], unsigned version, size_t body_size);

/* A number of four bytes. */
uint32_t mote_record_read_u32(struct mote_reader *reader);
void mote_record_write_u32(struct mote_writer *writer, uint32_t number);

#endif
