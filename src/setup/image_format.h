/* The fields of a settings image: docs/PROTOCOL.md. */
#ifndef MOTE_IMAGE_FORMAT_H
#define MOTE_IMAGE_FORMAT_H

#include "record.h"

#include <mote/image.h>

enum { MOTE_IMAGE_VERSION = 1 };

#define MOTE_IMAGE_MARK "MIMG"

/* In this order; those from MOTE_FIELD_BROKER on may be there several times, but for the authorities. */
enum mote_image_field {
    MOTE_FIELD_ID = 1,
    MOTE_FIELD_SESSION,
    MOTE_FIELD_AUTHORITIES,
    MOTE_FIELD_BROKER,
    MOTE_FIELD_NETWORK,
    MOTE_FIELD_SWITCH,
    MOTE_FIELD_BUTTON,
};

enum { MOTE_FIRST_REPEATED = MOTE_FIELD_BROKER };

/* Bits of a session, a network, a switch. */
enum { MOTE_IMAGE_KEEP_SESSION = 1, MOTE_IMAGE_HIDDEN = 1, MOTE_IMAGE_FIXED = 2, MOTE_IMAGE_OBEY_RETAINED = 1 };

/* Can it be? NULL, or words on what cannot. */
const char *mote_image_why_not(const struct mote_image *image);

#endif
