/* SHA-1 (FIPS 180-4), for the one thing that it is still needed for: a WebSocket's server shows with it that it has
 * understood the request. It protects nothing. */
#ifndef MOTE_SHA1_H
#define MOTE_SHA1_H

#include <mote/text.h>

enum { MOTE_SHA1_SIZE = 20, MOTE_SHA1_TEXT_MAX = 119 };

/* The digest of a text of MOTE_SHA1_TEXT_MAX bytes at most. */
void mote_sha1(struct mote_text text, uint8_t digest[MOTE_SHA1_SIZE]);

#endif
