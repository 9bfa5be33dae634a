/* Settings in a file of the node's: NODE.settings, which its owner alone may read. It is in the folder that the first of these
 * names: $MOTE_STATE_DIRECTORY; $STATE_DIRECTORY, which systemd sets; /var/lib/mote for root; $XDG_STATE_HOME/mote;
 * ~/.local/state/mote. */
#ifndef MOTE_LINUX_SETTINGS_H
#define MOTE_LINUX_SETTINGS_H

#include <mote/port.h>
#include <sys/types.h>

extern const struct mote_settings_port mote_linux_settings;

/* Writes the folder's path. Returns false, with an empty path, if there is none, or it is too long. */
bool mote_settings_folder(char *path, size_t size);

/* What a power cut may come between. */
struct mote_settings_calls {
    ssize_t (*write)(int fd, const void *bytes, size_t size);
    int (*fsync)(int fd);
    int (*rename)(int from_folder, const char *from, int to_folder, const char *to);
};

/* Has them done by others, for tests; NULL: by the system. */
void mote_settings_call(const struct mote_settings_calls *calls);

#endif
