/* The settings as bytes, as a board keeps them: docs/PROTOCOL.md. */
#ifndef MOTE_SETTINGS_RECORD_H
#define MOTE_SETTINGS_RECORD_H

#include <mote/settings.h>
#include <mote/text.h>

/* Writes them. Returns how many bytes they are; 0 if they hold what cannot be: a string without its end, too many
 * networks, or an impossible one. */
size_t mote_settings_encode(const struct mote_settings *settings, uint8_t into[MOTE_SETTINGS_SIZE]);

/* Reads them. Returns NULL, or words on what is wrong, with the settings all zeros. */
const char *mote_settings_decode(struct mote_text record, struct mote_settings *settings);

#endif
