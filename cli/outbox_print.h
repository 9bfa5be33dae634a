/* How `mote outbox` prints messages. */
#ifndef OUTBOX_PRINT_H
#define OUTBOX_PRINT_H

#include <mote/message.h>

void outbox_print_head(void);

/* One message without its payload, for a person, or as a line of JSON with its properties. */
void outbox_print_line(const struct mote_message *message, uint32_t age_s, bool json);

/* All of it as a line of JSON. */
void outbox_print_message(const struct mote_message *message, uint32_t age_s);

/* Its payload into a new file of this number, and a line of JSON that names it. Returns false after saying why it cannot. */
bool outbox_print_file(const struct mote_message *message, uint32_t age_s, const char *folder, unsigned number);

void outbox_print_cleared(unsigned messages, bool json);

#endif
