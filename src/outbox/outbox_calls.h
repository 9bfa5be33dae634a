/* What a node calls of its outbox, as a table: one that has none has nothing of src/outbox/ in it. */
#ifndef MOTE_OUTBOX_CALLS_H
#define MOTE_OUTBOX_CALLS_H

#include <mote/outbox.h>

struct mote_outbox_calls {
    enum mote_reason (*put)(struct mote_outbox *outbox, const struct mote_message *message, uint64_t now_ms);
    void (*restore)(struct mote_outbox *outbox, struct mote_session *session);
    void (*connected)(struct mote_outbox *outbox, uint32_t session_mark, bool session_present);
    bool (*answered)(struct mote_outbox *outbox, uint16_t packet_id, uint8_t reason_code);
    void (*send)(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms);
    bool (*commit)(struct mote_outbox *outbox, struct mote_session *session, uint64_t now_ms);
    uint64_t (*deadline)(const struct mote_outbox *outbox);
};

#endif
