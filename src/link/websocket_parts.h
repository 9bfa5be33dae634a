/* What the files of the WebSocket share. */
#ifndef MOTE_WEBSOCKET_PARTS_H
#define MOTE_WEBSOCKET_PARTS_H

#include "link/websocket.h"

/* Ends it for a reason; the words are static. */
void mote_websocket_end(struct mote_websocket *socket, enum mote_reason reason, const char *words);

/* Keeps words of the server's, as far as they can be shown. */
void mote_websocket_note(struct mote_websocket *socket, struct mote_text words);

void mote_websocket_take_answer(struct mote_websocket *socket, uint8_t byte);

#endif
