/* The board as JSON, as its page and /api/board have it. */
#ifndef BOARD_JSON_H
#define BOARD_JSON_H

#include "board.h"

#include <cjson/cJSON.h>

/* All but the messages; the caller deletes it. */
cJSON *board_json(struct board *board);

cJSON *board_json_message(const struct board_message *message);

/* A copy of a text, as JSON can hold it: what is not UTF-8 as `0x` and its bytes. The caller frees it. */
char *board_json_text(struct mote_text text);

#endif
