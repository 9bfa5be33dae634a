/* The folders in which a program leaves files: one for what is kept, one for what ends with the machine's run. */
#ifndef MOTE_FOLDER_H
#define MOTE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the first of these that is set: $MOTE_STATE_DIRECTORY; $STATE_DIRECTORY, which systemd sets; /var/lib/mote for
 * root; $XDG_STATE_HOME/mote; ~/.local/state/mote. Returns false, with an empty path, if there is none, or it is too long. */
bool mote_folder_state(char *path, size_t size);

/* Likewise: $MOTE_RUNTIME_DIRECTORY; $RUNTIME_DIRECTORY, of systemd; /run/mote for root; $XDG_RUNTIME_DIR/mote. */
bool mote_folder_run(char *path, size_t size);

/* Makes the folder and those above it that are missing, for their owner alone, so that a power cut does not take them away.
 * Returns a descriptor of the folder, or -1 with errno set. */
int mote_folder_make(const char *path);

#endif
