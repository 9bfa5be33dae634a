/* What the two parts of the page are to each other: page.c writes it, value.c knows what its names stand for. */
#ifndef MOTE_SETUP_PAGE_H
#define MOTE_SETUP_PAGE_H

#include "setup/inside.h"

enum mote_piece {
    MOTE_PIECE_NONE,
    MOTE_PIECE_ALL,  /* head and body */
    MOTE_PIECE_HEAD, /* of HTTP */
    MOTE_PIECE_LOCATION,
    MOTE_PIECE_STATE,
    MOTE_PIECE_PAGE,
    MOTE_PIECE_FORM,
    MOTE_PIECE_ROW,
    MOTE_PIECE_FAILED,
    MOTE_PIECE_TRYING,
    MOTE_PIECE_CONFIRMED,
    MOTE_PIECE_DROPPED,
    MOTE_PIECE_NOT_KEPT,
    MOTE_PIECE_CLOSED,
    MOTE_PIECE_STYLE,
    MOTE_PIECE_SCRIPT,
};

enum mote_value_kind {
    MOTE_VALUE_PIECE,
    MOTE_VALUE_PLAIN, /* ours, to be written as it is */
    MOTE_VALUE_TEXT,  /* from outside: anything may be in it */
    MOTE_VALUE_HEX,
};

struct mote_page_value {
    enum mote_value_kind kind;
    enum mote_piece piece;
    struct mote_text text;
    char digits[MOTE_URL_SIZE]; /* a value that is no text in memory */
};

struct mote_page {
    struct mote_setup *setup;
    struct mote_setup_answer *answer;
};

/* The piece that is the body of an answer. */
enum mote_piece mote_page_body(const struct mote_setup_answer *answer);

/* Does this name stand for anything? */
bool mote_page_knows(struct mote_text name);

/* What a name stands for at this moment; nothing for one that there is not. */
void mote_page_look_up(struct mote_page *page, struct mote_text name, struct mote_page_value *value);

#endif
